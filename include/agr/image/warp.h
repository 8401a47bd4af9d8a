/**
 * Affine warps: what augmentation does to one image. The same bits on every processor.
 *
 * The map goes from output to input, (row, column), as Keras' and SciPy's affine_transform have it:
 *
 *     r = m[0]*i + m[1]*j + m[2]        c = m[3]*i + m[4]*j + m[5]          (in double)
 *     y[i,j,:] = bilinear interpolation of x at (r, c), both clamped to the image ('nearest' fill)
 *
 * Interpolation weights and sums are float32 (against double: below 1e-6 of the value range).
 * None of these functions allocates or fails. Source: scipy.ndimage.affine_transform, order=1,
 * mode='nearest'; keras_preprocessing 1.1.0.
 */
#ifndef AGR_IMAGE_WARP_H
#define AGR_IMAGE_WARP_H

#include <agr/base/size.h>
#include <stdint.h>

/** y [height,width,3] float32 in [0,1] = warp of x [height,width,3] uint8, / 255. With the identity
 * y[k] is exactly (float)x[k] / 255.0f. Sizes in [1, 2^20]; x and y may not overlap. m must be
 * finite. */
void agr_image_warp_u8(const double m[6], const uint8_t *x, int height, int width, float *y);

/** y[k] = (float)x[k] / 255.0f for n values: a batch's pixels without augmentation. */
void agr_image_normalise(const uint8_t *x, int64_t n, float *y);

#endif
