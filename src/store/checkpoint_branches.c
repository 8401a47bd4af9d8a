/* Writes the branches of a checkpoint: new slots, and all else carried over from the source. */
#include "checkpoint_writer_impl.h"

#include <agr/base/log.h>
#include <stdlib.h>
#include <string.h>

/* ---- slots ---- */

/* A slot of the new file: an update, or what the source has. */
typedef struct {
    const char *name;
    const agr_checkpoint_update *update; /* NULL: carried over */
    int source_slot;
} slot_plan;

static int compare_plans(const void *a, const void *b)
{
    const slot_plan *left = a, *right = b;
    return checkpoint_compare_slot_names(left->name, right->name);
}

/* The last update of this slot wins. */
static const agr_checkpoint_update *find_update(const checkpoint_writing *w, const char *branch,
                                                const char *slot)
{
    for (int i = w->n_updates - 1; i >= 0; i--)
        if (strcmp(w->updates[i].branch, branch) == 0 && strcmp(w->updates[i].slot, slot) == 0)
            return &w->updates[i];
    return NULL;
}

static int find_source_branch(const checkpoint_writing *w, const char *name)
{
    for (int i = 0; w->source != NULL && i < agr_checkpoint_n_branches(w->source); i++)
        if (strcmp(agr_checkpoint_branch_at(w->source, i)->name, name) == 0)
            return i;
    return -1;
}

/* The branch's slots, new ones and others, in the order of the file. plan has room for all. */
static int plan_slots(const checkpoint_writing *w, const char *branch, int source, slot_plan *plan)
{
    int n = 0;
    for (int i = 0; i < w->n_updates; i++) {
        const agr_checkpoint_update *update = &w->updates[i];
        if (strcmp(update->branch, branch) == 0 && find_update(w, branch, update->slot) == update)
            plan[n++] = (slot_plan){.name = update->slot, .update = update};
    }
    for (int i = 0; source >= 0 && i < agr_checkpoint_n_slots(w->source, source); i++) {
        const char *name = agr_checkpoint_slot_at(w->source, source, i)->name;
        if (find_update(w, branch, name) == NULL)
            plan[n++] = (slot_plan){.name = name, .source_slot = i};
    }
    qsort(plan, (size_t)n, sizeof *plan, compare_plans);
    return n;
}

/* Carries a slot over from the source, unless it is damaged. */
static agr_status carry_slot(const checkpoint_writing *w, hid_t group, int source,
                             const slot_plan *plan, agr_error *err)
{
    agr_snapshot *snapshot;
    agr_status status =
        checkpoint_read_snapshot_locked(w->source, source, plan->source_slot, &snapshot, err);
    if (status == AGR_OK) {
        status = checkpoint_write_state(group, plan->name, agr_snapshot_state(snapshot),
                                        AGR_PARTS_ALL, err);
        agr_snapshot_destroy(snapshot);
        return status;
    }
    if (w->is_source_sound)
        return status;
    agr_log_warning("slot '%s' is damaged and left out: %s", plan->name, err->text);
    return AGR_OK;
}

