/* What a checkpoint holds, all but the tensors' numbers: read and checked when it is opened. */
#include "checkpoint_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- memory ---- */

static agr_status out_of_memory(agr_error *err)
{
    return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for its index");
}

/* The checkpoint takes `memory`, which may be NULL; on failure it is freed. */
static agr_status keep(agr_checkpoint *checkpoint, void *memory, agr_error *err)
{
    kept_memory *link = malloc(sizeof *link);
    if (link == NULL) {
        free(memory);
        return out_of_memory(err);
    }
    *link = (kept_memory){.next = checkpoint->kept, .memory = memory};
    checkpoint->kept = link;
    return AGR_OK;
}

static agr_status keep_zeroed(agr_checkpoint *checkpoint, size_t n, size_t item_bytes,
                              void **memory, agr_error *err)
{
    *memory = calloc(n + 1, item_bytes);
    if (*memory == NULL)
        return out_of_memory(err);
    return keep(checkpoint, *memory, err);
}

/* A text attribute, "" when there is none. */
static agr_status keep_text(agr_checkpoint *checkpoint, hid_t object, const char *name,
                            const char **text, agr_error *err)
{
    char *read;
    AGR_TRY(h5_read_text(object, name, &read, err));
    *text = read != NULL ? read : "";
    return keep(checkpoint, read, err);
}

static agr_status keep_texts(agr_checkpoint *checkpoint, hid_t object, const char *name,
                             const char *const **texts, int *n_texts, agr_error *err)
{
    char **read;
    AGR_TRY(h5_read_texts(object, name, &read, n_texts, err));
    *texts = (const char *const *)read;
    return keep(checkpoint, read, err);
}

/* ---- walking through groups ---- */

/* Opens what lies at a path of several components ("optimizer/m/conv2d"), following no external
 * link. Caller closes with H5Gclose(). */
typedef struct {
    int n;
    char (*names)[AGR_NAME_BYTES];
    bool wants_groups;
} name_list;

static agr_status visit_name(void *context, hid_t group, const char *name, bool is_group,
                             agr_error *err)
{
    name_list *list = context;
    (void)group;
    if (is_group != list->wants_groups)
        return AGR_OK;
    char field[AGR_NAME_BYTES];
    if (agr_state_name(field, name, err) != AGR_OK)
        return agr_error_set(err, AGR_FORMAT, "'%.80s' is no name of ours", name);
    char(*grown)[AGR_NAME_BYTES] = realloc(list->names, ((size_t)list->n + 1) * sizeof *grown);
    if (grown == NULL)
        return out_of_memory(err);
    memcpy(grown[list->n], field, sizeof field);
    list->names = grown;
    list->n++;
    return AGR_OK;
}

/* Names of the groups (or datasets) in this group, by name. Kept by the checkpoint. */
static agr_status list_names(agr_checkpoint *checkpoint, hid_t group, bool wants_groups,
                             name_list *list, agr_error *err)
{
    *list = (name_list){.wants_groups = wants_groups};
    const agr_status status = h5_for_each(group, visit_name, list, err);
    AGR_TRY(keep(checkpoint, list->names, err));
    return status;
}

/* ---- the index: tensors of a slot ---- */

typedef struct {
    agr_checkpoint *checkpoint;
    agr_state *state;
    agr_tensor_kind kind;
    const char *layer;
} tensor_walk;

static agr_status describe_tensor(const tensor_walk *walk, const h5_dataset *dataset,
                                  const char *name, agr_tensor *tensor, agr_error *err)
{
    *tensor = (agr_tensor){.kind = walk->kind, .rank = dataset->rank};
    if (dataset->type_class != H5T_FLOAT)
        return agr_error_set(err, AGR_INPUT, "expected floating-point numbers, found %s",
                             dataset->type_class == H5T_INTEGER ? "whole ones" : "another type");
    if (dataset->rank < 1 || dataset->rank > AGR_TENSOR_MAX_RANK || dataset->count == 0)
        return agr_error_set(err, AGR_FORMAT, "expected 1 to %d dimensions, none of them 0",
                             AGR_TENSOR_MAX_RANK);
    for (int i = 0; i < dataset->rank; i++)
        tensor->shape[i] = (int64_t)dataset->shape[i];
    AGR_TRY(agr_state_name(tensor->layer, walk->layer, err));
    return agr_state_name(tensor->parameter, name, err);
}

