/* The index of one slot: which tensors it has, and its values. */
#include "checkpoint_index_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- tensors ---- */

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
        return checkpoint_index_lacks_memory(err);
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
    checkpoint_names groups;
    AGR_TRY(checkpoint_list_names(walk->checkpoint, kind_group, true, &groups, err));
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

/* ---- values ---- */

static agr_status read_value(agr_checkpoint *checkpoint, const h5_dataset *dataset,
                             agr_value *value, agr_error *err)
{
    if (dataset->rank > 1 || dataset->count < 1 || dataset->count > INT32_MAX)
        return agr_error_set(err, AGR_FORMAT, "expected one number or a row of numbers");
    value->type = dataset->type_class == H5T_INTEGER ? AGR_VALUE_INT64 : AGR_VALUE_DOUBLE;
    value->count = (int32_t)dataset->count;
    AGR_TRY(checkpoint_keep_zeroed(checkpoint, dataset->count, sizeof(int64_t), &value->data, err));
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
    checkpoint_names names;
    AGR_TRY(checkpoint_list_names(checkpoint, slot, false, &names, err));
    void *values;
    AGR_TRY(
        checkpoint_keep_zeroed(checkpoint, (size_t)names.n, sizeof *state->values, &values, err));
    state->values = values;
    for (int i = 0; i < names.n; i++, state->n_values++)
        AGR_TRY(index_value(checkpoint, slot, names.names[i], &state->values[i], err));
    return AGR_OK;
}

/* ---- all of it ---- */

static agr_status index_layer_names(agr_checkpoint *checkpoint, hid_t slot, agr_state *state,
                                    agr_error *err)
{
    const char *const *names;
    AGR_TRY(checkpoint_keep_texts(checkpoint, slot, "layers", &names, &state->n_layers, err));
    if (names == NULL)
        return agr_error_set(
            err, AGR_INPUT, "expected attribute 'layers', the layers in network order, found none");
    void *layers;
    AGR_TRY(checkpoint_keep_zeroed(checkpoint, (size_t)state->n_layers, sizeof *state->layers,
                                   &layers, err));
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

agr_status checkpoint_index_state(agr_checkpoint *checkpoint, hid_t slot, agr_state *state,
                                  agr_error *err)
{
    AGR_TRY(index_layer_names(checkpoint, slot, state, err));
    agr_status status = AGR_OK;
    for (int kind = 0; status == AGR_OK && kind < AGR_TENSOR_KIND_COUNT; kind++)
        status = index_kind(checkpoint, slot, (agr_tensor_kind)kind, state, err);
    AGR_TRY(checkpoint_keep(checkpoint, state->tensors, err));
    AGR_TRY(status);
    return index_values(checkpoint, slot, state, err);
}
