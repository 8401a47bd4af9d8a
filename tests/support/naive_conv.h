/** Naive twins of views and convolutions: one loop an index, sums in double. */
#ifndef AGR_TEST_SUPPORT_NAIVE_CONV_H
#define AGR_TEST_SUPPORT_NAIVE_CONV_H

#include <agr/kernels/conv.h>

/** value[n,i,j,c] of view.h. */
double naive_view_value(const agr_view *view, agr_extent extent, int64_t n, int64_t i, int64_t j,
                        int64_t c);
double naive_gradient_value(const agr_gradient_view *view, agr_extent extent, int64_t n, int64_t i,
                            int64_t j, int64_t c);

/** y [N,H,W,O] of conv.h. */
void naive_conv_forward(agr_conv_shape shape, int64_t n_images, agr_view x, const float *w,
                        const float *bias, double *y);

/** Gradients summed over all images; dx [N,H,W,I], dw [k,k,I,O], db [O].
 * y gives the ReLU's mask. */
void naive_conv_backward(agr_conv_shape shape, int64_t n_images, agr_view x, const float *w,
                         const float *y, const agr_gradient_view *dy, double *dx, double *dw,
                         double *db);

#endif
