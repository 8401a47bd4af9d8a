/**
 * One vector of floats of the instruction set this file is compiled for.
 *
 * Every set computes the same bits: whatever is added to a product says so with v_fma(), which
 * rounds once on every processor (nothing is contracted behind our back, CMakeLists.txt); all else
 * is written with the ordinary operators (GCC and clang vector extensions), which round each
 * result. A sum over lanes is one of `vlanes`, whose number does not depend on the set. Loads and
 * stores accept any address.
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
#if defined(__SSE2__)
#include <emmintrin.h>
#endif
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

/* a * b + c, rounded once. */
#if defined(__AVX512F__)
AGR_INLINE vfloat v_fma(vfloat a, vfloat b, vfloat c)
{
    return (vfloat)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
}
#elif defined(__FMA__)
AGR_INLINE vfloat v_fma(vfloat a, vfloat b, vfloat c)
{
    return (vfloat)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
}
#else
/* Lane by lane: one instruction where the compiler knows one, else the library's. */
static inline vfloat v_fma_lanes(vfloat a, vfloat b, vfloat c)
{
    for (int lane = 0; lane < VL; lane++)
        c[lane] = __builtin_fmaf(a[lane], b[lane], c[lane]);
    return c;
}

#if defined(__SSE2__)
/*
 * In double: the product of two floats is exact there, and their sum is rounded to 53 bits, then to
 * 24. Rounding twice is wrong only where the first result lies half-way between two floats (its
 * lowest 29 bits are a one and zeros) or is smaller than the normal ones: the library does those.
 */
AGR_INLINE vfloat v_fma(vfloat a, vfloat b, vfloat c)
{
    const __m128 x = (__m128)a, y = (__m128)b, z = (__m128)c;
    const __m128d low = _mm_add_pd(_mm_mul_pd(_mm_cvtps_pd(x), _mm_cvtps_pd(y)), _mm_cvtps_pd(z));
    const __m128d high =
        _mm_add_pd(_mm_mul_pd(_mm_cvtps_pd(_mm_movehl_ps(x, x)), _mm_cvtps_pd(_mm_movehl_ps(y, y))),
                   _mm_cvtps_pd(_mm_movehl_ps(z, z)));
    const __m128 first = _mm_castpd_ps(low), second = _mm_castpd_ps(high);
    const vint last_bits = (vint)_mm_shuffle_ps(first, second, _MM_SHUFFLE(2, 0, 2, 0));
    const vint magnitude =
        (vint)_mm_shuffle_ps(first, second, _MM_SHUFFLE(3, 1, 3, 1)) & 0x7FFFFFFF;
    const int32_t least_normal = (1023 - 126) << 20;
    const vint doubtful =
        ((last_bits & 0x1FFFFFFF) == 0x10000000) | ((magnitude > 0) & (magnitude < least_normal));
    if (__builtin_expect(_mm_movemask_epi8((__m128i)doubtful) != 0, 0))
        return v_fma_lanes(a, b, c);
    return (vfloat)_mm_movelh_ps(_mm_cvtpd_ps(low), _mm_cvtpd_ps(high));
}
#else
AGR_INLINE vfloat v_fma(vfloat a, vfloat b, vfloat c)
{
    return v_fma_lanes(a, b, c);
}
#endif
#endif

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

/* 16 lanes in as many vectors as they take: what a sum over neighbours is taken in. */
enum { LANES = 16, LANE_VECTORS = LANES / VL };
typedef struct {
    vfloat part[LANE_VECTORS];
} vlanes;

AGR_INLINE vlanes lanes_zero(void)
{
    vlanes zero;
    for (int i = 0; i < LANE_VECTORS; i++)
        zero.part[i] = v_zero();
    return zero;
}

/* The first n floats (0 < n <= LANES), zeros behind them. */
AGR_INLINE vlanes lanes_load(const float *p, int64_t n)
{
    vlanes v = lanes_zero();
    for (int i = 0; i < LANE_VECTORS; i++)
        if (n >= (i + 1) * VL)
            v.part[i] = v_load(p + i * VL);
        else if (n > i * VL)
            v.part[i] = v_load_part(p + i * VL, n - i * VL);
    return v;
}

AGR_INLINE vlanes lanes_fma(vlanes a, vlanes b, vlanes c)
{
    for (int i = 0; i < LANE_VECTORS; i++)
        c.part[i] = v_fma(a.part[i], b.part[i], c.part[i]);
    return c;
}

AGR_INLINE vlanes lanes_add(vlanes a, vlanes b)
{
    for (int i = 0; i < LANE_VECTORS; i++)
        a.part[i] += b.part[i];
    return a;
}

/* The sum of the lanes, halves first. */
AGR_INLINE float lanes_sum(vlanes v)
{
    float lane[LANES];
    for (int i = 0; i < LANE_VECTORS; i++)
        v_store(lane + i * VL, v.part[i]);
    for (int n = LANES / 2; n > 0; n /= 2)
        for (int i = 0; i < n; i++)
            lane[i] += lane[i + n];
    return lane[0];
}

/* Lane i of the result is lane index[i] of a and b one behind the other: constants ... */
#if defined(__clang__)
#define V_SHUFFLE(type, a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define V_SHUFFLE(type, a, b, ...) __builtin_shuffle(a, b, (type){__VA_ARGS__})
#endif

/* ... and what the compiler can make constants of. */
AGR_INLINE vfloat v_shuffle(vfloat a, vfloat b, vint index)
{
#if defined(__clang__)
    vfloat v;
    for (int lane = 0; lane < VL; lane++)
        v[lane] = index[lane] < VL ? a[index[lane]] : b[index[lane] - VL];
    return v;
#else
    return __builtin_shuffle(a, b, index);
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
                row[r] = v_shuffle(a, b, low);
                row[r + step] = v_shuffle(a, b, high);
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
