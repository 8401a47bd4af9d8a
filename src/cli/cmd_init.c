/* agr-mpi init: a checkpoint that no training has written, of fresh weights or a Keras model's. */
#include "cli.h"
#include "options.h"

#include <agr/base/file.h>
#include <agr/base/log.h>
#include <agr/base/text.h>
#include <agr/export/import.h>
#include <agr/nn/network.h>
#include <agr/store/checkpoint.h>
#include <agr/store/dataset.h>
#include <agr/train/description.h>
#include <agr/train/first_bias.h>
#include <agr/train/network_state.h>
#include <agr/train/training_set.h>
#include <agr/train/units.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What fresh branches begin from. */
typedef struct {
    agr_preprocessing preprocessing;
    const agr_training_set *set; /* NULL: no dataset */
    uint64_t fingerprint;        /* of the dataset, 0: none */
    agr_import *import;          /* NULL: weights are drawn */
} beginning;

/* One branch on its way into the file. */
typedef struct {
    agr_network *network;
    agr_network_state state;
    int64_t epoch;
    agr_value value;
    agr_checkpoint_head head[AGR_MAX_HEADS];
    agr_text settings;
} fresh_branch;

/* init.bias: what training would begin with, where there are labels to tell it. */
static agr_status start_from_labels(agr_network *network, const agr_config *config,
                                    const agr_training_set *set, agr_error *err)
{
    agr_balance balance;
    if (!agr_first_bias_wants_labels(config, network))
        return AGR_OK;
    if (set == NULL) {
        agr_log_warning(
            "init.bias target_mean: without --data FILE no label tells the mean: branch "
            "'%s' starts from 0",
            agr_network_name(network));
        return AGR_OK;
    }
    AGR_TRY(agr_first_bias_check(config, network, err));
    AGR_TRY(agr_balance_create(config, set, &balance, err));
    agr_first_bias_set(config, set, &balance, network);
    agr_balance_release(&balance);
    return AGR_OK;
}

static agr_status fill_network(agr_network *network, const agr_config *config,
                               const beginning *from, agr_error *err)
{
    if (from->import != NULL)
        return agr_import_weights(from->import, network, err);
    agr_network_initialise(network, (uint64_t)config->seed);
    return start_from_labels(network, config, from->set, err);
}

static agr_status make_branch(fresh_branch *fresh, const agr_config *run, int b,
                              const beginning *from, agr_error *err)
{
    agr_config own;
    const agr_config *config = &own;
    agr_target target[AGR_MAX_LABELS];
    agr_config_of_branch(run, b, &own);
    const agr_network_options options =
        from->set != NULL ? agr_training_set_network_options(from->set, config, target)
                          : agr_network_options_from(config, from->preprocessing.input);
    const agr_network_plan_options plan = {.max_images = 1, .micro_batch = 1, .n_parts = 1};
    agr_network_memory memory;
    AGR_TRY(agr_network_create(&config->branch[b], &options, &fresh->network, err));
    AGR_TRY(agr_network_state_create(fresh->network, NULL, &fresh->state, err));
    AGR_TRY(agr_network_plan(fresh->network, &plan, &memory, err));
    AGR_TRY(fill_network(fresh->network, config, from, err));
    agr_network_state_point(&fresh->state, fresh->network);
    fresh->value = (agr_value){"epoch", AGR_VALUE_INT64, 1, &fresh->epoch};
    fresh->state.weights.n_values = 1;
    fresh->state.weights.values = &fresh->value;
    return AGR_OK;
}

static agr_status describe_heads(fresh_branch *fresh, const beginning *from, agr_error *err)
{
    agr_describe_heads(fresh->network, from->set, fresh->head);
    for (int h = 0; from->import != NULL && h < agr_network_n_heads(fresh->network); h++)
        AGR_TRY(
            agr_import_head(from->import, agr_network_name(fresh->network), &fresh->head[h], err));
    return AGR_OK;
}

static agr_status write_branches(const char *path, const agr_config *config, fresh_branch *fresh,
                                 const beginning *from, agr_error *err)
{
    agr_checkpoint_branch branch[AGR_CONFIG_MAX_BRANCHES];
    agr_checkpoint_update update[AGR_CONFIG_MAX_BRANCHES];
    agr_text text = {0}, how = {0};
    agr_preprocessing_write(&from->preprocessing, &how);
    for (int b = 0; b < config->n_branches; b++) {
        branch[b] =
            (agr_checkpoint_branch){.name = config->branch[b].name,
                                    .n_heads = agr_network_n_heads(fresh[b].network),
                                    .heads = fresh[b].head,
                                    .preprocessing = how.data,
                                    .member = agr_describe_member(config, b, &fresh[b].settings)};
        update[b] = (agr_checkpoint_update){.branch = branch[b].name,
                                            .slot = "latest",
                                            .state = &fresh[b].state.weights,
                                            .parts = AGR_PARTS_MODEL};
    }
    agr_config_yaml(config, AGR_CONFIG_PLAIN, &text);
    const agr_checkpoint_info info = {.config = text.data,
                                      .kernel_set = "", /* nothing was computed yet */
                                      .versions = "agr-mpi " AGR_VERSION,
                                      .dataset_fingerprint = from->fingerprint,
                                      .seed = (uint64_t)config->seed};
    const agr_status status = text.failed || how.failed
                                  ? agr_error_set(err, AGR_MEMORY, "out of memory")
                                  : agr_checkpoint_write(path, &info, branch, config->n_branches,
                                                         update, config->n_branches, err);
    agr_text_release(&text);
    agr_text_release(&how);
    return status;
}

