/**
 * Twins of the smaller kernels: the formulas of kernels/layers.h as plain loops in double. Slow,
 * and right by inspection.
 */
#ifndef AGR_TEST_SUPPORT_NAIVE_LAYERS_H
#define AGR_TEST_SUPPORT_NAIVE_LAYERS_H

#include "naive_view.h"

#include <agr/kernels/layers.h>

void naive_depthwise_forward(int64_t n_images, agr_extent extent, agr_view x, const float *w,
                             const float *bias, bool relu, float *y);
/** dx, dw [3,3,C], db [C] of all images. y only with relu. */
void naive_depthwise_backward(int64_t n_images, agr_extent extent, agr_view x, const float *w,
                              bool relu, const float *y, const agr_gradient_view *dy, float *dx,
                              float *dw, float *db);

/** sums [2][C] of the images [begin, end). */
void naive_batch_norm_sums(int64_t begin, int64_t end, agr_extent extent, agr_view x, double *sums);
void naive_batch_norm_gradient_sums(int64_t begin, int64_t end, agr_extent extent, const float *x,
                                    const float *mean, const agr_gradient_view *g, double *sums);

void naive_max_pool_forward(int64_t n_images, agr_extent extent, int window, agr_view x, float *y,
                            float *picked, uint8_t *argmax);

void naive_dense_forward(int64_t n_images, int64_t n_in, int64_t n_out, const float *x,
                         const float *w, const float *bias, bool relu, float *y);
void naive_dense_backward(int64_t n_images, int64_t n_in, int64_t n_out, const float *x,
                          const float *w, const float *dz, float *dx, float *dw, float *db);

void naive_dropout(int64_t n_images, int64_t image_size, agr_random_key key, uint32_t layer,
                   const agr_draw_address *address, float rate, const float *x, float *y);

void naive_resize_forward(int64_t n_images, agr_extent in, int64_t out_height, int64_t out_width,
                          agr_view x, float *y);

#endif
