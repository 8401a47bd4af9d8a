/**
 * The vector twin of agr_random_at(): the same bits, for several consecutive c3 at once. To be
 * included by files that are compiled per instruction set.
 *
 * Each 64-bit lane carries one block. Only the low half of a lane is a word of the state; what
 * stands above it never reaches the low half (multiplications take low halves, exclusive ors stay
 * in place), so it need not be cleared.
 */
#ifndef AGR_KERNELS_PHILOX_H
#define AGR_KERNELS_PHILOX_H

#include <agr/base/random.h>
#include "simd_impl.h"

enum {
    PHILOX_BLOCKS = VL / 2,           /* in one vector */
    PHILOX_WORDS = 4 * PHILOX_BLOCKS, /* random words of one call */
    PHILOX_VECTORS = 2                /* that these fill */
};

typedef uint64_t vwide __attribute__((vector_size(VL / 2 * sizeof(uint64_t))));

typedef struct {
    agr_random_key key;
    uint32_t c0, c1, c2;
} philox_stream;

/* Products of the low halves of the lanes. */
AGR_INLINE vwide philox_multiply(vwide a, vwide b)
{
#if defined(__AVX512F__)
    return (vwide)_mm512_mul_epu32((__m512i)a, (__m512i)b);
#elif defined(__AVX2__)
    return (vwide)_mm256_mul_epu32((__m256i)a, (__m256i)b);
#elif defined(__SSE2__)
    return (vwide)_mm_mul_epu32((__m128i)a, (__m128i)b);
#else
    return (a & 0xFFFFFFFFu) * (b & 0xFFFFFFFFu);
#endif
}

AGR_INLINE vwide philox_lanes(void)
{
#if defined(__AVX512F__)
    return (vwide){0, 1, 2, 3, 4, 5, 6, 7};
#elif defined(__AVX2__)
    return (vwide){0, 1, 2, 3};
#else
    return (vwide){0, 1};
#endif
}

/* word[] = the PHILOX_WORDS words of the blocks at c3 = first, first + 1, ... in order. */
AGR_INLINE void philox_words(const philox_stream *stream, uint32_t first, vint word[PHILOX_VECTORS])
{
    const vwide multiplier0 = (vwide){0} + 0xD2511F53u, multiplier1 = (vwide){0} + 0xCD9E8D57u;
    vwide c0 = (vwide){0} + stream->c0, c1 = (vwide){0} + stream->c1;
    vwide c2 = (vwide){0} + stream->c2, c3 = philox_lanes() + first;
    uint32_t k0 = stream->key.word[0], k1 = stream->key.word[1];
    for (int round = 0; round < 10; round++) {
        const vwide product0 = philox_multiply(c0, multiplier0);
        const vwide product1 = philox_multiply(c2, multiplier1);
        c0 = (product1 >> 32) ^ c1 ^ k0;
        c2 = (product0 >> 32) ^ c3 ^ k1;
        c1 = product1;
        c3 = product0;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    /* words 0 and 1 of every block, then words 2 and 3, then blocks in order */
    const vwide low = (c0 & 0xFFFFFFFFu) | (c1 << 32), high = (c2 & 0xFFFFFFFFu) | (c3 << 32);
#if defined(__AVX512F__)
    word[0] = (vint)V_SHUFFLE(vwide, low, high, 0, 8, 1, 9, 2, 10, 3, 11);
    word[1] = (vint)V_SHUFFLE(vwide, low, high, 4, 12, 5, 13, 6, 14, 7, 15);
#elif defined(__AVX2__)
    word[0] = (vint)V_SHUFFLE(vwide, low, high, 0, 4, 1, 5);
    word[1] = (vint)V_SHUFFLE(vwide, low, high, 2, 6, 3, 7);
#else
    word[0] = (vint)V_SHUFFLE(vwide, low, high, 0, 2);
    word[1] = (vint)V_SHUFFLE(vwide, low, high, 1, 3);
#endif
}

/* Mask of the unsigned words that are not below threshold. */
AGR_INLINE vint philox_at_least(vint word, uint32_t threshold)
{
    typedef uint32_t vword __attribute__((vector_size(VL * sizeof(uint32_t))));
    return (vint)((vword)word >= threshold);
}

#endif
