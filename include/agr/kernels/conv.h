/**
 * 2-D convolution, 3x3 (and 1x1, 5x5), stride 1, 'same' padding, NHWC, with bias and optional ReLU.
 *
 *     z[n,i,j,o] = b[o] + sum_{u,v,c} w[u,v,c,o] * x[n, i+u-p, j+v-p, c],    p = (k-1)/2
 *     y = relu(z) or z                                                       outside x counts as 0
 *
 * x [N,H,W,I] (a view)   w [k,k,I,O] (HWIO)   b [O]   y [N,H,W,O]
 *
 * Three algorithms: Winograd F(4x4,3x3) for 3x3 kernels from 8 -> 16 channels on, direct (a product
 * that slides over padded image rows) for everything else, and im2col + OpenBLAS' sgemm, for
 * who asks for it (compute.gemm). All give the same bits for any number of threads and for
 * any number of micro-batches held: which images are neighbours never changes a result.
 *
 * Errors against an exact evaluation, of the largest element: at most 1e-5 (measured:
 * docs/performance.md); with factors of bfloat16 about 1.5e-2 (docs/precision.md).
 *
 * Source: Keras Conv2D; Lavin & Gray 2016, "Fast algorithms for convolutional neural networks".
 */
#ifndef AGR_KERNELS_CONV_H
#define AGR_KERNELS_CONV_H

#include <agr/base/arena.h>
#include <agr/base/precision.h>
#include <agr/kernels/view.h>
#include <agr/kernels/weight_gradient.h>
#include <stdbool.h>

typedef enum {
    AGR_CONV_AUTO,
    AGR_CONV_DIRECT,
    AGR_CONV_WINOGRAD,
    AGR_CONV_IM2COL
} agr_conv_algorithm;

typedef struct {
    int64_t height, width;             /* of input and output */
    int64_t in_channels, out_channels; /* I, O */
    int kernel;                        /* 1, 3 or 5 */
    bool relu;                         /* y = relu(z) */
    agr_precision factors;             /* bf16: in Winograd's algorithm; the others stay at fp32 */
} agr_conv_shape;

/** A planned convolution: shape, algorithm, and pointers into planned memory. Fields are private to
 * the kernels room except `algorithm`. */
typedef struct {
    agr_conv_shape shape;
    agr_conv_algorithm algorithm;
    int64_t micro_batch;
    int64_t max_micro_batches; /* local ones */
    int n_threads;
    float *packed; /* kernel in the algorithm's own form, filled by agr_conv_prepare() */
    float *work;   /* scratch, may be shared by layers that never run at the same time */
    size_t packed_floats, work_floats;
} agr_conv;

/** Chooses the algorithm (AGR_CONV_AUTO) and computes sizes; takes no memory. AGR_UNSUPPORTED for a
 * kernel size other than 1, 3, 5 or an algorithm that cannot do the shape. max_micro_batches: most
 * that this process will hold. */
agr_status agr_conv_plan(agr_conv *conv, agr_conv_shape shape, agr_conv_algorithm algorithm,
                         int64_t micro_batch, int64_t max_micro_batches, int n_threads,
                         agr_error *err);

/** Brings w [k,k,I,O] into the algorithm's own form (conv->packed, conv->packed_floats long). Call
 * after every change of w. */
void agr_conv_prepare(const agr_conv *conv, agr_pool *pool, const float *w);

/**
 * y = conv(x) for the local images of `shard`.
 * sums: NULL, or [shard->count][2][O] doubles that receive for each local micro-batch sum y and sum
 * y^2 over its images and pixels (what a batch norm behind it needs; saves it a pass over memory).
 */
void agr_conv_forward(const agr_conv *conv, agr_pool *pool, const agr_shard *shard, agr_view x,
                      const float *bias, float *y, double *sums);

/**
 * dy is the gradient with respect to y; with relu, y is needed for the mask (y > 0).
 * dx [N,H,W,I] receives the gradient with respect to the view's value; NULL when nobody wants it.
 * dw, db receive the folded gradients of kernel and bias (weight_gradient.h).
 */
void agr_conv_backward(const agr_conv *conv, agr_pool *pool, const agr_shard *shard, agr_view x,
                       const float *y, const agr_gradient_view *dy, float *dx,
                       agr_weight_gradient dw, agr_weight_gradient db);

/** Floating-point operations of a direct evaluation of one image, forward; dw and dx take as many
 * each. What "effective GFLOP/s" counts. */
double agr_conv_flop_forward(agr_conv_shape shape);

#endif
