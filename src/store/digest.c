/* What numbers a checkpoint holds, in one number. */
#include <agr/store/digest.h>

#include <agr/base/hash.h>
#include <math.h>

static void add(uint64_t *digest, uint64_t hash)
{
    *digest = agr_hash_chain(*digest, hash);
}

static void add_tensor(uint64_t *digest, const agr_tensor *tensor)
{
    add(digest, agr_hash_text(agr_tensor_kind_path(tensor->kind)));
    add(digest, agr_hash_text(tensor->layer));
    add(digest, agr_hash_text(tensor->parameter));
    add(digest, agr_hash(tensor->shape, (size_t)tensor->rank * sizeof *tensor->shape));
    add(digest, agr_hash(tensor->data, agr_tensor_count(tensor) * sizeof *tensor->data));
}

static void add_value(uint64_t *digest, const agr_value *value)
{
    add(digest, agr_hash_text(value->name));
    add(digest, agr_hash(value->data, (size_t)value->count * sizeof(int64_t)));
}

uint64_t agr_state_digest(const agr_state *state, unsigned parts)
{
    uint64_t digest = 0;
    for (int i = 0; i < state->n_tensors; i++)
        if ((parts & 1U << state->tensors[i].kind) != 0)
            add_tensor(&digest, &state->tensors[i]);
    for (int i = 0; (parts & AGR_PART_VALUES) != 0 && i < state->n_values; i++)
        add_value(&digest, &state->values[i]);
    return digest;
}

/* Processors differ in the bits of the NaN they make. */
static double one_nan(double value)
{
    return isnan(value) ? (double)NAN : value;
}

uint64_t agr_history_digest(const agr_history_table *history)
{
    uint64_t digest = 0;
    for (int c = 0; c < history->n_columns; c++)
        add(&digest, agr_hash_text(history->columns[c]));
    for (int64_t i = 0; i < history->n_rows * history->n_columns; i++) {
        const double value = one_nan(history->values[i]);
        add(&digest, agr_hash(&value, sizeof value));
    }
    return digest;
}

agr_status agr_checkpoint_digest(agr_checkpoint *checkpoint, int branch, uint64_t *digest,
                                 agr_error *err)
{
    int latest;
    agr_snapshot *snapshot;
    AGR_TRY(agr_checkpoint_find_slot(checkpoint, branch, "latest", &latest, err));
    AGR_TRY(agr_checkpoint_read_snapshot(checkpoint, branch, latest, &snapshot, err));
    *digest = agr_state_digest(agr_snapshot_state(snapshot), AGR_PARTS_ALL & ~AGR_PART_VALUES);
    agr_snapshot_destroy(snapshot);
    add(digest, agr_history_digest(agr_checkpoint_branch_at(checkpoint, branch)->history));
    return AGR_OK;
}
