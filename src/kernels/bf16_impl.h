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

#include <agr/base/size.h>
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

/* 32 terms, rounded, as a row. */
AGR_INLINE void bf16_put_row(uint32_t *to, const float terms[BF16_DEPTH])
{
    static const uint16_t order[BF16_DEPTH] = {2,  0,  3,  1,  6,  4,  7,  5,  10, 8,  11,
                                               9,  14, 12, 15, 13, 18, 16, 19, 17, 22, 20,
                                               23, 21, 26, 24, 27, 25, 30, 28, 31, 29};
    const __m512 low = (__m512)v_load(terms), high = (__m512)v_load(terms + VL);
    const __m512 least = _mm512_set1_ps(0x1p-56F);
    const __mmask16 counts_low = _mm512_cmp_ps_mask(_mm512_abs_ps(low), least, _CMP_NLT_UQ);
    const __mmask16 counts_high = _mm512_cmp_ps_mask(_mm512_abs_ps(high), least, _CMP_NLT_UQ);
    const __mmask32 counts = _mm512_kunpackw(counts_high, counts_low);
    __m512i row = (__m512i)_mm512_maskz_cvtne2ps_pbh(counts, high, low);
    if (!BF16_AMX)
        row = _mm512_permutexvar_epi16(_mm512_loadu_si512(order), row);
    _mm512_storeu_si512(to, row);
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

/* 32 terms, rounded, as a row. */
AGR_INLINE void bf16_put_row(uint32_t *to, const float terms[BF16_DEPTH])
{
    vint low = {0}, high = {0};
    for (int word = 0; word < VL / 2; word++) {
        low[word] = word / 2 * 4 + word % 2 + 2;
        high[word] = word / 2 * 4 + word % 2;
    }
    for (int k = 0; k < BF16_DEPTH; k += VL) {
        const vfloat bits = (vfloat)bf16_round(v_load(terms + k));
        const vword words =
            (vword)v_shuffle(bits, bits, high) | ((vword)v_shuffle(bits, bits, low) >> 16);
        memcpy(to + k / 2, &words, sizeof words / 2);
    }
}

#endif

/* Of rows `low` and `high` the line that has them in its lower and upper halves. NULL: zeros. */
AGR_INLINE void bf16_put_line(uint32_t *line, const uint32_t *low, const uint32_t *high)
{
    vint first = {0}, second = {0}; /* of the columns in lower and in upper halves of a row */
    for (int lane = 0; lane < VL; lane++) {
        const int lower = BF16_AMX ? lane / 2 : lane / 4 * 2 + lane % 2;
        const int upper = BF16_AMX ? lane % 2 : lane % 4 < 2;
        first[lane] = lower + upper * VL;
        second[lane] = first[lane] + VL / 2;
    }
    for (int word = 0; word < BF16_WORDS; word += VL, line += 2 * VL) {
        const vword l = low != NULL ? bf16_load(low + word) : (vword){0};
        const vword h = high != NULL ? bf16_load(high + word) : (vword){0};
        const vfloat lower = (vfloat)((l & 0xFFFF) | h << 16);
        const vfloat upper = (vfloat)(l >> 16 | (h & 0xFFFF0000));
        bf16_store(line, (vword)v_shuffle(lower, upper, first));
        bf16_store(line + VL, (vword)v_shuffle(lower, upper, second));
    }
}

/* n_rows rows of 32 columns, turned: lines over the rows, filled up with zeros to whole blocks. */
AGR_INLINE void bf16_lines_of(const uint32_t *rows, int64_t n_rows, uint32_t *lines)
{
    enum { LOW_0 = BF16_AMX ? 0 : 2, HIGH_0 = BF16_AMX ? 1 : 0 };
    enum { LOW_1 = BF16_AMX ? 2 : 3, HIGH_1 = BF16_AMX ? 3 : 1 };
    for (int64_t k = 0; k < agr_round_up(n_rows, BF16_DEPTH); k += 4, lines += 2 * CONV_BLOCK) {
        const uint32_t *row[4];
        for (int i = 0; i < 4; i++)
            row[i] = k + i < n_rows ? rows + (k + i) * BF16_WORDS : NULL;
        bf16_put_line(lines, row[LOW_0], row[HIGH_0]);
        bf16_put_line(lines + CONV_BLOCK, row[LOW_1], row[HIGH_1]);
    }
}

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

/* A block of lines, as a product takes it best for `a`: as it is. */
AGR_INLINE void bf16_lines_as_a(uint32_t *lines)
{
    (void)lines;
}

/* Of n_blocks of those, the rows from `row` on. */
AGR_INLINE bf16_rows bf16_rows_of_lines(const uint32_t *lines, int64_t row, int64_t n_blocks)
{
    return (bf16_rows){lines + row, 1, BF16_LINES_WORDS, CONV_BLOCK, n_blocks};
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
