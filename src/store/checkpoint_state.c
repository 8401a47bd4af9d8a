/* Writes one slot of a checkpoint: layers, tensors, values. */
#include "checkpoint_writer_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

agr_status checkpoint_write_state(hid_t branch, const char *name, const agr_state *state,
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
