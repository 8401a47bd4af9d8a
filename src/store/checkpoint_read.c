/* Reads the numbers of a slot into a state of the same names and shapes. */
#include "checkpoint_impl.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

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
        if (match == NULL && value->is_optional)
            continue;
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
    AGR_TRY(h5_group_at(slot, path, &group, err));
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
    AGR_TRY(h5_group_at(checkpoint->file, path, &group, err));
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
    checkpoint_warn_of_missing(checkpoint, n_missing);
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
            checkpoint_suggest_undoing(AGR_INPUT, err);
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
