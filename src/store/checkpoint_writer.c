/* Writes a checkpoint: new slots, and all else carried on from the file that is there. */
#include "checkpoint_impl.h"
#include "io_impl.h"

#include <agr/base/log.h>
#include <agr/base/text.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One call of agr_checkpoint_write(). */
typedef struct {
    const char *path;
    const agr_checkpoint_info *info;
    const agr_checkpoint_branch *branches;
    int n_branches;
    const agr_checkpoint_update *updates;
    int n_updates;

    agr_checkpoint *source; /* what untouched parts are copied from; NULL: none */
    bool is_source_sound;   /* all its checksums agree */
    bool is_source_current; /* it is the file at path, not .prev */
    hid_t target;
} writing;

/* ---- where untouched parts come from ---- */

/* Opens this file as the source if it is better than nothing. */
static bool open_source(writing *w, const char *path, agr_error *err)
{
    int n_missing;
    if (checkpoint_open_locked(path, &w->source, err) != AGR_OK)
        return false;
    w->is_source_sound = checkpoint_verify_group(w->source->file, w->source->file_bytes, &n_missing,
                                                 NULL, err) == AGR_OK;
    if (!w->is_source_sound)
        agr_error_context(err, "checkpoint '%s'", path);
    return true;
}

static void close_source(writing *w)
{
    checkpoint_close_locked(w->source);
    w->source = NULL;
    w->is_source_sound = false;
}

/* The current file; when that is damaged a sound .prev; else what can be had of the current one. */
static void choose_source(writing *w)
{
    agr_error err = {0};
    if (!agr_path_exists(w->path))
        return;
    w->is_source_current = true;
    if (open_source(w, w->path, &err) && w->is_source_sound)
        return;
    checkpoint_warn_of_damage(&err, "writing it anew");
    close_source(w);
    char previous[AGR_PATH_BYTES];
    const int length = snprintf(previous, sizeof previous, "%s.prev", w->path);
    if (length < (int)sizeof previous && open_source(w, previous, &err) && w->is_source_sound) {
        w->is_source_current = false;
        return;
    }
    close_source(w);
    open_source(w, w->path, &err);
}

/* ---- writing a state ---- */

static agr_status write_tensor(hid_t layer, const agr_tensor *tensor, agr_error *err)
{
    hsize_t shape[AGR_TENSOR_MAX_RANK];
    for (int i = 0; i < tensor->rank; i++)
        shape[i] = (hsize_t)tensor->shape[i];
    return h5_dataset_write_checked(layer, tensor->parameter, H5T_IEEE_F32LE, tensor->rank, shape,
                                    tensor->data, err);
}

/* Opens the group of this name, or makes it. */
static agr_status demand_group(hid_t parent, const char *name, hid_t *group, agr_error *err)
{
    return h5_has(parent, name) ? h5_group_open(parent, name, group, err)
                                : h5_group_create(parent, name, group, err);
}

/* As demand_group(), for a path of several components. */
static agr_status demand_groups(hid_t parent, const char *path, hid_t *group, agr_error *err)
{
    const size_t length = strcspn(path, "/");
    char first[AGR_NAME_BYTES];
    snprintf(first, sizeof first, "%.*s", (int)length, path);
    if (path[length] == '\0')
        return demand_group(parent, first, group, err);
    hid_t child;
    AGR_TRY(demand_group(parent, first, &child, err));
    const agr_status status = demand_groups(child, path + length + 1, group, err);
    H5Gclose(child);
    return status;
}

/* A tensor and where its layer stands in the network. */
typedef struct {
    const agr_tensor *tensor;
    int layer;
} placed_tensor;

static int layer_of(const agr_state *state, const agr_tensor *tensor)
{
    for (int i = 0; i < state->n_layers; i++)
        if (strcmp(state->layers[i], tensor->layer) == 0)
            return i;
    return state->n_layers;
}

static int compare_tensors(const void *a, const void *b)
{
    const placed_tensor *left = a, *right = b;
    if (left->tensor->kind != right->tensor->kind)
        return left->tensor->kind < right->tensor->kind ? -1 : 1;
    if (left->layer != right->layer)
        return left->layer < right->layer ? -1 : 1;
    const int order = strcmp(left->tensor->layer, right->tensor->layer);
    return order != 0 ? order : strcmp(left->tensor->parameter, right->tensor->parameter);
}

