/** What a branch costs, measured. */
#ifndef AGR_TRAIN_COSTS_H
#define AGR_TRAIN_COSTS_H

#include <agr/train/training_set.h>

/** Milliseconds of one training image of each branch on one thread: the best of a few passes over
 * one micro-batch of the set's training images. image_ms[config->n_branches]: what is not 0 is taken
 * as known. Members of a population that share a network share its measurement. Not collective. */
agr_status agr_measure_images_ms(const agr_config *config, const agr_training_set *set,
                                 double *image_ms, agr_error *err);

#endif
