/**
 * How far training images may be varied, and their random geometric augmentation, as Keras'
 * ImageDataGenerator does it. What else happens to them: colour.h, erase.h.
 *
 * Each image gets one affine map, drawn from addressed random numbers: the same picture in the same
 * epoch is warped alike in every branch and on every rank.
 */
#ifndef AGR_DATA_AUGMENT_H
#define AGR_DATA_AUGMENT_H

#include <agr/base/random.h>
#include <stdbool.h>
#include <stdint.h>

/** How far each parameter may go. All zero and false: no augmentation. */
typedef struct {
    double rotation_deg;  /* angle uniform in [-r, r) */
    double shift_height;  /* rows moved by uniform [-s, s) * height */
    double shift_width;   /* columns moved by uniform [-s, s) * width */
    double shear_deg;     /* shear angle uniform in [-s, s); degrees, so 0.2 is next to nothing */
    double zoom;          /* factors of rows and columns, independent, uniform in [1-z, 1+z) */
    bool flip_horizontal; /* mirrored with probability 1/2, after the map */
    double brightness;    /* factors of colours uniform in [1-b, 1+b): colour.h */
    double contrast;
    double saturation;
    double erase; /* probability of losing a rectangle: erase.h */
} agr_augment_ranges;

/** One draw of a map. Lengths in pixels, angles in degrees. */
typedef struct {
    double theta_deg;
    double shift_rows, shift_columns;
    double shear_deg;
    double zoom_rows, zoom_columns;
    bool flip;
} agr_augment_draw;

/** The draw of one image. */
agr_augment_draw agr_augment_draw_at(uint64_t seed, agr_draw_address address,
                                     const agr_augment_ranges *ranges, int64_t height,
                                     int64_t width);

/**
 * The map from output (row, column) to input coordinates, as image/warp.h wants it: rotation,
 * shift, shear, zoom about Keras' centre (h/2 + 0.5, w/2 + 0.5), half a pixel beside the true one
 * (keras_preprocessing 1.1.0, apply_affine_transform), then the flip, which Keras applies after the
 * map.
 */
void agr_augment_matrix(const agr_augment_draw *draw, int64_t height, int64_t width, double m[6]);

#endif
