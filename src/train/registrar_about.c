/* What the run's books and its checkpoint say the run and its branches are. */
#include "registrar_books_impl.h"

#include <agr/kernels/isa.h>
#include <agr/train/description.h>
#include <stdio.h>

static void describe_branch(registrar *r, int b)
{
    agr_network *network = agr_trainee_network(r->about[b]);
    agr_describe_heads(network, agr_trainee_set(r->about[b]), r->head[b]);
    r->branch[b] = (agr_checkpoint_branch){
        .name = agr_trainee_name(r->about[b]),
        .member = agr_describe_member(r->options->config, b, &r->settings[b]),
        .n_heads = agr_network_n_heads(network),
        .heads = r->head[b],
        .preprocessing = r->preprocessing.data};
}

agr_status registrar_describe_run(registrar *r, agr_error *err)
{
    const agr_dataset *dataset = r->options->dataset;
    const agr_preprocessing preprocessing = agr_preprocessing_of(dataset);
    agr_config_yaml(r->options->config, AGR_CONFIG_PLAIN, &r->config_text);
    agr_preprocessing_write(&preprocessing, &r->preprocessing);
    if (r->config_text.failed || r->preprocessing.failed)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory");
    snprintf(r->versions, sizeof r->versions, "agr-mpi %s", AGR_VERSION);
    r->info = (agr_checkpoint_info){
        .config = r->config_text.data,
        .kernel_set = agr_kernels_description(),
        .versions = r->versions,
        .dataset_fingerprint = agr_dataset_fingerprint(dataset),
        .seed = (uint64_t)r->options->config->seed,
    };
    return AGR_OK;
}

static agr_status find_baselines(registrar *r, int b, agr_error *err)
{
    const agr_network *network = agr_trainee_network(r->about[b]);
    for (int h = 0; h < agr_network_n_heads(network); h++)
        AGR_TRY(baseline_of(network, h, agr_trainee_set(r->about[b]),
                            agr_trainee_balance(r->about[b]), &r->baseline[b][h], err));
    return AGR_OK;
}

agr_status registrar_describe_branches(registrar *r, agr_error *err)
{
    agr_history_branch branches[MAX_BRANCHES];
    for (int b = 0; b < r->n_branches; b++) {
        AGR_TRY(agr_trainee_create(r->options->config, b, r->set, &r->about[b], err));
        branches[b] = agr_trainee_history_branch(r->about[b]);
        describe_branch(r, b);
        AGR_TRY(find_baselines(r, b, err));
    }
    if (r->options->config->train.tensorboard)
        AGR_TRY(
            tensorboard_create(r->options->folder, branches, r->n_branches, &r->tensorboard, err));
    return agr_history_create(branches, r->n_branches, &r->history, err);
}
