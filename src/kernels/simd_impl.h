/**
 * One vector of floats of the instruction set this file is compiled for.
 *
 * Arithmetic is written with the ordinary operators (GCC and clang vector extensions); a * b + c
 * becomes one fused multiply-add where the set has it (kernels are compiled with
 * -ffp-contract=fast). Loads and stores accept any address.
 */
#ifndef AGR_KERNELS_SIMD_IMPL_H
#define AGR_KERNELS_SIMD_IMPL_H

#include <stdint.h>
#include <string.h>

#if defined(__AVX512F__)
#include <immintrin.h>
enum { VL = 16 }; /* floats in a vector */
#elif defined(__AVX2__)
#include <immintrin.h>
enum { VL = 8 };
#else
enum { VL = 4 };
#endif

#define AGR_INLINE static inline __attribute__((always_inline))

typedef float vfloat __attribute__((vector_size(VL * sizeof(float))));
typedef int32_t vint __attribute__((vector_size(VL * sizeof(int32_t))));
typedef float vfloat_unaligned
    __attribute__((vector_size(VL * sizeof(float)), aligned(4), may_alias));

AGR_INLINE vfloat v_load(const float *p)
{
    return *(const vfloat_unaligned *)p;
}

AGR_INLINE void v_store(float *p, vfloat v)
{
    *(vfloat_unaligned *)p = v;
}

/* Stores past the caches, for what is larger than they are and read much later: a line that is
 * written whole need not be fetched first. p is a multiple of the vector's size; all lanes of a
 * line within a few stores. v_stream_end() before another thread may read. */
AGR_INLINE void v_stream(float *p, vfloat v)
{
#if defined(__AVX512F__)
    _mm512_stream_ps(p, (__m512)v);
#elif defined(__AVX2__)
    _mm256_stream_ps(p, (__m256)v);
#else
    v_store(p, v);
#endif
}

AGR_INLINE void v_stream_end(void)
{
#if defined(__AVX2__)
    _mm_sfence();
#endif
}

AGR_INLINE vfloat v_set(float value)
{
    return value - (vfloat){0};
}

AGR_INLINE vfloat v_zero(void)
{
    return (vfloat){0};
}

/* The sum of the lanes, halves first. */
AGR_INLINE float v_sum(vfloat v)
{
    float lane[VL];
    v_store(lane, v);
    for (int n = VL / 2; n > 0; n /= 2)
        for (int i = 0; i < n; i++)
            lane[i] += lane[i + n];
    return lane[0];
}

/* v as it stands, rounded: a later addition may not be fused with the product that made it. Needed
 * where a leaf of an ordered sum is added here by one process and after a message by another. */
AGR_INLINE vfloat v_rounded(vfloat v)
{
#if defined(__AVX512F__)
    __asm__("" : "+v"(v));
#elif defined(__x86_64__)
    __asm__("" : "+x"(v));
#else
    __asm__("" : "+m"(v));
#endif
    return v;
}

/* The first n floats (0 < n <= VL), zeros behind them. */
AGR_INLINE vfloat v_load_part(const float *p, int64_t n)
{
#if defined(__AVX512F__)
    return (vfloat)_mm512_maskz_loadu_ps((__mmask16)(0xFFFFu >> (VL - n)), p);
#else
    vfloat v = {0};
    memcpy(&v, p, (size_t)n * sizeof(float));
    return v;
#endif
}

AGR_INLINE void v_store_part(float *p, vfloat v, int64_t n)
{
#if defined(__AVX512F__)
    _mm512_mask_storeu_ps(p, (__mmask16)(0xFFFFu >> (VL - n)), (__m512)v);
#else
    memcpy(p, &v, (size_t)n * sizeof(float));
#endif
}

/* Rows and columns of a square exchanged, quarters first. */
AGR_INLINE void v_transpose(vfloat row[VL])
{
    for (int step = VL / 2; step > 0; step /= 2) {
        vint low, high; /* of two rows `step` apart: what the first and the second become */
        for (int lane = 0; lane < VL; lane++) {
            low[lane] = lane & step ? VL + lane - step : lane;
            high[lane] = lane & step ? VL + lane : lane + step;
        }
        for (int r = 0; r < VL; r++)
            if ((r & step) == 0) {
                const vfloat a = row[r], b = row[r + step];
                row[r] = __builtin_shuffle(a, b, low);
                row[r + step] = __builtin_shuffle(a, b, high);
            }
    }
}

/* Lanes of v where mask is true (-1), zeros elsewhere; a mask is what a comparison gives. */
AGR_INLINE vfloat v_keep(vint mask, vfloat v)
{
    return (vfloat)(mask & (vint)v);
}

AGR_INLINE vfloat v_select(vint mask, vfloat yes, vfloat no)
{
    return (vfloat)((mask & (vint)yes) | (~mask & (vint)no));
}

/* The larger one; b where one is not a number. */
AGR_INLINE vfloat v_max(vfloat a, vfloat b)
{
#if defined(__AVX512F__)
    return (vfloat)_mm512_max_ps((__m512)a, (__m512)b);
#elif defined(__AVX2__)
    return (vfloat)_mm256_max_ps((__m256)a, (__m256)b);
#else
    return v_select(a > b, a, b);
#endif
}

/* v where sign > 0, zeros elsewhere. */
AGR_INLINE vfloat v_keep_positive(vfloat sign, vfloat v)
{
#if defined(__AVX512F__)
    const __mmask16 positive = _mm512_cmp_ps_mask((__m512)sign, _mm512_setzero_ps(), _CMP_GT_OQ);
    return (vfloat)_mm512_maskz_mov_ps(positive, (__m512)v);
#else
    return v_keep(sign > 0.0F, v);
#endif
}

#endif
