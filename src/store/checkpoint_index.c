/* What a checkpoint holds, all but the tensors' numbers: read and checked when it is opened. */
#include "checkpoint_index_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- slots ---- */

/* latest, best, then by name. */
static int slot_rank(const char *name)
{
    return strcmp(name, "latest") == 0 ? 0 : strcmp(name, "best") == 0 ? 1 : 2;
}

int checkpoint_compare_slot_names(const char *left, const char *right)
{
    const int difference = slot_rank(left) - slot_rank(right);
    return difference != 0 ? difference : strcmp(left, right);
}

static int compare_slots(const void *a, const void *b)
{
    const agr_checkpoint_slot *left = a, *right = b;
    return checkpoint_compare_slot_names(left->name, right->name);
}

static agr_status index_slots(agr_checkpoint *checkpoint, hid_t group, branch_index *branch,
                              agr_error *err)
{
    checkpoint_names names;
    AGR_TRY(checkpoint_list_names(checkpoint, group, true, &names, err));
    void *slots;
    AGR_TRY(
        checkpoint_keep_zeroed(checkpoint, (size_t)names.n, sizeof *branch->slots, &slots, err));
    branch->slots = slots;
    for (int i = 0; i < names.n; i++) {
        agr_checkpoint_slot *slot = &branch->slots[branch->n_slots++];
        slot->name = names.names[i];
        hid_t slot_group;
        AGR_TRY(h5_group_open(group, slot->name, &slot_group, err));
        const agr_status status = checkpoint_index_state(checkpoint, slot_group, &slot->state, err);
        H5Gclose(slot_group);
        if (status != AGR_OK)
            return agr_error_context(err, "slot '%s'", slot->name), status;
    }
    qsort(branch->slots, (size_t)branch->n_slots, sizeof *branch->slots, compare_slots);
    return AGR_OK;
}

/* ---- branches ---- */

/* Attributes heads, targets, n_classes, label_min and label_max run in parallel; classes holds all heads' classes in
 * turn. */
static agr_status index_heads(agr_checkpoint *checkpoint, hid_t group, branch_index *branch,
                              agr_error *err)
{
    const char *const *names, *const *targets, *const *classes;
    int n_heads, n_targets, n_classes, first = 0;
    AGR_TRY(checkpoint_keep_texts(checkpoint, group, "heads", &names, &n_heads, err));
    AGR_TRY(checkpoint_keep_texts(checkpoint, group, "targets", &targets, &n_targets, err));
    AGR_TRY(checkpoint_keep_texts(checkpoint, group, "classes", &classes, &n_classes, err));
    if (n_targets != n_heads)
        return agr_error_set(err, AGR_FORMAT, "expected as many targets as heads (%d), found %d",
                             n_heads, n_targets);
    if (n_heads == 0)
        return AGR_OK;
    void *heads, *counts, *limits;
    AGR_TRY(checkpoint_keep_zeroed(checkpoint, (size_t)n_heads, sizeof(agr_checkpoint_head), &heads,
                                   err));
    AGR_TRY(checkpoint_keep_zeroed(checkpoint, (size_t)n_heads, sizeof(int32_t), &counts, err));
    AGR_TRY(checkpoint_keep_zeroed(checkpoint, 2 * (size_t)n_heads, sizeof(double), &limits, err));
    double *label_min = limits, *label_max = label_min + n_heads;
    AGR_TRY(h5_read_int32s(group, "n_classes", counts, n_heads, err));
    AGR_TRY(h5_read_doubles(group, "label_min", label_min, n_heads, err));
    AGR_TRY(h5_read_doubles(group, "label_max", label_max, n_heads, err));
    for (int i = 0; i < n_heads; i++) {
        const int32_t count = ((const int32_t *)counts)[i];
        if (count < 0 || count > n_classes - first)
            return agr_error_set(err, AGR_FORMAT, "head '%s': expected %d class names, found %d",
                                 names[i], count, n_classes - first);
        ((agr_checkpoint_head *)heads)[i] =
            (agr_checkpoint_head){.name = names[i],
                                  .target = targets[i],
                                  .n_classes = count,
                                  .classes = count > 0 ? classes + first : NULL,
                                  .label_min = label_min[i],
                                  .label_max = label_max[i]};
        first += count;
    }
    branch->about.heads = heads;
    branch->about.n_heads = n_heads;
    return AGR_OK;
}

