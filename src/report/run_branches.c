/* The branches of a run, in the order in which its files name them. */
#include "run_record_impl.h"

#include <stdio.h>
#include <string.h>

int run_record_branch(agr_run_record *record, const char *name)
{
    for (int b = 0; b < record->n_branches; b++)
        if (strcmp(record->branch[b].name, name) == 0)
            return b;
    if (record->n_branches == AGR_RUN_MAX_BRANCHES || name[0] == '\0')
        return -1;
    snprintf(record->branch[record->n_branches].name, AGR_RUN_NAME_BYTES, "%s", name);
    return record->n_branches++;
}
