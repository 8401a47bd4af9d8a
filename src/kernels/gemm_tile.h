/**
 * The one matrix product that all our convolutions are made of:
 *
 *     c[r][j] = sum_k a(r, k) * b[k][j]         (or += with `accumulate`)
 *     a(r, k) = a[r * row_stride + (k / segment) * segment_stride + (k % segment) * k_stride]
 *
 * b [K][b_stride], c [n_rows][CONV_BLOCK]. Each c[r][j] is one sum over k in ascending order, held
 * in a register from first to last: its bits depend on nothing else, so work can be cut anywhere.
 * Rows are done TILE_ROWS at a time and columns a vector at a time: a and c must have
 * CONV_SLACK_ROWS rows to spare, and lanes beyond n_columns get nonsense.
 *
 * The strides let one kernel read a panel along its rows or along its columns, and slide over
 * padded image rows (a row is then a pixel, a segment a kernel row): no operand is ever repacked.
 */
#ifndef AGR_KERNELS_GEMM_TILE_H
#define AGR_KERNELS_GEMM_TILE_H

#include <agr/base/size.h>
#include "conv_impl.h"
#include "simd_impl.h"

/* Rows of a tile: usual, and most that fit the registers with two vectors a row. */
enum { TILE_ROWS = VL == 16 ? 8 : 4, TILE_ROWS_MAX = VL == 16 ? 12 : 6 };

typedef struct {
    const float *a;
    int64_t row_stride, k_stride;
    int64_t segment, segment_stride;
    int64_t k;
} gemm_rows;

/*
 * What to fetch into the second-level cache while a tile is computed: with every 32 terms one
 * kilobyte of the operand a that comes next and one of the operand b. Left alone, a tile waits for
 * the last-level cache at every jump from panel to panel.
 */
typedef struct {
    const float *a, *b;
    int64_t a_step, b_step; /* from one kilobyte to the next */
} gemm_next;

enum { GEMM_CHUNK = 32, LINE_FLOATS = 16 };

/* The terms [0, length) of all sums of a tile, length <= GEMM_CHUNK / 2; a line of `next` with
 * each. */
AGR_INLINE void gemm_terms(vfloat sum[TILE_ROWS_MAX][2], const float *a, int64_t row_stride,
                           int64_t k_stride, const float *b, int64_t b_stride, int64_t length,
                           int n_rows, int n_vectors, const float *next)
{
    for (int64_t k = 0; k < length; k++) {
        vfloat bk[2];
#pragma GCC unroll 2
        for (int v = 0; v < n_vectors; v++)
            bk[v] = v_load(b + v * VL);
        if (next != NULL)
            __builtin_prefetch(next + k * LINE_FLOATS, 0, 2);
#pragma GCC unroll 16
        for (int r = 0; r < n_rows; r++) {
            const vfloat ark = v_set(a[r * row_stride]);
#pragma GCC unroll 2
            for (int v = 0; v < n_vectors; v++)
                sum[r][v] = v_fma(ark, bk[v], sum[r][v]);
        }
        a += k_stride;
        b += b_stride;
    }
}

/* sum[r][v] += all terms of one tile. */
AGR_INLINE void gemm_sum(vfloat sum[TILE_ROWS_MAX][2], const gemm_rows *rows, const float *a,
                         const float *b, int64_t b_stride, int n_rows, int n_vectors,
                         const gemm_next *next)
{
    const int64_t row_stride = rows->row_stride, k_stride = rows->k_stride;
    const float *next_a = next != NULL ? next->a : NULL, *next_b = next != NULL ? next->b : NULL;
    for (int64_t k_left = rows->k; k_left > 0; k_left -= rows->segment) {
        const int64_t length = k_left < rows->segment ? k_left : rows->segment;
        if (next == NULL) {
            gemm_terms(sum, a, row_stride, k_stride, b, b_stride, length, n_rows, n_vectors, NULL);
            b += length * b_stride;
        }
        for (int64_t k = 0; next != NULL && k < length; k += GEMM_CHUNK) {
            const int64_t half = GEMM_CHUNK / 2;
            const int64_t first = length - k < half ? length - k : half;
            const int64_t second = length - k - first < half ? length - k - first : half;
            gemm_terms(sum, a + k * k_stride, row_stride, k_stride, b, b_stride, first, n_rows,
                       n_vectors, next_a);
            b += first * b_stride;
            gemm_terms(sum, a + (k + half) * k_stride, row_stride, k_stride, b, b_stride, second,
                       n_rows, n_vectors, next_b);
            b += second * b_stride;
            next_a += next->a_step;
            next_b += next->b_step;
        }
        a += rows->segment_stride;
    }
}

AGR_INLINE void gemm_tile(const gemm_rows *rows, const float *a, const float *b, int64_t b_stride,
                          float *c, int n_rows, int n_vectors, bool accumulate,
                          const gemm_next *next)
{
    vfloat sum[TILE_ROWS_MAX][2];
#pragma GCC unroll 16
    for (int r = 0; r < n_rows; r++)
#pragma GCC unroll 2
        for (int v = 0; v < n_vectors; v++)
            sum[r][v] = accumulate ? v_load(c + r * CONV_BLOCK + v * VL) : v_zero();
    gemm_sum(sum, rows, a, b, b_stride, n_rows, n_vectors, next);
#pragma GCC unroll 16
    for (int r = 0; r < n_rows; r++)
#pragma GCC unroll 2
        for (int v = 0; v < n_vectors; v++)
            v_store(c + r * CONV_BLOCK + v * VL, sum[r][v]);
}

typedef void gemm_tile_function(const gemm_rows *rows, const float *a, const float *b,
                                int64_t b_stride, float *c, const gemm_next *next);