static agr_status visit_tensor(void *context, hid_t group, const char *name, bool is_group,
                               agr_error *err)
{
    tensor_walk *walk = context;
    agr_state *state = walk->state;
    if (is_group)
        return agr_error_set(err, AGR_FORMAT, "'%s': expected numbers, found a group", name);
    agr_tensor *grown = realloc(state->tensors, ((size_t)state->n_tensors + 1) * sizeof *grown);
    if (grown == NULL)
        return out_of_memory(err);
    state->tensors = grown;
    h5_dataset dataset;
    AGR_TRY(h5_dataset_open(group, name, walk->checkpoint->file_bytes, &dataset, err));
    const agr_status status =
        describe_tensor(walk, &dataset, name, &state->tensors[state->n_tensors], err);
    h5_dataset_close(&dataset);
    if (status == AGR_OK)
        state->n_tensors++;
    else
        agr_error_context(err, "'%s'", name);
    return status;
}

static agr_status index_layer(tensor_walk *walk, hid_t kind_group, const char *layer,
                              agr_error *err)
{
    hid_t group;
    AGR_TRY(h5_group_open(kind_group, layer, &group, err));
    walk->layer = layer;
    const agr_status status = h5_for_each(group, visit_tensor, walk, err);
    H5Gclose(group);
    return status;
}

/* Among the first n layers. */
static bool is_listed(const agr_state *state, const char *layer, int n)
{
    for (int i = 0; i < n; i++)
        if (strcmp(state->layers[i], layer) == 0)
            return true;
    return false;
}

/* Layers in network order: all there are. */
static agr_status index_layers(tensor_walk *walk, hid_t kind_group, agr_error *err)
{
    const agr_state *state = walk->state;
    for (int i = 0; i < state->n_layers; i++)
        if (h5_has(kind_group, state->layers[i]))
            AGR_TRY(index_layer(walk, kind_group, state->layers[i], err));
    name_list groups;
    AGR_TRY(list_names(walk->checkpoint, kind_group, true, &groups, err));
    for (int i = 0; i < groups.n; i++)
        if (!is_listed(state, groups.names[i], state->n_layers))
            return agr_error_set(err, AGR_INPUT,
                                 "expected layers that attribute 'layers' lists, found '%s'",
                                 groups.names[i]);
    return AGR_OK;
}

static agr_status index_kind(agr_checkpoint *checkpoint, hid_t slot, agr_tensor_kind kind,
                             agr_state *state, agr_error *err)
{
    const char *path = agr_tensor_kind_path(kind);
    hid_t group;
    if (!h5_has_path(slot, path))
        return AGR_OK;
    AGR_TRY(h5_group_at(slot, path, &group, err));
    tensor_walk walk = {.checkpoint = checkpoint, .state = state, .kind = kind};
    const agr_status status = index_layers(&walk, group, err);
    H5Gclose(group);
    if (status != AGR_OK)
        agr_error_context(err, "'%s'", path);
    return status;
}

/* ---- the index: values of a slot ---- */

static agr_status read_value(agr_checkpoint *checkpoint, const h5_dataset *dataset,
                             agr_value *value, agr_error *err)
{
    if (dataset->rank > 1 || dataset->count < 1 || dataset->count > INT32_MAX)
        return agr_error_set(err, AGR_FORMAT, "expected one number or a row of numbers");
    value->type = dataset->type_class == H5T_INTEGER ? AGR_VALUE_INT64 : AGR_VALUE_DOUBLE;
    value->count = (int32_t)dataset->count;
    AGR_TRY(keep_zeroed(checkpoint, dataset->count, sizeof(int64_t), &value->data, err));
    bool has_checksum;
    return h5_dataset_read_checked(
        dataset, value->type == AGR_VALUE_INT64 ? H5T_NATIVE_INT64 : H5T_NATIVE_DOUBLE, value->data,
        &has_checksum, err);
}

