/* Reads checkpoints: what is in them, their numbers, whether they are sound. */
#include "checkpoint_impl.h"

#include <agr/base/hash.h>
#include <agr/base/log.h>
#include <errno.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* HDF5 files can hold cycles of links: no honest checkpoint is deeper. And they can list one thing
 * many times: what is walked to, each object with its numbers and at least OBJECT_BYTES of
 * book-keeping, may come to MAX_REPEATS times the file. */
enum { MAX_DEPTH = 8, OBJECT_BYTES = 64, MAX_REPEATS = 64, PATH_TEXT_BYTES = 512 };

/* Memory that lives as long as the checkpoint. */
typedef struct kept_memory {
    struct kept_memory *next;
    void *memory;
} kept_memory;

typedef struct {
    agr_checkpoint_branch about;
    agr_history_table history;
    int n_slots;
    agr_checkpoint_slot *slots;
} branch_index;

struct agr_checkpoint {
    char path[AGR_PATH_BYTES];
    hid_t file;
    uint64_t file_bytes;
    agr_checkpoint_info info;
    int n_branches;
    branch_index *branches;
    kept_memory *kept;
    bool warned; /* about missing checksums */
};

hid_t checkpoint_file(const agr_checkpoint *checkpoint)
{
    return checkpoint->file;
}

uint64_t checkpoint_file_bytes(const agr_checkpoint *checkpoint)
{
    return checkpoint->file_bytes;
}

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
static agr_status group_at(hid_t parent, const char *path, hid_t *group, agr_error *err)
{
    hid_t current = -1;
    const char *from = path;
    while (*from != '\0') {
        char component[AGR_NAME_BYTES * 2];
        const size_t length = strcspn(from, "/");
        snprintf(component, sizeof component, "%.*s", (int)length, from);
        hid_t next;
        const agr_status status =
            h5_group_open(current >= 0 ? current : parent, component, &next, err);
        if (current >= 0)
            H5Gclose(current);
        if (status != AGR_OK)
            return status;
        current = next;
        from += length + (from[length] == '/');
    }
    *group = current;
    return AGR_OK;
}

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
    AGR_TRY(group_at(slot, path, &group, err));
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

/* Attributes heads, targets and n_classes run in parallel; classes holds all heads' classes in
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
    void *heads, *counts;
    AGR_TRY(keep_zeroed(checkpoint, (size_t)n_heads, sizeof(agr_checkpoint_head), &heads, err));
    AGR_TRY(keep_zeroed(checkpoint, (size_t)n_heads, sizeof(int32_t), &counts, err));
    AGR_TRY(h5_read_int32s(group, "n_classes", counts, n_heads, err));
    for (int i = 0; i < n_heads; i++) {
        const int32_t count = ((const int32_t *)counts)[i];
        if (count < 0 || count > n_classes - first)
            return agr_error_set(err, AGR_FORMAT, "head '%s': expected %d class names, found %d",
                                 names[i], count, n_classes - first);
        ((agr_checkpoint_head *)heads)[i] =
            (agr_checkpoint_head){.name = names[i],
                                  .target = targets[i],
                                  .n_classes = count,
                                  .classes = count > 0 ? classes + first : NULL};
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

static agr_status index_branch(agr_checkpoint *checkpoint, hid_t group, branch_index *branch,
                               agr_error *err)
{
    AGR_TRY(keep_text(checkpoint, group, "preprocessing", &branch->about.preprocessing, err));
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

static agr_status index_root(agr_checkpoint *checkpoint, agr_error *err)
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

/* ---- open, close ---- */

/* AGR_INPUT is what checksums agree with and what cannot be: no damage, somebody's edit. */
static void suggest_undoing(agr_status status, agr_error *err)
{
    if (status == AGR_INPUT)
        agr_error_hint(err, "edited by hand? put it right, or take the file from before");
}

