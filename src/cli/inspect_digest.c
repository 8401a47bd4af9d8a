/* `inspect --digest`: the numbers by which two runs are told equal or not. */
#include "inspect.h"

#include <agr/store/digest.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { NAME_WIDTH = 8 };

static void print_line(const char *name, uint64_t digest)
{
    printf("%-*s %016" PRIx64 "\n", NAME_WIDTH, name, digest);
}

void inspect_print_dataset_digest(const agr_dataset_facts *all)
{
    print_line("dataset", agr_dataset_fingerprint(all->dataset));
}

static agr_status print_branches(agr_checkpoint *checkpoint, agr_error *err)
{
    for (int b = 0; b < agr_checkpoint_n_branches(checkpoint); b++) {
        const char *name = agr_checkpoint_branch_at(checkpoint, b)->name;
        uint64_t digest;
        const agr_status status = agr_checkpoint_digest(checkpoint, b, &digest, err);
        if (status == AGR_NOT_FOUND) /* no step of this branch has been kept yet */
            printf("%-*s none\n", NAME_WIDTH, name);
        else if (status == AGR_OK)
            print_line(name, digest);
        else
            return status;
    }
    return AGR_OK;
}

agr_status inspect_print_checkpoint_digest(const char *path, agr_error *err)
{
    agr_checkpoint *checkpoint;
    AGR_TRY(agr_checkpoint_open(path, &checkpoint, err));
    agr_status status = agr_checkpoint_verify(checkpoint, err);
    if (status == AGR_OK)
        status = print_branches(checkpoint, err);
    agr_checkpoint_close(checkpoint);
    return status;
}
