/* The settings: one row a key. A new setting is a field in agr_config, a row here, a line in
 * configs/seed.yaml and a line in docs/configuration.md. */
#include "config_impl.h"

#include <agr/base/parse.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

typedef enum {
    ROW_INT,             /* int */
    ROW_LONG,            /* int64_t */
    ROW_NUMBER,          /* double */
    ROW_OPTIONAL_NUMBER, /* double; NaN is written null */
    ROW_DURATION,        /* double, seconds */
    ROW_AUTO_DURATION,   /* double, seconds; NaN is written auto */
    ROW_FLAG,            /* bool */
    ROW_CHOICE,          /* an enum: position in choices */
    ROW_TEXT,            /* char[AGR_CONFIG_TEXT_BYTES] */
} row_type;

typedef struct {
    const char *key;
    row_type type;
    size_t offset;
    double min, max; /* max HUGE_VAL: no upper bound */
    const char *unit;
    const char *help;
    const char *const *choices; /* ends with NULL */
} config_row;

static const char *const optimizers[] = {"adam", "adamw", "sgd", NULL};
static const char *const schedules[] = {"keras", "constant", "cosine", "plateau", NULL};
static const char *const gemms[] = {"own", "openblas", NULL};
static const char *const precisions[] = {"fp32", "bf16", NULL};
static const char *const weightings[] = {"none", "inverse", "effective", NULL};
static const char *const biases[] = {"zero", "target_mean", NULL};
static const char *const monitors[] = {"loss", "metric", NULL};

#define AT(field) offsetof(agr_config, field)

