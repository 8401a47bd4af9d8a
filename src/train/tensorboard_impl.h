/*
 * What TensorBoard is told of a run (train.tensorboard): a folder `tensorboard` in the run's, in it one
 * for each branch and one for the total, which TensorBoard takes for runs, so that a tag's curves of all
 * branches lie in one chart. A scalar's step is its epoch.
 *
 * Each start of the run writes files of its own, from its first report on; they begin by saying from
 * which epoch on this one counts. What cannot be written is complained about once, and the run goes on.
 */
#ifndef AGR_TRAIN_TENSORBOARD_IMPL_H
#define AGR_TRAIN_TENSORBOARD_IMPL_H

#include <agr/train/history.h>

typedef struct tensorboard tensorboard;

/* Copies all. Caller destroys. AGR_MEMORY. */
agr_status tensorboard_create(const char *run_folder, const agr_history_branch *branches,
                              int n_branches, tensorboard **out, agr_error *err);
void tensorboard_destroy(tensorboard *board);

void tensorboard_add_epoch(tensorboard *board, const agr_epoch_report *report);
void tensorboard_add_total(tensorboard *board, int64_t epoch, const agr_history_total *total);

#endif
