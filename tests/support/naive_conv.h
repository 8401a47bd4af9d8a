/** Naive twins of convolutions: one loop an index, sums in double. */
#ifndef AGR_TEST_SUPPORT_NAIVE_CONV_H
#define AGR_TEST_SUPPORT_NAIVE_CONV_H

#include "naive_view.h"

#include <agr/kernels/conv.h>

/** y [N,H,W,O] of conv.h. */
void naive_conv_forward(agr_conv_shape shape, int64_t n_images, agr_view x, const float *w,
                        const float *bias, double *y);

/** Gradients summed over all images; dx [N,H,W,I], dw [k,k,I,O], db [O].
 * y gives the ReLU's mask. */
void naive_conv_backward(agr_conv_shape shape, int64_t n_images, agr_view x, const float *w,
                         const float *y, const agr_gradient_view *dy, double *dx, double *dw,
                         double *db);

#endif
