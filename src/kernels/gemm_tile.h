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

#include "conv_impl.h"
#include "simd_impl.h"

enum { TILE_ROWS = VL == 16 ? 8 : 4 };

typedef struct {
    const float *a;
    int64_t row_stride, k_stride;
    int64_t segment, segment_stride;
    int64_t k;
} gemm_rows;

AGR_INLINE void gemm_tile(const gemm_rows *rows, const float *a, const float *b, int64_t b_stride,
                          float *c, int n_vectors, bool accumulate)
{
    vfloat sum[TILE_ROWS][2];
#pragma GCC unroll 16
    for (int r = 0; r < TILE_ROWS; r++)
#pragma GCC unroll 2
        for (int v = 0; v < n_vectors; v++)
            sum[r][v] = accumulate ? v_load(c + r * CONV_BLOCK + v * VL) : v_zero();
    const int64_t row_stride = rows->row_stride, k_stride = rows->k_stride;
    for (int64_t k_left = rows->k; k_left > 0; k_left -= rows->segment) {
        const int64_t length = k_left < rows->segment ? k_left : rows->segment;
        const float *ak = a;
        for (int64_t k = 0; k < length; k++) {
            vfloat bk[2];
#pragma GCC unroll 2
            for (int v = 0; v < n_vectors; v++)
                bk[v] = v_load(b + v * VL);
#pragma GCC unroll 16
            for (int r = 0; r < TILE_ROWS; r++) {
                const vfloat ark = v_set(ak[r * row_stride]);
#pragma GCC unroll 2
                for (int v = 0; v < n_vectors; v++)
                    sum[r][v] += ark * bk[v];
            }
            ak += k_stride;
            b += b_stride;
        }
        a += rows->segment_stride;
    }
#pragma GCC unroll 16
    for (int r = 0; r < TILE_ROWS; r++)
#pragma GCC unroll 2
        for (int v = 0; v < n_vectors; v++)
            v_store(c + r * CONV_BLOCK + v * VL, sum[r][v]);
}

static __attribute__((noinline)) void gemm_tile_2(const gemm_rows *rows, const float *a,
                                                  const float *b, int64_t b_stride, float *c)
{
    gemm_tile(rows, a, b, b_stride, c, 2, false);
}

static __attribute__((noinline)) void gemm_tile_1(const gemm_rows *rows, const float *a,
                                                  const float *b, int64_t b_stride, float *c)
{
    gemm_tile(rows, a, b, b_stride, c, 1, false);
}

static __attribute__((noinline)) void gemm_tile_add_2(const gemm_rows *rows, const float *a,
                                                      const float *b, int64_t b_stride, float *c)
{
    gemm_tile(rows, a, b, b_stride, c, 2, true);
}

static __attribute__((noinline)) void gemm_tile_add_1(const gemm_rows *rows, const float *a,
                                                      const float *b, int64_t b_stride, float *c)
{
    gemm_tile(rows, a, b, b_stride, c, 1, true);
}

/* n_columns <= CONV_BLOCK. */
static inline void gemm_block(const gemm_rows *rows, int64_t n_rows, const float *b,
                              int64_t b_stride, int64_t n_columns, float *c, bool accumulate)
{
    for (int64_t j = 0; j < n_columns;) {
        const bool two = n_columns - j > VL;
        for (int64_t r = 0; r < n_rows; r += TILE_ROWS) {
            const float *a = rows->a + r * rows->row_stride;
            float *tile = c + r * CONV_BLOCK + j;
            if (accumulate && two)
                gemm_tile_add_2(rows, a, b + j, b_stride, tile);
            else if (accumulate)
                gemm_tile_add_1(rows, a, b + j, b_stride, tile);
            else if (two)
                gemm_tile_2(rows, a, b + j, b_stride, tile);
            else
                gemm_tile_1(rows, a, b + j, b_stride, tile);
        }
        j += two ? 2 * VL : VL;
    }
}

#endif