static const config_row rows[] = {
    {"seed", ROW_LONG, AT(seed), 0, HUGE_VAL, "", "where all random numbers come from"},
    {"threads", ROW_INT, AT(threads), 0, 4096, "",
     "threads of a rank; 0: all cores that it may use"},

    {"compute.gemm", ROW_CHOICE, AT(compute.gemm), 0, 0, "",
     "whose matrix product: own (the same bits on every processor), or openblas (im2col and sgemm)",
     gemms},
    {"compute.precision", ROW_CHOICE, AT(compute.precision), 0, 0, "",
     "what the factors of convolutions' products are rounded to: fp32, or bf16 where a layer can",
     precisions},

    {"data.path", ROW_TEXT, AT(data.path), 0, 0, "", "the dataset file"},
    {"data.batch_size", ROW_INT, AT(data.batch_size), 1, 65536, "images",
     "images of a training step, over all ranks of the branch"},
    {"data.micro_batch", ROW_INT, AT(data.micro_batch), 1, 1024, "images",
     "the piece of a batch that one rank computes at a time; part of what fixes the bits"},
    {"data.shuffle", ROW_FLAG, AT(data.shuffle), 0, 0, "", "a new order of the images each epoch"},

    {"balance.by", ROW_TEXT, AT(balance.by), 0, 0, "",
     "labels whose classes, or crossed classes, an epoch shows equally often: A, A*B, or "
     "A:0-9,10-19,20+ of a number; or none"},
    {"balance.weights", ROW_CHOICE, AT(balance.weights), 0, 0, "",
     "how the training loss of a head over classes weighs its images: none, inverse to how often "
     "their class is shown, or effective (by the effective number of its images)",
     weightings},
    {"balance.beta", ROW_NUMBER, AT(balance.beta), 0, 0.999999, "",
     "of balance.weights effective: n images of a class count as (1 - beta^n) / (1 - beta)"},

    {"augment.enabled", ROW_FLAG, AT(augment.enabled), 0, 0, "",
     "whether training images are varied at random; the keys below say how much"},
    {"augment.rotation_deg", ROW_NUMBER, AT(augment.rotation_deg), 0, 180, "degrees",
     "rotation, up to this to either side"},
    {"augment.shift_height", ROW_NUMBER, AT(augment.shift_height), 0, 1, "of the height",
     "shift up or down, up to this fraction"},
    {"augment.shift_width", ROW_NUMBER, AT(augment.shift_width), 0, 1, "of the width",
     "shift left or right, up to this fraction"},
    {"augment.shear_deg", ROW_NUMBER, AT(augment.shear_deg), 0, 89, "degrees",
     "shear angle, up to this to either side"},
    {"augment.zoom", ROW_NUMBER, AT(augment.zoom), 0, 0.99, "",
     "scale of rows and of columns, each from 1 - zoom to 1 + zoom"},
    {"augment.flip_horizontal", ROW_FLAG, AT(augment.flip_horizontal), 0, 0, "",
     "mirror every other image, at random"},
    {"augment.brightness", ROW_NUMBER, AT(augment.brightness), 0, 1, "",
     "brightness times a factor from 1 - this to 1 + this; 0: off"},
    {"augment.contrast", ROW_NUMBER, AT(augment.contrast), 0, 1, "",
     "contrast, about the mean grey of the image, times such a factor; 0: off"},
    {"augment.saturation", ROW_NUMBER, AT(augment.saturation), 0, 1, "",
     "saturation, about the grey of each pixel, times such a factor; 0: off"},
    {"augment.erase", ROW_NUMBER, AT(augment.erase), 0, 1, "of the images",
     "fill a rectangle of so many images with noise, at random; 0: off"},
    {"augment.mixup", ROW_NUMBER, AT(augment.mixup), 0, 1000, "",
     "blend each image and its label with another of the training images, in a share from "
     "Beta(alpha, alpha) of this alpha; 0: off"},

    {"network.dropout", ROW_OPTIONAL_NUMBER, AT(network.dropout), 0, 0.99, "",
     "rate of every dropout layer; null: each layer's own"},
    {"network.bn_momentum", ROW_OPTIONAL_NUMBER, AT(network.bn_momentum), 0, 1, "",
     "momentum of every batch norm's moving statistics; null: each layer's own"},
    {"network.label_smoothing", ROW_NUMBER, AT(network.label_smoothing), 0, 0.99, "",
     "of heads for classes, in training: the share of a label that goes to all classes alike; 0: "
     "off"},

    {"init.bias", ROW_CHOICE, AT(init.bias), 0, 0, "",
     "where the last bias of a head for a number starts: zero, or the mean of its training labels",
     biases},

    {"optimizer.kind", ROW_CHOICE, AT(optimizer.kind), 0, 0, "",
     "from gradients to weights: adam, adamw (decays weights), sgd (with momentum, or without)",
     optimizers},
    {"optimizer.lr", ROW_NUMBER, AT(optimizer.lr), 0, 1000, "", "learning rate"},
    {"optimizer.lr_scale", ROW_TEXT, AT(optimizer.lr_scale), 0, 0, "",
     "of the branches whose rates (lr and final_lr) are others: A:0.5,B:2 times those; or none"},
    {"optimizer.decay", ROW_NUMBER, AT(optimizer.decay), 0, 1000, "per step",
     "of schedule keras: step k learns at lr / (1 + decay * k)"},
    {"optimizer.beta_1", ROW_NUMBER, AT(optimizer.beta_1), 0, 0.999999, "",
     "of adam and adamw: how much of the mean gradient is kept each step"},
    {"optimizer.beta_2", ROW_NUMBER, AT(optimizer.beta_2), 0, 0.999999, "",
     "of adam and adamw: how much of the mean squared gradient is kept each step"},
    {"optimizer.epsilon", ROW_NUMBER, AT(optimizer.epsilon), 1e-30, 1, "",
     "of adam and adamw: added to the root of the mean squared gradient"},
    {"optimizer.weight_decay", ROW_NUMBER, AT(optimizer.weight_decay), 0, 1, "",
     "of adamw and sgd: how strongly kernels are drawn towards 0 (biases and norms are not)"},
    {"optimizer.momentum", ROW_NUMBER, AT(optimizer.momentum), 0, 0.999999, "",
     "of sgd: how much of the last steps' direction is kept; 0: off"},
    {"optimizer.nesterov", ROW_FLAG, AT(optimizer.nesterov), 0, 0, "",
     "of sgd with momentum: look one step ahead"},
    {"optimizer.ema", ROW_NUMBER, AT(optimizer.ema), 0, 0.999999, "",
     "how much an average of the weights keeps each step; it is what is validated and kept as "
     "best; "
     "0: off"},
    {"optimizer.clip_norm", ROW_NUMBER, AT(optimizer.clip_norm), 0, HUGE_VAL, "",
     "largest norm of a branch's gradient, longer ones are scaled down; 0: off"},

    {"schedule.kind", ROW_CHOICE, AT(schedule.kind), 0, 0, "",
     "how the rate goes on: keras (falls by decay), constant, cosine (falls to final_lr), plateau "
     "(times factor when a branch has not improved for patience epochs)",
     schedules},
    {"schedule.warmup_steps", ROW_LONG, AT(schedule.warmup_steps), 0, HUGE_VAL, "steps",
     "the rate first rises linearly to lr over this many"},
    {"schedule.final_lr", ROW_NUMBER, AT(schedule.final_lr), 0, 1000, "",
     "where cosine ends, and what plateau does not fall below"},
    {"schedule.steps", ROW_LONG, AT(schedule.steps), 0, HUGE_VAL, "steps",
     "length of cosine, warm-up included; 0: all steps of train.epochs"},
    {"schedule.factor", ROW_NUMBER, AT(schedule.factor), 0, 1, "",
     "of plateau: what the rate is multiplied by"},
    {"schedule.patience", ROW_INT, AT(schedule.patience), 1, 1000000, "epochs",
     "of plateau: without improvement of what train.monitor says"},

    {"train.branches", ROW_TEXT, AT(train.branches), 0, 0, "",
     "which branches to train: all, or a list of keys of branches or of built-in networks"},
    {"train.epochs", ROW_INT, AT(train.epochs), 1, 1000000, "epochs",
     "how many in total, those before a resume included"},
    {"train.branch_epochs", ROW_TEXT, AT(train.branch_epochs), 0, 0, "",
     "epochs of the branches that train longer or shorter than train.epochs: A:30,B:20; or none"},
    {"train.max_steps", ROW_LONG, AT(train.max_steps), 0, HUGE_VAL, "steps",
     "stop every branch after this many and write the checkpoint; 0: no limit"},
    {"train.early_stop_patience", ROW_INT, AT(train.early_stop_patience), 0, 1000000, "epochs",
     "stop a branch that has not improved for this many; 0: off"},
    {"train.monitor", ROW_CHOICE, AT(train.monitor), 0, 0, "",
     "what best and patience go by, of the validation images: loss or metric", monitors},
    {"train.tensorboard", ROW_FLAG, AT(train.tensorboard), 0, 0, "",
     "write event files for TensorBoard into the run's folder tensorboard"},

    {"train.replicas", ROW_INT, AT(train.replicas), 1, AGR_CONFIG_MAX_BRANCHES, "",
     "train each branch from so many seeds: that of the run and those that follow it"},
    {"train.folds", ROW_INT, AT(train.folds), 0, AGR_CONFIG_MAX_BRANCHES, "",
     "cross-validate: split what is for training and validation into so many parts and train each "
     "branch once without each of them; 0: off"},
    {"train.halving.at", ROW_TEXT, AT(train.halving.at), 0, 0, "epochs",
     "after which epochs the worse members of each branch end: 5,15; or none"},
    {"train.halving.keep", ROW_TEXT, AT(train.halving.keep), 0, 0, "",
     "the share of a branch's members that goes on after each of them: 0.5,0.25; or none"},

    {"checkpoint.every", ROW_AUTO_DURATION, AT(checkpoint.every), 0, HUGE_VAL, "time",
     "write the checkpoint at most this often, apart from stops and the end; auto: every minute, "
     "or less "
     "often where writing takes more than 1 % of the time"},
    {"checkpoint.backup_epochs", ROW_INT, AT(checkpoint.backup_epochs), 0, 1000000, "epochs",
     "keep the weights of every so many epochs; 0: none"},

    {"comm.placement", ROW_TEXT, AT(comm.placement), 0, 0, "",
     "ranks of each branch: auto, one-per-rank, or a list like A:8,B:2,C:2"},
    {"comm.cores_per_node", ROW_INT, AT(comm.cores_per_node), 0, 65536, "cores",
     "plan as if each node had this many cores; 0: the cores that the ranks may use"},
    {"comm.network", ROW_TEXT, AT(comm.network), 0, 0, "",
     "what the planner takes links between nodes to be: auto (measured when a run begins), or what "
     "they "
     "carry and the round trip of a small message: 25Gb,20us"},
    {"comm.stall_after", ROW_DURATION, AT(comm.stall_after), 0, HUGE_VAL, "time",
     "a rank that the others wait for longer than this is reported; 0: never"},
    {"comm.abort_after", ROW_DURATION, AT(comm.abort_after), 0, HUGE_VAL, "time",
     "a rank that was reported and is silent for this long ends the run, to be resumed; 0: never"},
};

