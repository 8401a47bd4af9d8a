/* Where a run that is resumed stands: what its checkpoint has kept, and whether it can go on from there. */
#include "registrar_books_impl.h"

#include <agr/base/log.h>
#include <agr/train/classes.h>
#include <string.h>

/* With other folds a branch would be judged on pictures that it was trained on before. */
static agr_status compare_folds(const registrar *r, const agr_config *before, agr_error *err)
{
    const int folds = r->options->config->train.folds;
    if (before->train.folds == folds || before->train.folds == 0 || folds == 0)
        return AGR_OK;
    agr_error_set(err, AGR_INPUT, "run '%s' was divided into %d folds: expected as many, found %d",
                  r->options->folder, before->train.folds, folds);
    return agr_error_hint(err, "--folds %d, or --run starts another run", before->train.folds);
}

/* How a run that is resumed differs from the one that was stopped, where that changes bits. */
static agr_status compare_runs(const registrar *r, const agr_checkpoint_info *old, agr_error *err)
{
    if (old->seed != r->info.seed)
        agr_log_warning("this run began with seed %llu and goes on with %llu",
                        (unsigned long long)old->seed, (unsigned long long)r->info.seed);
    agr_config before;
    agr_error ignored;
    if (agr_config_parse(&before, old->config, strlen(old->config), "", NULL, 0, &ignored) !=
        AGR_OK)
        return AGR_OK;
    const int micro_batch = r->options->config->data.micro_batch;
    if (before.data.micro_batch != micro_batch)
        agr_log_warning(
            "this run began with micro-batches of %d images and goes on with %d: results "
            "stay valid, but not the same to the last bit",
            before.data.micro_batch, micro_batch);
    if (before.compute.gemm != r->options->config->compute.gemm)
        agr_log_warning("this run began with another compute.gemm: results stay valid, but not the "
                        "same to the last bit");
    if (before.compute.precision != r->options->config->compute.precision)
        agr_log_warning("this run began with another compute.precision: results stay valid, but "
                        "not the same to the last bit");
    const agr_status status = compare_folds(r, &before, err);
    agr_config_release(&before);
    return status;
}

/* What a run cannot go on from, though the file is sound. */
static agr_status refuse_branch(const agr_checkpoint *checkpoint, agr_status status, agr_error *err)
{
    if (err->hint[0] == '\0')
        agr_error_hint(err, "edited by hand? put it right, or take the file from before");
    agr_error_context(err, "checkpoint '%s'", agr_checkpoint_path(checkpoint));
    return status;
}

/* How far the branch has come: its position in `about`, its rows in the history. */
static agr_status recall_branch(registrar *r, agr_checkpoint *checkpoint, int b, agr_error *err)
{
    agr_trainee *about = r->about[b];
    int in_file, slot;
    /* A branch that was never snapshot begins anew. */
    if (agr_checkpoint_find_branch(checkpoint, r->branch[b].name, &in_file, NULL) != AGR_OK ||
        agr_checkpoint_find_slot(checkpoint, in_file, "latest", &slot, NULL) != AGR_OK)
        return AGR_OK;
    const agr_checkpoint_branch *branch = agr_checkpoint_branch_at(checkpoint, in_file);
    AGR_TRY(agr_check_branch_classes(branch, r->set, err));
    AGR_TRY(agr_checkpoint_read(checkpoint, in_file, slot, agr_trainee_state(about),
                                AGR_PART_VALUES, err));
    const agr_position *p = agr_trainee_position(about);
    agr_status status = agr_trainee_restored(about, err);
    if (status == AGR_OK && p->phase != AGR_PHASE_ENDED && !r->options->reset_optimiser)
        status = agr_trainee_check_slots(
            about, &agr_checkpoint_slot_at(checkpoint, in_file, slot)->state, err);
    if (status == AGR_OK)
        status = agr_history_load(r->history, b, branch->history, p->epoch, err);
    if (status != AGR_OK)
        return refuse_branch(checkpoint, status, err);
    if (p->phase != AGR_PHASE_ENDED)
        agr_history_reopen(r->history, b);
    return AGR_OK;
}

/* A run keeps its branches: one that is left out would vanish from its history. */
static agr_status check_branches(const registrar *r, const agr_checkpoint *checkpoint,
                                 agr_error *err)
{
    for (int i = 0; i < agr_checkpoint_n_branches(checkpoint); i++) {
        const char *name = agr_checkpoint_branch_at(checkpoint, i)->name;
        bool is_known = false;
        for (int b = 0; b < r->n_branches; b++)
            is_known = is_known || strcmp(r->branch[b].name, name) == 0;
        if (is_known)
            continue;
        agr_error_set(err, AGR_INPUT,
                      "run '%s' holds branch '%s': expected it among the branches to train",
                      r->options->folder, name);
        return agr_error_hint(err,
                              "leave train.branches as it was; train.branch_epochs=%s:N keeps "
                              "a branch from training on, --run starts another run",
                              name);
    }
    return AGR_OK;
}

agr_status registrar_recall(registrar *r, const char *path, agr_error *err)
{
    agr_checkpoint *checkpoint;
    AGR_TRY(agr_checkpoint_open(path, &checkpoint, err));
    agr_status status = compare_runs(r, agr_checkpoint_about(checkpoint), err);
    if (status == AGR_OK)
        status = check_branches(r, checkpoint, err);
    for (int b = 0; b < r->n_branches && status == AGR_OK; b++)
        status = recall_branch(r, checkpoint, b, err);
    if (status == AGR_OK) /* last: why another dataset cannot be says more than that it is one */
        status = lineage_continue(&r->lineage, checkpoint, r->options->dataset,
                                  r->options->welcomes_new_data, err);
    agr_checkpoint_close(checkpoint);
    agr_history_total total;
    while (agr_history_total_of(r->history, r->totals_said + 1, &total))
        r->totals_said++;
    r->history_is_newer = r->is_resumed = true;
    return status;
}
