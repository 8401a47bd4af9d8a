/**
 * Where a branch stands in its training. Part of its state: a run goes on from here to the same
 * bits.
 */
#ifndef AGR_TRAIN_POSITION_H
#define AGR_TRAIN_POSITION_H

#include <agr/nn/optimiser.h>
#include <agr/store/snapshot.h>

typedef enum {
    AGR_PHASE_TRAIN,    /* `step` batches of the epoch are trained */
    AGR_PHASE_VALIDATE, /* the epoch is trained, `step` validation batches are judged */
    AGR_PHASE_ENDED     /* nothing left to do */
} agr_phase;

typedef struct {
    int64_t epoch; /* completed ones */
    int64_t phase; /* agr_phase */
    int64_t step;  /* batches done in this phase */
    int64_t train_steps;
    int64_t batch_size; /* what `step` counts in */
    agr_optimiser_state optimiser;
    double learning_rate; /* of the last step */
    int64_t ending;       /* agr_branch_ending */
    int64_t best_epoch;   /* 0: none yet */
    int64_t epochs_since_best;
    double best_value; /* of what train.monitor says; smaller is better (accuracies are negated) */
    agr_head_sums train[AGR_MAX_HEADS];
    agr_head_sums validation[AGR_MAX_HEADS];
} agr_position;

enum { AGR_POSITION_N_VALUES = 15 };

/** Names the position's numbers as checkpoints hold them; value[] points into *position. The first
 * is the epoch, the last, optional, the reductions: only schedule plateau has some. */
void agr_position_name_values(agr_position *position, int n_heads,
                              agr_value value[AGR_POSITION_N_VALUES]);

/** Whether these numbers can be a position at all; AGR_INPUT names the first that cannot. */
agr_status agr_position_check(const agr_position *position, agr_error *err);

/** What comes next in a state that holds a position, for people: "epoch 3, step 17", "epoch 3,
 * validation batch 2", "ended after epoch 50". */
void agr_position_describe(const agr_state *state, agr_text *text);

#endif
