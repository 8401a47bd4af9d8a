/** Resizing of 8-bit RGB images. */
#ifndef AGR_IMAGE_RESIZE_H
#define AGR_IMAGE_RESIZE_H

#include <agr/base/error.h>
#include <stdint.h>

typedef enum {
    AGR_RESIZE_BILINEAR, /* OpenCV's INTER_LINEAR, to the bit; no antialiasing */
    AGR_RESIZE_AREA,     /* mean over the area a new pixel covers; bilinear where it enlarges */
} agr_resize_method;

/** "bilinear", "area". */
const char *agr_resize_method_name(agr_resize_method method);

enum { AGR_RESIZE_LARGE = 4 };

/** How a picture of any size becomes the input of a network whose own pictures were resized by
 * `trained` and had no side above longest_trained (0: not known): by AGR_RESIZE_AREA when one of its
 * sides is longer than that and AGR_RESIZE_LARGE or more times the new one, where bilinear would pass
 * over most of its pixels; else as trained. */
agr_resize_method agr_resize_method_for(agr_resize_method trained, int longest_trained, int src_h,
                                        int src_w, int dst_h, int dst_w);

/**
 * dst [dst_h,dst_w,3] = src [src_h,src_w,3] resized. All sizes >= 1; src and dst may not overlap.
 *
 * AGR_RESIZE_BILINEAR computes what OpenCV 4 computes for 8-bit images: half-pixel centres,
 * coefficients rounded to 11 bits, and of its special cases the exact halving (mean of 2x2 pixels)
 * and equal sizes (a copy). Source: opencv modules/imgproc/src/resize.cpp.
 *
 * AGR_RESIZE_AREA weighs every source pixel by the part of it that the new pixel covers (float32,
 * rounded to nearest); along an axis that grows it interpolates between pixel centres.
 *
 * AGR_MEMORY when the work rows cannot be had. May be called from many threads at once.
 */
agr_status agr_image_resize(agr_resize_method method, const uint8_t *src, int src_h, int src_w,
                            uint8_t *dst, int dst_h, int dst_w, agr_error *err);

#endif
