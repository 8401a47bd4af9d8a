/** Rows of views, to be included by files that are compiled per instruction set. */
#ifndef AGR_KERNELS_VIEW_ROWS_H
#define AGR_KERNELS_VIEW_ROWS_H

#include <agr/kernels/view.h>
#include <stdbool.h>
#include "simd_impl.h"

/* Fewer channels than lanes: scale and shift repeat in memory every `channels` vectors. */
static inline void view_form_narrow_rows(agr_view view, int64_t n_rows, int64_t row_floats,
                                         int64_t channels, float *value, int64_t row_stride)
{
    float scale[VL * VL], shift[VL * VL];
    for (int64_t i = 0; i < VL; i++)
        for (int64_t c = 0; c < channels; c++) {
            scale[i * channels + c] = view.scale[c];
            shift[i * channels + c] = view.shift[c];
        }
    const float *data = agr_view_floats(view);
    for (; n_rows > 0; n_rows--, data += row_floats, value += row_stride)
        for (int64_t at = 0, v = 0; at < row_floats; at += VL) {
            const int64_t left = row_floats - at;
            const vfloat x = left >= VL ? v_load(data + at) : v_load_part(data + at, left);
            const vfloat y = v_fma(x, v_load(scale + v), v_load(shift + v));
            if (left >= VL)
                v_store(value + at, y);
            else
                v_store_part(value + at, y, left);
            v = v + VL < channels * VL ? v + VL : 0;
        }
}

/* One vector of channels of consecutive pixels, n <= VL channels. */
AGR_INLINE void view_form_vector(const float *x, vfloat scale, vfloat shift, int64_t n_pixels,
                                 int64_t channels, int64_t n, float *value)
{
    for (int64_t i = 0; i < n_pixels; i++, x += channels, value += channels)
        if (n == VL)
            v_store(value, v_fma(v_load(x), scale, shift));
        else
            v_store_part(value, v_fma(v_load_part(x, n), scale, shift), n);
}

/* bfloat16 to float32. */
AGR_INLINE void view_widen(const uint16_t *data, int64_t n, float *value)
{
    for (int64_t i = 0; i < n; i++) {
        const uint32_t bits = (uint32_t)data[i] << 16;
        memcpy(value + i, &bits, sizeof bits);
    }
}

/* The view's values of n_rows consecutive rows of n_pixels pixels, the first at view.data; rows of
 * `value` are row_stride floats apart. */
static inline void view_form_rows(agr_view view, int64_t n_rows, int64_t n_pixels, int64_t channels,
                                  float *value, int64_t row_stride)
{
    const int64_t row_floats = n_pixels * channels;
    if (view.storage == AGR_BFLOAT16) { /* a row is widened, then formed where it lies */
        const uint16_t *data = view.data;
        for (; n_rows > 0; n_rows--, data += row_floats, value += row_stride) {
            view_widen(data, row_floats, value);
            if (view.scale != NULL)
                view_form_rows((agr_view){value, view.scale, view.shift, AGR_FLOAT32}, 1, n_pixels,
                               channels, value, 0);
        }
        return;
    }
    if (view.scale != NULL && channels < VL) {
        view_form_narrow_rows(view, n_rows, row_floats, channels, value, row_stride);
        return;
    }
    const float *data = view.data;
    for (; n_rows > 0; n_rows--, data += row_floats, value += row_stride) {
        if (view.scale == NULL) {
            if (value != data)
                memcpy(value, data, (size_t)row_floats * sizeof(float));
            continue;
        }
        for (int64_t c = 0; c < channels; c += VL) {
            const int64_t n = channels - c < VL ? channels - c : VL;
            view_form_vector(data + c, v_load_part(view.scale + c, n),
                             v_load_part(view.shift + c, n), n_pixels, channels, n, value + c);
        }
    }
}

/* value = the view's value for n_pixels pixels, the first of them at view.data. */
static inline void view_form_pixels(agr_view view, int64_t n_pixels, int64_t channels, float *value)
{
    view_form_rows(view, 1, n_pixels, channels, value, 0);
}

typedef uint8_t vbyte __attribute__((vector_size(VL)));

/* dy where the window's largest value lay at position `place`, else 0. */
AGR_INLINE vfloat gradient_pick(const float *dy, const uint8_t *argmax, int place, int64_t n)
{
#if defined(__AVX512F__)
    if (n == VL) {
        const __m128i position = _mm_loadu_si128((const __m128i *)(const void *)argmax);
        return (vfloat)_mm512_maskz_loadu_ps(
            _mm_cmpeq_epi8_mask(position, _mm_set1_epi8((char)place)), dy);
    }
#endif
    vbyte position = {0};
    memcpy(&position, argmax, n == VL ? VL : (size_t)n);
    const vint here = __builtin_convertvector(position, vint) == place;
    return v_keep(here, n == VL ? v_load(dy) : v_load_part(dy, n));
}

/* One vector of channels of one pixel: what there is of scale * g + slope * x + offset and of the
 * ReLU's mask. */