enum { N_ROWS = sizeof rows / sizeof rows[0] };
_Static_assert((int)N_ROWS <= (int)AGR_CONFIG_MAX_ROWS, "agr_config.origin holds every row");

int agr_config_n_rows(void)
{
    return N_ROWS;
}

const char *agr_config_row_key(int row)
{
    return rows[row].key;
}

const char *agr_config_row_unit(int row)
{
    return rows[row].unit;
}

const char *agr_config_row_help(int row)
{
    return rows[row].help;
}

int agr_config_row_find(const char *key)
{
    for (int row = 0; row < N_ROWS; row++)
        if (strcmp(rows[row].key, key) == 0)
            return row;
    return -1;
}

bool agr_config_section_exists(const char *section)
{
    const size_t length = strlen(section);
    for (int row = 0; row < N_ROWS; row++)
        if (strncmp(rows[row].key, section, length) == 0 && rows[row].key[length] == '.')
            return true;
    return false;
}

bool agr_config_row_may_vary(int row)
{
    static const char *const sections[] = {"data.batch_size", "balance.weights", "balance.beta",
                                           "augment.",        "network.",        "init.",
                                           "optimizer.",      "schedule."};
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++)
        if (rows[row].type != ROW_TEXT &&
            strncmp(rows[row].key, sections[i], strlen(sections[i])) == 0)
            return true;
    return false;
}

