/** How a run stands and what it has before it, for who looks on. */
#ifndef AGR_TRAIN_OUTLOOK_H
#define AGR_TRAIN_OUTLOOK_H

#include <agr/comm/placement.h>
#include <stdbool.h>
#include <stdint.h>

/** Of a branch, or of all together. */
typedef struct {
    const char *name;   /* borrowed; "total" of all */
    const char *metric; /* its first head's: "mae", "accuracy"; NULL of all. Static */
    int64_t epoch;      /* that it is in, from 1; of all: the last that every branch has, or 0 */
    int64_t n_epochs;   /* of all: the most of any */
    bool has_ended;
    bool validates; /* its epoch is trained, and the validation images are being judged */
    double done;    /* part of its work from the first epoch on, 0 .. 1 */
    double loss,
        value; /* of its first head, and its metric: over the training images of the epoch so
                            far; of all: weighted, of `epoch`. NaN: unknown */
    double images_per_s; /* training images; 0: not measured yet */
    double left_s;       /* until it ends */
    int n_ranks;         /* that compute for it now; of all: those of the run */
} agr_standing;

typedef struct {
    int n_branches;
    agr_standing branch[AGR_PLACEMENT_MAX_BRANCHES];
    agr_standing total;
} agr_outlook;

#endif
