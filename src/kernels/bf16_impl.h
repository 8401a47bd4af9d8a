/**
 * Products of bfloat16 factors, summed in float32: one order of sums that every processor has.
 *
 *     c[r][j] = sum_k a(r, k) * b(k, j)
 *
 * The terms are cut into blocks of 32 by k. In a block those of even k and those of odd k are two
 * chains, each begun with 0 and ascending, every step one fused multiply-add; the two are added to
 * each other and then to c:
 *
 *     E = fma(a[30], b[30], ... fma(a[2], b[2], fma(a[0], b[0], 0)))        O likewise from 1 to 31
 *     c = c + (E + O)
 *
 * That is what one TDPBF16PS (AMX) does. VDPBF16PS (AVX512_BF16) does fma(a[low], b[low],
 * fma(a[high], b[high], c)) with the two halves of a lane: the same chains, when a lane holds two
 * terms of one chain, the earlier in its upper half. Everyone else widens the factors and calls
 * v_fma(). tests/unit/kernels/bf16.c asks the units whether they do.
 *
 * Both units take what is below the normal numbers for 0; nothing here ever is: factors are rounded
 * to the nearest bfloat16 (ties to even), and those smaller than 2^-56 to 0, so that every factor is
 * a multiple of 2^-63, every product one of 2^-126, and so is every sum.
 *
 * Pairs of terms lie in words of 32 bits. A *row* is a block of one row: 16 words. *Lines* are a
 * block of 32 columns: 16 lines of 32 words, word j of column j. Where in words and lines a term
 * lies is the unit's own affair.
 */
#ifndef AGR_KERNELS_BF16_IMPL_H
#define AGR_KERNELS_BF16_IMPL_H

#include "conv_impl.h"
#include "simd_impl.h"

typedef uint32_t vword __attribute__((vector_size(VL * sizeof(uint32_t))));

/* ---- rounding, and where terms lie ---- */

/* Of the terms k and k + 1 (AMX), or k and k + 2 of a chain (else), the one in the upper half. */
#if defined(__AMX_BF16__)
enum { BF16_AMX = 1 };
#else
enum { BF16_AMX = 0 };
#endif

AGR_INLINE vword bf16_load(const uint32_t *p)
{
    return (vword)v_load((const float *)(const void *)p);
}

AGR_INLINE void bf16_store(uint32_t *p, vword v)
{
    v_store((float *)(void *)p, (vfloat)v);
}

#if defined(__AVX512BF16__)

/* 32 terms in order, rounded. */
AGR_INLINE __m512i bf16_round_32(const float *x)
{
    const __m512 low = (__m512)v_load(x), high = (__m512)v_load(x + VL);
    const __m512 least = _mm512_set1_ps(0x1p-56F);
    const __mmask16 counts_low = _mm512_cmp_ps_mask(_mm512_abs_ps(low), least, _CMP_NLT_UQ);
    const __mmask16 counts_high = _mm512_cmp_ps_mask(_mm512_abs_ps(high), least, _CMP_NLT_UQ);
    return (__m512i)_mm512_maskz_cvtne2ps_pbh(_mm512_kunpackw(counts_high, counts_low), high, low);
}

/* Terms in order as a row. */
AGR_INLINE void bf16_store_row(uint32_t *to, __m512i terms)
{
    static const uint16_t order[32] = {2,  0,  3,  1,  6,  4,  7,  5,  10, 8,  11,
                                       9,  14, 12, 15, 13, 18, 16, 19, 17, 22, 20,
                                       23, 21, 26, 24, 27, 25, 30, 28, 31, 29};
    if (!BF16_AMX)
        terms = _mm512_permutexvar_epi16(_mm512_loadu_si512(order), terms);
    _mm512_storeu_si512(to, terms);
}

/* A line of 32 columns. */
AGR_INLINE void bf16_store_line(uint32_t *to, __m512i low, __m512i high)
{
    const __m512i column = _mm512_cvtepu16_epi32(
        _mm256_set_epi16(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0));
    const __m512i first = _mm512_or_si512(column, _mm512_slli_epi32(column, 16));
    const __m512i of_high = _mm512_set1_epi32(32 << 16), second = _mm512_set1_epi16(16);
    const __m512i pick = _mm512_or_si512(first, of_high);
    _mm512_storeu_si512(to, _mm512_permutex2var_epi16(low, pick, high));
    _mm512_storeu_si512(to + VL,
                        _mm512_permutex2var_epi16(low, _mm512_or_si512(pick, second), high));
}

