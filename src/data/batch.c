/* Fills a batch with pictures: warped, as they are, or in a mirror. */
#include <agr/data/batch.h>

#include <agr/base/error.h>
#include <agr/base/size.h>
#include <agr/data/colour.h>
#include <agr/data/erase.h>
#include <agr/image/warp.h>

typedef struct {
    const agr_image_set *set;
    const agr_draw_address *address;
    int64_t n;
    const agr_augment_ranges *ranges;
    uint64_t seed;
    float *image;
} batch_job;

/* image = what this address makes of the picture. */
static void vary(const batch_job *job, agr_draw_address address, const uint8_t *pixel, float *image)
{
    const agr_augment_ranges *ranges = job->ranges;
    const int64_t height = job->set->height, width = job->set->width;
    const agr_augment_draw draw = agr_augment_draw_at(job->seed, address, ranges, height, width);
    double m[6];
    agr_augment_matrix(&draw, height, width, m);
    agr_image_warp_u8(m, pixel, (int)height, (int)width, image);
    if (agr_colour_varies(ranges)) {
        const agr_colour_draw colour = agr_colour_draw_at(job->seed, address, ranges);
        agr_colour_apply(&colour, height * width, image);
    }
    if (ranges->erase > 0) {
        const agr_erasure erasure =
            agr_erasure_draw_at(job->seed, address, ranges->erase, height, width);
        agr_erasure_apply(&erasure, job->seed, address, width, image);
    }
}

static void fill_image(const batch_job *job, int64_t i)
{
    const int64_t n_values = job->set->height * job->set->width * 3;
    const agr_draw_address address = job->address[i];
    AGR_ASSERT(address.sample < job->set->n_images);
    const uint8_t *pixel = job->set->pixel + (int64_t)address.sample * n_values;
    float *image = job->image + i * n_values;
    if (job->ranges == NULL)
        agr_image_normalise(pixel, n_values, image);
    else
        vary(job, address, pixel, image);
}

static void fill_images(void *context, int thread, int n_threads)
{
    const batch_job *job = context;
    int64_t begin, end;
    agr_split_range(job->n, n_threads, thread, &begin, &end);
    for (int64_t i = begin; i < end; i++)
        fill_image(job, i);
}

void agr_batch_images(agr_pool *pool, const agr_image_set *set, const agr_draw_address *address,
                      int64_t n, const agr_augment_ranges *ranges, uint64_t seed, float *image)
{
    batch_job job = {set, address, n, ranges, seed, image};
    agr_pool_run(pool, fill_images, &job);
}

typedef struct {
    int64_t n, height, width;
    float *image;
} mirror_job;

static void mirror_row(float *row, int64_t width)
{
    for (float *left = row, *right = row + 3 * (width - 1); left < right; left += 3, right -= 3)
        for (int c = 0; c < 3; c++) {
            const float value = left[c];
            left[c] = right[c];
            right[c] = value;
        }
}

static void mirror_images(void *context, int thread, int n_threads)
{
    const mirror_job *job = context;
    int64_t begin, end;
    agr_split_range(job->n * job->height, n_threads, thread, &begin, &end);
    for (int64_t row = begin; row < end; row++)
        mirror_row(job->image + row * job->width * 3, job->width);
}

void agr_batch_mirror(agr_pool *pool, float *image, int64_t n, int64_t height, int64_t width)
{
    mirror_job job = {n, height, width, image};
    agr_pool_run(pool, mirror_images, &job);
}
