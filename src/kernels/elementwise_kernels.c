/* ReLU and dropout, a vector at a time. */
#include "elementwise_impl.h"

#include <agr/base/size.h>
#include "philox.h"
#include "view_rows.h"

static void relu(void *context, int thread, int n_threads)
{
    const agr_relu_job *job = context;
    const int64_t channels = job->extent.channels;
    int64_t begin, end;
    agr_split_range(job->n_images * job->extent.height * job->extent.width, n_threads, thread,
                    &begin, &end);
    const agr_view view = agr_view_from(job->x, begin * channels);
    const float *x = view.data;
    float *y = job->y + begin * channels;
    if (view.scale != NULL || view.storage != AGR_FLOAT32) {
        view_form_pixels(view, end - begin, channels, y);
        x = y;
    }
    for (int64_t i = 0; i < (end - begin) * channels; i++)
        y[i] = x[i] < 0.0F ? 0.0F : x[i]; /* a NaN stays one */
}

static void relu_gradient(void *context, int thread, int n_threads)
{
    const agr_relu_gradient_job *job = context;
    int64_t begin, end;
    agr_split_range(job->n_elements, n_threads, thread, &begin, &end);
    for (int64_t i = begin; i < end; i++)
        job->dx[i] = job->y[i] > 0.0F ? job->dy[i] : 0.0F;
}

/* Elements [begin, end) of one image; begin is a multiple of PHILOX_WORDS. */
static void dropout_run(const agr_dropout_job *job, int64_t image, int64_t begin, int64_t end)
{
    const agr_draw_address address = job->address[image];
    const philox_stream stream = {.key = job->key,
                                  .c0 = address.epoch,
                                  .c1 = address.sample,
                                  .c2 = address.occurrence << 8 | job->layer};
    const float *x = job->x + image * job->image_size;
    float *y = job->y + image * job->image_size;
    for (int64_t i = begin; i < end; i += PHILOX_WORDS) {
        vint word[PHILOX_VECTORS];
        philox_words(&stream, (uint32_t)(i / 4), word);
        for (int v = 0; v < PHILOX_VECTORS; v++) {
            const int64_t at = i + v * VL;
            if (at + VL <= end)
                v_store(y + at, v_keep(philox_at_least(word[v], job->threshold),
                                       v_load(x + at) * job->scale));
            else if (at < end)
                v_store_part(y + at,
                             v_keep(philox_at_least(word[v], job->threshold),
                                    v_load_part(x + at, end - at) * job->scale),
                             end - at);
        }
    }
}

/* Threads share every image's runs. */
static void dropout(void *context, int thread, int n_threads)
{
    enum { RUN = 1024 };
    const agr_dropout_job *job = context;
    const int64_t runs = (job->image_size + RUN - 1) / RUN;
    int64_t begin, end;
    agr_split_range(job->n_images * runs, n_threads, thread, &begin, &end);
    for (int64_t i = begin; i < end; i++) {
        const int64_t first = i % runs * RUN;
        dropout_run(job, i / runs, first, agr_min_i64(first + RUN, job->image_size));
    }
}

const agr_elementwise_kernels AGR_PER_ISA(agr_elementwise_table) = {
    .relu = relu,
    .relu_gradient = relu_gradient,
    .dropout = dropout,
};
