/** Pooling, as each instruction set has it. */
#ifndef AGR_KERNELS_POOLING_IMPL_H
#define AGR_KERNELS_POOLING_IMPL_H

#include <agr/kernels/view.h>
#include "isa_impl.h"

typedef struct {
    int64_t n_images;
    agr_extent extent;
    int64_t window;
    agr_view x;
    float *y, *picked;
    uint8_t *argmax;
} agr_max_pool_job;

typedef struct {
    int64_t n_images;
    agr_extent extent;
    agr_view x;
    const float *dy;
    float *y, *dx;
} agr_global_average_job;

typedef struct {
    agr_pool_function *max_pool;                /* agr_max_pool_job */
    agr_pool_function *global_average;          /* agr_global_average_job: x to y */
    agr_pool_function *global_average_gradient; /* agr_global_average_job: dy to dx */
} agr_pooling_kernels;

AGR_KERNEL_TABLE(agr_pooling_kernels, agr_pooling_table, KERNELS_POOLING)

#endif