agr_status checkpoint_open_locked(const char *path, agr_checkpoint **checkpoint, agr_error *err)
{
    agr_checkpoint *opened = calloc(1, sizeof *opened);
    if (opened == NULL)
        return agr_error_set(err, AGR_MEMORY, "checkpoint '%s': cannot allocate", path);
    snprintf(opened->path, sizeof opened->path, "%s", path);
    struct stat info;
    agr_status status = h5_file_open("checkpoint", path, &opened->file, err);
    if (status != AGR_OK) {
        free(opened);
        return status;
    }
    if (stat(path, &info) != 0) {
        status = agr_error_set_errno(err, AGR_IO, errno, "cannot measure");
    } else {
        opened->file_bytes = (uint64_t)info.st_size;
        status = index_root(opened, err);
    }
    if (status != AGR_OK) {
        checkpoint_close_locked(opened);
        suggest_undoing(status, err);
        return agr_error_context(err, "checkpoint '%s'", path), status;
    }
    *checkpoint = opened;
    return AGR_OK;
}

void checkpoint_close_locked(agr_checkpoint *checkpoint)
{
    if (checkpoint == NULL)
        return;
    H5Fclose(checkpoint->file);
    for (kept_memory *link = checkpoint->kept, *next; link != NULL; link = next) {
        next = link->next;
        free(link->memory);
        free(link);
    }
    free(checkpoint);
}

agr_status agr_checkpoint_open(const char *path, agr_checkpoint **checkpoint, agr_error *err)
{
    h5_lock();
    const agr_status status = checkpoint_open_locked(path, checkpoint, err);
    h5_unlock();
    return status;
}

void agr_checkpoint_close(agr_checkpoint *checkpoint)
{
    h5_lock();
    checkpoint_close_locked(checkpoint);
    h5_unlock();
}

/* ---- checksums ---- */

typedef struct {
    uint64_t file_bytes;
    uint64_t walked_bytes;
    int *n_missing;
    seal_runs *checked; /* NULL: not wanted */
    int depth;
} verify_walk;

static agr_status count_walked(verify_walk *walk, uint64_t size_bytes, agr_error *err)
{
    walk->walked_bytes += size_bytes;
    if (walk->walked_bytes / MAX_REPEATS <= walk->file_bytes)
        return AGR_OK;
    return agr_error_set(err, AGR_FORMAT,
                         "it lists more than %d times what its %llu bytes can hold: links that "
                         "repeat",
                         MAX_REPEATS, (unsigned long long)walk->file_bytes);
}

static agr_status verify_dataset(verify_walk *walk, hid_t group, const char *name, agr_error *err)
{
    h5_dataset dataset;
    bool has_checksum;
    AGR_TRY(h5_dataset_open(group, name, walk->file_bytes, &dataset, err));
    agr_status status = count_walked(walk, dataset.size_bytes, err);
    if (status == AGR_OK)
        status = h5_dataset_read_checked(&dataset, H5T_NATIVE_FLOAT, NULL, &has_checksum, err);
    if (status == AGR_OK && walk->checked != NULL && has_checksum && dataset.offset != HADDR_UNDEF)
        status = seal_runs_add(walk->checked, dataset.offset, dataset.size_bytes, err);
    h5_dataset_close(&dataset);
    if (status != AGR_OK)
        return agr_error_context(err, "'%s'", name), status;
    *walk->n_missing += !has_checksum;
    return AGR_OK;
}

static agr_status verify_children(verify_walk *walk, hid_t group, agr_error *err);

static agr_status visit_to_verify(void *context, hid_t group, const char *name, bool is_group,
                                  agr_error *err)
{
    verify_walk *walk = context;
    if (walk->depth > MAX_DEPTH)
        return agr_error_set(err, AGR_FORMAT, "its groups are nested deeper than %d", MAX_DEPTH);
    AGR_TRY(count_walked(walk, OBJECT_BYTES, err));
    if (!is_group)
        return verify_dataset(walk, group, name, err);
    hid_t child;
    AGR_TRY(h5_group_open(group, name, &child, err));
    const agr_status status = verify_children(walk, child, err);
    H5Gclose(child);
    if (status != AGR_OK)
        agr_error_context(err, "'%s'", name);
    return status;
}

