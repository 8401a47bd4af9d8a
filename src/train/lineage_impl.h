/** The datasets that a run was trained on, in turn. A run keeps its dataset: another one is taken up
 * only when that is asked for, and then the checkpoint tells from which epochs on. */
#ifndef AGR_TRAIN_LINEAGE_IMPL_H
#define AGR_TRAIN_LINEAGE_IMPL_H

#include <agr/store/checkpoint.h>
#include <agr/store/dataset.h>
#include <stdbool.h>

typedef struct {
    int n;
    agr_checkpoint_dataset *dataset; /* owned */
    char **texts;                    /* owned: [2 n], what the datasets point to */
} lineage;

/** A new run's: this dataset from the start. Caller releases, also after a failure. */
agr_status lineage_begin(lineage *line, const agr_dataset *dataset, agr_error *err);

/** What the checkpoint tells, and this dataset behind it when it is another one. AGR_INPUT for another
 * one that is not welcome. Caller releases, also after a failure. */
agr_status lineage_continue(lineage *line, const agr_checkpoint *checkpoint,
                            const agr_dataset *dataset, bool welcomes_new, agr_error *err);

void lineage_release(lineage *line);

#endif
