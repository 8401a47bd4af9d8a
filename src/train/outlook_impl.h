/*
 * Keeps the outlook of a run. Pure: it is told what comes by mail, and asks the book of the teams.
 *
 * The time that is left is the planner's simulation of the rest of the run, from the teams as they are:
 * who finishes joins whoever has most left (comm/handover.h). What it assumes of a branch is corrected by
 * what was measured: a step's time over the model's for the same team ("drift"), from the epoch's pace until a
 * whole epoch was trained in that team, then from whole epochs, each counting as much as all before it. A
 * team that changes is assumed to be off by as much as it was. Nothing foresees an early stop.
 */
#ifndef AGR_TRAIN_OUTLOOK_IMPL_H
#define AGR_TRAIN_OUTLOOK_IMPL_H

#include <agr/comm/handover.h>
#include <agr/train/history.h>
#include <agr/train/outlook.h>

typedef struct {
    agr_outlook view;
    const agr_board *board;    /* borrowed */
    agr_placement_input input; /* what branches have left, and their drift */
    double all_images[AGR_PLACEMENT_MAX_BRANCHES];
    double
        model_ms[AGR_PLACEMENT_MAX_BRANCHES]; /* of a step in the team that drift was measured in */
    bool is_settled[AGR_PLACEMENT_MAX_BRANCHES]; /* a whole epoch was measured there */
} outlook;

/* What a branch is, when the run begins or goes on. */
typedef struct {
    const char *name, *metric; /* borrowed */
    int64_t epoch, n_epochs;   /* epochs that it has, and is to have */
    double all_images;         /* training images that it is to see, from the first epoch on */
} outlook_branch;

/* The input is the placement's. */
void outlook_begin(outlook *o, const agr_placement_input *input, const agr_board *board,
                   const outlook_branch *branches);

void outlook_pace(outlook *o, const agr_pace *pace);
void outlook_epoch(outlook *o, const agr_epoch_report *report);
void outlook_left(outlook *o, int branch, double images_left);
void outlook_total(outlook *o, int64_t epoch, double loss);

/* As of all that was told so far. Borrowed, until the next call. */
const agr_outlook *outlook_view(outlook *o);

#endif
