#include <agr/kernels/layers.h>

#include "optimiser_impl.h"

void agr_adam_apply(agr_pool *pool, const agr_adam *adam, size_t n, const float *g, float *m,
                    float *v, float *w)
{
    agr_adam_job job = {adam, (int64_t)n, g, m, v, w};
    agr_pool_run(pool, agr_optimiser_table()->adam, &job);
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