static agr_status index_value(agr_checkpoint *checkpoint, hid_t slot, const char *name,
                              agr_value *value, agr_error *err)
{
    h5_dataset dataset;
    AGR_TRY(agr_state_name(value->name, name, err));
    AGR_TRY(h5_dataset_open(slot, name, checkpoint->file_bytes, &dataset, err));
    const agr_status status = read_value(checkpoint, &dataset, value, err);
    h5_dataset_close(&dataset);
    if (status != AGR_OK)
        agr_error_context(err, "'%s'", name);
    return status;
}

static agr_status index_values(agr_checkpoint *checkpoint, hid_t slot, agr_state *state,
                               agr_error *err)
{
    name_list names;
    AGR_TRY(list_names(checkpoint, slot, false, &names, err));
    void *values;
    AGR_TRY(keep_zeroed(checkpoint, (size_t)names.n, sizeof *state->values, &values, err));
    state->values = values;
    for (int i = 0; i < names.n; i++, state->n_values++)
        AGR_TRY(index_value(checkpoint, slot, names.names[i], &state->values[i], err));
    return AGR_OK;
}

/* ---- the index: slots, branches, root ---- */

static agr_status index_layer_names(agr_checkpoint *checkpoint, hid_t slot, agr_state *state,
                                    agr_error *err)
{
    const char *const *names;
    AGR_TRY(keep_texts(checkpoint, slot, "layers", &names, &state->n_layers, err));
    if (names == NULL)
        return agr_error_set(
            err, AGR_INPUT, "expected attribute 'layers', the layers in network order, found none");
    void *layers;
    AGR_TRY(keep_zeroed(checkpoint, (size_t)state->n_layers, sizeof *state->layers, &layers, err));
    state->layers = layers;
    for (int i = 0; i < state->n_layers; i++) {
        if (agr_state_name(state->layers[i], names[i], err) != AGR_OK)
            return agr_error_context(err, "attribute 'layers'"), AGR_FORMAT;
        if (is_listed(state, names[i], i))
            return agr_error_set(err, AGR_INPUT,
                                 "attribute 'layers': expected each layer once, found '%s' twice",
                                 names[i]);
    }
    return AGR_OK;
}

static agr_status index_slot(agr_checkpoint *checkpoint, hid_t slot, agr_state *state,
                             agr_error *err)
{
    AGR_TRY(index_layer_names(checkpoint, slot, state, err));
    agr_status status = AGR_OK;
    for (int kind = 0; status == AGR_OK && kind < AGR_TENSOR_KIND_COUNT; kind++)
        status = index_kind(checkpoint, slot, (agr_tensor_kind)kind, state, err);
    AGR_TRY(keep(checkpoint, state->tensors, err));
    AGR_TRY(status);
    return index_values(checkpoint, slot, state, err);
}

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
    name_list names;
    AGR_TRY(list_names(checkpoint, group, true, &names, err));
    void *slots;
    AGR_TRY(keep_zeroed(checkpoint, (size_t)names.n, sizeof *branch->slots, &slots, err));
    branch->slots = slots;
    for (int i = 0; i < names.n; i++) {
        agr_checkpoint_slot *slot = &branch->slots[branch->n_slots++];
        slot->name = names.names[i];
        hid_t slot_group;
        AGR_TRY(h5_group_open(group, slot->name, &slot_group, err));
        const agr_status status = index_slot(checkpoint, slot_group, &slot->state, err);
        H5Gclose(slot_group);
        if (status != AGR_OK)
            return agr_error_context(err, "slot '%s'", slot->name), status;
    }
    qsort(branch->slots, (size_t)branch->n_slots, sizeof *branch->slots, compare_slots);
    return AGR_OK;
}

/* Attributes heads, targets, n_classes, label_min and label_max run in parallel; classes holds all heads' classes in
 * turn. */