static agr_status verify_children(verify_walk *walk, hid_t group, agr_error *err)
{
    walk->depth++;
    const agr_status status = h5_for_each(group, visit_to_verify, walk, err);
    walk->depth--;
    return status;
}

agr_status checkpoint_verify_group(hid_t group, uint64_t file_bytes, int *n_missing,
                                   seal_runs *checked, agr_error *err)
{
    verify_walk walk = {.file_bytes = file_bytes, .n_missing = n_missing, .checked = checked};
    *n_missing = 0;
    return verify_children(&walk, group, err);
}

static void warn_of_missing_checksums(agr_checkpoint *checkpoint, int n_missing)
{
    if (n_missing == 0 || checkpoint->warned)
        return;
    checkpoint->warned = true;
    agr_log_warning("checkpoint '%s': some data have no checksum (edited by hand?): taken as they "
                    "are",
                    checkpoint->path);
}

agr_status agr_checkpoint_verify(agr_checkpoint *checkpoint, agr_error *err)
{
    int n_missing;
    h5_lock();
    const agr_status status =
        checkpoint_verify_group(checkpoint->file, checkpoint->file_bytes, &n_missing, NULL, err);
    h5_unlock();
    if (status != AGR_OK)
        return agr_error_context(err, "checkpoint '%s'", checkpoint->path), status;
    warn_of_missing_checksums(checkpoint, n_missing);
    return AGR_OK;
}

static agr_status open_and_verify(const char *path, agr_error *err)
{
    agr_checkpoint *checkpoint;
    AGR_TRY(agr_checkpoint_open(path, &checkpoint, err));
    const agr_status status = agr_checkpoint_verify(checkpoint, err);
    agr_checkpoint_close(checkpoint);
    return status;
}

void checkpoint_warn_of_damage(const agr_error *damage, const char *remedy)
{
    static _Atomic uint64_t last_warning;
    const uint64_t warning = agr_hash_text(damage->text);
    if (atomic_exchange(&last_warning, warning) != warning)
        agr_log_warning("%s; %s", damage->text, remedy);
}

/* Neither file will do: the failure of the current one, and that of .prev where there is one. */
static agr_status join_failures(const agr_error *current, const agr_error *previous, agr_error *err)
{
    const bool is_alone = previous->status == AGR_NOT_FOUND;
    const agr_status status =
        current->status == AGR_NOT_FOUND && !is_alone ? previous->status : current->status;
    agr_error_set(err, status, "%s%s%s", current->text, is_alone ? "" : ", and ",
                  is_alone ? "" : previous->text);
    if (current->hint[0] != '\0')
        agr_error_hint(err, "%s", current->hint);
    return status;
}

agr_status agr_checkpoint_choose(const char *path, char chosen[AGR_PATH_BYTES], agr_error *err)
{
    agr_error current, previous;
    snprintf(chosen, AGR_PATH_BYTES, "%s", path);
    const agr_status status = open_and_verify(path, &current);
    if (status == AGR_OK)
        return AGR_OK;
    if (status == AGR_INPUT) { /* an edit is not undone behind its author's back */
        *err = current;
        return status;
    }
    const int length = snprintf(chosen, AGR_PATH_BYTES, "%s.prev", path);
    if (length >= AGR_PATH_BYTES)
        return agr_error_set(err, AGR_INPUT, "path '%.60s...' is too long", path);
    if (open_and_verify(chosen, &previous) != AGR_OK)
        return join_failures(&current, &previous, err);
    char remedy[AGR_PATH_BYTES + 32];
    snprintf(remedy, sizeof remedy, "taking '%s' instead", chosen);
    checkpoint_warn_of_damage(&current, remedy);
    return AGR_OK;
}