static agr_status write_slots(const checkpoint_writing *w, hid_t group, const char *branch,
                              agr_error *err)
{
    const int source = find_source_branch(w, branch);
    const int n_carried = source >= 0 ? agr_checkpoint_n_slots(w->source, source) : 0;
    slot_plan *plan = malloc((size_t)(w->n_updates + n_carried + 1) * sizeof *plan);
    if (plan == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate its slots");
    const int n = plan_slots(w, branch, source, plan);
    agr_status status = AGR_OK;
    for (int i = 0; status == AGR_OK && i < n; i++) {
        const agr_checkpoint_update *update = plan[i].update;
        status = update != NULL ? checkpoint_write_state(group, plan[i].name, update->state,
                                                         update->parts, err)
                                : carry_slot(w, group, source, &plan[i], err);
    }
    free(plan);
    return status;
}

/* ---- branches ---- */

static agr_status write_history(hid_t group, const agr_history_table *history, agr_error *err)
{
    const hsize_t shape[2] = {(hsize_t)history->n_rows, (hsize_t)history->n_columns};
    AGR_TRY(
        h5_dataset_write_checked(group, "history", H5T_IEEE_F64LE, 2, shape, history->values, err));
    const hid_t id = H5Dopen2(group, "history", H5P_DEFAULT);
    if (id < 0)
        return h5_fail(err, AGR_IO, "cannot open 'history'");
    const agr_status status =
        h5_write_texts(id, "columns", history->columns, history->n_columns, err);
    H5Dclose(id);
    return status;
}

static int count_classes(const agr_checkpoint_branch *branch)
{
    int n_classes = 0;
    for (int i = 0; i < branch->n_heads; i++)
        n_classes += branch->heads[i].n_classes;
    return n_classes;
}

/* See docs/file-formats.md: classes are those of all heads in turn, everything else is in parallel. */
static agr_status write_heads(hid_t group, const agr_checkpoint_branch *branch, agr_error *err)
{
    const size_t n_heads = (size_t)branch->n_heads, n_classes = (size_t)count_classes(branch);
    const char **texts = malloc((2 * n_heads + n_classes + 1) * sizeof *texts);
    int32_t *counts = malloc((n_heads + 1) * sizeof *counts);
    double *limits = malloc((2 * n_heads + 1) * sizeof *limits);
    agr_status status = AGR_OK;
    if (texts == NULL || counts == NULL || limits == NULL) {
        status = agr_error_set(err, AGR_MEMORY, "cannot allocate heads");
        goto done;
    }
    const char **names = texts, **targets = texts + n_heads, **classes = targets + n_heads;
    for (size_t i = 0, filled = 0; i < n_heads; i++) {
        const agr_checkpoint_head *head = &branch->heads[i];
        names[i] = head->name;
        targets[i] = head->target;
        counts[i] = head->n_classes;
        limits[i] = head->label_min;
        limits[n_heads + i] = head->label_max;
        for (int c = 0; c < head->n_classes; c++)
            classes[filled++] = head->classes[c];
    }
    AGR_TRY_GOTO(status, h5_write_texts(group, "heads", names, (int)n_heads, err), done);
    AGR_TRY_GOTO(status, h5_write_texts(group, "targets", targets, (int)n_heads, err), done);
    AGR_TRY_GOTO(status, h5_write_int32s(group, "n_classes", counts, (int)n_heads, err), done);
    AGR_TRY_GOTO(status, h5_write_doubles(group, "label_min", limits, (int)n_heads, err), done);
    AGR_TRY_GOTO(status, h5_write_doubles(group, "label_max", limits + n_heads, (int)n_heads, err),
                 done);
    AGR_TRY_GOTO(status, h5_write_texts(group, "classes", classes, (int)n_classes, err), done);
done:
    free(texts);
    free(counts);
    free(limits);
    return status;
}

static agr_status write_member(hid_t group, const agr_checkpoint_member *member, agr_error *err)
{
    if (member->base == NULL)
        return AGR_OK;
    AGR_TRY(h5_write_text(group, "base", member->base, err));
    AGR_TRY(h5_write_text(group, "settings", member->settings, err));
    AGR_TRY(h5_write_int32s(group, "variant", &member->variant, 1, err));
    AGR_TRY(h5_write_int32s(group, "fold", &member->fold, 1, err));
    return h5_write_int32s(group, "replica", &member->replica, 1, err);
}

static agr_status write_branch(const checkpoint_writing *w, hid_t group,
                               const agr_checkpoint_branch *branch, agr_error *err)
{
    AGR_TRY(write_member(group, &branch->member, err));
    AGR_TRY(write_heads(group, branch, err));
    AGR_TRY(h5_write_text(group, "preprocessing", branch->preprocessing, err));
    const agr_history_table *history = branch->history;
    const int source = find_source_branch(w, branch->name);
    if (history == NULL && source >= 0)
        history = agr_checkpoint_branch_at(w->source, source)->history;
    if (history != NULL)
        AGR_TRY(write_history(group, history, err));
    return write_slots(w, group, branch->name, err);
}

bool checkpoint_is_run_branch(const checkpoint_writing *w, const char *name)
{
    for (int i = 0; i < w->n_branches; i++)
        if (strcmp(w->branches[i].name, name) == 0)
            return true;
    return false;
}

/* Whether anything of this branch is new or was there before. */
static bool has_content(const checkpoint_writing *w, const char *branch)
{
    for (int i = 0; i < w->n_updates; i++)
        if (strcmp(w->updates[i].branch, branch) == 0)
            return true;
    return find_source_branch(w, branch) >= 0;
}

static agr_status write_one_branch(const checkpoint_writing *w, hid_t group,
                                   const agr_checkpoint_branch *branch, agr_error *err)
{
    hid_t own;
    AGR_TRY(h5_group_create(group, branch->name, &own, err));
    const agr_status status = write_branch(w, own, branch, err);
    H5Gclose(own);
    if (status != AGR_OK)
        agr_error_context(err, "branch '%s'", branch->name);
    return status;
}

agr_status checkpoint_write_branches(const checkpoint_writing *w, hid_t group, agr_error *err)
{
    const int n_source = w->source != NULL ? agr_checkpoint_n_branches(w->source) : 0;
    const char **order = malloc((size_t)(w->n_branches + n_source + 1) * sizeof *order);
    if (order == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate branch names");
    int n_order = 0;
    agr_status status = AGR_OK;
    for (int i = 0; i < w->n_branches; i++) {
        if (!has_content(w, w->branches[i].name))
            continue;
        order[n_order++] = w->branches[i].name;
        AGR_TRY_GOTO(status, write_one_branch(w, group, &w->branches[i], err), done);
    }
    for (int i = 0; i < n_source; i++) {
        const agr_checkpoint_branch *branch = agr_checkpoint_branch_at(w->source, i);
        if (checkpoint_is_run_branch(w, branch->name))
            continue;
        order[n_order++] = branch->name;
        AGR_TRY_GOTO(status, write_one_branch(w, group, branch, err), done);
    }
    status = h5_write_texts(group, "order", order, n_order, err);
done:
    free(order);
    return status;
}
