/** Rows of views, to be included by files that are compiled per instruction set. */
#ifndef AGR_KERNELS_VIEW_ROWS_H
#define AGR_KERNELS_VIEW_ROWS_H

#include <agr/kernels/view.h>
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

/* The pooled gradient of `channels` channels at one pixel, position `place` inside its window. */
static inline void gradient_scatter_pixel(const float *dy, const uint8_t *argmax, int place,
                                          int64_t channels, float *value)
{
    for (int64_t c = 0; c < channels; c++)
        value[c] = argmax[c] == place ? dy[c] : 0.0F;
}

/* g of view.h for row `row` of image `image`, before any batch norm. */
static inline void gradient_scatter_row(const agr_gradient_view *view, agr_extent extent,
                                        int64_t image, int64_t row, float *value)
{
    const int64_t width = extent.width, channels = extent.channels, window = view->window;
    if (window == 1) {
        const float *dy = view->dy + (image * extent.height + row) * width * channels;
        if (value != dy)
            memcpy(value, dy, (size_t)(width * channels) * sizeof(float));
        return;
    }
    const int64_t pooled_height = extent.height / window, pooled_width = extent.width / window;
    const int64_t pooled_row = row / window;
    if (pooled_row >= pooled_height) {
        memset(value, 0, (size_t)(width * channels) * sizeof(float));
        return;
    }
    const int64_t first = (image * pooled_height + pooled_row) * pooled_width * channels;
    for (int64_t j = 0; j < pooled_width * window; j++) {
        const int64_t at = first + j / window * channels;
        gradient_scatter_pixel(view->dy + at, view->argmax + at,
                               (int)(row % window * window + j % window), channels,
                               value + j * channels);
    }
    memset(value + pooled_width * window * channels, 0,
           (size_t)((width - pooled_width * window) * channels) * sizeof(float));
}

/* value [W,C] = row `row` of image `image` of the gradient view. */
static inline void gradient_form_row(const agr_gradient_view *view, agr_extent extent,
                                     int64_t image, int64_t row, float *value)
{
    gradient_scatter_row(view, extent, image, row, value);
    if (view->x == NULL)
        return;
    const int64_t width = extent.width, channels = extent.channels;
    const float *x = view->x + (image * extent.height + row) * width * channels;
    for (int64_t j = 0; j < width; j++)
        for (int64_t c = 0; c < channels; c++) {
            const int64_t at = j * channels + c;
            value[at] = view->scale[c] * value[at] + (view->slope[c] * x[at] + view->offset[c]);
        }
}

#endif
