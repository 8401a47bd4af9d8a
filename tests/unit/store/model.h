/** A small branch whose numbers are known. */
#ifndef AGR_TEST_STORE_MODEL_H
#define AGR_TEST_STORE_MODEL_H

#include <agr/store/snapshot.h>

enum { MODEL_TENSORS = 7, MODEL_VALUES = 3, MODEL_LAYERS = 3, MODEL_SUMS = 4 };

typedef struct {
    char layers[MODEL_LAYERS][AGR_NAME_BYTES];
    agr_tensor tensors[MODEL_TENSORS];
    agr_value values[MODEL_VALUES];
    float kernel[3 * 3 * 3 * 4], kernel_m[3 * 3 * 3 * 4], kernel_v[3 * 3 * 3 * 4];
    float kernel_ema[3 * 3 * 3 * 4], bias[4], dense[5 * 2], moving_mean[4];
    int64_t epoch, adam_step;
    double sums[MODEL_SUMS];
    agr_state state;
} small_model;

/** Names and shapes; all numbers follow from `seed`. The model points into itself:
 * do not copy it. */
void model_fill(small_model *model, int seed);

/** Every number of both is the same. */
void assert_same_model(const small_model *model, const small_model *expected);

#endif
