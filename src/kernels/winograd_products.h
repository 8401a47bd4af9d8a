/** The 36 products over channels, a strip of tiles at a time. Included by winograd_kernels.c alone. */
#ifndef AGR_KERNELS_WINOGRAD_PRODUCTS_H
#define AGR_KERNELS_WINOGRAD_PRODUCTS_H

#include <agr/base/size.h>
#include "bf16_impl.h"
#include "gemm_tile.h"
#include "winograd_impl.h"

/* What the products over channels of one direction read: panels of tiles, and a kernel of
 * `n_columns` channels. */
typedef struct {
    const float *panels, *kernel;
    int64_t panels_tap, kernel_tap;
    int64_t depth, n_columns;
} strip_factors;

/* strip[tap][p][32] = sum_k panel[tap][k][first + p] * kernel[tap][k], for n_tiles tiles. */
static inline void multiply_strip_fp32(const winograd_layout *l, const strip_factors *f,
                                       int64_t first, int64_t n_tiles, int64_t block, float *strip)
{
    const float *kernel = f->kernel + block * f->depth * CONV_BLOCK;
    const int64_t n_columns = agr_min_i64(CONV_BLOCK, f->n_columns - block * CONV_BLOCK);
    for (int64_t tap = 0; tap < TAPS; tap++) {
        const gemm_rows rows = {.a = f->panels + tap * f->panels_tap + first * CONV_BLOCK,
                                .row_stride = CONV_BLOCK,
                                .k_stride = 1,
                                .segment = CONV_BLOCK,
                                .segment_stride = l->panel_rows * CONV_BLOCK,
                                .k = f->depth};
        /* The next eight tiles; after the last ones whatever follows. The next tap's kernel. */
        const gemm_next next = {.a = rows.a + TILE_ROWS * CONV_BLOCK,
                                .a_step = rows.segment_stride,
                                .b = kernel + (tap + 1) * f->kernel_tap,
                                .b_step = GEMM_CHUNK / 2 * LINE_FLOATS};
        gemm_panel(&rows, n_tiles, kernel + tap * f->kernel_tap, n_columns,
                   strip + tap * l->strip_tap, next, TILE_ROWS * CONV_BLOCK);
    }
}

/* The same of rows and lines of bfloat16, over blocks of 32 terms; of the blocks of columns
 * [block, end_block), so that what was read of a tap's tiles serves all of them. */
static inline void multiply_strip_bf16(const winograd_layout *l, const strip_factors *f,
                                       int64_t first, int64_t n_tiles, int64_t block,
                                       int64_t end_block, float *strip)
{
    const int64_t n_blocks = (f->depth + BF16_DEPTH - 1) / BF16_DEPTH;
    const int64_t block_words = n_blocks * BF16_LINES_WORDS;
    const uint32_t *kernel = (const uint32_t *)(const void *)f->kernel + block * block_words;
    bf16_rows rows = {.a = (const uint32_t *)(const void *)f->panels + first * BF16_WORDS,
                      .row_stride = BF16_WORDS,
                      .block_stride = l->panel_rows * BF16_WORDS,
                      .word_stride = 1,
                      .n_blocks = n_blocks};
    bf16_begin();
    for (int64_t tap = 0; tap < TAPS; tap++, rows.a += f->panels_tap, kernel += f->kernel_tap)
        for (int64_t i = 0; i < end_block - block; i++) {
            const int64_t n_columns =
                agr_min_i64(CONV_BLOCK, f->n_columns - (block + i) * CONV_BLOCK);
            bf16_multiply(&rows, n_tiles, kernel + i * block_words, n_columns,
                          strip + tap * l->strip_tap + i * l->strip_block);
        }
    bf16_end();
}

static inline void multiply_strip(const winograd_job *job, const strip_factors *f, int64_t first,
                                  int64_t n_tiles, int64_t block, int64_t end_block, float *strip)
{
    if (factors_are_bf16(job->call->conv)) {
        multiply_strip_bf16(&job->layout, f, first, n_tiles, block, end_block, strip);
        return;
    }
    for (int64_t i = block; i < end_block; i++)
        multiply_strip_fp32(&job->layout, f, first, n_tiles, i,
                            strip + (i - block) * job->layout.strip_block);
}

/* Where one tile lies in its image. */
typedef struct {
    int64_t image, row, column; /* image of the group; first output row and column */
} tile_place;

static inline tile_place place_of(const winograd_layout *l, int64_t tile)
{
    const int64_t in_image = tile % l->tiles;
    return (tile_place){.image = tile / l->tiles,
                        .row = in_image / l->tiles_across * TILE_OUT,
                        .column = in_image % l->tiles_across * TILE_OUT};
}

/* Tap 0 of a tile and a channel of a strip. */
static const float *strip_at(const winograd_layout *l, const float *strip, int64_t tile,
                             int64_t channel)
{
    return strip + channel / CONV_BLOCK * l->strip_block + tile * CONV_BLOCK + channel % CONV_BLOCK;
}

#endif
