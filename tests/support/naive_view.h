/** Naive twins of views: the formulas of kernels/view.h for one element, in double. In a header, as
 * loops over every element call them. */
#ifndef AGR_TEST_SUPPORT_NAIVE_VIEW_H
#define AGR_TEST_SUPPORT_NAIVE_VIEW_H

#include <agr/kernels/view.h>

/** Where [n,i,j,c] lies in an array [N,H,W,C]. */
static inline int64_t naive_index(agr_extent extent, int64_t n, int64_t i, int64_t j, int64_t c)
{
    return ((n * extent.height + i) * extent.width + j) * extent.channels + c;
}

static inline double naive_view_value(agr_view view, agr_extent extent, int64_t n, int64_t i,
                                      int64_t j, int64_t c)
{
    const double data = (double)agr_view_floats(view)[naive_index(extent, n, i, j, c)];
    return view.scale != NULL ? (double)view.scale[c] * data + (double)view.shift[c] : data;
}

static inline double naive_gradient_value(const agr_gradient_view *view, agr_extent extent,
                                          int64_t n, int64_t i, int64_t j, int64_t c)
{
    const int64_t w = view->window;
    const agr_extent pooled = {extent.height / w, extent.width / w, extent.channels};
    double g = 0;
    if (i / w < pooled.height && j / w < pooled.width) {
        const int64_t at = naive_index(pooled, n, i / w, j / w, c);
        if (w == 1 || view->argmax[at] == i % w * w + j % w)
            g = (double)view->dy[at];
    }
    if (view->x == NULL)
        return g;
    return (double)view->scale[c] * g +
           (double)view->slope[c] * (double)view->x[naive_index(extent, n, i, j, c)] +
           (double)view->offset[c];
}

#endif