/* ---- what a row expects ---- */

static void add_numeric_range(const config_row *row, const char *noun, agr_text *text)
{
    agr_text_add(text, "%s from ", noun);
    agr_value_add_number(text, row->min);
    if (isfinite(row->max)) {
        agr_text_add(text, " to ");
        agr_value_add_number(text, row->max);
    } else {
        agr_text_add(text, " up");
    }
}

static void add_range(const config_row *row, agr_text *text)
{
    switch (row->type) {
    case ROW_INT:
    case ROW_LONG:
        add_numeric_range(row, "an integer", text);
        break;
    case ROW_NUMBER:
        add_numeric_range(row, "a number", text);
        break;
    case ROW_OPTIONAL_NUMBER:
        add_numeric_range(row, "null or a number", text);
        break;
    case ROW_DURATION:
        agr_text_add(text, "a time with unit such as 60s, 5m or 2h");
        break;
    case ROW_AUTO_DURATION:
        agr_text_add(text, "auto or a time with unit such as 60s, 5m or 2h");
        break;
    case ROW_FLAG:
        agr_text_add(text, "true or false");
        break;
    case ROW_CHOICE:
        for (int i = 0; row->choices[i] != NULL; i++)
            agr_text_add(text, "%s%s",
                         i == 0                        ? ""
                         : row->choices[i + 1] != NULL ? ", "
                                                       : " or ",
                         row->choices[i]);
        break;
    case ROW_TEXT:
        agr_text_add(text, "text of 1 to %d characters", AGR_CONFIG_TEXT_BYTES - 1);
        break;
    }
}

void agr_config_row_range(int row, agr_text *text)
{
    add_range(&rows[row], text);
}

/* ---- reading ---- */

static bool is_in_range(const config_row *row, double value)
{
    return value >= row->min && value <= row->max;
}

static bool read_choice(const config_row *row, const char *text, int *choice)
{
    for (int i = 0; row->choices[i] != NULL; i++) {
        if (strcmp(row->choices[i], text) == 0) {
            *choice = i;
            return true;
        }
    }
    return false;
}

static bool has_control_characters(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            return true;
    return false;
}

/* Stores the value in its field; false when the text is not what the row expects. */
static bool read_value(const config_row *row, const char *text, void *field)
{
    int64_t integer;
    double number;
    switch (row->type) {
    case ROW_INT:
        if (!agr_parse_int(text, &integer) || !is_in_range(row, (double)integer))
            return false;
        *(int *)field = (int)integer;
        return true;
    case ROW_LONG:
        if (!agr_parse_int(text, &integer) || !is_in_range(row, (double)integer))
            return false;
        *(int64_t *)field = integer;
        return true;
    case ROW_OPTIONAL_NUMBER:
        if (strcmp(text, "null") == 0 || strcmp(text, "~") == 0 || text[0] == '\0') {
            *(double *)field = (double)NAN;
            return true;
        }
        /* fall through */
    case ROW_NUMBER:
        if (!agr_parse_number(text, &number) || !is_in_range(row, number))
            return false;
        *(double *)field = number;
        return true;
    case ROW_AUTO_DURATION:
        if (strcmp(text, "auto") == 0) {
            *(double *)field = (double)NAN;
            return true;
        }
        /* fall through */
    case ROW_DURATION:
        return agr_parse_duration(text, field);
    case ROW_FLAG:
        return agr_parse_flag(text, field);
    case ROW_CHOICE:
        return read_choice(row, text, field);
    case ROW_TEXT:
        if (text[0] == '\0' || strlen(text) >= AGR_CONFIG_TEXT_BYTES ||
            has_control_characters(text))
            return false;
        strcpy(field, text);
        return true;
    }
    return false;
}

