/** What the planner must know of branches; what they cost, measured. */
#ifndef AGR_TRAIN_COSTS_H
#define AGR_TRAIN_COSTS_H

#include <agr/comm/placement.h>
#include <agr/train/training_set.h>

/** What the planner must know of the branches beforehand: names, kinds, batches. Fills in
 * input->branch[config->n_branches]; costs and what is left are 0 still. */
void agr_list_branches(const agr_config *config, agr_placement_input *input);

/** Milliseconds of one training image of each branch on one thread: the best of a few passes over
 * one micro-batch of the set's training images. image_ms[config->n_branches]: what is not 0 is taken
 * as known. Members of a population that share a network share its measurement. Not collective. */
agr_status agr_measure_images_ms(const agr_config *config, const agr_training_set *set,
                                 double *image_ms, agr_error *err);

#endif
