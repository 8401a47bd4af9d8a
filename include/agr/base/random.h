/**
 * Addressed random numbers: a number is a function of who asks for what, never of what was drawn
 * before.
 *
 * Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC
 * 2011): a key of 64 and a counter of 128 bits give 128 random bits. Any rank, any thread, any
 * order of asking gives the same numbers.
 */
#ifndef AGR_BASE_RANDOM_H
#define AGR_BASE_RANDOM_H

#include <stdint.h>

/** What the numbers are for. Part of the key, so streams of different purposes never meet. Values
 * are for ever: a resumed run must draw what the stopped one would have drawn. */
typedef enum {
    AGR_RANDOM_SPLIT = 1,
    AGR_RANDOM_EPOCH_ORDER = 2,
    AGR_RANDOM_AUGMENT = 3,
    AGR_RANDOM_DROPOUT = 4,
    AGR_RANDOM_INIT = 5,
    AGR_RANDOM_SYNTH = 6,
    AGR_RANDOM_TEST = 7,
    AGR_RANDOM_BOOTSTRAP = 8,
    AGR_RANDOM_BALANCED_ORDER = 9,
    AGR_RANDOM_MIXUP = 10,
} agr_random_purpose;

typedef struct {
    uint32_t word[2];
} agr_random_key;

typedef struct {
    uint32_t word[4];
} agr_random_block;

/** Where the random numbers of one image of an epoch come from. */
typedef struct {
    uint32_t epoch;
    uint32_t sample;     /* index of the sample in the dataset */
    uint32_t occurrence; /* how often the sample came before in this epoch */
} agr_draw_address;

/** The key of (seed, purpose, salt). salt separates streams of one purpose: the hash of a branch's
 * or layer's name, or 0. */
agr_random_key agr_random_key_make(uint64_t seed, agr_random_purpose purpose, uint64_t salt);

/** 128 random bits at this address. The kernels' vector twins of this function give the
 * same bits. */
agr_random_block agr_random_at(agr_random_key key, uint32_t c0, uint32_t c1, uint32_t c2,
                               uint32_t c3);

/** [0, 1), 24 bits. */
static inline float agr_random_float(uint32_t word)
{
    return (float)(word >> 8) * 0x1p-24f;
}

/** [0, 1), 53 bits of two words. */
static inline double agr_random_double(uint32_t high, uint32_t low)
{
    return (double)((((uint64_t)high << 32) | low) >> 11) * 0x1p-53;
}

/** [0, n) without bias worth speaking of: the high word of (64 random bits) * n; 0 < n <= 2^32. */
static inline uint64_t agr_random_below(uint32_t high, uint32_t low, uint64_t n)
{
    return (high * n + (low * n >> 32)) >> 32;
}

/** A random order of 0..n-1 (Fisher-Yates over addressed numbers) written to order[n].
 * n <= 2^32. */
void agr_random_permutation(agr_random_key key, uint32_t address, int64_t n, int64_t *order);

#endif
