/* Resizes float pictures inside a network, and takes their gradient back. */
#include <agr/kernels/layers.h>

#include <agr/base/size.h>
#include <math.h>
#include <string.h>

/* Out of the way of time: plain C for every instruction set. */

typedef struct {
    int64_t n_images;
    agr_extent in;
    int64_t height, width; /* of the output */
    agr_view x;
    const float *dy;
    float *y, *dx;
} resize_job;

/* Output position `at` of n_out is made of the inputs low and high. */
typedef struct {
    int64_t low, high;
    float low_weight, high_weight;
} mix;

/* Half-pixel centres, edges clamped. */
static mix mix_at(int64_t at, int64_t n_out, int64_t n_in)
{
    const double centre = ((double)at + 0.5) * (double)n_in / (double)n_out - 0.5;
    const double inside = fmin(fmax(centre, 0), (double)(n_in - 1));
    const int64_t low = (int64_t)inside;
    const float high_weight = (float)(inside - (double)low);
    return (mix){low, agr_min_i64(low + 1, n_in - 1), 1.0F - high_weight, high_weight};
}

static float value_at(const resize_job *job, int64_t at, int64_t c)
{
    const float data = agr_view_floats(job->x)[at + c];
    return job->x.scale != NULL ? data * job->x.scale[c] + job->x.shift[c] : data;
}

static void forward_row(const resize_job *job, int64_t image, int64_t i, float *y)
{
    const int64_t channels = job->in.channels, width = job->in.width;
    const mix row = mix_at(i, job->height, job->in.height);
    const int64_t low = (image * job->in.height + row.low) * width * channels;
    const int64_t high = (image * job->in.height + row.high) * width * channels;
    for (int64_t j = 0; j < job->width; j++) {
        const mix column = mix_at(j, job->width, width);
        const int64_t left = column.low * channels, right = column.high * channels;
        for (int64_t c = 0; c < channels; c++) {
            const float above = column.low_weight * value_at(job, low + left, c) +
                                column.high_weight * value_at(job, low + right, c);
            const float below = column.low_weight * value_at(job, high + left, c) +
                                column.high_weight * value_at(job, high + right, c);
            y[j * channels + c] = row.low_weight * above + row.high_weight * below;
        }
    }
}

static void forward_part(void *context, int thread, int n_threads)
{
    const resize_job *job = context;
    int64_t begin, end;
    agr_split_range(job->n_images * job->height, n_threads, thread, &begin, &end);
    for (int64_t row = begin; row < end; row++)
        forward_row(job, row / job->height, row % job->height,
                    job->y + row * job->width * job->in.channels);
}

void agr_resize_forward(agr_pool *pool, int64_t n_images, agr_extent in, int64_t out_height,
                        int64_t out_width, agr_view x, float *y)
{
    resize_job job = {
        .n_images = n_images, .in = in, .height = out_height, .width = out_width, .x = x, .y = y};
    agr_pool_run(pool, forward_part, &job);
}

/* dx [W,C] += weight * what the output row dy gives to the columns it was made of. */
static void add_row(const resize_job *job, const float *dy, float weight, float *dx)
{
    const int64_t channels = job->in.channels;
    for (int64_t j = 0; j < job->width; j++) {
        const mix column = mix_at(j, job->width, job->in.width);
        for (int64_t c = 0; c < channels; c++) {
            const float gradient = weight * dy[j * channels + c];
            dx[column.low * channels + c] += column.low_weight * gradient;
            dx[column.high * channels + c] += column.high_weight * gradient;
        }
    }
}

/* An input row gathers from the output rows it took part in, in their order. */
static void backward_part(void *context, int thread, int n_threads)
{
    const resize_job *job = context;
    const int64_t row_size = job->in.width * job->in.channels;
    int64_t begin, end;
    agr_split_range(job->n_images * job->in.height, n_threads, thread, &begin, &end);
    for (int64_t row = begin; row < end; row++) {
        const int64_t image = row / job->in.height, i = row % job->in.height;
        float *dx = job->dx + row * row_size;
        memset(dx, 0, (size_t)row_size * sizeof(float));
        for (int64_t k = 0; k < job->height; k++) {
            const mix mixed = mix_at(k, job->height, job->in.height);
            const float weight = (mixed.low == i ? mixed.low_weight : 0.0F) +
                                 (mixed.high == i ? mixed.high_weight : 0.0F);
            if (weight > 0)
                add_row(job, job->dy + (image * job->height + k) * job->width * job->in.channels,
                        weight, dx);
        }
    }
}

void agr_resize_backward(agr_pool *pool, int64_t n_images, agr_extent in, int64_t out_height,
                         int64_t out_width, const float *dy, float *dx)
{
    resize_job job = {.n_images = n_images,
                      .in = in,
                      .height = out_height,
                      .width = out_width,
                      .dy = dy,
                      .dx = dx};
    agr_pool_run(pool, backward_part, &job);
}
