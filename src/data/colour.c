/* Draws factors of brightness, contrast and saturation, and changes an image by them. */
#include <agr/data/colour.h>

#include "draws_impl.h"

bool agr_colour_varies(const agr_augment_ranges *ranges)
{
    return ranges->brightness > 0 || ranges->contrast > 0 || ranges->saturation > 0;
}

agr_colour_draw agr_colour_draw_at(uint64_t seed, agr_draw_address address,
                                   const agr_augment_ranges *ranges)
{
    const agr_random_key key = draw_key(seed);
    const double b = ranges->brightness, c = ranges->contrast, s = ranges->saturation;
    return (agr_colour_draw){
        .brightness = draw_between(key, address, DRAW_BRIGHTNESS, 1 - b, 1 + b),
        .contrast = draw_between(key, address, DRAW_CONTRAST, 1 - c, 1 + c),
        .saturation = draw_between(key, address, DRAW_SATURATION, 1 - s, 1 + s),
    };
}

static float grey_of(const float *pixel)
{
    return 0.299f * pixel[0] + 0.587f * pixel[1] + 0.114f * pixel[2];
}

static float cut(float x)
{
    x = x > 0 ? x : 0;
    return x < 1 ? x : 1;
}

static void brighten(float factor, int64_t n_values, float *x)
{
    for (int64_t i = 0; i < n_values; i++)
        x[i] = cut(factor * x[i]);
}

static void change_contrast(float factor, int64_t n_pixels, float *x)
{
    double sum = 0;
    for (int64_t i = 0; i < n_pixels; i++)
        sum += (double)grey_of(x + 3 * i);
    const float rest = (1 - factor) * (float)(sum / (double)n_pixels);
    for (int64_t i = 0; i < 3 * n_pixels; i++)
        x[i] = cut(factor * x[i] + rest);
}

static void saturate(float factor, int64_t n_pixels, float *x)
{
    for (float *pixel = x; pixel < x + 3 * n_pixels; pixel += 3) {
        const float rest = (1 - factor) * grey_of(pixel);
        for (int c = 0; c < 3; c++)
            pixel[c] = cut(factor * pixel[c] + rest);
    }
}

/* What a factor of 1 would leave as it is costs nothing. */
void agr_colour_apply(const agr_colour_draw *draw, int64_t n_pixels, float *image)
{
    if (draw->brightness != 1)
        brighten((float)draw->brightness, 3 * n_pixels, image);
    if (draw->contrast != 1)
        change_contrast((float)draw->contrast, n_pixels, image);
    if (draw->saturation != 1)
        saturate((float)draw->saturation, n_pixels, image);
}
