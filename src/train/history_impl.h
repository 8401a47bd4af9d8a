/** A history, as the files that keep it, tell it and carry it to a checkpoint share it. */
#ifndef AGR_TRAIN_HISTORY_IMPL_H
#define AGR_TRAIN_HISTORY_IMPL_H

#include <agr/train/history.h>

typedef struct {
    agr_history_branch about;
    agr_epoch_report *report; /* owned; [n_reports], report[i].epoch == i + 1 */
    int64_t n_reports, capacity;
} branch_history;

struct agr_history {
    int n_branches;
    branch_history *branch; /* owned */
};

#endif
