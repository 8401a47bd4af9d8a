#include "batch_norm_impl.h"

#include <agr/base/size.h>
#include "view_rows.h"

/* Pixels that are added in float before the sum goes on in double, and the independent sums among
 * them that hide the adder's latency. Both fix bits. */
enum { LEAF_PIXELS = 32, LEAF_CHAINS = 4 };

/* One leaf: sum a and sum b of up to LEAF_PIXELS pairs. */
typedef struct {
    vfloat a[LEAF_CHAINS], b[LEAF_CHAINS];
} leaf_sums;

AGR_INLINE void leaf_begin(leaf_sums *leaf)
{
    for (int k = 0; k < LEAF_CHAINS; k++)
        leaf->a[k] = leaf->b[k] = v_zero();
}

AGR_INLINE void leaf_end(const leaf_sums *leaf, int64_t n_lanes, double *sum_a, double *sum_b)
{
    const vfloat a = (leaf->a[0] + leaf->a[1]) + (leaf->a[2] + leaf->a[3]);
    const vfloat b = (leaf->b[0] + leaf->b[1]) + (leaf->b[2] + leaf->b[3]);
    for (int64_t lane = 0; lane < n_lanes; lane++) {
        sum_a[lane] += (double)a[lane];
        sum_b[lane] += (double)b[lane];
    }
}

/* A vector of channels of one micro-batch, and where its two sums go. */
typedef struct {
    int64_t channel, n_lanes;
    int64_t image_begin, image_end;
    double *sum_a, *sum_b;
} sums_unit;

static int64_t vectors_of(agr_extent extent)
{
    return (extent.channels + VL - 1) / VL;
}

static sums_unit find_unit(const agr_shard *shard, agr_extent extent, double *sums, int64_t index)
{
    const int64_t m = index / vectors_of(extent), channel = index % vectors_of(extent) * VL;
    sums_unit unit = {.channel = channel,
                      .n_lanes = agr_min_i64(VL, extent.channels - channel),
                      .sum_a = sums + 2 * m * extent.channels + channel};
    unit.sum_b = unit.sum_a + extent.channels;
    agr_shard_images_of(shard, m, &unit.image_begin, &unit.image_end);
    for (int64_t lane = 0; lane < unit.n_lanes; lane++)
        unit.sum_a[lane] = unit.sum_b[lane] = 0;
    return unit;
}

AGR_INLINE void add_view(const sums_unit *unit, agr_extent extent, agr_view x, int64_t n_lanes)
{
    const int64_t pixels = extent.height * extent.width, channels = extent.channels;
    const int64_t n_pixels = (unit->image_end - unit->image_begin) * pixels;
    const float *data = x.data + unit->image_begin * pixels * channels + unit->channel;
    const vfloat scale =
        x.scale != NULL ? v_load_part(x.scale + unit->channel, n_lanes) : v_set(1.0F);
    const vfloat shift = x.scale != NULL ? v_load_part(x.shift + unit->channel, n_lanes) : v_zero();
    for (int64_t first = 0; first < n_pixels; first += LEAF_PIXELS) {
        const int64_t last = agr_min_i64(first + LEAF_PIXELS, n_pixels);
        leaf_sums leaf;
        leaf_begin(&leaf);
        int64_t pixel = first;
        for (; pixel + LEAF_CHAINS <= last; pixel += LEAF_CHAINS)
            for (int k = 0; k < LEAF_CHAINS; k++) {
                const vfloat value =
                    v_load_part(data + (pixel + k) * channels, n_lanes) * scale + shift;
                leaf.a[k] += value;
                leaf.b[k] += value * value;
            }
        for (; pixel < last; pixel++) {
            const vfloat value = v_load_part(data + pixel * channels, n_lanes) * scale + shift;
            leaf.a[0] += value;
            leaf.b[0] += value * value;
        }
        leaf_end(&leaf, n_lanes, unit->sum_a, unit->sum_b);
    }
}

static void sums(void *context, int thread, int n_threads)
{
    const agr_batch_norm_sums_job *job = context;
    int64_t begin, end;
    agr_split_range(job->shard->count * vectors_of(job->extent), n_threads, thread, &begin, &end);
    for (int64_t i = begin; i < end; i++) {
        const sums_unit unit = find_unit(job->shard, job->extent, job->sums, i);
        if (unit.n_lanes == VL)
            add_view(&unit, job->extent, job->x, VL);
        else
            add_view(&unit, job->extent, job->x, unit.n_lanes);
    }
}

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

/* Every pixel of the micro-batch. */
static void add_every_pixel(const sums_unit *unit, const agr_batch_norm_gradient_job *job)
{
    const agr_extent extent = job->extent;
    const int64_t pixels = extent.height * extent.width, n_lanes = unit->n_lanes;
    const int64_t n_pixels = (unit->image_end - unit->image_begin) * pixels;
    const float *x = job->x + unit->image_begin * pixels * extent.channels + unit->channel;
    const vfloat mean = v_load_part(job->mean + unit->channel, n_lanes);
    for (int64_t first = 0; first < n_pixels; first += LEAF_PIXELS) {
        const int64_t last = agr_min_i64(first + LEAF_PIXELS, n_pixels);
        leaf_sums leaf;
        leaf_begin(&leaf);
        for (int64_t pixel = first; pixel < last; pixel++) {
            const int64_t inside = pixel % pixels;
            const vfloat g =
                gradient_at(job->g, extent, unit->image_begin + pixel / pixels,
                            inside / extent.width, inside % extent.width, unit->channel, n_lanes);
            const int k = (int)(pixel % LEAF_CHAINS);
            leaf.a[k] += g;
            leaf.b[k] += g * (v_load_part(x + pixel * extent.channels, n_lanes) - mean);
        }
        leaf_end(&leaf, n_lanes, unit->sum_a, unit->sum_b);
    }
}