/* Four rows of 32 terms, or four terms k to k + 3 (k a multiple of 4) of 32 columns, rounded: the
 * first n of them to rows, all four to the two lines that hold them. NULL: not wanted. */
AGR_INLINE void bf16_keep(const float terms[4 * CONV_BLOCK], int64_t n, uint32_t *rows,
                          uint32_t *lines)
{
    __m512i bits[4];
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++)
        bits[i] = bf16_round_32(terms + i * CONV_BLOCK);
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) /* in registers, therefore unrolled */
        if (rows != NULL && i < n)
            bf16_store_row(rows + i * BF16_WORDS, bits[i]);
    if (lines == NULL)
        return;
    bf16_store_line(lines, BF16_AMX ? bits[0] : bits[2], BF16_AMX ? bits[1] : bits[0]);
    bf16_store_line(lines + CONV_BLOCK, BF16_AMX ? bits[2] : bits[3], BF16_AMX ? bits[3] : bits[1]);
}

#else

/* The nearest bfloat16 in the upper half of each lane, 0 in the lower. What is no number stays none:
 * it comes out of arithmetic, which has set its uppermost bit of fraction. */
AGR_INLINE vword bf16_round(vfloat x)
{
    const vfloat magnitude = (vfloat)((vword)x & 0x7FFFFFFF);
    const vword bits = (vword)x, number = (vword)(magnitude == magnitude);
    const vword up = (0x7FFF + (bits >> 16 & 1)) & number;
    return (bits + up) & 0xFFFF0000 & ~(vword)(magnitude < 0x1p-56F);
}

/* VL terms of a row, the first of them a multiple of VL. to: its place in the row, at half as many
 * words. */
AGR_INLINE void bf16_put_row(uint32_t *to, vfloat x)
{
    const vfloat bits = (vfloat)bf16_round(x);
    vint low = {0}, high = {0};
    for (int word = 0; word < VL / 2; word++) {
        low[word] = word / 2 * 4 + word % 2 + 2;
        high[word] = word / 2 * 4 + word % 2;
    }
    const vword words =
        (vword)v_shuffle(bits, bits, high) | ((vword)v_shuffle(bits, bits, low) >> 16);
    memcpy(to, &words, sizeof words / 2);
}

/* Four rows of 32 terms, or four terms k to k + 3 (k a multiple of 4) of 32 columns, rounded: the
 * first n of them to rows, all four to the two lines that hold them. NULL: not wanted. */
AGR_INLINE void bf16_keep(const float terms[4 * CONV_BLOCK], int64_t n, uint32_t *rows,
                          uint32_t *lines)
{
    for (int64_t i = 0; rows != NULL && i < n; i++)
        for (int64_t j = 0; j < CONV_BLOCK; j += VL)
            bf16_put_row(rows + i * BF16_WORDS + j / 2, v_load(terms + i * CONV_BLOCK + j));
    for (int64_t j = 0; lines != NULL && j < CONV_BLOCK; j += VL) {
        vword bits[4];
        for (int i = 0; i < 4; i++)
            bits[i] = bf16_round(v_load(terms + i * CONV_BLOCK + j));
        bf16_store(lines + j, bits[0] | bits[2] >> 16);
        bf16_store(lines + CONV_BLOCK + j, bits[1] | bits[3] >> 16);
    }
}

#endif

/* ---- products ---- */

enum { BF16_LINES_WORDS = BF16_WORDS * CONV_BLOCK }; /* of a block of lines */

/* Word w of block i of row r of a is a[r * row_stride + i * block_stride + w * word_stride]: rows
 * (word_stride 1) or lines (row_stride 1). */
typedef struct {
    const uint32_t *a;
    int64_t row_stride, block_stride, word_stride;
    int64_t n_blocks;
} bf16_rows;

#if defined(__AMX_BF16__)
#include "bf16_amx.h"
#else

/* Around all products of a thread. */
AGR_INLINE void bf16_begin(void)
{
}

AGR_INLINE void bf16_end(void)
{
}

