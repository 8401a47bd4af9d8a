/** Sums of batch norm: one unit of work is one vector of channels of one micro-batch. */
#ifndef AGR_KERNELS_BATCH_NORM_IMPL_H
#define AGR_KERNELS_BATCH_NORM_IMPL_H

#include <agr/kernels/view.h>
#include "isa_impl.h"

typedef struct {
    const agr_shard *shard;
    agr_extent extent;
    agr_view x;
    double *sums;
} agr_batch_norm_sums_job;

typedef struct {
    const agr_shard *shard;
    agr_extent extent;
    const float *x;
    const float *mean;
    const agr_gradient_view *g;
    double *sums;
} agr_batch_norm_gradient_job;

typedef struct {
    agr_pool_function *sums;          /* agr_batch_norm_sums_job */
    agr_pool_function *gradient_sums; /* agr_batch_norm_gradient_job */
} agr_batch_norm_kernels;

AGR_KERNEL_TABLE(agr_batch_norm_kernels, agr_batch_norm_table, KERNELS_BATCH_NORM)

#endif
