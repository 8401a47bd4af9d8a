/* The optimisers' updates, from outside. */
#include <agr/kernels/layers.h>

#include "optimiser_impl.h"

void agr_adam_apply(agr_pool *pool, const agr_adam *adam, const agr_trained_slabs *slabs)
{
    agr_adam_job job = {adam, slabs};
    agr_pool_run(pool, agr_optimiser_table()->adam, &job);
}

void agr_sgd_apply(agr_pool *pool, const agr_sgd *sgd, const agr_trained_slabs *slabs)
{
    agr_sgd_job job = {sgd, slabs};
    agr_pool_run(pool, agr_optimiser_table()->sgd, &job);
}

void agr_average_apply(agr_pool *pool, size_t n, float rate, const float *x, float *average)
{
    agr_average_job job = {.n = (int64_t)n, .rate = rate, .x = x, .average = average};
    agr_pool_run(pool, agr_optimiser_table()->average, &job);
}

double agr_sum_of_squares(agr_pool *pool, size_t n, const float *x)
{
    agr_squares_job job = {.n = (int64_t)n, .x = x};
    agr_pool_run(pool, agr_optimiser_table()->squares, &job);
    double sum = 0;
    for (int part = 0; part < SQUARES_PARTS; part++)
        sum += job.sum[part];
    return sum;
}
