/* Pooling, from outside. */
#include <agr/kernels/layers.h>

#include "pooling_impl.h"

void agr_max_pool_forward(agr_pool *pool, int64_t n_images, agr_extent extent, int window,
                          agr_view x, float *y, float *picked, uint8_t *argmax)
{
    agr_max_pool_job job = {n_images, extent, window, x, y, picked, argmax};
    agr_pool_run(pool, agr_pooling_table()->max_pool, &job);
}

void agr_global_average_forward(agr_pool *pool, int64_t n_images, agr_extent extent, agr_view x,
                                float *y)
{
    agr_global_average_job job = {.n_images = n_images, .extent = extent, .x = x, .y = y};
    agr_pool_run(pool, agr_pooling_table()->global_average, &job);
}

void agr_global_average_backward(agr_pool *pool, int64_t n_images, agr_extent extent,
                                 const float *dy, float *dx)
{
    agr_global_average_job job = {.n_images = n_images, .extent = extent, .dy = dy, .dx = dx};
    agr_pool_run(pool, agr_pooling_table()->global_average_gradient, &job);
}