static agr_status read_history(agr_checkpoint *checkpoint, const h5_dataset *dataset,
                               agr_history_table *history, agr_error *err)
{
    AGR_TRY(checkpoint_keep_texts(checkpoint, dataset->id, "columns", &history->columns,
                                  &history->n_columns, err));
    if (dataset->rank != 2 || dataset->shape[1] != (hsize_t)history->n_columns)
        return agr_error_set(err, AGR_FORMAT, "expected a table of %d columns", history->n_columns);
    void *values;
    bool has_checksum;
    AGR_TRY(checkpoint_keep_zeroed(checkpoint, dataset->count, sizeof(double), &values, err));
    AGR_TRY(h5_dataset_read_checked(dataset, H5T_NATIVE_DOUBLE, values, &has_checksum, err));
    history->n_rows = (int64_t)dataset->shape[0];
    history->values = values;
    return AGR_OK;
}

static agr_status index_history(agr_checkpoint *checkpoint, hid_t group, branch_index *branch,
                                agr_error *err)
{
    branch->about.history = &branch->history;
    if (!h5_has(group, "history"))
        return AGR_OK;
    h5_dataset dataset;
    AGR_TRY(h5_dataset_open(group, "history", checkpoint->file_bytes, &dataset, err));
    const agr_status status = read_history(checkpoint, &dataset, &branch->history, err);
    h5_dataset_close(&dataset);
    if (status != AGR_OK)
        agr_error_context(err, "'history'");
    return status;
}

static agr_status index_member(agr_checkpoint *checkpoint, hid_t group,
                               agr_checkpoint_member *member, agr_error *err)
{
    AGR_TRY(checkpoint_keep_text(checkpoint, group, "base", &member->base, err));
    if (member->base[0] == '\0') {
        member->base = NULL;
        return AGR_OK;
    }
    AGR_TRY(checkpoint_keep_text(checkpoint, group, "settings", &member->settings, err));
    AGR_TRY(h5_read_int32s(group, "variant", &member->variant, 1, err));
    AGR_TRY(h5_read_int32s(group, "fold", &member->fold, 1, err));
    AGR_TRY(h5_read_int32s(group, "replica", &member->replica, 1, err));
    if (member->variant < 0 || member->fold < 0 || member->replica < 0)
        return agr_error_set(err, AGR_INPUT,
                             "expected variant, fold and replica of 0 or more, found %d, %d and %d",
                             member->variant, member->fold, member->replica);
    return AGR_OK;
}

static agr_status index_branch(agr_checkpoint *checkpoint, hid_t group, branch_index *branch,
                               agr_error *err)
{
    AGR_TRY(checkpoint_keep_text(checkpoint, group, "preprocessing", &branch->about.preprocessing,
                                 err));
    AGR_TRY(index_member(checkpoint, group, &branch->about.member, err));
    AGR_TRY(index_heads(checkpoint, group, branch, err));
    AGR_TRY(index_history(checkpoint, group, branch, err));
    return index_slots(checkpoint, group, branch, err);
}

static bool is_named(const checkpoint_names *names, const char *name)
{
    for (int i = 0; i < names->n; i++)
        if (strcmp(names->names[i], name) == 0)
            return true;
    return false;
}

/* Sorts the branches as the attribute `order` says, which must name each once. */
static agr_status order_branches(checkpoint_names *names, const char *const *order, int n_order,
                                 agr_error *err)
{
    for (int i = 0; i < n_order; i++) {
        for (int before = 0; before < i; before++)
            if (strcmp(order[before], order[i]) == 0)
                return agr_error_set(err, AGR_INPUT, "expected each branch once, found '%s' twice",
                                     order[i]);
        if (!is_named(names, order[i]))
            return agr_error_set(err, AGR_INPUT, "expected the branches of the file, found '%s'",
                                 order[i]);
    }
    if (n_order != names->n)
        return agr_error_set(err, AGR_INPUT, "expected all %d branches of the file, found %d",
                             names->n, n_order);
    for (int i = 0; i < n_order; i++)
        if (agr_state_name(names->names[i], order[i], err) != AGR_OK)
            return AGR_FORMAT;
    return AGR_OK;
}

