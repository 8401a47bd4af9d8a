/* Draws an affine map for each picture, and composes its matrix as Keras does. */
#include <agr/data/augment.h>

#include "draws_impl.h"

#include <agr/base/elementary.h>
#include <math.h>

agr_augment_draw agr_augment_draw_at(uint64_t seed, agr_draw_address address,
                                     const agr_augment_ranges *ranges, int64_t height,
                                     int64_t width)
{
    const agr_random_key key = draw_key(seed);
    const double rows = ranges->shift_height * (double)height;
    const double columns = ranges->shift_width * (double)width;
    const double zoom = ranges->zoom;
    return (agr_augment_draw){
        .theta_deg =
            draw_between(key, address, DRAW_THETA, -ranges->rotation_deg, ranges->rotation_deg),
        .shift_rows = draw_between(key, address, DRAW_SHIFT_ROWS, -rows, rows),
        .shift_columns = draw_between(key, address, DRAW_SHIFT_COLUMNS, -columns, columns),
        .shear_deg = draw_between(key, address, DRAW_SHEAR, -ranges->shear_deg, ranges->shear_deg),
        .zoom_rows = draw_between(key, address, DRAW_ZOOM_ROWS, 1 - zoom, 1 + zoom),
        .zoom_columns = draw_between(key, address, DRAW_ZOOM_COLUMNS, 1 - zoom, 1 + zoom),
        .flip = ranges->flip_horizontal && draw_between(key, address, DRAW_FLIP, 0, 1) < 0.5,
    };
}

/* [a b x; c d y] * [e f u; g h v], both with a last row of 0 0 1. */
static void compose(const double left[6], const double right[6], double product[6])
{
    double result[6];
    for (int row = 0; row < 2; row++) {
        const double *l = left + 3 * row;
        result[3 * row] = l[0] * right[0] + l[1] * right[3];
        result[3 * row + 1] = l[0] * right[1] + l[1] * right[4];
        result[3 * row + 2] = l[0] * right[2] + l[1] * right[5] + l[2];
    }
    for (int i = 0; i < 6; i++)
        product[i] = result[i];
}

void agr_augment_matrix(const agr_augment_draw *draw, int64_t height, int64_t width, double m[6])
{
    const double radians = M_PI / 180;
    const double theta = draw->theta_deg * radians, shear = draw->shear_deg * radians;
    const double centre_row = (double)height / 2 + 0.5, centre_column = (double)width / 2 + 0.5;
    const double to_centre[6] = {1, 0, centre_row, 0, 1, centre_column};
    const double c = agr_cos(theta), s = agr_sin(theta);
    const double rotation[6] = {c, -s, 0, s, c, 0};
    const double shift[6] = {1, 0, draw->shift_rows, 0, 1, draw->shift_columns};
    const double shearing[6] = {1, -agr_sin(shear), 0, 0, agr_cos(shear), 0};
    const double zoom[6] = {draw->zoom_rows, 0, 0, 0, draw->zoom_columns, 0};
    const double from_centre[6] = {1, 0, -centre_row, 0, 1, -centre_column};
    compose(to_centre, rotation, m);
    compose(m, shift, m);
    compose(m, shearing, m);
    compose(m, zoom, m);
    compose(m, from_centre, m);
    if (draw->flip) {
        const double mirror[6] = {1, 0, 0, 0, -1, (double)(width - 1)};
        compose(m, mirror, m);
    }
}