agr_status agr_checkpoint_locate(const char *file_or_run, char path[AGR_PATH_BYTES], agr_error *err)
{
    if (agr_path_is_folder(file_or_run))
        return agr_path_join(path, file_or_run, "checkpoint.h5", err);
    if (strlen(file_or_run) >= AGR_PATH_BYTES)
        return agr_error_set(err, AGR_INPUT, "path '%.60s...' is too long", file_or_run);
    snprintf(path, AGR_PATH_BYTES, "%s", file_or_run);
    return AGR_OK;
}

/* ---- accessors ---- */

const char *agr_checkpoint_path(const agr_checkpoint *checkpoint)
{
    return checkpoint->path;
}

const agr_checkpoint_info *agr_checkpoint_about(const agr_checkpoint *checkpoint)
{
    return &checkpoint->info;
}

int agr_checkpoint_n_branches(const agr_checkpoint *checkpoint)
{
    return checkpoint->n_branches;
}

const agr_checkpoint_branch *agr_checkpoint_branch_at(const agr_checkpoint *checkpoint, int branch)
{
    AGR_ASSERT(branch >= 0 && branch < checkpoint->n_branches);
    return &checkpoint->branches[branch].about;
}

int agr_checkpoint_n_slots(const agr_checkpoint *checkpoint, int branch)
{
    AGR_ASSERT(branch >= 0 && branch < checkpoint->n_branches);
    return checkpoint->branches[branch].n_slots;
}

const agr_checkpoint_slot *agr_checkpoint_slot_at(const agr_checkpoint *checkpoint, int branch,
                                                  int slot)
{
    AGR_ASSERT(slot >= 0 && slot < agr_checkpoint_n_slots(checkpoint, branch));
    return &checkpoint->branches[branch].slots[slot];
}

/* "age, gender, race" */
static void add_to_list(char *list, size_t list_bytes, const char *name)
{
    const size_t length = strlen(list);
    snprintf(list + length, list_bytes - length, "%s%s", length > 0 ? ", " : "", name);
}

agr_status agr_checkpoint_find_branch(const agr_checkpoint *checkpoint, const char *name,
                                      int *branch, agr_error *err)
{
    char found[PATH_TEXT_BYTES] = "";
    for (int i = 0; i < checkpoint->n_branches; i++) {
        if (strcmp(checkpoint->branches[i].about.name, name) == 0) {
            *branch = i;
            return AGR_OK;
        }
        add_to_list(found, sizeof found, checkpoint->branches[i].about.name);
    }
    return agr_error_set(err, AGR_NOT_FOUND, "checkpoint '%s': no branch '%s', found %s",
                         checkpoint->path, name, found[0] != '\0' ? found : "none");
}

agr_status agr_checkpoint_find_slot(const agr_checkpoint *checkpoint, int branch, const char *name,
                                    int *slot, agr_error *err)
{
    char found[PATH_TEXT_BYTES] = "";
    for (int i = 0; i < agr_checkpoint_n_slots(checkpoint, branch); i++) {
        const char *slot_name = agr_checkpoint_slot_at(checkpoint, branch, i)->name;
        if (strcmp(slot_name, name) == 0) {
            *slot = i;
            return AGR_OK;
        }
        add_to_list(found, sizeof found, slot_name);
    }
    return agr_error_set(err, AGR_NOT_FOUND, "checkpoint '%s': branch '%s': no slot '%s', found %s",
                         checkpoint->path, checkpoint->branches[branch].about.name, name,
                         found[0] != '\0' ? found : "none");
}

/* ---- reading a slot ---- */

static const agr_tensor *find_tensor(const agr_state *state, const agr_tensor *like)
{
    for (int i = 0; i < state->n_tensors; i++) {
        const agr_tensor *tensor = &state->tensors[i];
        if (tensor->kind == like->kind && strcmp(tensor->layer, like->layer) == 0 &&
            strcmp(tensor->parameter, like->parameter) == 0)
            return tensor;
    }
    return NULL;
}

static const char *tensor_shape_text(char text[160], const agr_tensor *tensor)
{
    hsize_t shape[AGR_TENSOR_MAX_RANK];
    for (int i = 0; i < tensor->rank; i++)
        shape[i] = (hsize_t)tensor->shape[i];
    return h5_shape_text(text, tensor->rank, shape);
}