static agr_status index_branches(agr_checkpoint *checkpoint, hid_t group, agr_error *err)
{
    const char *const *order;
    int n_order;
    checkpoint_names names;
    AGR_TRY(checkpoint_keep_texts(checkpoint, group, "order", &order, &n_order, err));
    AGR_TRY(checkpoint_list_names(checkpoint, group, true, &names, err));
    if (names.n > 1024)
        return agr_error_set(err, AGR_FORMAT, "expected at most 1024 branches, found %d", names.n);
    const agr_status ordered = order_branches(&names, order, n_order, err);
    if (ordered != AGR_OK)
        return agr_error_context(err, "attribute 'order' of '/branches'"), ordered;
    void *branches;
    AGR_TRY(checkpoint_keep_zeroed(checkpoint, (size_t)names.n, sizeof *checkpoint->branches,
                                   &branches, err));
    checkpoint->branches = branches;
    for (int i = 0; i < names.n; i++) {
        branch_index *branch = &checkpoint->branches[checkpoint->n_branches++];
        branch->about.name = names.names[i];
        hid_t branch_group;
        AGR_TRY(h5_group_open(group, branch->about.name, &branch_group, err));
        const agr_status status = index_branch(checkpoint, branch_group, branch, err);
        H5Gclose(branch_group);
        if (status != AGR_OK)
            return agr_error_context(err, "branch '%s'", branch->about.name), status;
    }
    return AGR_OK;
}

/* ---- the file ---- */

static agr_status check_format(hid_t file, agr_error *err)
{
    char *format;
    AGR_TRY(h5_read_text(file, "format", &format, err));
    const bool is_ours = format != NULL && strcmp(format, "agr-mpi/checkpoint") == 0;
    if (!is_ours)
        agr_error_set(err, AGR_FORMAT,
                      "not a checkpoint: expected format 'agr-mpi/checkpoint', found '%.80s'",
                      format != NULL ? format : "no attribute 'format'");
    free(format);
    if (!is_ours)
        return AGR_FORMAT;
    uint64_t version = 0;
    bool found;
    AGR_TRY(h5_read_uint64(file, "format_version", &version, &found, err));
    if (!found || version != AGR_CHECKPOINT_VERSION)
        return agr_error_set(err, AGR_FORMAT, "expected format version %d, found %llu",
                             AGR_CHECKPOINT_VERSION, (unsigned long long)version);
    return AGR_OK;
}

/* "<fingerprint> <since> <path>" */
static agr_status parse_dataset(agr_checkpoint *checkpoint, const char *text,
                                agr_checkpoint_dataset *dataset, agr_error *err)
{
    enum { HASH_DIGITS = 16 };
    char *copy = strdup(text), *end = NULL;
    AGR_TRY(checkpoint_keep(checkpoint, copy, err));
    char *path = copy != NULL ? strchr(copy, ' ') : NULL;
    path = path != NULL ? strchr(path + 1, ' ') : NULL;
    if (copy == NULL)
        return checkpoint_index_lacks_memory(err);
    dataset->fingerprint = strtoull(copy, &end, 16);
    if (path == NULL || end != copy + HASH_DIGITS || *end != ' ')
        return agr_error_set(
            err, AGR_INPUT,
            "attribute 'datasets': expected '<16 hex digits> <since> <path>', found "
            "'%.80s'",
            text);
    *path = '\0';
    dataset->since = end + 1;
    dataset->path = path + 1;
    return AGR_OK;
}

static agr_status index_datasets(agr_checkpoint *checkpoint, agr_error *err)
{
    const char *const *texts;
    int n;
    void *datasets;
    AGR_TRY(checkpoint_keep_texts(checkpoint, checkpoint->file, "datasets", &texts, &n, err));
    AGR_TRY(checkpoint_keep_zeroed(checkpoint, (size_t)n, sizeof(agr_checkpoint_dataset), &datasets,
                                   err));
    for (int i = 0; i < n; i++)
        AGR_TRY(parse_dataset(checkpoint, texts[i], (agr_checkpoint_dataset *)datasets + i, err));
    checkpoint->info.datasets = datasets;
    checkpoint->info.n_datasets = n;
    return AGR_OK;
}

agr_status checkpoint_index(agr_checkpoint *checkpoint, agr_error *err)
{
    const hid_t file = checkpoint->file;
    agr_checkpoint_info *info = &checkpoint->info;
    bool found;
    AGR_TRY(check_format(file, err));
    AGR_TRY(checkpoint_keep_text(checkpoint, file, "config", &info->config, err));
    AGR_TRY(checkpoint_keep_text(checkpoint, file, "kernel_set", &info->kernel_set, err));
    AGR_TRY(checkpoint_keep_text(checkpoint, file, "versions", &info->versions, err));
    AGR_TRY(h5_read_uint64(file, "dataset_fingerprint", &info->dataset_fingerprint, &found, err));
    AGR_TRY(h5_read_uint64(file, "seed", &info->seed, &found, err));
    AGR_TRY(index_datasets(checkpoint, err));
    hid_t group;
    AGR_TRY(h5_group_open(file, "branches", &group, err));
    const agr_status status = index_branches(checkpoint, group, err);
    H5Gclose(group);
    return status;
}
