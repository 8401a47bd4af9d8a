/* Forms what a view describes: values, and gradients. */
#include "view_rows.h"
#include "view_impl.h"

static void form_pixels(agr_view view, int64_t n_pixels, int64_t channels, float *value)
{
    view_form_pixels(view, n_pixels, channels, value);
}

static void form_gradient_row(const agr_gradient_view *view, agr_extent extent, int64_t image,
                              int64_t row, float *value)
{
    gradient_form_row(view, NULL, extent, image, row, 0, extent.channels, value, extent.channels);
}

const agr_view_kernels AGR_PER_ISA(agr_view_table) = {
    .form_pixels = form_pixels,
    .form_gradient_row = form_gradient_row,
};
