/**
 * Colour jitter: brightness, contrast and saturation of an image, changed at random.
 *
 * With x the image in [0,1], grey(x) = .299 red + .587 green + .114 blue (ITU-R BT.601) of a pixel and
 * the factors b, c, s, in this order, each result cut to [0,1]:
 *
 *     brightness   x = b x
 *     contrast     x = c x + (1 - c) mean of grey(x) over the picture
 *     saturation   x = s x + (1 - s) grey(x)
 *
 * Each factor is uniform in [1 - r, 1 + r) of its range r; a range of 0 changes no bit. Source: Howard
 * 2013, "Some improvements on deep convolutional neural network based image classification",
 * section 2.2; formulas as torchvision's ColorJitter, whose order is random.
 *
 * Addressed as the other variations (augment.h). The same bits on every machine.
 */
#ifndef AGR_DATA_COLOUR_H
#define AGR_DATA_COLOUR_H

#include <agr/data/augment.h>

/** Factors; 1 leaves all as it is. */
typedef struct {
    double brightness, contrast, saturation;
} agr_colour_draw;

/** Whether these ranges change any colour. */
bool agr_colour_varies(const agr_augment_ranges *ranges);

/** The draw of one image. */
agr_colour_draw agr_colour_draw_at(uint64_t seed, agr_draw_address address,
                                   const agr_augment_ranges *ranges);

/** Changes image [n_pixels,3], in [0,1], in place. */
void agr_colour_apply(const agr_colour_draw *draw, int64_t n_pixels, float *image);

#endif
