/** Rows of views, to be included by files that are compiled per instruction set. */
#ifndef AGR_KERNELS_VIEW_ROWS_H
#define AGR_KERNELS_VIEW_ROWS_H

#include <agr/kernels/view.h>
#include <stdbool.h>
#include "simd_impl.h"

/* value = the view's value for n_pixels pixels, the first of them at view.data. */
static inline void view_form_pixels(agr_view view, int64_t n_pixels, int64_t channels, float *value)
{
    if (view.scale == NULL) {
        if (value != view.data)
            memcpy(value, view.data, (size_t)(n_pixels * channels) * sizeof(float));
        return;
    }
    for (int64_t i = 0; i < n_pixels; i++) {
        const float *x = view.data + i * channels;
        float *y = value + i * channels;
        int64_t c = 0;
        for (; c + VL <= channels; c += VL)
            v_store(y + c, v_load(x + c) * v_load(view.scale + c) + v_load(view.shift + c));
        if (c < channels) {
            const int64_t n = channels - c;
            v_store_part(y + c,
                         v_load_part(x + c, n) * v_load_part(view.scale + c, n) +
                             v_load_part(view.shift + c, n),
                         n);
        }
    }
}

typedef uint8_t vbyte __attribute__((vector_size(VL)));

/* dy where the window's largest value lay at position `place`, else 0. */
AGR_INLINE vfloat gradient_pick(const float *dy, const uint8_t *argmax, int place, int64_t n)
{
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
            g = v_load(view->scale + channel) * g +
                (v_load(view->slope + channel) * v_load(view->x + at) +
                 v_load(view->offset + channel));
        return mask != NULL ? v_keep(v_load(mask + at) > 0.0F, g) : g;
    }
    if (view->x != NULL)
        g = v_load_part(view->scale + channel, n) * g +
            (v_load_part(view->slope + channel, n) * v_load_part(view->x + at, n) +
             v_load_part(view->offset + channel, n));
    return mask != NULL ? v_keep(v_load_part(mask + at, n) > 0.0F, g) : g;
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
    const int64_t window = view->window;
    const int64_t pooled_height = extent.height / window, pooled_width = extent.width / window;
    const int64_t first = (image * extent.height + row) * extent.width;
    const int64_t first_pooled = (image * pooled_height + row / window) * pooled_width;
    const bool row_pooled = row / window < pooled_height;
    for (int64_t j = 0; j < extent.width; j++) {
        const int64_t at = (first + j) * extent.channels + channel;
        const bool present = row_pooled && j / window < pooled_width;
        const int64_t from = (first_pooled + j / window) * extent.channels + channel;
        const int place = (int)(row % window * window + j % window);
        for (int64_t c = 0; c < n_channels; c += VL) {
            const int64_t n = n_channels - c < VL ? n_channels - c : VL;
            vfloat g = v_zero();
            if (present && window > 1)
                g = gradient_pick(view->dy + from + c, view->argmax + from + c, place, n);
            else if (present)
                g = n == VL ? v_load(view->dy + from + c) : v_load_part(view->dy + from + c, n);
            g = gradient_finish(g, view, mask, at + c, channel + c, n);
            if (n == VL)
                v_store(value + j * pixel_stride + c, g);
            else
                v_store_part(value + j * pixel_stride + c, g, n);
        }
    }
}

#endif