static agr_status tensor_error(agr_error *err, agr_status status, const agr_tensor *tensor,
                               const char *what)
{
    const bool is_weight = tensor->kind == AGR_TENSOR_WEIGHT;
    return agr_error_set(err, status, "layer '%s': %s%s%s: %s", tensor->layer,
                         is_weight ? "" : agr_tensor_kind_path(tensor->kind), is_weight ? "" : " ",
                         tensor->parameter, what);
}

/* Both sides hold the same weights, and what is asked for is there in the right shape. */
static agr_status compare_tensors(const agr_state *found, const agr_state *wanted, unsigned parts,
                                  agr_error *err)
{
    for (int i = 0; i < wanted->n_tensors; i++) {
        const agr_tensor *tensor = &wanted->tensors[i];
        if ((parts & 1U << tensor->kind) == 0)
            continue;
        const agr_tensor *match = find_tensor(found, tensor);
        if (match == NULL)
            return tensor_error(err, AGR_FORMAT, tensor, "not in the file");
        if (match->rank == tensor->rank &&
            memcmp(match->shape, tensor->shape, (size_t)tensor->rank * sizeof *tensor->shape) == 0)
            continue;
        char expected[160], actual[160], what[400];
        snprintf(what, sizeof what, "expected %s, found %s", tensor_shape_text(expected, tensor),
                 tensor_shape_text(actual, match));
        return tensor_error(err, AGR_FORMAT, tensor, what);
    }
    for (int i = 0; (parts & AGR_PART_WEIGHTS) != 0 && i < found->n_tensors; i++)
        if (found->tensors[i].kind == AGR_TENSOR_WEIGHT &&
            find_tensor(wanted, &found->tensors[i]) == NULL)
            return tensor_error(err, AGR_FORMAT, &found->tensors[i], "not in the network");
    return AGR_OK;
}

static agr_status copy_values(const agr_state *found, const agr_state *wanted, agr_error *err)
{
    for (int i = 0; i < wanted->n_values; i++) {
        const agr_value *value = &wanted->values[i];
        const agr_value *match = agr_state_find_value(found, value->name);
        if (match == NULL)
            return agr_error_set(err, AGR_FORMAT, "no value '%s'", value->name);
        if (match->type != value->type || match->count != value->count)
            return agr_error_set(err, AGR_FORMAT, "value '%s': expected %d %s, found %d %s",
                                 value->name, value->count,
                                 value->type == AGR_VALUE_INT64 ? "whole" : "double", match->count,
                                 match->type == AGR_VALUE_INT64 ? "whole" : "double");
        memcpy(value->data, match->data, (size_t)value->count * sizeof(int64_t));
    }
    return AGR_OK;
}

static agr_status read_tensor(const agr_checkpoint *checkpoint, hid_t slot,
                              const agr_tensor *tensor, int *n_missing, agr_error *err)
{
    char path[3 * AGR_NAME_BYTES];
    snprintf(path, sizeof path, "%s/%s", agr_tensor_kind_path(tensor->kind), tensor->layer);
    hid_t group;
    AGR_TRY(group_at(slot, path, &group, err));
    h5_dataset dataset;
    bool has_checksum = false;
    agr_status status =
        h5_dataset_open(group, tensor->parameter, checkpoint->file_bytes, &dataset, err);
    if (status == AGR_OK) {
        status =
            h5_dataset_read_checked(&dataset, H5T_NATIVE_FLOAT, tensor->data, &has_checksum, err);
        h5_dataset_close(&dataset);
    }
    H5Gclose(group);
    *n_missing += !has_checksum;
    if (status != AGR_OK)
        agr_error_context(err, "layer '%s': %s", tensor->layer, tensor->parameter);
    return status;
}

