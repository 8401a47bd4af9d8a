/**
 * Batches: from sample ids to what a network eats.
 */
#ifndef AGR_DATA_BATCH_H
#define AGR_DATA_BATCH_H

#include <agr/base/pool.h>
#include <agr/data/augment.h>
#include <stdint.h>

/** Images of a dataset, uint8 [N,H,W,3], borrowed (the mapped file). */
typedef struct {
    const uint8_t *pixel;
    int64_t n_images, height, width;
} agr_image_set;

/**
 * image [n,H,W,3] = the pictures of address[n].sample as float32 in [0,1].
 *
 * ranges == NULL: float(pixel) / 255, exactly. Otherwise each is warped by its draw of seed and
 * address, then its colours change (colour.h), then it may lose a rectangle (erase.h). Samples must be in [0, n_images). Not collective; allocates nothing; threads share the
 * images.
 */
void agr_batch_images(agr_pool *pool, const agr_image_set *set, const agr_draw_address *address,
                      int64_t n, const agr_augment_ranges *ranges, uint64_t seed, float *image);

/** Turns image [n,H,W,3] left to right in place: what a mirror shows. Not collective; allocates
 * nothing; threads share the images. */
void agr_batch_mirror(agr_pool *pool, float *image, int64_t n, int64_t height, int64_t width);

#endif
