/* checkpoint_digest FILE: one line for each slot and each history of a checkpoint, with a digest of
 * all names, shapes and numbers in it. Two runs that agree to the last bit print the same lines,
 * however their files came about. */
#include <agr/store/digest.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const shown[] = {"epoch",     "phase",         "step",      "train_steps",
                                    "adam_step", "schedule_step", "reductions"};

static agr_status print_branch(agr_checkpoint *checkpoint, int b, agr_error *err)
{
    const agr_checkpoint_branch *branch = agr_checkpoint_branch_at(checkpoint, b);
    for (int s = 0; s < agr_checkpoint_n_slots(checkpoint, b); s++) {
        agr_snapshot *snapshot;
        AGR_TRY(agr_checkpoint_read_snapshot(checkpoint, b, s, &snapshot, err));
        const agr_state *state = agr_snapshot_state(snapshot);
        printf("%-8s %-12s", branch->name, agr_checkpoint_slot_at(checkpoint, b, s)->name);
        for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++)
            if (agr_state_find_value(state, shown[i]) != NULL)
                printf(" %s %-4" PRId64, shown[i], agr_state_int64(state, shown[i], 0));
        printf(" hash %016" PRIx64 "\n", agr_state_digest(state, AGR_PARTS_ALL));
        agr_snapshot_destroy(snapshot);
    }
    const agr_history_table *history = branch->history;
    printf("%-8s %-12s rows %-5" PRId64 " hash %016" PRIx64 "\n", branch->name, "history",
           history->n_rows, agr_history_digest(history));
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