AGR_INLINE vfloat gradient_finish(vfloat g, const agr_gradient_view *view, const float *mask,
                                  int64_t at, int64_t channel, int64_t n)
{
    if (n == VL) {
        if (view->x != NULL)
            g = v_fma(v_load(view->scale + channel), g,
                      v_fma(v_load(view->slope + channel), v_load(view->x + at),
                            v_load(view->offset + channel)));
        return mask != NULL ? v_keep_positive(v_load(mask + at), g) : g;
    }
    if (view->x != NULL)
        g = v_fma(v_load_part(view->scale + channel, n), g,
                  v_fma(v_load_part(view->slope + channel, n), v_load_part(view->x + at, n),
                        v_load_part(view->offset + channel, n)));
    return mask != NULL ? v_keep_positive(v_load_part(mask + at, n), g) : g;
}

enum { GRADIENT_AHEAD = 24 }; /* pixels */

/* What a batch norm's backward pass needs of one vector of channels. */
typedef struct {
    vfloat scale, slope, offset;
} gradient_norm;

/* One vector of channels of a row: pixel j of the row is at + j * channels in tensors, from + j /
 * window * channels in pooled ones. Called with constants for has_x and has_mask, which then cost
 * nothing. */
AGR_INLINE void gradient_form_vector(const agr_gradient_view *view, const float *mask,
                                     gradient_norm norm, bool has_x, bool has_mask, int64_t width,
                                     int64_t n_present, int64_t channels, int64_t at, int64_t from,
                                     int place, float *value, int64_t pixel_stride)
{
    const int window = view->window;
    int in_window = 0;
    for (int64_t j = 0; j < width; j++, at += channels, value += pixel_stride) {
        vfloat g = v_zero();
        if (j < n_present)
            g = window > 1
                    ? gradient_pick(view->dy + from, view->argmax + from, place + in_window, VL)
                    : v_load(view->dy + from);
        if (++in_window == window) {
            in_window = 0;
            from += channels;
        }
        /* Neither a wide pixel nor a row's end is foreseen by the processor. */
        if (has_x)
            __builtin_prefetch(view->x + at + GRADIENT_AHEAD * channels);
        else if (has_mask)
            __builtin_prefetch(mask + at + GRADIENT_AHEAD * channels);
        if (has_x)
            g = v_fma(norm.scale, g, v_fma(norm.slope, v_load(view->x + at), norm.offset));
        if (has_mask)
            g = v_keep_positive(v_load(mask + at), g);
        v_store(value, g);
    }
}

/* As gradient_form_vector(), for the last n < VL channels. */
static inline void gradient_form_part(const agr_gradient_view *view, const float *mask,
                                      int64_t width, int64_t n_present, int64_t channels,
                                      int64_t at, int64_t from, int place, int64_t channel,
                                      int64_t n, float *value, int64_t pixel_stride)
{
    const int64_t window = view->window;
    for (int64_t j = 0; j < width; j++) {
        const int64_t pooled = from + j / window * channels;
        vfloat g = v_zero();
        if (j < n_present)
            g = window > 1 ? gradient_pick(view->dy + pooled, view->argmax + pooled,
                                           place + (int)(j % window), n)
                           : v_load_part(view->dy + pooled, n);
        g = gradient_finish(g, view, mask, at + j * channels, channel, n);
        v_store_part(value + j * pixel_stride, g, n);
    }
}

/**
 * Channels [channel, channel + n_channels) of row `row` of image `image`, pixels `pixel_stride`
 * floats apart in `value`. mask: NULL, or a tensor [N,H,W,C]: the value becomes 0 where it is not
 * positive (a ReLU's backward pass).
 */
static inline void gradient_form_row(const agr_gradient_view *view, const float *mask,
                                     agr_extent extent, int64_t image, int64_t row, int64_t channel,
                                     int64_t n_channels, float *value, int64_t pixel_stride)
{
    const int64_t window = view->window, width = extent.width, channels = extent.channels;
    const int64_t pooled_height = extent.height / window, pooled_width = width / window;
    const int64_t n_present = row / window < pooled_height ? pooled_width * window : 0;
    const int place = (int)(row % window * window);
    for (int64_t c = channel; c < channel + n_channels; c += VL, value += VL) {
        const int64_t at = (image * extent.height + row) * width * channels + c;
        const int64_t from = (image * pooled_height + row / window) * pooled_width * channels + c;
        if (channel + n_channels - c < VL) {
            gradient_form_part(view, mask, width, n_present, channels, at, from, place, c,
                               channel + n_channels - c, value, pixel_stride);
            continue;
        }
        gradient_norm norm = {0};
        if (view->x != NULL)
            norm = (gradient_norm){v_load(view->scale + c), v_load(view->slope + c),
                                   v_load(view->offset + c)};
        if (view->x != NULL && mask != NULL)
            gradient_form_vector(view, mask, norm, true, true, width, n_present, channels, at, from,
                                 place, value, pixel_stride);
        else if (view->x != NULL)
            gradient_form_vector(view, mask, norm, true, false, width, n_present, channels, at,
                                 from, place, value, pixel_stride);
        else if (mask != NULL)
            gradient_form_vector(view, mask, norm, false, true, width, n_present, channels, at,
                                 from, place, value, pixel_stride);
        else
            gradient_form_vector(view, mask, norm, false, false, width, n_present, channels, at,
                                 from, place, value, pixel_stride);
    }
}

#endif
