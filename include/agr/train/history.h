/**
 * The history of a run: what each epoch of each branch achieved, and the weighted total over
 * branches.
 *
 * Branches do not wait for each other, so reports come in any order between branches (in order
 * within one). The total of an epoch is complete as soon as its last branch has reported; a branch
 * that has ended before contributes its best value from then on, and the total is marked.
 *
 * Rank 0 keeps one; nothing here is collective. Epochs are numbered from 1.
 */
#ifndef AGR_TRAIN_HISTORY_H
#define AGR_TRAIN_HISTORY_H

#include <agr/base/error.h>
#include <agr/base/text.h>
#include <agr/config/config.h>
#include <agr/nn/loss.h>
#include <agr/store/checkpoint.h>
#include <stdbool.h>
#include <stdint.h>

/** One head over one pass. NaN where there was nothing to measure. */
typedef struct {
    double loss;   /* mean over the labelled samples, unweighted */
    double metric; /* of the head's kind: mean absolute error, or accuracy in [0,1] */
} agr_head_figures;

typedef enum {
    AGR_BRANCH_RUNNING,
    AGR_BRANCH_FINISHED,      /* all its epochs (or steps) are done */
    AGR_BRANCH_STOPPED_EARLY, /* patience ran out */
    AGR_BRANCH_HALVED         /* others of its population were better: train.halving */
} agr_branch_ending;

/** One epoch of one branch. Plain data: travels as bytes. */
typedef struct {
    int32_t branch; /* index in the run's list of branches */
    int32_t ending; /* agr_branch_ending, after this epoch */
    int64_t epoch;
    double lr;              /* of the epoch's last step */
    double loss;            /* weighted sum over the branch's heads */
    double validation_loss; /* the same on the validation samples; NaN without any */
    int32_t is_best;        /* the monitored value is the best so far */
    int32_t n_ranks;        /* of the team, at the end of the epoch; not part of the history */
    double elapsed_s;       /* likewise */
    double images_per_s;    /* likewise: training images, while the epoch was trained; 0: unknown */
    agr_head_figures train[AGR_MAX_HEADS];
    agr_head_figures validation[AGR_MAX_HEADS];
} agr_epoch_report;

/** How far a branch is inside its epoch. Plain data: travels as bytes. */
typedef struct {
    int32_t branch;
    int32_t validates; /* the epoch is trained; its validation images are judged */
    int64_t epoch;     /* from 1 */
    int64_t n_epochs;
    int64_t n_images, n_done; /* of the pass: training images, or validation images */
    double images_left;       /* agr_trainee_images_left() */
    double loss, metric;      /* of the first head, over the epoch's training images so far */
    double images_per_s;      /* training images, while the epoch was trained so far; 0: unknown */
} agr_pace;

/** A head as the history needs it. */
typedef struct {
    char name[AGR_NAME_BYTES];
    const char *metric; /* "mae", "accuracy"; static */
    double weight;
    bool larger_is_better; /* of the metric */
} agr_history_head;

typedef struct {
    char name[AGR_NAME_BYTES];
    int n_heads;
    agr_history_head head[AGR_MAX_HEADS];
} agr_history_branch;

typedef struct agr_history agr_history;

/** Copies the branches. Caller destroys. */
agr_status agr_history_create(const agr_history_branch *branches, int n_branches,
                              agr_history **history, agr_error *err);
void agr_history_destroy(agr_history *history);

/** Adds a report; its epoch must be one more than the branch's last (AGR_FORMAT otherwise). */
agr_status agr_history_add(agr_history *history, const agr_epoch_report *report, agr_error *err);

/** The branch had ended and now goes on: its last report no longer says otherwise. */
void agr_history_reopen(agr_history *history, int branch);

/** The branch has ended after its last report, though that did not say so. */
void agr_history_end(agr_history *history, int branch, agr_branch_ending ending);

/** The branch's last report, NULL before the first. */
const agr_epoch_report *agr_history_last(const agr_history *history, int branch);

/** The smallest value that train.monitor's measure had in epochs 1 to last_epoch (an accuracy
 * counts negated); HUGE_VAL when it never was a number. */
double agr_history_best_value(const agr_history *history, int branch, int64_t last_epoch,
                              agr_monitor monitor);

/** The branch's best report, NULL before the first. */
const agr_epoch_report *agr_history_best(const agr_history *history, int branch);

/** The weighted total over branches of one epoch. */
typedef struct {
    double loss, validation_loss;
    bool carried; /* at least one branch had ended before and contributes its best epoch */
} agr_history_total;

/** What a small value of is good: the validation loss, or the training loss without one. */
double agr_history_judged(const agr_history_total *total);

/** True when every branch has that epoch, or has ended before it (not when all have). */
bool agr_history_total_of(const agr_history *history, int64_t epoch, agr_history_total *total);

/** The epoch up to `last` with the smallest validation total (training total without validation);
 * 0 when no total is complete. */
int64_t agr_history_best_total(const agr_history *history, agr_history_total *total);

/** Sum over branches of weight times best loss; false before each branch has an epoch. */
bool agr_history_total_of_bests(const agr_history *history, double *total);

/** One line for people: "epoch 3/50  age  loss 192.5  mae 10.42  val_loss ...  lr 0.005  21 s
 * best". */
void agr_history_line(const agr_history *history, const agr_epoch_report *report, int64_t n_epochs,
                      agr_text *text);

/** Another: "best   age       epoch 3  val_loss 192.5  val_mae 10.42". */
void agr_history_best_line(const agr_history *history, const agr_epoch_report *best,
                           agr_text *text);

/** history.csv: a row per epoch, branch and head in fixed order, and a row `total` per epoch. */
void agr_history_csv(const agr_history *history, agr_text *text);

/** The branch's rows up to `last_epoch` as the table a checkpoint holds. Arrays are owned by
 * *table's caller: agr_history_table_release(). */
agr_status agr_history_table_make(const agr_history *history, int branch, int64_t last_epoch,
                                  agr_history_table *table, agr_error *err);
void agr_history_table_release(agr_history_table *table);

/** Adds the rows of a checkpoint's table with epochs up to last_epoch. AGR_FORMAT when its columns
 * are not the branch's, AGR_INPUT when an epoch is missing. */
agr_status agr_history_load(agr_history *history, int branch, const agr_history_table *table,
                            int64_t last_epoch, agr_error *err);

#endif
