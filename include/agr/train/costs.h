/** What a branch costs, measured. */
#ifndef AGR_TRAIN_COSTS_H
#define AGR_TRAIN_COSTS_H

#include <agr/train/training_set.h>

/** Milliseconds of one training image of this branch on one thread: the best of a few passes over
 * one micro-batch of the set's training images. Not collective. */
agr_status agr_measure_image_ms(const agr_config *config, int branch, const agr_training_set *set,
                                double *image_ms, agr_error *err);

#endif
