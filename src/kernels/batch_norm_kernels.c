/* Batch norm's sums, forward and backward, with a leaf per micro-batch. */
#include "batch_norm_impl.h"

#include <agr/base/size.h>
#include "view_rows.h"

/* A leaf is LEAF_PIXELS pixels added in float, one after the other; leaves are added in double.
 * Channels pass in chunks whose sums stay in the first-level cache, PIXELS_AT_ONCE pixels at a time
 * so that these sums need not be loaded for each; memory is read in its own order. */
enum { LEAF_PIXELS = 32, CHUNK_VECTORS = 1024 / VL, PIXELS_AT_ONCE = 4 };

/* What one thread adds of one micro-batch: vectors of channels [begin, end). */
typedef struct {
    agr_extent extent;
    int64_t begin, end;
    int64_t image_begin, image_end;
    double *sums; /* [2][C] */
} sums_run;

/* What a vector of channels of one pixel, counted from the run's first image, adds: `a` to the
 * first sum, `a * factor` to the second. */
typedef struct {
    vfloat a, factor;
} vterms;
/* Both sums. */
typedef struct {
    vfloat a, b;
} vpair;
typedef vterms pixel_terms(const void *job, const sums_run *run, int64_t pixel, int64_t channel,
                           int64_t n_lanes);

AGR_INLINE void add_vector(vpair *leaf, const void *job, const sums_run *run, int64_t pixel,
                           int64_t n_pixels, int64_t channel, int64_t n_lanes, pixel_terms *terms)
{
    vpair sum = *leaf;
    for (int64_t k = 0; k < n_pixels; k++) {
        const vterms term = terms(job, run, pixel + k, channel, n_lanes);
        sum.a += term.a;
        sum.b = v_fma(term.a, term.factor, sum.b);
    }
    *leaf = sum;
}

AGR_INLINE void add_pixels(vpair *leaf, const void *job, const sums_run *run, int64_t pixel,
                           int64_t n_pixels, int64_t begin, int64_t end, pixel_terms *terms)
{
    int64_t channel = begin;
    for (; channel + VL <= end; channel += VL, leaf++)
        add_vector(leaf, job, run, pixel, n_pixels, channel, VL, terms);
    if (channel < end)
        add_vector(leaf, job, run, pixel, n_pixels, channel, end - channel, terms);
}

/* Adds the leaf of pixels [first, last) and channels [begin, end). */
AGR_INLINE void add_leaf(const void *job, const sums_run *run, int64_t first, int64_t last,
                         int64_t begin, int64_t end, pixel_terms *terms)
{
    vpair leaf[CHUNK_VECTORS];
    for (int64_t v = 0; v * VL < end - begin; v++)
        leaf[v] = (vpair){v_zero(), v_zero()};
    int64_t pixel = first;
    for (; pixel + PIXELS_AT_ONCE <= last; pixel += PIXELS_AT_ONCE)
        add_pixels(leaf, job, run, pixel, PIXELS_AT_ONCE, begin, end, terms);
    for (; pixel < last; pixel++)
        add_pixels(leaf, job, run, pixel, 1, begin, end, terms);
    double *sum_a = run->sums, *sum_b = run->sums + run->extent.channels;
    for (int64_t c = begin; c < end; c++) {
        sum_a[c] += (double)leaf[(c - begin) / VL].a[(c - begin) % VL];
        sum_b[c] += (double)leaf[(c - begin) / VL].b[(c - begin) % VL];
    }
}

AGR_INLINE void add_run(const void *job, const sums_run *run, int64_t pixels_per_image,
                        pixel_terms *terms)
{
    const int64_t channels = run->extent.channels, stop = agr_min_i64(run->end * VL, channels);
    const int64_t n_pixels = (run->image_end - run->image_begin) * pixels_per_image;
    for (int64_t c = run->begin * VL; c < stop; c++)
        run->sums[c] = run->sums[channels + c] = 0;
    for (int64_t first = 0; first < n_pixels; first += LEAF_PIXELS)
        for (int64_t c = run->begin * VL; c < stop; c += CHUNK_VECTORS * VL)
            add_leaf(job, run, first, agr_min_i64(first + LEAF_PIXELS, n_pixels), c,
                     agr_min_i64(c + CHUNK_VECTORS * VL, stop), terms);
}

/* A thread's share of all vectors of channels of all micro-batches, cut where micro-batches end. */
AGR_INLINE void add_share(const void *job, const agr_shard *shard, agr_extent extent, double *sums,
                          int thread, int n_threads, int64_t pixels_per_image, pixel_terms *terms)
{
    const int64_t n_vectors = (extent.channels + VL - 1) / VL;
    int64_t begin, end;
    agr_split_range(shard->count * n_vectors, n_threads, thread, &begin, &end);
    while (begin < end) {
        const int64_t m = begin / n_vectors, stop = agr_min_i64(end, (m + 1) * n_vectors);
        sums_run run = {.extent = extent,
                        .begin = begin - m * n_vectors,
                        .end = stop - m * n_vectors,
                        .sums = sums + 2 * m * extent.channels};
        agr_shard_images_of(shard, m, &run.image_begin, &run.image_end);
        add_run(job, &run, pixels_per_image, terms);
        begin = stop;
    }
}

/* ---- forward ---- */