static agr_status index_heads(agr_checkpoint *checkpoint, hid_t group, branch_index *branch,
                              agr_error *err)
{
    const char *const *names, *const *targets, *const *classes;
    int n_heads, n_targets, n_classes, first = 0;
    AGR_TRY(keep_texts(checkpoint, group, "heads", &names, &n_heads, err));
    AGR_TRY(keep_texts(checkpoint, group, "targets", &targets, &n_targets, err));
    AGR_TRY(keep_texts(checkpoint, group, "classes", &classes, &n_classes, err));
    if (n_targets != n_heads)
        return agr_error_set(err, AGR_FORMAT, "expected as many targets as heads (%d), found %d",
                             n_heads, n_targets);
    if (n_heads == 0)
        return AGR_OK;
    void *heads, *counts, *limits;
    AGR_TRY(keep_zeroed(checkpoint, (size_t)n_heads, sizeof(agr_checkpoint_head), &heads, err));
    AGR_TRY(keep_zeroed(checkpoint, (size_t)n_heads, sizeof(int32_t), &counts, err));
    AGR_TRY(keep_zeroed(checkpoint, 2 * (size_t)n_heads, sizeof(double), &limits, err));
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
    AGR_TRY(keep_texts(checkpoint, dataset->id, "columns", &history->columns, &history->n_columns,
                       err));
    if (dataset->rank != 2 || dataset->shape[1] != (hsize_t)history->n_columns)
        return agr_error_set(err, AGR_FORMAT, "expected a table of %d columns", history->n_columns);
    void *values;
    bool has_checksum;
    AGR_TRY(keep_zeroed(checkpoint, dataset->count, sizeof(double), &values, err));
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
    AGR_TRY(keep_text(checkpoint, group, "base", &member->base, err));
    if (member->base[0] == '\0') {
        member->base = NULL;
        return AGR_OK;
    }
    AGR_TRY(keep_text(checkpoint, group, "settings", &member->settings, err));
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
    AGR_TRY(keep_text(checkpoint, group, "preprocessing", &branch->about.preprocessing, err));
    AGR_TRY(index_member(checkpoint, group, &branch->about.member, err));
    AGR_TRY(index_heads(checkpoint, group, branch, err));
    AGR_TRY(index_history(checkpoint, group, branch, err));
    return index_slots(checkpoint, group, branch, err);
}

static bool is_named(const name_list *names, const char *name)
{
    for (int i = 0; i < names->n; i++)
        if (strcmp(names->names[i], name) == 0)
            return true;
    return false;
}

/* Sorts the branches as the attribute `order` says, which must name each once. */
static agr_status order_branches(name_list *names, const char *const *order, int n_order,
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
    name_list names;
    AGR_TRY(keep_texts(checkpoint, group, "order", &order, &n_order, err));
    AGR_TRY(list_names(checkpoint, group, true, &names, err));
    if (names.n > 1024)
        return agr_error_set(err, AGR_FORMAT, "expected at most 1024 branches, found %d", names.n);
    const agr_status ordered = order_branches(&names, order, n_order, err);
    if (ordered != AGR_OK)
        return agr_error_context(err, "attribute 'order' of '/branches'"), ordered;
    void *branches;
    AGR_TRY(keep_zeroed(checkpoint, (size_t)names.n, sizeof *checkpoint->branches, &branches, err));
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
    AGR_TRY(keep(checkpoint, copy, err));
    char *path = copy != NULL ? strchr(copy, ' ') : NULL;
    path = path != NULL ? strchr(path + 1, ' ') : NULL;
    if (copy == NULL)
        return out_of_memory(err);
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
    AGR_TRY(keep_texts(checkpoint, checkpoint->file, "datasets", &texts, &n, err));
    AGR_TRY(keep_zeroed(checkpoint, (size_t)n, sizeof(agr_checkpoint_dataset), &datasets, err));
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
    AGR_TRY(keep_text(checkpoint, file, "config", &info->config, err));
    AGR_TRY(keep_text(checkpoint, file, "kernel_set", &info->kernel_set, err));
    AGR_TRY(keep_text(checkpoint, file, "versions", &info->versions, err));
    AGR_TRY(h5_read_uint64(file, "dataset_fingerprint", &info->dataset_fingerprint, &found, err));
    AGR_TRY(h5_read_uint64(file, "seed", &info->seed, &found, err));
    AGR_TRY(index_datasets(checkpoint, err));
    hid_t group;
    AGR_TRY(h5_group_open(file, "branches", &group, err));
    const agr_status status = index_branches(checkpoint, group, err);
    H5Gclose(group);
    return status;
}
