/* Max-pool, which compares values after a batch norm's affine, and the global average. */
#include "pooling_impl.h"

#include <agr/base/size.h>
#include <stdbool.h>
#include "simd_impl.h"

/* The lowest byte of each of the first n lanes. */
AGR_INLINE void store_bytes(uint8_t *p, vint v, int64_t n)
{
#if defined(__AVX512F__) && defined(__AVX512BW__)
    _mm512_mask_cvtepi32_storeu_epi8(p, (__mmask16)(0xFFFFu >> (VL - n)), (__m512i)v);
#else
    for (int64_t lane = 0; lane < n; lane++)
        p[lane] = (uint8_t)v[lane];
#endif
}

/* The best of a window so far: its value, the datum it came from, its position. */
typedef struct {
    vfloat value, datum;
    vint place;
} window_best;

/* Equal values, and a NaN, leave the earlier one in place. */
AGR_INLINE void take_larger(window_best *best, vfloat value, vfloat datum, int place)
{
#if defined(__AVX512F__)
    const __mmask16 larger = _mm512_cmp_ps_mask((__m512)value, (__m512)best->value, _CMP_GT_OQ);
    best->value = (vfloat)_mm512_mask_mov_ps((__m512)best->value, larger, (__m512)value);
    best->datum = (vfloat)_mm512_mask_mov_ps((__m512)best->datum, larger, (__m512)datum);
    best->place = (vint)_mm512_mask_set1_epi32((__m512i)best->place, larger, place);
#else
    const vint larger = value > best->value;
    best->value = v_select(larger, value, best->value);
    best->datum = v_select(larger, datum, best->datum);
    best->place = (larger & place) | (~larger & best->place);
#endif
}

/* One vector of channels of one window; x is its first pixel. */
AGR_INLINE void pool_window(const agr_max_pool_job *job, const float *x, int64_t channel,
                            int64_t n_lanes, int64_t window, bool affine, int64_t at)
{
    const int64_t row_size = job->extent.width * job->extent.channels;
    const vfloat scale = affine ? v_load_part(job->x.scale + channel, n_lanes) : v_zero();
    const vfloat shift = affine ? v_load_part(job->x.shift + channel, n_lanes) : v_zero();
    const vfloat first = v_load_part(x, n_lanes);
    window_best best = {affine ? v_fma(first, scale, shift) : first, first, {0}};
    for (int place = 1; place < window * window; place++) {
        const vfloat datum = v_load_part(
            x + place / window * row_size + place % window * job->extent.channels, n_lanes);
        take_larger(&best, affine ? v_fma(datum, scale, shift) : datum, datum, place);
    }
    v_store_part(job->y + at, best.value, n_lanes);
    if (job->picked != NULL)
        v_store_part(job->picked + at, best.datum, n_lanes);
    if (job->argmax != NULL)
        store_bytes(job->argmax + at, best.place, n_lanes);
}

AGR_INLINE void pool_row(const agr_max_pool_job *job, int64_t row, int64_t window, bool affine)
{
    const int64_t channels = job->extent.channels, width = job->extent.width / window;
    const int64_t height = job->extent.height / window;
    const float *x =
        agr_view_floats(job->x) +
        (row / height * job->extent.height + row % height * window) * job->extent.width * channels;
    for (int64_t j = 0; j < width; j++) {
        const int64_t at = (row * width + j) * channels;
        const float *corner = x + j * window * channels;
        int64_t c = 0;
        for (; c + VL <= channels; c += VL)
            pool_window(job, corner + c, c, VL, window, affine, at + c);
        if (c < channels)
            pool_window(job, corner + c, c, channels - c, window, affine, at + c);
    }
}

static void max_pool(void *context, int thread, int n_threads)
{
    const agr_max_pool_job *job = context;
    const bool affine = job->x.scale != NULL;
    int64_t begin, end;
    agr_split_range(job->n_images * (job->extent.height / job->window), n_threads, thread, &begin,
                    &end);
    for (int64_t row = begin; row < end; row++) {
        if (job->window == 2 && affine)
            pool_row(job, row, 2, true);
        else if (job->window == 3 && affine)
            pool_row(job, row, 3, true);
        else
            pool_row(job, row, job->window, affine);
    }
}

/* Pixels added in float before the sum goes on in double. */
enum { LEAF_PIXELS = 32 };

static void average_channels(const agr_global_average_job *job, int64_t image, int64_t channel,
                             int64_t n_lanes)
{
    const int64_t n_pixels = job->extent.height * job->extent.width;
    const int64_t channels = job->extent.channels;
    const float *x = agr_view_floats(job->x) + image * n_pixels * channels + channel;
    const bool affine = job->x.scale != NULL;
    const vfloat scale = affine ? v_load_part(job->x.scale + channel, n_lanes) : v_set(1.0F);
    const vfloat shift = affine ? v_load_part(job->x.shift + channel, n_lanes) : v_zero();
    double sum[VL] = {0};
    for (int64_t first = 0; first < n_pixels; first += LEAF_PIXELS) {
        vfloat leaf = v_zero();
        for (int64_t pixel = first; pixel < agr_min_i64(first + LEAF_PIXELS, n_pixels); pixel++)
            leaf += v_fma(v_load_part(x + pixel * channels, n_lanes), scale, shift);
        for (int64_t lane = 0; lane < n_lanes; lane++)
            sum[lane] += (double)leaf[lane];
    }
    for (int64_t lane = 0; lane < n_lanes; lane++)
        job->y[image * channels + channel + lane] = (float)(sum[lane] / (double)n_pixels);
}

static void global_average(void *context, int thread, int n_threads)
{
    const agr_global_average_job *job = context;
    const int64_t n_vectors = (job->extent.channels + VL - 1) / VL;
    int64_t begin, end;
    agr_split_range(job->n_images * n_vectors, n_threads, thread, &begin, &end);
    for (int64_t i = begin; i < end; i++) {
        const int64_t channel = i % n_vectors * VL;
        average_channels(job, i / n_vectors, channel,
                         agr_min_i64(VL, job->extent.channels - channel));
    }
}

static void global_average_gradient(void *context, int thread, int n_threads)
{
    const agr_global_average_job *job = context;
    const int64_t n_pixels = job->extent.height * job->extent.width;
    const int64_t channels = job->extent.channels;
    int64_t begin, end;
    agr_split_range(job->n_images * n_pixels, n_threads, thread, &begin, &end);
    for (int64_t pixel = begin; pixel < end; pixel++)
        for (int64_t c = 0; c < channels; c++)
            job->dx[pixel * channels + c] =
                job->dy[pixel / n_pixels * channels + c] / (float)n_pixels;
}

const agr_pooling_kernels AGR_PER_ISA(agr_pooling_table) = {
    .max_pool = max_pool,
    .global_average = global_average,
    .global_average_gradient = global_average_gradient,
};
