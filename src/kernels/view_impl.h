/** Rows of views, formed in cache: what every kernel that reads through a view shares. */
#ifndef AGR_KERNELS_VIEW_IMPL_H
#define AGR_KERNELS_VIEW_IMPL_H

#include <agr/kernels/view.h>
#include "isa_impl.h"

typedef struct {
    /* value[c] = the view's value for n_pixels pixels of `channels` channels, the first at
     * view.data. */
    void (*form_pixels)(agr_view view, int64_t n_pixels, int64_t channels, float *value);
    /* Row `row` of image `image` of a gradient view: value [W,C]. */
    void (*form_gradient_row)(const agr_gradient_view *view, agr_extent extent, int64_t image,
                              int64_t row, float *value);
} agr_view_kernels;

AGR_KERNEL_TABLE(agr_view_kernels, agr_view_table, KERNELS_VIEW)

#endif
