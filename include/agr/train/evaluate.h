/**
 * How good a trained model is on samples of a set.
 */
#ifndef AGR_TRAIN_EVALUATE_H
#define AGR_TRAIN_EVALUATE_H

#include <agr/comm/team.h>
#include <agr/train/feed.h>
#include <agr/train/models.h>
#include <agr/train/training_set.h>

/** Receives what a model says about one image of this rank: p [K] of each head. */
typedef void agr_evaluation_row(void *context, int64_t index, const float *const *prediction);

/**
 * Judges samples of a set in batches of the configuration: sums[head], the same bits on any
 * number of ranks. row (or NULL) is called for this rank's samples only, `index` counting in
 * all->sample[].
 * **Collective over the team.** The models were planned with the team's rank and size, and the
 * samples have passed agr_models_check_labels() on every rank.
 */
agr_status agr_model_evaluate(agr_model *model, const agr_config *config,
                              const agr_training_set *set, const agr_batch *all, agr_team *team,
                              agr_head_sums *sums, agr_evaluation_row *row, void *context,
                              agr_error *err);

#endif
