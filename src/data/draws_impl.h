/** The random numbers of one image of an epoch: which is for what, for the room's own files. */
#ifndef AGR_DATA_DRAWS_IMPL_H
#define AGR_DATA_DRAWS_IMPL_H

#include <agr/base/random.h>

/* Values are for ever: a resumed run must draw what the stopped one would have drawn. */
enum {
    DRAW_THETA = 0,
    DRAW_SHIFT_ROWS = 1,
    DRAW_SHIFT_COLUMNS = 2,
    DRAW_SHEAR = 3,
    DRAW_ZOOM_ROWS = 4,
    DRAW_ZOOM_COLUMNS = 5,
    DRAW_FLIP = 6,
    DRAW_ERASES = 8,
    DRAW_ERASED_ROW = 9,
    DRAW_ERASED_COLUMN = 10,
    DRAW_BRIGHTNESS = 11,
    DRAW_CONTRAST = 12,
    DRAW_SATURATION = 13,
    DRAW_ERASED_SHAPE = 16, /* two of each attempt */
    DRAW_ERASED_FILL = 4096 /* and all after it */
};

static inline agr_random_key draw_key(uint64_t seed)
{
    return agr_random_key_make(seed, AGR_RANDOM_AUGMENT, 0);
}

/** Number `which` of this image, uniform in [low, high): two numbers of 64 bits to a block. */
static inline double draw_between(agr_random_key key, agr_draw_address address, uint32_t which,
                                  double low, double high)
{
    const agr_random_block block =
        agr_random_at(key, address.epoch, address.sample, address.occurrence, which / 2);
    const uint32_t *word = block.word + 2 * (which % 2);
    return low + (high - low) * agr_random_double(word[0], word[1]);
}

#endif
