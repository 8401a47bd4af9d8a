/** The optimisers' updates, as each instruction set has them. */
#ifndef AGR_KERNELS_OPTIMISER_IMPL_H
#define AGR_KERNELS_OPTIMISER_IMPL_H

#include <agr/kernels/layers.h>
#include "isa_impl.h"

/* Parts whose sums of squares are added in double, whatever the number of threads. */
enum { SQUARES_PARTS = 64 };

typedef struct {
    const agr_adam *adam;
    const agr_trained_slabs *slabs;
} agr_adam_job;

typedef struct {
    const agr_sgd *sgd;
    const agr_trained_slabs *slabs;
} agr_sgd_job;

typedef struct {
    int64_t n;
    const float *x;
    double sum[SQUARES_PARTS];
} agr_squares_job;

typedef struct {
    int64_t n;
    float rate; /* how far the average goes towards x */
    const float *x;
    float *average;
} agr_average_job;

typedef struct {
    agr_pool_function *adam;    /* agr_adam_job */
    agr_pool_function *sgd;     /* agr_sgd_job */
    agr_pool_function *squares; /* agr_squares_job */
    agr_pool_function *average; /* agr_average_job */
} agr_optimiser_kernels;

AGR_KERNEL_TABLE(agr_optimiser_kernels, agr_optimiser_table, KERNELS_OPTIMISER)

#endif