static agr_status write_fresh(const char *path, const agr_config *config, const beginning *from,
                              agr_error *err)
{
    fresh_branch *fresh = calloc((size_t)config->n_branches, sizeof *fresh);
    if (fresh == NULL)
        return agr_error_set(err, AGR_MEMORY, "out of memory");
    agr_status status = AGR_OK;
    for (int b = 0; b < config->n_branches && status == AGR_OK; b++) {
        status = make_branch(&fresh[b], config, b, from, err);
        if (status == AGR_OK)
            status = describe_heads(&fresh[b], from, err);
    }
    if (status == AGR_OK)
        status = write_branches(path, config, fresh, from, err);
    for (int b = 0; b < config->n_branches; b++) {
        agr_network_destroy(fresh[b].network);
        agr_network_state_release(&fresh[b].state);
        agr_text_release(&fresh[b].settings);
    }
    free(fresh);
    return status;
}

typedef struct {
    const char *output, *config, *data, *from;
    int64_t size; /* 0: not given */
} init_options;

/* With a dataset the image size and the classes are its own; else those of the Keras model; without
 * either, the tutorial's 96 x 96. */
static agr_status init(const init_options *o, agr_config *config, beginning *from, agr_error *err)
{
    enum { TUTORIAL_SIZE = 96 };
    const int64_t size = o->size > 0 ? o->size : TUTORIAL_SIZE;
    from->preprocessing =
        (agr_preprocessing){.input = {size, size, 3}, .resize = AGR_RESIZE_BILINEAR};
    if (from->import != NULL)
        AGR_TRY(agr_import_preprocessing(from->import, &from->preprocessing, err));
    if (o->data == NULL)
        return write_fresh(o->output, config, from, err);
    agr_dataset *dataset;
    agr_training_set set;
    AGR_TRY(agr_dataset_open(o->data, &dataset, err));
    agr_status status = agr_training_set_from(dataset, &set, err);
    from->preprocessing = agr_preprocessing_of(dataset);
    from->fingerprint = agr_dataset_fingerprint(dataset);
    from->set = &set;
    if (status == AGR_OK)
        status = agr_settle_units(config, &set, err);
    if (status == AGR_OK)
        status = write_fresh(o->output, config, from, err);
    agr_dataset_close(dataset);
    return status;
}

/* The configuration that was asked for; else the one that the model brings along; else 'seed'. */
static agr_status load_config(const init_options *o, const beginning *from,
                              const cli_overrides *overrides, agr_config *config, agr_error *err)
{
    const char *text = from->import != NULL ? agr_import_config(from->import) : NULL;
    if (o->config != NULL || text == NULL)
        return agr_config_load(config, o->config, overrides->item, overrides->n, err);
    return agr_config_parse(config, text, strlen(text), "the model's configuration",
                            overrides->item, overrides->n, err);
}

static agr_status init_from(const init_options *o, const cli_overrides *overrides, beginning *from,
                            agr_error *err)
{
    static agr_config config;
    AGR_TRY(load_config(o, from, overrides, &config, err));
    agr_status status = init(o, &config, from, err);
    agr_config_release(&config);
    return status;
}

agr_status cmd_init(int argc, char **argv, agr_error *err)
{
    static cli_overrides overrides;
    static init_options o;
    beginning from = {0};
    const cli_option option[] = {
        {"output", 'o', CLI_TEXT, "FILE", &o.output,
         "the checkpoint to write, a new file (required)"},
        {"config", 'c', CLI_TEXT, "FILE", &o.config,
         "a file, or a built-in name (seed, quick, best)"},
        {"set", 0, CLI_SET, "KEY=VALUE", &overrides, "change one setting; may be repeated"},
        {"seed", 0, CLI_SETTING, "N", &overrides, "seed of the weights", .key = "seed"},
        {"branches", 0, CLI_SETTING, "LIST", &overrides, "only these", .key = "train.branches"},
        {"data", 0, CLI_TEXT, "FILE", &o.data, "take image size and classes from this dataset"},
        {"from", 0, CLI_TEXT, "MODEL.h5", &o.from,
         "take the weights of a Keras model of these networks"},
        {"size", 0, CLI_INTEGER, "N", &o.size, "side of the images without --data (96)", .min = 1,
         .max = 4096},
    };
    const cli_syntax syntax = {
        .verb = "init",
        .positionals = "",
        .summary = "Writes a checkpoint, slot 'latest', that 'train --init' starts from: of fresh "
                   "weights, or "
                   "with --from of those of a Keras model.",
        .option = option,
        .n_options = CLI_COUNT(option),
    };
    cli_arguments arguments;
    AGR_TRY(cli_parse(&syntax, argc, argv, &arguments, err));
    if (arguments.help)
        return AGR_OK;
    AGR_TRY(cli_check_new_file(o.output, "agr-mpi init -o weights.h5", err));
    if (o.from != NULL && o.size > 0)
        return agr_error_set(err, AGR_USAGE, "--size: the Keras model of --from tells it");
    if (o.from != NULL)
        AGR_TRY(agr_import_open(o.from, &from.import, err));
    const agr_status status = init_from(&o, &overrides, &from, err);
    agr_import_close(from.import);
    return status;
}