/* A plain gradient [N,H,W,C]: the common case of a batch norm that no pool follows, and of one
 * whose pool kept what it picked. */
AGR_INLINE void add_plain(const sums_unit *unit, const agr_batch_norm_gradient_job *job,
                          int64_t n_lanes)
{
    const int64_t pixels = job->extent.height * job->extent.width, channels = job->extent.channels;
    const int64_t n_pixels = (unit->image_end - unit->image_begin) * pixels;
    const int64_t at = unit->image_begin * pixels * channels + unit->channel;
    const float *x = job->x + at, *dy = job->g->dy + at;
    const vfloat mean = v_load_part(job->mean + unit->channel, n_lanes);
    for (int64_t first = 0; first < n_pixels; first += LEAF_PIXELS) {
        const int64_t last = agr_min_i64(first + LEAF_PIXELS, n_pixels);
        leaf_sums leaf;
        leaf_begin(&leaf);
        int64_t pixel = first;
        for (; pixel + LEAF_CHAINS <= last; pixel += LEAF_CHAINS)
            for (int k = 0; k < LEAF_CHAINS; k++) {
                const vfloat g = v_load_part(dy + (pixel + k) * channels, n_lanes);
                leaf.a[k] += g;
                leaf.b[k] += g * (v_load_part(x + (pixel + k) * channels, n_lanes) - mean);
            }
        for (int k = 0; pixel < last; pixel++, k++) {
            const vfloat g = v_load_part(dy + pixel * channels, n_lanes);
            leaf.a[k] += g;
            leaf.b[k] += g * (v_load_part(x + pixel * channels, n_lanes) - mean);
        }
        leaf_end(&leaf, n_lanes, unit->sum_a, unit->sum_b);
    }
}

/* A pooled gradient: only the positions that the pool picked. Leaves are of pooled pixels, so the
 * bits are those of add_plain() on what the pool kept. */
static void add_pooled(const sums_unit *unit, const agr_batch_norm_gradient_job *job)
{
    const agr_gradient_view *g = job->g;
    const int64_t window = g->window, channels = job->extent.channels, n_lanes = unit->n_lanes;
    const int64_t height = job->extent.height / window, width = job->extent.width / window;
    const int64_t n_pixels = (unit->image_end - unit->image_begin) * height * width;
    const vfloat mean = v_load_part(job->mean + unit->channel, n_lanes);
    int64_t offset[256]; /* of a window's positions in x */
    for (int64_t place = 0; place < window * window; place++)
        offset[place] = (place / window * job->extent.width + place % window) * channels;
    for (int64_t first = 0; first < n_pixels; first += LEAF_PIXELS) {
        const int64_t last = agr_min_i64(first + LEAF_PIXELS, n_pixels);
        leaf_sums leaf;
        leaf_begin(&leaf);
        for (int64_t pixel = first; pixel < last; pixel++) {
            const int64_t row = unit->image_begin * height + pixel / width, j = pixel % width;
            const int64_t at = (row * width + j) * channels + unit->channel;
            const int64_t image = row / height, i = row % height;
            const float *x =
                job->x + unit->channel +
                ((image * job->extent.height + i * window) * job->extent.width + j * window) *
                    channels;
            vfloat picked = v_zero();
            for (int64_t lane = 0; lane < n_lanes; lane++)
                picked[lane] = x[offset[g->argmax[at + lane]] + lane];
            const vfloat dy = v_load_part(g->dy + at, n_lanes);
            const int k = (int)((pixel - first) % LEAF_CHAINS);
            leaf.a[k] += dy;
            leaf.b[k] += dy * (picked - mean);
        }
        leaf_end(&leaf, n_lanes, unit->sum_a, unit->sum_b);
    }
}

static void gradient_sums(void *context, int thread, int n_threads)
{
    const agr_batch_norm_gradient_job *job = context;
    int64_t begin, end;
    agr_split_range(job->shard->count * vectors_of(job->extent), n_threads, thread, &begin, &end);
    for (int64_t i = begin; i < end; i++) {
        const sums_unit unit = find_unit(job->shard, job->extent, job->sums, i);
        if (job->g->x != NULL)
            add_every_pixel(&unit, job);
        else if (job->g->window > 1)
            add_pooled(&unit, job);
        else if (unit.n_lanes == VL)
            add_plain(&unit, job, VL);
        else
            add_plain(&unit, job, unit.n_lanes);
    }
}

const agr_batch_norm_kernels AGR_PER_ISA(agr_batch_norm_table) = {
    .sums = sums,
    .gradient_sums = gradient_sums,
};