/* n_blocks blocks of lines as a product takes them best for `a`. room: as many words as they have. */
AGR_INLINE bf16_rows bf16_rows_of(const uint32_t *lines, int64_t n_blocks, uint32_t *room)
{
    (void)room;
    return (bf16_rows){lines, 1, BF16_LINES_WORDS, CONV_BLOCK, n_blocks};
}

/* Rows of a tile: with two vectors a row enough chains to keep a unit busy, and no more than the
 * registers hold. */
enum { BF16_ROWS = 4 };

/* Two terms of a chain: the upper halves' first. */
AGR_INLINE vfloat bf16_step(vword a, vword b, vfloat sum)
{
#if defined(__AVX512BF16__)
    return (vfloat)_mm512_dpbf16_ps((__m512)sum, (__m512bh)a, (__m512bh)b);
#else
    sum = v_fma((vfloat)(a & 0xFFFF0000), (vfloat)(b & 0xFFFF0000), sum);
    return v_fma((vfloat)(a << 16), (vfloat)(b << 16), sum);
#endif
}

/* One word more of one chain of every sum of a tile. */
AGR_INLINE void bf16_steps(vfloat chain[BF16_ROWS][2], const uint32_t *a, int64_t row_stride,
                           const uint32_t *b, int n_vectors)
{
    vword line[2];
#pragma GCC unroll 2
    for (int v = 0; v < n_vectors; v++)
        line[v] = bf16_load(b + v * VL);
#pragma GCC unroll 4
    for (int r = 0; r < BF16_ROWS; r++) {
        const vword word = a[r * row_stride] - (vword){0};
#pragma GCC unroll 2
        for (int v = 0; v < n_vectors; v++)
            chain[r][v] = bf16_step(word, line[v], chain[r][v]);
    }
}

AGR_INLINE void bf16_tile(const bf16_rows *rows, const uint32_t *a, const uint32_t *b, float *c,
                          int n_vectors)
{
    vfloat sum[BF16_ROWS][2] = {0};
    for (int64_t block = 0; block < rows->n_blocks; block++, a += rows->block_stride) {
        vfloat even[BF16_ROWS][2] = {0}, odd[BF16_ROWS][2] = {0};
        const uint32_t *word = a;
        for (int w = 0; w < BF16_WORDS; w += 2) {
            bf16_steps(even, word, rows->row_stride, b, n_vectors);
            bf16_steps(odd, word + rows->word_stride, rows->row_stride, b + CONV_BLOCK, n_vectors);
            word += 2 * rows->word_stride;
            b += 2 * CONV_BLOCK;
        }
#pragma GCC unroll 4
        for (int r = 0; r < BF16_ROWS; r++)
#pragma GCC unroll 2
            for (int v = 0; v < n_vectors; v++)
                sum[r][v] += even[r][v] + odd[r][v];
    }
#pragma GCC unroll 4
    for (int r = 0; r < BF16_ROWS; r++)
#pragma GCC unroll 2
        for (int v = 0; v < n_vectors; v++)
            v_store(c + r * CONV_BLOCK + v * VL, sum[r][v]);
}

static __attribute__((noinline)) void bf16_tile_1(const bf16_rows *rows, const uint32_t *a,
                                                  const uint32_t *b, float *c)
{
    bf16_tile(rows, a, b, c, 1);
}

static __attribute__((noinline)) void bf16_tile_2(const bf16_rows *rows, const uint32_t *a,
                                                  const uint32_t *b, float *c)
{
    bf16_tile(rows, a, b, c, 2);
}

/* c [n_rows][32] = a b, n_columns <= 32; b: lines of n_blocks blocks. a and c have CONV_SLACK_ROWS
 * rows to spare; columns from n_columns on get nonsense. */
static inline void bf16_multiply(const bf16_rows *rows, int64_t n_rows, const uint32_t *b,
                                 int64_t n_columns, float *c)
{
    for (int64_t j = 0; j < n_columns;) {
        const bool two = n_columns - j > VL;
        for (int64_t r = 0; r < n_rows; r += BF16_ROWS)
            (two ? bf16_tile_2 : bf16_tile_1)(rows, rows->a + r * rows->row_stride, b + j,
                                              c + r * CONV_BLOCK + j);
        j += two ? 2 * VL : VL;
    }
}

#endif
#endif
