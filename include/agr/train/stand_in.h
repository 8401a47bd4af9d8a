/**
 * A training set in memory that fits the heads of a configuration: random pictures, random labels.
 * For measurements and tests that must not depend on what somebody's disk holds.
 */
#ifndef AGR_TRAIN_STAND_IN_H
#define AGR_TRAIN_STAND_IN_H

#include <agr/train/training_set.h>

typedef struct {
    agr_training_set set;
    uint8_t *pixel;
    float *value;
    int64_t *sample;
} agr_stand_in;

/** n_images pictures of height x width, all for training. Caller releases. */
agr_status agr_stand_in_create(const agr_config *config, int64_t n_images, int64_t height,
                               int64_t width, agr_stand_in *stand_in, agr_error *err);

/** A zeroed one is accepted. */
void agr_stand_in_release(agr_stand_in *stand_in);

#endif
