/* Batch norm, from outside: divides the work among threads and calls the set in use. */
#include <agr/kernels/layers.h>

#include "batch_norm_impl.h"

void agr_batch_norm_sums(agr_pool *pool, const agr_shard *shard, agr_extent extent, agr_view x,
                         double *sums)
{
    agr_batch_norm_sums_job job = {shard, extent, x, sums};
    agr_pool_run(pool, agr_batch_norm_table()->sums, &job);
}

void agr_batch_norm_gradient_sums(agr_pool *pool, const agr_shard *shard, agr_extent extent,
                                  const float *x, const float *mean, const agr_gradient_view *g,
                                  double *sums)
{
    agr_batch_norm_gradient_job job = {shard, extent, x, mean, g, sums};
    agr_pool_run(pool, agr_batch_norm_table()->gradient_sums, &job);
}
