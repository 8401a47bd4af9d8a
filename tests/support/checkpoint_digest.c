/* checkpoint_digest FILE: one line for each slot and each history of a checkpoint, with a hash of
 * all names, shapes and numbers in it. Two runs that agree to the last bit print the same lines,
 * however their files came about. */
#include <agr/base/hash.h>
#include <agr/store/checkpoint.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Hashes go into the digest one after the other. */
static void add(uint64_t *digest, uint64_t hash)
{
    const uint64_t both[2] = {*digest, hash};
    *digest = agr_hash(both, sizeof both);
}

static uint64_t digest_state(const agr_state *state)
{
    uint64_t digest = 0;
    for (int i = 0; i < state->n_tensors; i++) {
        const agr_tensor *t = &state->tensors[i];
        add(&digest, (uint64_t)t->kind);
        add(&digest, agr_hash_text(t->layer));
        add(&digest, agr_hash_text(t->parameter));
        add(&digest, agr_hash(t->shape, (size_t)t->rank * sizeof t->shape[0]));
        add(&digest, agr_hash(t->data, agr_tensor_count(t) * sizeof *t->data));
    }
    for (int i = 0; i < state->n_values; i++) {
        const agr_value *v = &state->values[i];
        add(&digest, agr_hash_text(v->name));
        add(&digest, agr_hash(v->data, (size_t)v->count * sizeof(int64_t)));
    }
    return digest;
}

static const char *const shown[] = {"epoch",       "phase",     "step",
                                    "train_steps", "adam_step", "schedule_step"};

static agr_status print_branch(agr_checkpoint *checkpoint, int b, agr_error *err)
{
    const agr_checkpoint_branch *branch = agr_checkpoint_branch_at(checkpoint, b);
    for (int s = 0; s < agr_checkpoint_n_slots(checkpoint, b); s++) {
        agr_snapshot *snapshot;
        AGR_TRY(agr_checkpoint_read_snapshot(checkpoint, b, s, &snapshot, err));
        const agr_state *state = agr_snapshot_state(snapshot);
        printf("%-8s %-12s", branch->name, agr_checkpoint_slot_at(checkpoint, b, s)->name);
        for (int i = 0; i < 6; i++)
            if (agr_state_find_value(state, shown[i]) != NULL)
                printf(" %s %-4" PRId64, shown[i], agr_state_int64(state, shown[i], 0));
        printf(" hash %016" PRIx64 "\n", digest_state(state));
        agr_snapshot_destroy(snapshot);
    }
    const agr_history_table *history = branch->history;
    const size_t n = (size_t)history->n_rows * (size_t)history->n_columns;
    printf("%-8s %-12s rows %-5" PRId64 " hash %016" PRIx64 "\n", branch->name, "history",
           history->n_rows, agr_hash(history->values, n * sizeof *history->values));
    return AGR_OK;
}

static agr_status print_all(const char *path, agr_error *err)
{
    agr_checkpoint *checkpoint;
    AGR_TRY(agr_checkpoint_open(path, &checkpoint, err));
    agr_status status = agr_checkpoint_verify(checkpoint, err);
    for (int b = 0; b < agr_checkpoint_n_branches(checkpoint) && status == AGR_OK; b++)
        status = print_branch(checkpoint, b, err);
    agr_checkpoint_close(checkpoint);
    return status;
}

int main(int n_arguments, char **argument)
{
    agr_error err;
    if (n_arguments != 2) {
        fprintf(stderr, "usage: checkpoint_digest FILE\n");
        return 2;
    }
    if (print_all(argument[1], &err) == AGR_OK)
        return 0;
    fprintf(stderr, "%s\n", err.text);
    return 1;
}
