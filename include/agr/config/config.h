/**
 * The effective configuration: every setting as typed plain data, each with its origin.
 *
 * Sources, later ones win: the built-in config 'seed', then one config (a file, or a built-in by
 * name), then overrides from the command line in the order given:
 *
 *     agr_config config;
 *     const agr_config_override override[] = {{"optimizer.lr", "0.001", "--lr"}};
 *     AGR_TRY(agr_config_load(&config, "quick", override, 1, err));
 *     ... config.optimizer.lr, config.branch[0].layer[3] ...
 *     agr_config_release(&config);
 *
 * A config file is YAML: nested maps of the keys in docs/configuration.md, and `branches`, a map of
 * branch name to network. Every complaint reads `file:line: key: expected X, found Y`. Reading is
 * local to the process; ranks that must agree parse one rank's agr_config_yaml() text with
 * agr_config_parse().
 *
 * Networks are data: a branch is a list of layers (the trunk) and one or more heads. This room does
 * not know which layers or losses exist: their options stay text until the owner of the layer asks
 * for them with agr_options_int() and friends.
 */
#ifndef AGR_CONFIG_CONFIG_H
#define AGR_CONFIG_CONFIG_H

#include <agr/base/error.h>
#include <agr/base/gemm.h>
#include <agr/base/precision.h>
#include <agr/base/file.h>
#include <agr/base/text.h>
#include <stdbool.h>
#include <string.h>
#include <stdint.h>

enum {
    AGR_CONFIG_NAME_BYTES = 64, /* names of branches, heads, layers, label columns */
    AGR_CONFIG_KIND_BYTES = 32, /* layer kinds, loss names, option keys */
    AGR_CONFIG_TEXT_BYTES = 512,
    AGR_CONFIG_MAX_ROWS = 96,
    AGR_CONFIG_MAX_OPTIONS = 12,
    AGR_CONFIG_MAX_KNOWN = 16,
    AGR_CONFIG_MAX_BRANCHES = 128, /* replicas, folds and variants counted */
    AGR_CONFIG_MAX_VARIED = 6,
    AGR_CONFIG_MAX_RUNGS = 8,
};

/* ---- options of a layer or a head ---- */

typedef struct {
    char key[AGR_CONFIG_KIND_BYTES];
    char value[AGR_CONFIG_NAME_BYTES]; /* a YAML list becomes "a,b,c" */
    int line;
    bool asked; /* somebody has read this key */
} agr_option;

/** The options that one layer or head was given. */
typedef struct {
    char subject[AGR_CONFIG_NAME_BYTES + AGR_CONFIG_KIND_BYTES + 8]; /* "conv2d 'conv2d_5'" */
    const char *source; /* file or built-in that holds them; borrowed from the config */
    int line;           /* of the layer or head */
    int n_options;
    agr_option option[AGR_CONFIG_MAX_OPTIONS];
    int n_known; /* keys that were asked for, given or not; string literals */
    const char *known[AGR_CONFIG_MAX_KNOWN];
} agr_options;

/**
 * Reads one option, or yields the default when the key is absent. A default that is itself outside
 * [min, max] (text: NULL, choice: -1) makes the key required:
 *
 *     agr_options_int(&layer->options, "filters", 0, 1, 65536, &filters, err)         required
 *     agr_options_number(&layer->options, "momentum", 0.99, 0, 1, &momentum, err)     optional
 *
 * Each marks the key, a string literal, as asked for. AGR_INPUT, as `file:line: conv2d 'conv2d_5': filters: expected
 * an integer from 1 to 65536, found 'x'`.
 */
agr_status agr_options_int(agr_options *options, const char *key, int default_value, int min,
                           int max, int *value, agr_error *err);
agr_status agr_options_number(agr_options *options, const char *key, double default_value,
                              double min, double max, double *value, agr_error *err);
agr_status agr_options_flag(agr_options *options, const char *key, bool default_value, bool *value,
                            agr_error *err);
/** *value is borrowed from options, or is default_value. */
agr_status agr_options_text(agr_options *options, const char *key, const char *default_value,
                            const char **value, agr_error *err);
