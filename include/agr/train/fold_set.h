/**
 * What one member of a population learns from: with folds, not what the run's other branches do.
 */
#ifndef AGR_TRAIN_FOLD_SET_H
#define AGR_TRAIN_FOLD_SET_H

#include <agr/train/training_set.h>

/** The run's set with samples of its own. */
typedef struct {
    agr_training_set set;
    int64_t *sample; /* owned; NULL: those of the run */
} agr_fold_set;

/**
 * A member of fold f is validated on the f-th part of the run's training and validation samples and
 * trained on the others (data/folds.h; by the label of its first head). The dataset's test part is
 * in neither. A branch without fold gets the run's samples. A set without dataset has no contents:
 * only the numbers of its samples follow.
 *
 * Borrows set. Caller releases in every case. AGR_INPUT (fewer pictures than folds), AGR_MEMORY.
 * Not collective.
 */
agr_status agr_fold_set_create(const agr_config *config, int branch, const agr_training_set *set,
                               agr_fold_set *own, agr_error *err);

/** A zeroed one is accepted. */
void agr_fold_set_release(agr_fold_set *own);

#endif
