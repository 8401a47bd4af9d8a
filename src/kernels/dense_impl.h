/**
 * Dense layers: y = x w, dw = x^T dz folded over micro-batches, dx = dz w^T.
 *
 * The rows of w (n_in of them) are cut into chunks by n_in alone. Forward, a chunk's contribution
 * to every y is a partial sum of its own and the partial sums are added in order, so threads may
 * share chunks and w is read once. Backward, threads share the rows.
 *
 * Two shapes: *wide* layers run vectors along the outputs, the last vector overlapping the one
 * before it; *narrow* ones run them along the inputs. Which is which does not depend on the
 * instruction set, because their sums differ in order.
 */
#ifndef AGR_KERNELS_DENSE_IMPL_H
#define AGR_KERNELS_DENSE_IMPL_H

#include <agr/base/pool.h>
#include <agr/base/reducer.h>
#include <agr/kernels/weight_gradient.h>
#include <stdbool.h>
#include <stddef.h>
#include "isa_impl.h"

enum {
    DENSE_MAX_VL = 16,             /* floats of the widest vector */
    DENSE_WIDE_OUT = DENSE_MAX_VL, /* outputs from which a layer is wide */
    DENSE_MAX_CHUNKS = 64,
    /* rows of w that stay in cache while all images pass: forward, ... */
    DENSE_WIDE_BLOCK = 512,
    DENSE_NARROW_BLOCK = 2048,
    /* ... and backward */
    DENSE_WIDE_TILE = 64,
    DENSE_NARROW_TILE = 512,
};

typedef struct {
    int64_t n_images, n_in, n_out;
    const float *x, *w, *bias;
    bool relu;
    float *y;
    int64_t chunk_rows, n_chunks;
    int64_t slots;     /* of one image in `partial` */
    float *partial;    /* [n_chunks][n_images][slots] */
    float *transposed; /* [n_threads][thread_floats] */
    int64_t thread_floats;
} agr_dense_forward_job;

typedef struct {
    int64_t n_images, micro_batch, count; /* here */
    int64_t n_in, n_out;
    const float *x, *w, *dz;
    float *dx; /* NULL: not wanted */
    agr_weight_gradient dw;
    const int32_t *due; /* additions after each micro-batch's leaf */
    float *tile;        /* [n_threads][tile_floats] */
    int64_t tile_floats;
} agr_dense_backward_job;

typedef struct {
    agr_pool_function *multiply; /* agr_dense_forward_job: x, w to partial */
    agr_pool_function *add_up;   /* agr_dense_forward_job: partial to y */
    agr_pool_function *backward; /* agr_dense_backward_job */
} agr_dense_kernels;

AGR_KERNEL_TABLE(agr_dense_kernels, agr_dense_table, KERNELS_DENSE)

#endif
