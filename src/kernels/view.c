/* Forms views, from outside. */
#include <agr/kernels/view.h>

#include <agr/base/size.h>
#include "view_impl.h"

typedef struct {
    agr_view view;
    agr_extent extent;
    int64_t n_images;
    float *value;
} view_job;

static void form_view_part(void *context, int thread, int n_threads)
{
    const view_job *job = context;
    const int64_t channels = job->extent.channels;
    int64_t begin, end;
    agr_split_range(job->n_images * job->extent.height * job->extent.width, n_threads, thread,
                    &begin, &end);
    const agr_view part = agr_view_from(job->view, begin * channels);
    agr_view_table()->form_pixels(part, end - begin, channels, job->value + begin * channels);
}

void agr_view_form(agr_pool *pool, agr_view view, agr_extent extent, int64_t n_images, float *value)
{
    view_job job = {view, extent, n_images, value};
    agr_pool_run(pool, form_view_part, &job);
}

typedef struct {
    const agr_gradient_view *view;
    agr_extent extent;
    int64_t n_images;
    float *value;
} gradient_job;

static void form_gradient_part(void *context, int thread, int n_threads)
{
    const gradient_job *job = context;
    const int64_t height = job->extent.height, row_size = job->extent.width * job->extent.channels;
    int64_t begin, end;
    agr_split_range(job->n_images * height, n_threads, thread, &begin, &end);
    for (int64_t i = begin; i < end; i++)
        agr_view_table()->form_gradient_row(job->view, job->extent, i / height, i % height,
                                            job->value + i * row_size);
}

void agr_gradient_form(agr_pool *pool, const agr_gradient_view *view, agr_extent extent,
                       int64_t n_images, float *value)
{
    gradient_job job = {view, extent, n_images, value};
    agr_pool_run(pool, form_gradient_part, &job);
}