#define GEMM_TILE(name, n_rows, n_vectors, accumulate, next)                                       \
    static __attribute__((noinline, unused)) void name(const gemm_rows *rows, const float *a,      \
                                                       const float *b, int64_t b_stride, float *c, \
                                                       const gemm_next *n)                         \
    {                                                                                              \
        (void)n;                                                                                   \
        gemm_tile(rows, a, b, b_stride, c, n_rows, n_vectors, accumulate, next);                   \
    }
GEMM_TILE(gemm_tile_2, TILE_ROWS, 2, false, NULL)
GEMM_TILE(gemm_tile_1, TILE_ROWS, 1, false, NULL)
GEMM_TILE(gemm_tile_fetch_2, TILE_ROWS, 2, false, n)
GEMM_TILE(gemm_tile_fetch_1, TILE_ROWS, 1, false, n)

/* n_columns <= CONV_BLOCK. */
static inline void gemm_block(const gemm_rows *rows, int64_t n_rows, const float *b,
                              int64_t b_stride, int64_t n_columns, float *c)
{
    for (int64_t j = 0; j < n_columns;) {
        const bool two = n_columns - j > VL;
        for (int64_t r = 0; r < n_rows; r += TILE_ROWS) {
            const float *a = rows->a + r * rows->row_stride;
            float *tile = c + r * CONV_BLOCK + j;
            if (two)
                gemm_tile_2(rows, a, b + j, b_stride, tile, NULL);
            else
                gemm_tile_1(rows, a, b + j, b_stride, tile, NULL);
        }
        j += two ? 2 * VL : VL;
    }
}

/* Tiles of every height that add to what is there: for products of few rows, which must not be
 * rounded up. */
#define GEMM_TILE_ADD(n_rows)                                                                      \
    GEMM_TILE(gemm_tile_add_1_##n_rows, n_rows, 1, true, NULL)                                     \
    GEMM_TILE(gemm_tile_add_2_##n_rows, n_rows, 2, true, NULL)
GEMM_TILE_ADD(1)
GEMM_TILE_ADD(2)
GEMM_TILE_ADD(3)
GEMM_TILE_ADD(4)
GEMM_TILE_ADD(5)
GEMM_TILE_ADD(6)
#if defined(__AVX512F__)
GEMM_TILE_ADD(7)
GEMM_TILE_ADD(8)
GEMM_TILE_ADD(9)
GEMM_TILE_ADD(10)
GEMM_TILE_ADD(11)
GEMM_TILE_ADD(12)
#endif

static __attribute__((unused)) gemm_tile_function *const gemm_tile_add[TILE_ROWS_MAX][2] = {
    {gemm_tile_add_1_1, gemm_tile_add_2_1},   {gemm_tile_add_1_2, gemm_tile_add_2_2},
    {gemm_tile_add_1_3, gemm_tile_add_2_3},   {gemm_tile_add_1_4, gemm_tile_add_2_4},
    {gemm_tile_add_1_5, gemm_tile_add_2_5},   {gemm_tile_add_1_6, gemm_tile_add_2_6},
#if defined(__AVX512F__)
    {gemm_tile_add_1_7, gemm_tile_add_2_7},   {gemm_tile_add_1_8, gemm_tile_add_2_8},
    {gemm_tile_add_1_9, gemm_tile_add_2_9},   {gemm_tile_add_1_10, gemm_tile_add_2_10},
    {gemm_tile_add_1_11, gemm_tile_add_2_11}, {gemm_tile_add_1_12, gemm_tile_add_2_12},
#endif
};

/* c += a b, n_columns <= CONV_BLOCK; no slack rows. */
static inline void gemm_add(const gemm_rows *rows, int64_t n_rows, const float *b, int64_t b_stride,
                            int64_t n_columns, float *c)
{
    const int64_t n_tiles = (n_rows + TILE_ROWS_MAX - 1) / TILE_ROWS_MAX;
    for (int64_t j = 0; j < n_columns;) {
        const bool two = n_columns - j > VL;
        for (int64_t tile = 0; tile < n_tiles; tile++) {
            int64_t begin, end;
            agr_split_range(n_rows, n_tiles, tile, &begin, &end);
            gemm_tile_add[end - begin - 1][two](rows, rows->a + begin * rows->row_stride, b + j,
                                                b_stride, c + begin * CONV_BLOCK + j, NULL);
        }
        j += two ? 2 * VL : VL;
    }
}

/**
 * The same for operands in panels (b_stride CONV_BLOCK), fetching what the next call will read:
 * next.a is the next call's first tile or, where a's rows are consecutive in memory, this call's
 * next tile, `a_tile_step` floats further with every tile; next.b is read on from tile to tile.
 */
static inline void gemm_panel(const gemm_rows *rows, int64_t n_rows, const float *b,
                              int64_t n_columns, float *c, gemm_next next, int64_t a_tile_step)
{
    const int64_t b_tile_step = (rows->k + GEMM_CHUNK - 1) / GEMM_CHUNK * next.b_step;
    for (int64_t j = 0; j < n_columns;) {
        const bool two = n_columns - j > VL;
        for (int64_t r = 0; r < n_rows; r += TILE_ROWS) {
            const float *a = rows->a + r * rows->row_stride;
            float *tile = c + r * CONV_BLOCK + j;
            if (two)
                gemm_tile_fetch_2(rows, a, b + j, CONV_BLOCK, tile, &next);
            else
                gemm_tile_fetch_1(rows, a, b + j, CONV_BLOCK, tile, &next);
            next.a += a_tile_step;
            next.b += b_tile_step;
        }
        j += two ? 2 * VL : VL;
    }
}

#undef GEMM_TILE_ADD
#undef GEMM_TILE

#endif