AGR_INLINE vterms view_terms(const void *context, const sums_run *run, int64_t pixel,
                             int64_t channel, int64_t n_lanes)
{
    const agr_view x = ((const agr_batch_norm_sums_job *)context)->x;
    const int64_t at =
        run->image_begin * agr_extent_size(run->extent) + pixel * run->extent.channels + channel;
    vfloat value = v_load_part(agr_view_floats(x) + at, n_lanes);
    if (x.scale != NULL)
        value = v_fma(value, v_load_part(x.scale + channel, n_lanes),
                      v_load_part(x.shift + channel, n_lanes));
    return (vterms){value, value};
}

static void sums(void *context, int thread, int n_threads)
{
    const agr_batch_norm_sums_job *job = context;
    add_share(job, job->shard, job->extent, job->sums, thread, n_threads,
              job->extent.height * job->extent.width, view_terms);
}

/* ---- backward ---- */

/* The view's value at one pixel: g, then the batch norm behind it if there is one. */
AGR_INLINE vfloat gradient_at(const agr_gradient_view *g, agr_extent extent, int64_t image,
                              int64_t i, int64_t j, int64_t channel, int64_t n_lanes)
{
    const int64_t window = g->window, channels = extent.channels;
    const int64_t height = extent.height / window, width = extent.width / window;
    const int64_t here = ((image * extent.height + i) * extent.width + j) * channels + channel;
    vfloat value = v_zero();
    if (i / window < height && j / window < width) {
        const int64_t at =
            ((image * height + i / window) * width + j / window) * channels + channel;
        const int place = (int)(i % window * window + j % window);
        value = window > 1 ? gradient_pick(g->dy + at, g->argmax + at, place, n_lanes)
                           : v_load_part(g->dy + at, n_lanes);
    }
    return gradient_finish(value, g, NULL, here, channel, n_lanes);
}

/* The sums of g and of g * (x - mean). */
AGR_INLINE vterms gradient_terms(const agr_batch_norm_gradient_job *job, vfloat g, vfloat x,
                                 int64_t channel, int64_t n_lanes)
{
    return (vterms){g, x - v_load_part(job->mean + channel, n_lanes)};
}

/* Any pixel, through the view: the general case. */
AGR_INLINE vterms every_pixel_terms(const void *context, const sums_run *run, int64_t pixel,
                                    int64_t channel, int64_t n_lanes)
{
    const agr_batch_norm_gradient_job *job = context;
    const int64_t width = run->extent.width, pixels = run->extent.height * width;
    const int64_t image = run->image_begin + pixel / pixels, inside = pixel % pixels;
    const vfloat g =
        gradient_at(job->g, run->extent, image, inside / width, inside % width, channel, n_lanes);
    const int64_t at = (image * pixels + inside) * run->extent.channels + channel;
    return gradient_terms(job, g, v_load_part(job->x + at, n_lanes), channel, n_lanes);
}

/* A plain gradient [N,H,W,C]: the common case of a batch norm that no pool follows, and of one
 * whose pool kept what it picked. */
AGR_INLINE vterms plain_terms(const void *context, const sums_run *run, int64_t pixel,
                              int64_t channel, int64_t n_lanes)
{
    const agr_batch_norm_gradient_job *job = context;
    const int64_t at =
        run->image_begin * agr_extent_size(run->extent) + pixel * run->extent.channels + channel;
    return gradient_terms(job, v_load_part(job->g->dy + at, n_lanes),
                          v_load_part(job->x + at, n_lanes), channel, n_lanes);
}

/* A pooled gradient: pixels are pooled ones, and x is read only where the pool picked. The bits are
 * those of plain_terms() on what the pool kept. */
AGR_INLINE vterms pooled_terms(const void *context, const sums_run *run, int64_t pixel,
                               int64_t channel, int64_t n_lanes)
{
    const agr_batch_norm_gradient_job *job = context;
    const agr_gradient_view *g = job->g;
    const agr_extent extent = run->extent;
    const int64_t window = g->window, height = extent.height / window;
    const int64_t width = extent.width / window;
    const int64_t row = run->image_begin * height + pixel / width, j = pixel % width;
    const int64_t at = (row * width + j) * extent.channels + channel;
    const int64_t corner =
        (row / height * extent.height + row % height * window) * extent.width + j * window;
    vfloat x = v_zero();
    for (int64_t lane = 0; lane < n_lanes; lane++) {
        const int64_t place = g->argmax[at + lane];
        const int64_t here = corner + place / window * extent.width + place % window;
        x[lane] = job->x[here * extent.channels + channel + lane];
    }
    return gradient_terms(job, v_load_part(g->dy + at, n_lanes), x, channel, n_lanes);
}

static void gradient_sums(void *context, int thread, int n_threads)
{
    const agr_batch_norm_gradient_job *job = context;
    const int64_t window = job->g->window, height = job->extent.height, width = job->extent.width;
    if (job->g->x != NULL)
        add_share(job, job->shard, job->extent, job->sums, thread, n_threads, height * width,
                  every_pixel_terms);
    else if (window > 1)
        add_share(job, job->shard, job->extent, job->sums, thread, n_threads,
                  height / window * (width / window), pooled_terms);
    else
        add_share(job, job->shard, job->extent, job->sums, thread, n_threads, height * width,
                  plain_terms);
}

const agr_batch_norm_kernels AGR_PER_ISA(agr_batch_norm_table) = {
    .sums = sums,
    .gradient_sums = gradient_sums,
};