static agr_status write_placed(hid_t slot, const agr_tensor *tensor, agr_error *err)
{
    char path[3 * AGR_NAME_BYTES];
    snprintf(path, sizeof path, "%s/%s", agr_tensor_kind_path(tensor->kind), tensor->layer);
    hid_t layer;
    AGR_TRY(demand_groups(slot, path, &layer, err));
    const agr_status status = write_tensor(layer, tensor, err);
    H5Gclose(layer);
    return status;
}

/* Kind by kind, layers in network order, parameters by name. */
static agr_status write_tensors(hid_t slot, const agr_state *state, unsigned parts, agr_error *err)
{
    placed_tensor *placed = malloc(((size_t)state->n_tensors + 1) * sizeof *placed);
    if (placed == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate the order of tensors");
    int n = 0;
    for (int i = 0; i < state->n_tensors; i++)
        if ((parts & 1U << state->tensors[i].kind) != 0)
            placed[n++] = (placed_tensor){.tensor = &state->tensors[i],
                                          .layer = layer_of(state, &state->tensors[i])};
    qsort(placed, (size_t)n, sizeof *placed, compare_tensors);
    agr_status status = AGR_OK;
    for (int i = 0; status == AGR_OK && i < n; i++)
        status = write_placed(slot, placed[i].tensor, err);
    free(placed);
    return status;
}

static agr_status write_value(hid_t slot, const agr_value *value, agr_error *err)
{
    const hsize_t shape[1] = {(hsize_t)value->count};
    return h5_dataset_write_checked(slot, value->name,
                                    value->type == AGR_VALUE_INT64 ? H5T_STD_I64LE : H5T_IEEE_F64LE,
                                    value->count == 1 ? 0 : 1, shape, value->data, err);
}

static int compare_values(const void *a, const void *b)
{
    const agr_value *const *left = a, *const *right = b;
    return strcmp((*left)->name, (*right)->name);
}

/* By name. */
static agr_status write_values(hid_t slot, const agr_state *state, agr_error *err)
{
    const agr_value **sorted = malloc(((size_t)state->n_values + 1) * sizeof *sorted);
    if (sorted == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate the order of values");
    for (int i = 0; i < state->n_values; i++)
        sorted[i] = &state->values[i];
    qsort(sorted, (size_t)state->n_values, sizeof *sorted, compare_values);
    agr_status status = AGR_OK;
    for (int i = 0; status == AGR_OK && i < state->n_values; i++)
        status = write_value(slot, sorted[i], err);
    free(sorted);
    return status;
}

static agr_status write_layers_attribute(hid_t slot, const agr_state *state, agr_error *err)
{
    const char **names = malloc(((size_t)state->n_layers + 1) * sizeof *names);
    if (names == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate layer names");
    for (int i = 0; i < state->n_layers; i++)
        names[i] = state->layers[i];
    const agr_status status = h5_write_texts(slot, "layers", names, state->n_layers, err);
    free(names);
    return status;
}

/* One slot. Whatever order the state comes in, from a network or from a file, the same content makes
 * the same bytes. */
static agr_status write_state(hid_t branch, const char *name, const agr_state *state,
                              unsigned parts, agr_error *err)
{
    hid_t slot;
    AGR_TRY(h5_group_create(branch, name, &slot, err));
    agr_status status = write_layers_attribute(slot, state, err);
    if (status == AGR_OK)
        status = write_tensors(slot, state, parts, err);
    if (status == AGR_OK && (parts & AGR_PART_VALUES) != 0)
        status = write_values(slot, state, err);
    H5Gclose(slot);
    return status;
}

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
static const agr_checkpoint_update *find_update(const writing *w, const char *branch,
                                                const char *slot)
{
    for (int i = w->n_updates - 1; i >= 0; i--)
        if (strcmp(w->updates[i].branch, branch) == 0 && strcmp(w->updates[i].slot, slot) == 0)
            return &w->updates[i];
    return NULL;
}

static int find_source_branch(const writing *w, const char *name)
{
    for (int i = 0; w->source != NULL && i < agr_checkpoint_n_branches(w->source); i++)
        if (strcmp(agr_checkpoint_branch_at(w->source, i)->name, name) == 0)
            return i;
    return -1;
}

/* The branch's slots, new ones and others, in the order of the file. plan has room for all. */
static int plan_slots(const writing *w, const char *branch, int source, slot_plan *plan)
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
static agr_status carry_slot(const writing *w, hid_t group, int source, const slot_plan *plan,
                             agr_error *err)
{
    agr_snapshot *snapshot;
    agr_status status =
        checkpoint_read_snapshot_locked(w->source, source, plan->source_slot, &snapshot, err);
    if (status == AGR_OK) {
        status = write_state(group, plan->name, agr_snapshot_state(snapshot), AGR_PARTS_ALL, err);
        agr_snapshot_destroy(snapshot);
        return status;
    }
    if (w->is_source_sound)
        return status;
    agr_log_warning("slot '%s' is damaged and left out: %s", plan->name, err->text);
    return AGR_OK;
}

static agr_status write_slots(const writing *w, hid_t group, const char *branch, agr_error *err)
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
        status = update != NULL
                     ? write_state(group, plan[i].name, update->state, update->parts, err)
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

static agr_status write_branch(const writing *w, hid_t group, const agr_checkpoint_branch *branch,
                               agr_error *err)
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

static bool is_run_branch(const writing *w, const char *name)
{
    for (int i = 0; i < w->n_branches; i++)
        if (strcmp(w->branches[i].name, name) == 0)
            return true;
    return false;
}

/* Whether anything of this branch is new or was there before. */
static bool has_content(const writing *w, const char *branch)
{
    for (int i = 0; i < w->n_updates; i++)
        if (strcmp(w->updates[i].branch, branch) == 0)
            return true;
    return find_source_branch(w, branch) >= 0;
}

static agr_status write_one_branch(const writing *w, hid_t group,
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

/* The run's branches in their order, then the source's other ones; attribute `order` names them. */
static agr_status write_branches(const writing *w, hid_t group, agr_error *err)
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
        if (is_run_branch(w, branch->name))
            continue;
        order[n_order++] = branch->name;
        AGR_TRY_GOTO(status, write_one_branch(w, group, branch, err), done);
    }
    status = h5_write_texts(group, "order", order, n_order, err);
done:
    free(order);
    return status;
}

/* ---- the file ---- */

/* One text each: "<fingerprint> <since> <path>". */
static agr_status write_datasets(hid_t file, const agr_checkpoint_info *info, agr_error *err)
{
    if (info->n_datasets == 0)
        return AGR_OK;
    agr_text all = {0};
    const char **texts = calloc((size_t)info->n_datasets, sizeof *texts);
    size_t *begin = calloc((size_t)info->n_datasets, sizeof *begin);
    for (int i = 0; begin != NULL && i < info->n_datasets; i++) {
        begin[i] = all.length;
        agr_text_add(&all, "%016llx %s %s%c", (unsigned long long)info->datasets[i].fingerprint,
                     info->datasets[i].since, info->datasets[i].path, '\0');
    }
    agr_status status = AGR_OK;
    if (texts == NULL || begin == NULL || all.failed)
        status = agr_error_set(err, AGR_MEMORY, "cannot allocate its datasets");
    for (int i = 0; status == AGR_OK && i < info->n_datasets; i++)
        texts[i] = all.data + begin[i];
    if (status == AGR_OK)
        status = h5_write_texts(file, "datasets", texts, info->n_datasets, err);
    free(texts);
    free(begin);
    agr_text_release(&all);
    return status;
}

static agr_status write_root(const writing *w, agr_error *err)
{
    const hid_t file = w->target;
    AGR_TRY(h5_write_text(file, "format", "agr-mpi/checkpoint", err));
    AGR_TRY(h5_write_int64(file, "format_version", AGR_CHECKPOINT_VERSION, err));
    AGR_TRY(h5_write_text(file, "config", w->info->config, err));
    AGR_TRY(h5_write_text(file, "kernel_set", w->info->kernel_set, err));
    AGR_TRY(h5_write_text(file, "versions", w->info->versions, err));
    AGR_TRY(h5_write_uint64(file, "dataset_fingerprint", w->info->dataset_fingerprint, err));
    AGR_TRY(h5_write_uint64(file, "seed", w->info->seed, err));
    AGR_TRY(write_datasets(file, w->info, err));
    hid_t group;
    AGR_TRY(h5_group_create(file, "branches", &group, err));
    const agr_status status = write_branches(w, group, err);
    H5Gclose(group);
    return status;
}

/* HDF5 1.10 falls over an allocation that fails. So what it will want is asked for, and given back,
 * before it begins: the file twice, and some for itself. */
static agr_status check_memory(const writing *w, agr_error *err)
{
    enum { OWN_BYTES = 64 << 20 };
    size_t size_bytes = w->source != NULL ? (size_t)w->source->file_bytes : 0;
    for (int i = 0; i < w->n_updates; i++)
        for (int t = 0; t < w->updates[i].state->n_tensors; t++)
            size_bytes += agr_tensor_count(&w->updates[i].state->tensors[t]) * sizeof(float);
    size_bytes = 2 * size_bytes + OWN_BYTES;
    char *probe = malloc(size_bytes);
    if (probe == NULL)
        return agr_error_set(err, AGR_MEMORY, "expected %zu MiB of memory to build it, found less",
                             size_bytes >> 20);
    *(volatile char *)probe = 0; /* or the compiler does without */
    free(probe);
    return AGR_OK;
}

/* Builds the file in memory and hands out its bytes. */
static agr_status build_image(writing *w, void **bytes, size_t *size_bytes, agr_error *err)
{
    AGR_TRY(check_memory(w, err));
    AGR_TRY(h5_file_create_in_memory(&w->target, err));
    agr_status status = write_root(w, err);
    if (status == AGR_OK)
        status = h5_file_image(w->target, bytes, size_bytes, err);
    H5Fclose(w->target);
    return status;
}

static agr_status write_bytes(const char *path, const void *bytes, size_t size_bytes,
                              agr_error *err)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        return agr_error_set_errno(err, AGR_IO, errno, "cannot create a temporary file");
    agr_status status = io_write_at(fd, bytes, size_bytes, 0, "it", err);
    if (close(fd) != 0 && status == AGR_OK)
        status = agr_error_set_errno(err, AGR_IO, errno, "cannot write it");
    return status;
}

/* What lies on the disk is what was meant: opened and compared like any other checkpoint. Tells where
 * the numbers lie that have checksums of their own. */
static agr_status read_back(const char *path, seal_runs *checked, agr_error *err)
{
    agr_checkpoint *checkpoint;
    AGR_TRY(checkpoint_open_locked(path, &checkpoint, err));
    int n_missing;
    const agr_status status =
        checkpoint_verify_group(checkpoint->file, checkpoint->file_bytes, &n_missing, checked, err);
    checkpoint_close_locked(checkpoint);
    return status;
}

static agr_status seal(const char *path, agr_error *err)
{
    seal_runs checked = {0};
    agr_status status = read_back(path, &checked, err);
    if (status == AGR_OK)
        status = seal_append(path, &checked, err);
    if (status == AGR_OK)
        status = seal_check(path, err);
    free(checked.run);
    return status;
}

static agr_status write_locked(writing *w, const char *temporary_path, agr_error *err)
{
    void *bytes;
    size_t size_bytes;
    choose_source(w);
    agr_status status = build_image(w, &bytes, &size_bytes, err);
    if (status == AGR_OK) {
        status = write_bytes(temporary_path, bytes, size_bytes, err);
        free(bytes);
    }
    checkpoint_close_locked(w->source);
    w->source = NULL;
    return status == AGR_OK ? seal(temporary_path, err) : status;
}

static agr_status check_updates(const writing *w, agr_error *err)
{
    char field[AGR_NAME_BYTES];
    for (int i = 0; i < w->n_branches; i++)
        AGR_TRY(agr_state_name(field, w->branches[i].name, err));
    for (int i = 0; i < w->n_updates; i++) {
        AGR_TRY(agr_state_name(field, w->updates[i].slot, err));
        if (!is_run_branch(w, w->updates[i].branch))
            return agr_error_set(err, AGR_INPUT, "slot '%s': no branch '%s' in the run",
                                 w->updates[i].slot, w->updates[i].branch);
    }
    return AGR_OK;
}

static agr_status replace(writing *w, agr_error *err)
{
    agr_replacement replacement;
    AGR_TRY(check_updates(w, err));
    AGR_TRY(agr_replacement_begin(&replacement, w->path, err));
    h5_lock();
    const agr_status status = write_locked(w, replacement.temporary_path, err);
    h5_unlock();
    if (status != AGR_OK) {
        agr_replacement_abandon(&replacement);
        return status;
    }
    /* A damaged file must not push a sound .prev away. */
    const bool keep_previous = w->is_source_current && w->is_source_sound;
    return agr_replacement_commit(&replacement, keep_previous, err);
}

agr_status agr_checkpoint_write(const char *path, const agr_checkpoint_info *info,
                                const agr_checkpoint_branch *branches, int n_branches,
                                const agr_checkpoint_update *updates, int n_updates, agr_error *err)
{
    writing w = {.path = path,
                 .info = info,
                 .branches = branches,
                 .n_branches = n_branches,
                 .updates = updates,
                 .n_updates = n_updates,
                 .target = -1};
    const agr_status status = replace(&w, err);
    if (status != AGR_OK)
        agr_error_context(err, "cannot write checkpoint '%s'", path);
    return status;
}
