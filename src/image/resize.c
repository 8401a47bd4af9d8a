/* Resizes 8-bit pictures: bilinear to OpenCV's bits, or by area. */
#include <agr/image/resize.h>

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

const char *agr_resize_method_name(agr_resize_method method)
{
    return method == AGR_RESIZE_AREA ? "area" : "bilinear";
}

static bool is_large(int src, int dst, int longest_trained)
{
    return src > longest_trained && src >= AGR_RESIZE_LARGE * dst;
}

agr_resize_method agr_resize_method_for(agr_resize_method trained, int longest_trained, int src_h,
                                        int src_w, int dst_h, int dst_w)
{
    return is_large(src_h, dst_h, longest_trained) || is_large(src_w, dst_w, longest_trained)
               ? AGR_RESIZE_AREA
               : trained;
}

/* ---- bilinear, OpenCV's fixed point ---- */

enum { COEFFICIENT_ONE = 2048 }; /* INTER_RESIZE_COEF_SCALE */

/* Where one output coordinate reads: two source coordinates and their weights. */
typedef struct {
    int from[2];
    int weight[2];
} tap;

typedef enum { CLAMP_INDEX, CLAMP_FRACTION } border_rule;

static int clamp(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

/* OpenCV's steps in its own types: the position rounded to float, weights rounded half to even. At
 * the borders its columns lose their fraction while its rows keep it and only have their index
 * clamped. */
static void plan_taps(tap *taps, int n_src, int n_dst, border_rule rule)
{
    const double scale = 1.0 / ((double)n_dst / n_src);
    for (int d = 0; d < n_dst; d++) {
        float fraction = (float)((d + 0.5) * scale - 0.5);
        int s = (int)floorf(fraction);
        fraction -= (float)s;
        if (rule == CLAMP_FRACTION && s < 0) {
            s = 0;
            fraction = 0;
        }
        if (rule == CLAMP_FRACTION && s >= n_src - 1) {
            s = n_src - 1;
            fraction = 0;
        }
        taps[d] = (tap){
            .from = {clamp(s, 0, n_src - 1), clamp(s + 1, 0, n_src - 1)},
            .weight = {(int)lrintf((1.0f - fraction) * COEFFICIENT_ONE),
                       (int)lrintf(fraction * COEFFICIENT_ONE)},
        };
    }
}

static void resize_row(const tap *taps, int n_dst, const uint8_t *src, int32_t *row)
{
    for (int d = 0; d < n_dst; d++) {
        const uint8_t *a = src + 3 * (size_t)taps[d].from[0];
        const uint8_t *b = src + 3 * (size_t)taps[d].from[1];
        for (int c = 0; c < 3; c++)
            row[3 * d + c] = a[c] * taps[d].weight[0] + b[c] * taps[d].weight[1];
    }
}

static void mix_rows(const int32_t *a, const int32_t *b, const int weight[2], size_t n,
                     uint8_t *dst)
{
    for (size_t i = 0; i < n; i++)
        dst[i] =
            (uint8_t)(((weight[0] * (a[i] >> 4) >> 16) + (weight[1] * (b[i] >> 4) >> 16) + 2) >> 2);
}

/* Output rows ascend, so each source row is resized once: the two last ones are kept. */
static agr_status resize_bilinear(const uint8_t *src, int src_h, int src_w, uint8_t *dst, int dst_h,
                                  int dst_w, agr_error *err)
{
    const size_t row_size = 3 * (size_t)dst_w;
    tap *taps = malloc(((size_t)dst_w + (size_t)dst_h) * sizeof *taps);
    int32_t *memory = malloc(2 * row_size * sizeof *memory);
    if (taps == NULL || memory == NULL) {
        free(taps);
        free(memory);
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory to resize an image");
    }
    tap *column_taps = taps, *row_taps = taps + dst_w;
    plan_taps(column_taps, src_w, dst_w, CLAMP_FRACTION);
    plan_taps(row_taps, src_h, dst_h, CLAMP_INDEX);
    int32_t *row[2] = {memory, memory + row_size};
    int held[2] = {-1, -1};
    for (int d = 0; d < dst_h; d++) {
        const int *from = row_taps[d].from;
        if (held[1] == from[0]) {
            int32_t *swapped = row[0];
            row[0] = row[1];
            row[1] = swapped;
            held[1] = held[0];
            held[0] = from[0];
        }
        for (int k = 0; k < 2; k++)
            if (held[k] != from[k]) {
                resize_row(column_taps, dst_w, src + 3 * (size_t)from[k] * (size_t)src_w, row[k]);
                held[k] = from[k];
            }
        mix_rows(row[0], row[1], row_taps[d].weight, row_size, dst + (size_t)d * row_size);
    }
    free(taps);
    free(memory);
    return AGR_OK;
}

static void halve(const uint8_t *src, uint8_t *dst, int dst_h, int dst_w)
{
    const size_t src_row = 6 * (size_t)dst_w;
    for (int i = 0; i < dst_h; i++) {
        const uint8_t *a = src + 2 * (size_t)i * src_row, *b = a + src_row;
        for (int j = 0; j < dst_w; j++, a += 6, b += 6, dst += 3)
            for (int c = 0; c < 3; c++)
                dst[c] = (uint8_t)((a[c] + a[c + 3] + b[c] + b[c + 3] + 2) >> 2);
    }
}

/* ---- area ---- */

/* The source coordinates that one output coordinate is a weighted mean of. */
typedef struct {
    int first, n_taps;
    float *weight; /* [n_taps], sum 1 */
} span;

/* Shrinking: the parts of the source pixels in [d*scale, (d+1)*scale). Enlarging: two neighbours.
 * weights has room for spans_room() floats. */
static void plan_spans(span *spans, float *weights, int n_src, int n_dst)
{
    const double scale = (double)n_src / n_dst;
    for (int d = 0; d < n_dst; d++) {
        const double centre = (d + 0.5) * scale - 0.5;
        const double begin = scale >= 1 ? d * scale : centre;
        const double end = scale >= 1 ? (d + 1) * scale : centre + 1;
        const int first = clamp((int)floor(begin), 0, n_src - 1);
        const int last = clamp((int)ceil(end) - 1, first, n_src - 1);
        spans[d] = (span){.first = first, .n_taps = last - first + 1, .weight = weights};
        double total = 0;
        for (int s = first; s <= last; s++)
            total += fmax(0, fmin(s + 1, end) - fmax(s, begin));
        for (int s = first; s <= last; s++)
            *weights++ = total > 0 ? (float)(fmax(0, fmin(s + 1, end) - fmax(s, begin)) / total)
                                   : 1.0f / (float)spans[d].n_taps;
    }
}

static size_t spans_room(int n_src, int n_dst)
{
    return (size_t)n_src + 2 * (size_t)n_dst;
}

static void average_row(const span *spans, int n_dst, const uint8_t *src, float *row)
{
    for (int d = 0; d < n_dst; d++) {
        float sum[3] = {0};
        const uint8_t *pixel = src + 3 * (size_t)spans[d].first;
        for (int t = 0; t < spans[d].n_taps; t++, pixel += 3)
            for (int c = 0; c < 3; c++)
                sum[c] += spans[d].weight[t] * (float)pixel[c];
        memcpy(row + 3 * d, sum, sizeof sum);
    }
}

static void average_rows(const span *vertical, const span *horizontal, const uint8_t *src,
                         int src_w, int dst_w, float *row, float *sum, uint8_t *dst)
{
    const size_t row_size = 3 * (size_t)dst_w;
    memset(sum, 0, row_size * sizeof *sum);
    for (int t = 0; t < vertical->n_taps; t++) {
        const size_t from = (size_t)(vertical->first + t);
        average_row(horizontal, dst_w, src + 3 * from * (size_t)src_w, row);
        for (size_t i = 0; i < row_size; i++)
            sum[i] += vertical->weight[t] * row[i];
    }
    for (size_t i = 0; i < row_size; i++)
        dst[i] = (uint8_t)fminf(sum[i] + 0.5f, 255.0f);
}

static agr_status resize_area(const uint8_t *src, int src_h, int src_w, uint8_t *dst, int dst_h,
                              int dst_w, agr_error *err)
{
    const size_t row_size = 3 * (size_t)dst_w;
    span *spans = malloc(((size_t)dst_w + (size_t)dst_h) * sizeof *spans);
    float *memory = malloc((spans_room(src_w, dst_w) + spans_room(src_h, dst_h) + 2 * row_size) *
                           sizeof *memory);
    if (spans == NULL || memory == NULL) {
        free(spans);
        free(memory);
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory to resize an image");
    }
    span *horizontal = spans, *vertical = spans + dst_w;
    float *row = memory, *sum = row + row_size, *weights = sum + row_size;
    plan_spans(horizontal, weights, src_w, dst_w);
    plan_spans(vertical, weights + spans_room(src_w, dst_w), src_h, dst_h);
    for (int d = 0; d < dst_h; d++)
        average_rows(&vertical[d], horizontal, src, src_w, dst_w, row, sum,
                     dst + (size_t)d * row_size);
    free(spans);
    free(memory);
    return AGR_OK;
}

agr_status agr_image_resize(agr_resize_method method, const uint8_t *src, int src_h, int src_w,
                            uint8_t *dst, int dst_h, int dst_w, agr_error *err)
{
    if (src_h == dst_h && src_w == dst_w) {
        memcpy(dst, src, 3 * (size_t)dst_h * (size_t)dst_w);
        return AGR_OK;
    }
    if (src_h == 2 * dst_h && src_w == 2 * dst_w) {
        halve(src, dst, dst_h, dst_w);
        return AGR_OK;
    }
    return method == AGR_RESIZE_AREA ? resize_area(src, src_h, src_w, dst, dst_h, dst_w, err)
                                     : resize_bilinear(src, src_h, src_w, dst, dst_h, dst_w, err);
}
