/* Draws the rectangle that an image loses, and fills it at random. */
#include <agr/data/erase.h>

#include "draws_impl.h"

#include <agr/base/elementary.h>
#include <math.h>
#include <stdbool.h>

static const double smallest_area = 0.02, largest_area = 0.33; /* of the picture's */
static const double least_aspect = 0.3, greatest_aspect = 3.3; /* height to width */

enum { MAX_ATTEMPTS = 10, BYTES_OF_BLOCK = 16 };

/* Whether the shape of this attempt fits. */
static bool draw_shape(agr_random_key key, agr_draw_address address, uint32_t attempt,
                       int64_t height, int64_t width, agr_erasure *erasure)
{
    const uint32_t which = DRAW_ERASED_SHAPE + 2 * attempt;
    const double area =
        (double)(height * width) * draw_between(key, address, which, smallest_area, largest_area);
    const double aspect = agr_exp(
        draw_between(key, address, which + 1, agr_ln(least_aspect), agr_ln(greatest_aspect)));
    erasure->height = (int64_t)floor(sqrt(area * aspect) + 0.5);
    erasure->width = (int64_t)floor(sqrt(area / aspect) + 0.5);
    return erasure->height >= 1 && erasure->height <= height && erasure->width >= 1 &&
           erasure->width <= width;
}

/* One of 0 .. n - 1, each as likely. */
static int64_t draw_below(agr_random_key key, agr_draw_address address, uint32_t which, int64_t n)
{
    return (int64_t)floor(draw_between(key, address, which, 0, (double)n));
}

agr_erasure agr_erasure_draw_at(uint64_t seed, agr_draw_address address, double probability,
                                int64_t height, int64_t width)
{
    const agr_erasure nothing = {0};
    const agr_random_key key = draw_key(seed);
    if (draw_between(key, address, DRAW_ERASES, 0, 1) >= probability)
        return nothing;
    for (uint32_t attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
        agr_erasure erasure;
        if (!draw_shape(key, address, attempt, height, width, &erasure))
            continue;
        erasure.row = draw_below(key, address, DRAW_ERASED_ROW, height - erasure.height + 1);
        erasure.column = draw_below(key, address, DRAW_ERASED_COLUMN, width - erasure.width + 1);
        return erasure;
    }
    return nothing;
}

void agr_erasure_apply(const agr_erasure *erasure, uint64_t seed, agr_draw_address address,
                       int64_t width, float *image)
{
    const agr_random_key key = draw_key(seed);
    agr_random_block block = {{0}};
    uint32_t n = 0; /* values so far */
    for (int64_t i = 0; i < erasure->height; i++) {
        float *row = image + 3 * ((erasure->row + i) * width + erasure->column);
        for (int64_t k = 0; k < 3 * erasure->width; k++, n++) {
            const uint32_t byte = n % BYTES_OF_BLOCK;
            if (byte == 0)
                block = agr_random_at(key, address.epoch, address.sample, address.occurrence,
                                      DRAW_ERASED_FILL / 2 + n / BYTES_OF_BLOCK);
            row[k] = (float)(block.word[byte / 4] >> 8 * (byte % 4) & 255) / 255.0f;
        }
    }
}
