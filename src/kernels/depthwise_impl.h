/**
 * Depthwise convolution as rows of W*C contiguous floats.
 *
 * Few channels (three, in the seed's model) do not fill a vector, so a row is one run of W*C floats
 * and a step to the next pixel is a shift by C. Taps are laid out as such rows too (the C weights
 * of a tap, W times over), and source rows carry a pixel of zeros on either side.
 */
#ifndef AGR_KERNELS_DEPTHWISE_IMPL_H
#define AGR_KERNELS_DEPTHWISE_IMPL_H

#include <agr/kernels/view.h>
#include <stdbool.h>
#include "isa_impl.h"

enum {
    DEPTHWISE_TAPS = 9,
    DEPTHWISE_SUMS = DEPTHWISE_TAPS + 1, /* of a leaf: nine taps and the bias */
    DEPTHWISE_ALIGN = 16                 /* floats that rows are padded to: the widest vector */
};

typedef struct {
    const agr_shard *shard;
    agr_extent extent;
    agr_view x;
    const agr_gradient_view *dy; /* NULL in the forward pass */
    const float *z;              /* with ReLU, its output, for the mask; else NULL */
    bool relu;                   /* apply to the output (forward) */
    float *output;               /* y or dx */
    float *leaves;               /* [micro-batches][DEPTHWISE_SUMS][C] */
    const float *taps;           /* [9][row_floats] */
    const float *bias;           /* [row_floats] */
    float *scratch;              /* [n_threads][scratch_floats] */
    int64_t row_floats, padded_floats, scratch_floats;
} agr_depthwise_job;

typedef struct {
    agr_pool_function *correlate;       /* output from x, or from dy when there is one */
    agr_pool_function *weight_gradient; /* leaves from x and dy */
} agr_depthwise_kernels;

AGR_KERNEL_TABLE(agr_depthwise_kernels, agr_depthwise_table, KERNELS_DEPTHWISE)

#endif