bool agr_config_row_assign(agr_config *config, int row, const char *text)
{
    return read_value(&rows[row], text, (char *)config + rows[row].offset);
}

agr_status agr_config_row_set(agr_config *config, int row, const char *text, const agr_place *place,
                              int line, agr_error *err)
{
    if (agr_config_row_assign(config, row, text)) {
        config->origin[row] = (agr_origin){place->source, line};
        return AGR_OK;
    }
    agr_text expected = {0};
    add_range(&rows[row], &expected);
    agr_place_fail(place, line, err, "%s: expected %s, found '%.100s'", rows[row].key,
                   expected.failed ? "another value" : expected.data, text);
    agr_text_release(&expected);
    agr_nearest nearest = {.word = text};
    for (int i = 0; rows[row].type == ROW_CHOICE && rows[row].choices[i] != NULL; i++)
        agr_nearest_offer(&nearest, rows[row].choices[i]);
    if (nearest.found != NULL)
        agr_error_hint(err, "did you mean '%s'?", nearest.found);
    return place->fault;
}

/* What others call it. */
static const char *other_name(const char *key)
{
    static const struct {
        const char *word, *key;
    } names[] = {
        {"learning_rate", "optimizer.lr"},
        {"weight_decay", "optimizer.decay"},
        {"patience", "train.early_stop_patience"},
        {"dataset", "data.path"},
    };
    const char *dot = strrchr(key, '.');
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(dot != NULL ? dot + 1 : key, names[i].word) == 0)
            return names[i].key;
    return NULL;
}

agr_status agr_config_unknown_key(const char *key, const agr_place *place, int line, agr_error *err)
{
    agr_nearest nearest = {.word = key, .found = other_name(key)};
    agr_nearest_offer(&nearest, "branches");
    for (int row = 0; row < N_ROWS; row++)
        agr_nearest_offer(&nearest, rows[row].key);
    if (nearest.found == NULL) { /* the section forgotten? */
        for (int row = 0; row < N_ROWS; row++) {
            const char *dot = strchr(rows[row].key, '.');
            if (dot != NULL && strcmp(dot + 1, key) == 0)
                nearest.found = rows[row].key;
        }
    }
    agr_place_fail(place, line, err, "unknown key '%.100s'", key);
    if (nearest.found != NULL)
        agr_error_hint(err, "did you mean '%s'?", nearest.found);
    else
        agr_error_hint(err, "'agr-mpi config' prints all keys");
    return place->fault;
}

/* ---- writing ---- */

void agr_config_row_field(const agr_config *config, int row, agr_text *text)
{
    const void *field = (const char *)config + rows[row].offset;
    switch (rows[row].type) {
    case ROW_INT:
        agr_text_add(text, "%d", *(const int *)field);
        break;
    case ROW_LONG:
        agr_text_add(text, "%lld", (long long)*(const int64_t *)field);
        break;
    case ROW_OPTIONAL_NUMBER:
        if (isnan(*(const double *)field)) {
            agr_text_add(text, "null");
            break;
        }
        /* fall through */
    case ROW_NUMBER:
        agr_value_add_number(text, *(const double *)field);
        break;
    case ROW_AUTO_DURATION:
        if (isnan(*(const double *)field)) {
            agr_text_add(text, "auto");
            break;
        }
        /* fall through */
    case ROW_DURATION:
        agr_value_add_number(text, *(const double *)field);
        agr_text_add(text, "s");
        break;
    case ROW_FLAG:
        agr_text_add(text, *(const bool *)field ? "true" : "false");
        break;
    case ROW_CHOICE:
        agr_text_add(text, "%s", rows[row].choices[*(const int *)field]);
        break;
    case ROW_TEXT:
        agr_value_add_text(text, field);
        break;
    }
}
