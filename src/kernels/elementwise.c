/* What treats each element for itself, from outside: activations and dropout. */
#include <agr/kernels/layers.h>

#include <agr/base/elementary.h>
#include <agr/base/size.h>
#include <math.h>
#include "elementwise_impl.h"

void agr_relu_forward(agr_pool *pool, int64_t n_images, agr_extent extent, agr_view x, float *y)
{
    agr_relu_job job = {n_images, extent, x, y};
    agr_pool_run(pool, agr_elementwise_table()->relu, &job);
}

void agr_relu_backward(agr_pool *pool, int64_t n_elements, const float *y, const float *dy,
                       float *dx)
{
    agr_relu_gradient_job job = {n_elements, y, dy, dx};
    agr_pool_run(pool, agr_elementwise_table()->relu_gradient, &job);
}

/* Output activations have a few values an image: plain C, in double, the same for every instruction
 * set. */
typedef struct {
    int64_t n_rows, n_columns;
    const float *x;
    float *y;
} rows_job;

static void sigmoid_part(void *context, int thread, int n_threads)
{
    const rows_job *job = context;
    int64_t begin, end;
    agr_split_range(job->n_rows, n_threads, thread, &begin, &end);
    for (int64_t i = begin; i < end; i++) {
        const double small = agr_exp(-fabs((double)job->x[i])); /* at most 1: no overflow */
        job->y[i] = (float)((signbit(job->x[i]) ? small : 1.0) / (1.0 + small));
    }
}

void agr_sigmoid_forward(agr_pool *pool, int64_t n_elements, const float *x, float *y)
{
    rows_job job = {.n_rows = n_elements, .x = x, .y = y};
    agr_pool_run(pool, sigmoid_part, &job);
}

static void softmax_row(int64_t n, const float *x, float *y)
{
    double largest = (double)x[0], sum = 0;
    for (int64_t k = 1; k < n; k++)
        largest = fmax(largest, (double)x[k]);
    for (int64_t k = 0; k < n; k++)
        sum += agr_exp((double)x[k] - largest);
    for (int64_t k = 0; k < n; k++)
        y[k] = (float)(agr_exp((double)x[k] - largest) / sum);
}

static void softmax_part(void *context, int thread, int n_threads)
{
    const rows_job *job = context;
    int64_t begin, end;
    agr_split_range(job->n_rows, n_threads, thread, &begin, &end);
    for (int64_t row = begin; row < end; row++)
        softmax_row(job->n_columns, job->x + row * job->n_columns, job->y + row * job->n_columns);
}

void agr_softmax_forward(agr_pool *pool, int64_t n_rows, int64_t n_columns, const float *x,
                         float *y)
{
    rows_job job = {n_rows, n_columns, x, y};
    agr_pool_run(pool, softmax_part, &job);
}

void agr_dropout(agr_pool *pool, int64_t n_images, int64_t image_size, agr_random_key key,
                 uint32_t layer, const agr_draw_address *address, float rate, const float *x,
                 float *y)
{
    /* u = (word >> 8) * 2^-24 >= rate, said of the word itself */
    const uint32_t threshold = (uint32_t)ceil((double)rate * 0x1p24) << 8;
    agr_dropout_job job = {.n_images = n_images,
                           .image_size = image_size,
                           .key = key,
                           .layer = layer,
                           .address = address,
                           .threshold = threshold,
                           .scale = (float)(1.0 / (1.0 - (double)rate)),
                           .x = x,
                           .y = y};
    agr_pool_run(pool, agr_elementwise_table()->dropout, &job);
}
