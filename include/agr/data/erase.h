/**
 * Random erasing: with some probability an image loses a rectangle, so that nothing can be learnt
 * from one place alone.
 *
 * The rectangle covers 2 to 33 % of the picture, uniform; height to width is .3 to 3.3, uniform in
 * its logarithm (as many upright as lying); it lies anywhere within the picture, uniform. Shapes that
 * the picture cannot hold are drawn again, ten times at most, then the picture stays whole. Each
 * value of the rectangle becomes one of 0/255 .. 255/255 at random: of the published ways to fill it
 * the one that did best. Source: Zhong et al. 2020 (arXiv 2017), "Random erasing data augmentation",
 * algorithm 1 and table 5; limits and the logarithm from torchvision's RandomErasing.
 *
 * Addressed as the other variations (augment.h): the same rectangle and values on every rank.
 */
#ifndef AGR_DATA_ERASE_H
#define AGR_DATA_ERASE_H

#include <agr/base/random.h>
#include <stdint.h>

/** Rows [row, row + height), columns likewise; height and width 0: nothing is erased. */
typedef struct {
    int64_t row, column, height, width;
} agr_erasure;

/** What an image of height x width pixels loses with this probability, in [0, 1]. */
agr_erasure agr_erasure_draw_at(uint64_t seed, agr_draw_address address, double probability,
                                int64_t height, int64_t width);

/** Fills the rectangle of image [height,width,3] by the random numbers of seed and address. */
void agr_erasure_apply(const agr_erasure *erasure, uint64_t seed, agr_draw_address address,
                       int64_t width, float *image);

#endif
