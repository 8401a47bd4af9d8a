/** Folding what one micro-batch contributes to a parameter's gradient. */
#ifndef AGR_KERNELS_LEAVES_IMPL_H
#define AGR_KERNELS_LEAVES_IMPL_H

#include <agr/base/reducer.h>
#include <agr/kernels/weight_gradient.h>

/** Folds leaves [shard->count][width] in place, in tree order; afterwards the first rows hold the
 * maximal subtrees. Returns how many those are. */
int agr_leaves_fold(const agr_shard *shard, float *leaves, int64_t width);

/** Copies width floats of each of n_rows rows, stride apart, to the rows of a gradient. */
void agr_leaves_copy(const float *leaves, int64_t stride, int n_rows, int64_t width,
                     agr_weight_gradient gradient);

/** Values that the fold of max_micro_batches leaves keeps beside the final rows, at most. */
int64_t agr_leaves_levels(int64_t max_micro_batches);

#endif
