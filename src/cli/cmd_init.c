/* agr-mpi init: an untrained checkpoint. */
#include "cli.h"
#include "options.h"

#include <agr/base/file.h>
#include <agr/base/log.h>
#include <agr/base/text.h>
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

static agr_status make_branch(fresh_branch *fresh, const agr_config *run, int b, agr_extent input,
                              const agr_training_set *set, agr_error *err)
{
    agr_config own;
    const agr_config *config = &own;
    agr_target target[AGR_MAX_LABELS];
    agr_config_of_branch(run, b, &own);
    const agr_network_options options = set != NULL
                                            ? agr_training_set_network_options(set, config, target)
                                            : agr_network_options_from(config, input);
    const agr_network_plan_options plan = {.max_images = 1, .micro_batch = 1, .n_parts = 1};
    agr_network_memory memory;
    AGR_TRY(agr_network_create(&config->branch[b], &options, &fresh->network, err));
    AGR_TRY(agr_network_state_create(fresh->network, NULL, &fresh->state, err));
    AGR_TRY(agr_network_plan(fresh->network, &plan, &memory, err));
    agr_network_initialise(fresh->network, (uint64_t)config->seed);
    AGR_TRY(start_from_labels(fresh->network, config, set, err));
    agr_network_state_point(&fresh->state, fresh->network);
    fresh->value = (agr_value){"epoch", AGR_VALUE_INT64, 1, &fresh->epoch};
    fresh->state.weights.n_values = 1;
    fresh->state.weights.values = &fresh->value;
    return AGR_OK;
}

static agr_status write_branches(const char *path, const agr_config *config, fresh_branch *fresh,
                                 const agr_preprocessing *preprocessing, uint64_t fingerprint,
                                 const agr_training_set *set, agr_error *err)
{
    agr_checkpoint_branch branch[AGR_CONFIG_MAX_BRANCHES];
    agr_checkpoint_update update[AGR_CONFIG_MAX_BRANCHES];
    agr_text text = {0}, how = {0};
    agr_preprocessing_write(preprocessing, &how);
    for (int b = 0; b < config->n_branches; b++) {
        agr_describe_heads(fresh[b].network, set, fresh[b].head);
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
                                      .dataset_fingerprint = fingerprint,
                                      .seed = (uint64_t)config->seed};
    const agr_status status = text.failed || how.failed
                                  ? agr_error_set(err, AGR_MEMORY, "out of memory")
                                  : agr_checkpoint_write(path, &info, branch, config->n_branches,
                                                         update, config->n_branches, err);
    agr_text_release(&text);
    agr_text_release(&how);
    return status;
}

static agr_status write_fresh(const char *path, const agr_config *config,
                              const agr_preprocessing *preprocessing, uint64_t fingerprint,
                              const agr_training_set *set, agr_error *err)
{
    fresh_branch *fresh = calloc((size_t)config->n_branches, sizeof *fresh);
    if (fresh == NULL)
        return agr_error_set(err, AGR_MEMORY, "out of memory");
    agr_status status = AGR_OK;
    for (int b = 0; b < config->n_branches && status == AGR_OK; b++)
        status = make_branch(&fresh[b], config, b, preprocessing->input, set, err);
    if (status == AGR_OK)
        status = write_branches(path, config, fresh, preprocessing, fingerprint, set, err);
    for (int b = 0; b < config->n_branches; b++) {
        agr_network_destroy(fresh[b].network);
        agr_network_state_release(&fresh[b].state);
        agr_text_release(&fresh[b].settings);
    }
    free(fresh);
    return status;
}

/* With a dataset the image size and the classes are its own; without, the tutorial's 96 x 96. */
static agr_status init(const char *path, const char *data, int64_t size, agr_config *config,
                       agr_error *err)
{
    const agr_preprocessing plain = {.input = {size, size, 3}, .resize = AGR_RESIZE_BILINEAR};
    if (data == NULL)
        return write_fresh(path, config, &plain, 0, NULL, err);
    agr_dataset *dataset;
    agr_training_set set;
    AGR_TRY(agr_dataset_open(data, &dataset, err));
    agr_status status = agr_training_set_from(dataset, &set, err);
    const agr_preprocessing preprocessing = agr_preprocessing_of(dataset);
    if (status == AGR_OK)
        status = agr_settle_units(config, &set, err);
    if (status == AGR_OK)
        status =
            write_fresh(path, config, &preprocessing, agr_dataset_fingerprint(dataset), &set, err);
    agr_dataset_close(dataset);
    return status;
}

agr_status cmd_init(int argc, char **argv, agr_error *err)
{
    static cli_overrides overrides;
    const char *name = NULL, *output = NULL, *data = NULL;
    int64_t size = 96;
    const cli_option option[] = {
        {"output", 'o', CLI_TEXT, "FILE", &output,
         "the checkpoint to write, a new file (required)"},
        {"config", 'c', CLI_TEXT, "FILE", &name, "a file, or a built-in name (seed, quick, best)"},
        {"set", 0, CLI_SET, "KEY=VALUE", &overrides, "change one setting; may be repeated"},
        {"seed", 0, CLI_SETTING, "N", &overrides, "seed of the weights", .key = "seed"},
        {"branches", 0, CLI_SETTING, "LIST", &overrides, "only these", .key = "train.branches"},
        {"data", 0, CLI_TEXT, "FILE", &data, "take image size and classes from this dataset"},
        {"size", 0, CLI_INTEGER, "N", &size, "side of the images without --data (96)", .min = 1,
         .max = 4096},
    };
    const cli_syntax syntax = {
        .verb = "init",
        .positionals = "",
        .summary =
            "Writes an untrained checkpoint, slot 'latest', that 'train --init' starts from.",
        .option = option,
        .n_options = CLI_COUNT(option),
    };
    cli_arguments arguments;
    agr_config config;
    AGR_TRY(cli_parse(&syntax, argc, argv, &arguments, err));
    if (arguments.help)
        return AGR_OK;
    AGR_TRY(cli_check_new_file(output, "agr-mpi init -o weights.h5", err));
    AGR_TRY(agr_config_load(&config, name, overrides.item, overrides.n, err));
    const agr_status status = init(output, data, size, &config, err);
    agr_config_release(&config);
    return status;
}