/** choices ends with NULL; *index becomes the position of the given word. */
agr_status agr_options_choice(agr_options *options, const char *key, int default_index,
                              const char *const *choices, int *index, agr_error *err);

/** Fails with AGR_INPUT when an option was given that nobody has asked for; the hint is the nearest
 * of those that were. Call after all options were read. */
agr_status agr_options_finish(const agr_options *options, agr_error *err);

/** Writes "<file>:<line>: <subject>: <text>" into err, for complaints about a layer as a whole (a
 * kind that does not exist, a shape that does not fit). Returns AGR_INPUT. */
agr_status agr_options_fail(const agr_options *options, agr_error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- networks ---- */

/** One line of a network file: `- conv2d: {name: conv2d_5, filters: 16, kernel_size: 3}`. */
typedef struct {
    char kind[AGR_CONFIG_KIND_BYTES]; /* "conv2d" */
    char name[AGR_CONFIG_NAME_BYTES]; /* unique in its branch; when not given: kind, kind_1, ... */
    agr_options options;              /* everything but the name */
} agr_layer_config;

/** An output: which label it predicts and how it is judged. Its last layer (of its own or of the
 * trunk) gives raw values (logits); the loss brings its activation along (sigmoid, softmax). */
typedef struct {
    char name[AGR_CONFIG_NAME_BYTES];   /* "eyes_output" */
    char target[AGR_CONFIG_NAME_BYTES]; /* label column of the dataset */
    char loss[AGR_CONFIG_KIND_BYTES];   /* row of the loss table */
    double weight;                      /* in the total; finite, >= 0 */
    int n_layers;                       /* own layers after the trunk; 0 for none */
    agr_layer_config *layer;
    agr_options options; /* n_classes, jbase, decode, ...: everything else */
} agr_head_config;

/** Which of a population a branch is. A key of `branches` is one branch, unless train.replicas,
 * train.folds or a list of values or networks make several of it: each combination is a branch of
 * its own, named "race-v2-f1-r3" (docs/population.md). Numbers count from 1; 0: there is only one. */
typedef struct {
    char base[AGR_CONFIG_NAME_BYTES]; /* the key of `branches` */
    int variant;
    int fold;    /* the part of the images that it is validated on, of train.folds */
    int replica; /* its seed is that of the run plus replica - 1 */
    int network; /* which of the networks listed for it, from 0 */
    int value[AGR_CONFIG_MAX_VARIED]; /* which value of each varied setting, from 0 */
} agr_member;

/** Is it the only branch of its key? */
static inline bool agr_member_is_alone(const agr_member *m)
{
    return m->variant == 0 && m->fold == 0 && m->replica == 0;
}

/** Members that differ in fold and replica alone. A branch that is alone is like itself. */
static inline bool agr_members_are_alike(const agr_member *a, const agr_member *b)
{
    return a->variant == b->variant && strcmp(a->base, b->base) == 0;
}

/** Members of one base that train the same network. */
static inline bool agr_members_share_network(const agr_member *a, const agr_member *b)
{
    return a->network == b->network && strcmp(a->base, b->base) == 0;
}

typedef struct {
    char name[AGR_CONFIG_NAME_BYTES];
    agr_member member;
    char network[AGR_CONFIG_NAME_BYTES]; /* what a list of networks calls this one; "": nothing */
    const char *source;                  /* network file or built-in; borrowed from the config */
    int line;
    int n_layers; /* trunk, in order; >= 1 */
    agr_layer_config *layer;
    int n_heads; /* >= 1 */
    agr_head_config *head;
    struct {
        double epochs;   /* train.branch_epochs; 0: train.epochs */
        double lr_scale; /* optimizer.lr_scale; 0: none */
    } own;
} agr_branch_config;

/* ---- settings ---- */

typedef enum { AGR_OPTIMIZER_ADAM, AGR_OPTIMIZER_ADAMW, AGR_OPTIMIZER_SGD } agr_optimizer_kind;
typedef enum {
    AGR_SCHEDULE_KERAS,
    AGR_SCHEDULE_CONSTANT,
    AGR_SCHEDULE_COSINE,
    AGR_SCHEDULE_PLATEAU
} agr_schedule_kind;
typedef enum { AGR_WEIGHTS_NONE, AGR_WEIGHTS_INVERSE, AGR_WEIGHTS_EFFECTIVE } agr_weighting;
typedef enum { AGR_BIAS_ZERO, AGR_BIAS_TARGET_MEAN } agr_first_bias;
typedef enum { AGR_MONITOR_LOSS, AGR_MONITOR_METRIC } agr_monitor;

/** A setting that was given a list of values: every branch is trained with each of them. */
typedef struct {
    int row;
    int n;                              /* >= 2 */
    char values[AGR_CONFIG_TEXT_BYTES]; /* "0.001,0.0003", in the order given */
} agr_varied;

/** Where a value came from. */
typedef struct {
    const char *source; /* "configs/seed.yaml", "my.yaml", "--set"; borrowed from the config */
    int line;           /* 0 when the source has no lines */
} agr_origin;

/** Appends "my.yaml:12" or "--set". */
void agr_origin_add(agr_origin origin, agr_text *text);

/** Fields are named as their keys; meaning, unit and range of each: docs/configuration.md. */
typedef struct {
    int64_t seed;
    int threads; /* 0: all cores this rank may use */
    struct {
        agr_gemm gemm;
        agr_precision precision;
    } compute;
    struct {
        char path[AGR_CONFIG_TEXT_BYTES];
        int batch_size;
        int micro_batch;
        bool shuffle;
    } data;
    struct {
        char by[AGR_CONFIG_TEXT_BYTES]; /* "A*B:0-9,10-19"; or "none" */
        agr_weighting weights;
        double beta;
    } balance;
    struct {
        bool enabled;
        double rotation_deg;
        double shift_height;
        double shift_width;
        double shear_deg;
        double zoom;
        bool flip_horizontal;
        double brightness;
        double contrast;
        double saturation;
        double erase; /* probability */
        double mixup; /* alpha; 0: off */
    } augment;
    struct {
        double dropout;     /* NaN: each layer's own */
        double bn_momentum; /* NaN: each layer's own */
        double label_smoothing;
    } network;
    struct {
        agr_first_bias bias;
    } init;
    struct {
        agr_optimizer_kind kind;
        char lr_scale[AGR_CONFIG_TEXT_BYTES]; /* "age:0.5"; or "none" */
        double lr;
        double decay; /* of lr, per step */
        double beta_1;
        double beta_2;
        double epsilon;
        double weight_decay; /* 0: off; always 0 with adam */
        double momentum;     /* 0: off; always 0 but with sgd */
        bool nesterov;       /* always false without momentum */
        double ema;          /* 0: off */
        double clip_norm;    /* 0: off */
    } optimizer;
    struct {
        agr_schedule_kind kind;
        int64_t warmup_steps;
        double final_lr;
        int64_t steps; /* 0: all steps of train.epochs */
        double factor; /* these two of plateau */
        int patience;
    } schedule;
    struct {
        char branches[AGR_CONFIG_TEXT_BYTES]; /* "all" or "eyes,hats"; `branch` below follows it */
        int epochs;                           /* total */
        char branch_epochs[AGR_CONFIG_TEXT_BYTES]; /* "gender:30,race:20"; or "none" */
        int64_t max_steps;                         /* of each branch; 0: no limit */
        int early_stop_patience;                   /* epochs; 0: off */
        agr_monitor monitor;
        bool tensorboard; /* event files for it, in the run's folder */
        int replicas;     /* of each branch, from as many seeds */
        int folds;        /* 0: off */
        struct {
            char at[AGR_CONFIG_TEXT_BYTES];   /* "5,15"; or "none" */
            char keep[AGR_CONFIG_TEXT_BYTES]; /* "0.5,0.25"; `halving` below follows both */
        } halving;
    } train;
    struct {
        double every;      /* seconds; NaN: auto */
        int backup_epochs; /* 0: none */
    } checkpoint;
    struct {
        char placement[AGR_CONFIG_TEXT_BYTES];
        int cores_per_node; /* 0: as found */
        char network[AGR_CONFIG_TEXT_BYTES];
        double stall_after; /* seconds */
        double abort_after; /* seconds */
    } comm;

    int n_branches; /* the branches to train, in the order of train.branches; >= 1 */
    agr_branch_config *branch;
    struct {
        int n; /* 0: off */
        int at[AGR_CONFIG_MAX_RUNGS];
        double keep[AGR_CONFIG_MAX_RUNGS];
    } halving; /* rungs, ascending epochs: docs/population.md */
    int n_varied;
    agr_varied varied[AGR_CONFIG_MAX_VARIED]; /* by row; the fields above hold the first values */

    agr_origin origin[AGR_CONFIG_MAX_ROWS]; /* by row: see agr_config_row_*() */
    char **source;                          /* owned: texts that origins borrow */
    int n_sources;
} agr_config;

/** One assignment from the command line. */
typedef struct {
    const char *key;   /* "train.epochs"; also "branches.eyes" and "branches.eyes.heads.x.weight" */
    const char *value; /* as text */
    const char *origin; /* "--set", "--epochs": named in errors and as the value's origin */
} agr_config_override;

/** Fills *config from the sources above. name_or_path: NULL for 'seed' alone; the name of a
 * built-in ("quick"); else a path. A `branches` map in a file replaces the earlier one as a whole.
 * Caller releases; after a failure there is nothing to release. AGR_NOT_FOUND for a missing file;
 * AGR_INPUT for anything wrong in a file, AGR_USAGE for anything wrong in an override. */
agr_status agr_config_load(agr_config *config, const char *name_or_path,
                           const agr_config_override *overrides, int n_overrides, agr_error *err);

/** The same with the YAML text in memory; `source` names it in errors and origins. Relative network
 * files count from the current folder. */
agr_status agr_config_parse(agr_config *config, const char *yaml, size_t n_bytes,
                            const char *source, const agr_config_override *overrides,
                            int n_overrides, agr_error *err);

/** Frees what *config owns and zeroes it. A zeroed config is accepted. */
void agr_config_release(agr_config *config);

/** Sets "my.yaml:3: <key>: <text>" about the value of this key, for who finds that it does not fit the
 * data. Returns AGR_INPUT; AGR_USAGE when the value came from the command line. */
agr_status agr_config_fail(const agr_config *config, const char *key, agr_error *err,
                           const char *format, ...) __attribute__((format(printf, 4, 5)));

/** Epochs that this branch is to have in total: its own, or those of all. */
int agr_config_epochs(const agr_config *config, int branch);

/** *own: the configuration as this branch sees it, with its variant's settings and its replica's
 * seed. Borrows all of config: not to be released. */
void agr_config_of_branch(const agr_config *config, int branch, agr_config *own);

/** What the members of a variant are called together, and a branch that is alone: "race-v2", "race". Cut
 * to n_bytes; returns the length that it would have. */
int agr_variant_name(const char *base, int variant, char *name, size_t n_bytes);

/** The first branch that is like this one (agr_members_are_alike()), and how many are. */
int agr_config_first_alike(const agr_config *config, int branch);
int agr_config_count_alike(const agr_config *config, int branch);

/** Appends what is this branch's own among the variants of its base: "optimizer.lr 0.001, network
 * age_classes"; nothing when there is only one. */
void agr_config_describe_variant(const agr_config *config, int branch, agr_text *text);

/** Whether a value's origin is written behind it, as a YAML comment. */
typedef enum { AGR_CONFIG_PLAIN, AGR_CONFIG_WITH_ORIGINS } agr_config_style;

/** Appends the whole configuration as YAML, networks included, that agr_config_parse() reads back
 * to the same values. The same configuration gives the same text. */
void agr_config_yaml(const agr_config *config, agr_config_style style, agr_text *text);

/** The branch of this name, or NULL. */
agr_branch_config *agr_config_branch(const agr_config *config, const char *name);

/* ---- the table of keys: for help texts, displays and tests ---- */

int agr_config_n_rows(void);
const char *agr_config_row_key(int row);            /* "optimizer.lr" */
const char *agr_config_row_unit(int row);           /* "" when it has none */
void agr_config_row_range(int row, agr_text *text); /* appends "a number from 0 to 10" */
const char *agr_config_row_help(int row);
/** The value as it would stand in a config file. */
void agr_config_row_value(const agr_config *config, int row, agr_text *text);

#endif
