/**
 * One step of one branch: a global batch in, new weights out. src/train/step.c is the method in one
 * place and meant to be read.
 */
#ifndef AGR_TRAIN_STEP_H
#define AGR_TRAIN_STEP_H

#include <agr/nn/network.h>
#include <agr/nn/optimiser.h>
#include <agr/train/feed.h>

/** What a step works with. All borrowed. The reducer's ranks are those that share a batch by the
 * network's plan; agr_reducer_local() where the whole batch is here. */
typedef struct {
    agr_network *network;
    agr_feed *feed; /* of this network; planned after it */
    agr_reducer *reducer;
    const agr_optimiser *optimiser; /* this and the next: NULL for a step that only judges */
    agr_optimiser_state *optimiser_state;
} agr_step;

/**
 * A training step: sums[head] += those of this batch, by the weights before the update; *update:
 * how large it was. The weights, moments, moving statistics and sums are the same bits on every
 * rank, and on any number of them.
 *
 * **Collective over the reducer's ranks**, with the same batch. Allocates nothing. AGR_INPUT (a
 * label that cannot be one), AGR_NUMERIC (a loss that is not finite), AGR_MPI: the step is lost
 * and the weights are not to be used.
 */
agr_status agr_step_train(const agr_step *step, const agr_batch *batch, agr_head_sums *sums,
                          agr_update *update, agr_error *err);

/** The part of a training step that a picture pays for, without reading it and without the update:
 * forward, loss, backward. As agr_step_train(). */
agr_status agr_step_gradient(const agr_step *step, const agr_network_batch *batch,
                             agr_head_sums *sums, agr_error *err);

/** Judges a batch, pictures as they are, and changes nothing: sums[head] += those of this batch.
 * *judged, unless NULL: this rank's part, for agr_network_predictions(). As agr_step_train(). */
agr_status agr_step_judge(const agr_step *step, const agr_batch *batch, agr_head_sums *sums,
                          agr_shard *judged, agr_error *err);

#endif