static agr_status read_slot(const agr_checkpoint *checkpoint, const branch_index *branch,
                            const agr_checkpoint_slot *slot, const agr_state *state, unsigned parts,
                            int *n_missing, agr_error *err)
{
    AGR_TRY(compare_tensors(&slot->state, state, parts, err));
    if ((parts & AGR_PART_VALUES) != 0)
        AGR_TRY(copy_values(&slot->state, state, err));
    char path[3 * AGR_NAME_BYTES];
    snprintf(path, sizeof path, "branches/%s/%s", branch->about.name, slot->name);
    hid_t group;
    AGR_TRY(group_at(checkpoint->file, path, &group, err));
    agr_status status = AGR_OK;
    for (int i = 0; status == AGR_OK && i < state->n_tensors; i++)
        if ((parts & 1U << state->tensors[i].kind) != 0)
            status = read_tensor(checkpoint, group, &state->tensors[i], n_missing, err);
    H5Gclose(group);
    return status;
}

static agr_status read_locked(agr_checkpoint *checkpoint, int branch, int slot,
                              const agr_state *state, unsigned parts, agr_error *err)
{
    const agr_checkpoint_slot *from = agr_checkpoint_slot_at(checkpoint, branch, slot);
    const branch_index *index = &checkpoint->branches[branch];
    int n_missing = 0;
    const agr_status status = read_slot(checkpoint, index, from, state, parts, &n_missing, err);
    if (status != AGR_OK)
        return agr_error_context(err, "checkpoint '%s': branch '%s'", checkpoint->path,
                                 index->about.name),
               status;
    warn_of_missing_checksums(checkpoint, n_missing);
    return AGR_OK;
}

static agr_status check_finite(const agr_tensor *tensor, agr_error *err)
{
    const size_t count = agr_tensor_count(tensor);
    for (size_t i = 0; i < count; i++)
        if (!isfinite(tensor->data[i])) {
            char what[96];
            snprintf(what, sizeof what, "expected finite numbers, found %g at %zu of %zu",
                     (double)tensor->data[i], i, count);
            return tensor_error(err, AGR_INPUT, tensor, what);
        }
    return AGR_OK;
}

/* What is computed with must be numbers. */
static agr_status check_numbers(const agr_checkpoint *checkpoint, int branch,
                                const agr_state *state, unsigned parts, agr_error *err)
{
    for (int i = 0; i < state->n_tensors; i++)
        if ((parts & 1U << state->tensors[i].kind) != 0 &&
            check_finite(&state->tensors[i], err) != AGR_OK) {
            suggest_undoing(AGR_INPUT, err);
            agr_error_context(err, "checkpoint '%s': branch '%s'", checkpoint->path,
                              checkpoint->branches[branch].about.name);
            return AGR_INPUT;
        }
    return AGR_OK;
}

agr_status agr_checkpoint_read(agr_checkpoint *checkpoint, int branch, int slot,
                               const agr_state *state, unsigned parts, agr_error *err)
{
    h5_lock();
    const agr_status status = read_locked(checkpoint, branch, slot, state, parts, err);
    h5_unlock();
    AGR_TRY(status);
    return check_numbers(checkpoint, branch, state, parts, err);
}

agr_status checkpoint_read_snapshot_locked(agr_checkpoint *checkpoint, int branch, int slot,
                                           agr_snapshot **snapshot, agr_error *err)
{
    const agr_checkpoint_slot *from = agr_checkpoint_slot_at(checkpoint, branch, slot);
    agr_snapshot *created;
    AGR_TRY(
        agr_snapshot_create(&from->state, checkpoint->branches[branch].about.name, &created, err));
    const agr_status status =
        read_locked(checkpoint, branch, slot, agr_snapshot_state(created), AGR_PARTS_ALL, err);
    if (status != AGR_OK) {
        agr_snapshot_destroy(created);
        return status;
    }
    *snapshot = created;
    return AGR_OK;
}

agr_status agr_checkpoint_read_snapshot(agr_checkpoint *checkpoint, int branch, int slot,
                                        agr_snapshot **snapshot, agr_error *err)
{
    h5_lock();
    const agr_status status =
        checkpoint_read_snapshot_locked(checkpoint, branch, slot, snapshot, err);
    h5_unlock();
    return status;
}
