/** The kernel gradient: products over tiles, transformed back and folded while in cache. Included by
 * winograd_kernels.c alone. */
#ifndef AGR_KERNELS_WINOGRAD_KERNEL_GRADIENT_H
#define AGR_KERNELS_WINOGRAD_KERNEL_GRADIENT_H

#include <agr/base/size.h>
#include "bf16_impl.h"
#include "conv_fold.h"
#include "gemm_tile.h"
#include "winograd_impl.h"
#include "winograd_transforms.h"

/* The kernel gradient of some input channels and one block of output channels: what one thread
 * folds at a time. */
typedef struct {
    int64_t in_block, out_block;
    int64_t begin, end; /* input channels inside the block */
    int64_t n_out;      /* output channels of the block */
} kernel_piece;

/* Pieces of a kernel gradient: pairs of blocks, cut further when threads would idle. */
static inline int64_t rows_of_piece(const winograd_layout *l, int n_threads)
{
    return n_threads == 1 || l->in_blocks * l->out_blocks >= 4 * n_threads ? CONV_BLOCK : TILE_ROWS;
}

static inline kernel_piece piece_of(const winograd_job *job, int64_t index, int64_t rows)
{
    const agr_conv_shape shape = job->call->conv->shape;
    const int64_t per_block = CONV_BLOCK / rows, pair = index / per_block;
    kernel_piece piece = {.in_block = pair % job->layout.in_blocks,
                          .out_block = pair / job->layout.in_blocks,
                          .begin = index % per_block * rows};
    piece.end = agr_min_i64(piece.begin + rows, shape.in_channels - piece.in_block * CONV_BLOCK);
    piece.n_out = agr_min_i64(CONV_BLOCK, shape.out_channels - piece.out_block * CONV_BLOCK);
    return piece;
}

/* du of one micro-batch, transformed back and folded. */
static inline void fold_kernel_gradient(const winograd_job *job, kernel_piece piece,
                                        const float *du, const fold_step *step)
{
    const agr_conv_shape shape = job->call->conv->shape;
    const int64_t channel = piece.in_block * CONV_BLOCK, out = piece.out_block * CONV_BLOCK;
    for (int64_t c = piece.begin; c < piece.end; c++)
        for (int64_t o = 0; o < piece.n_out; o += VL) {
            vfloat g[3][3];
            transform_kernel_gradient_tile(du + c * CONV_BLOCK + o, g);
            for (int i = 0; i < 3; i++)
                for (int j = 0; j < 3; j++)
                    fold_vector(step,
                                ((i * 3 + j) * shape.in_channels + channel + c) *
                                        shape.out_channels +
                                    out + o,
                                g[i][j], agr_min_i64(VL, piece.n_out - o));
        }
}

static inline void multiply_kernel_gradient(const winograd_job *job, int64_t m, kernel_piece piece,
                                            float *du)
{
    const winograd_layout *l = &job->layout;
    int64_t begin, end;
    conv_images_of(job->call, m, &begin, &end);
    const int64_t first = begin * l->tiles, n_tiles = (end - begin) * l->tiles;
    for (int64_t tap = 0; tap < TAPS; tap++) {
        const gemm_rows rows = {.a = l->v + tap * l->v_tap +
                                     (piece.in_block * l->panel_rows + first) * CONV_BLOCK +
                                     piece.begin,
                                .row_stride = 1,
                                .k_stride = CONV_BLOCK,
                                .segment = n_tiles,
                                .k = n_tiles};
        const float *dm =
            l->dm + tap * l->dm_tap + (piece.out_block * l->panel_rows + first) * CONV_BLOCK;
        const gemm_next next = {.a = rows.a + l->v_tap,
                                .a_step = GEMM_CHUNK / 2 * LINE_FLOATS,
                                .b = dm + l->dm_tap,
                                .b_step = GEMM_CHUNK / 2 * LINE_FLOATS};
        gemm_panel(&rows, piece.end - piece.begin, dm, piece.n_out,
                   du + (tap * CONV_BLOCK + piece.begin) * CONV_BLOCK, next,
                   (n_tiles + GEMM_CHUNK - 1) / GEMM_CHUNK * next.a_step);
    }
}

/* The same of bfloat16. The sum is over tiles, panels have rows over channels: what a thread needs of
 * a micro-batch is turned, all of v once and of dm a block of channels at a time. */
typedef struct {
    int64_t n_blocks; /* of the sum */
    uint32_t *lines;  /* of dm [36][n_blocks] */
    uint32_t *room;   /* of v [in_blocks][36][n_blocks] */
} turned_panels;

static inline turned_panels turned_in(const winograd_job *job, int64_t m, float *memory)
{
    int64_t begin, end;
    conv_images_of(job->call, m, &begin, &end);
    const int64_t n_tiles = (end - begin) * job->layout.tiles;
    turned_panels turned = {.n_blocks = (n_tiles + BF16_DEPTH - 1) / BF16_DEPTH,
                            .lines = (uint32_t *)(void *)memory};
    turned.room = turned.lines + TAPS * turned.n_blocks * BF16_LINES_WORDS;
    return turned;
}

/* 36 taps of one panel, of micro-batch m. */
static inline void turn_panel(const winograd_job *job, int64_t m, const float *panel,
                              int64_t tap_words, const turned_panels *turned, uint32_t *lines)
{
    int64_t begin, end;
    conv_images_of(job->call, m, &begin, &end);
    const uint32_t *rows =
        (const uint32_t *)(const void *)panel + begin * job->layout.tiles * BF16_WORDS;
    for (int64_t tap = 0; tap < TAPS; tap++)
        bf16_lines_of(rows + tap * tap_words, (end - begin) * job->layout.tiles,
                      lines + tap * turned->n_blocks * BF16_LINES_WORDS);
}

static inline void turn_v(const winograd_job *job, int64_t m, int64_t in_block,
                          const turned_panels *turned)
{
    const winograd_layout *l = &job->layout;
    const int64_t words = TAPS * turned->n_blocks * BF16_LINES_WORDS;
    uint32_t *room = turned->room + in_block * words;
    turn_panel(job, m, l->v + in_block * l->panel_rows * BF16_WORDS, l->v_tap, turned, room);
    for (int64_t i = 0; i < TAPS * turned->n_blocks; i++)
        bf16_lines_as_a(room + i * BF16_LINES_WORDS);
}

static inline void multiply_kernel_gradient_bf16(kernel_piece piece, const turned_panels *turned,
                                                 float *du)
{
    const int64_t words = turned->n_blocks * BF16_LINES_WORDS;
    bf16_begin();
    for (int64_t tap = 0; tap < TAPS; tap++) {
        const bf16_rows rows = bf16_rows_of_lines(
            turned->room + (piece.in_block * TAPS + tap) * words, piece.begin, turned->n_blocks);
        bf16_multiply(&rows, piece.end - piece.begin, turned->lines + tap * words, piece.n_out,
                      du + (tap * CONV_BLOCK + piece.begin) * CONV_BLOCK);
    }
    bf16_end();
}

/* Pieces [begin, end) of the kernel gradient, of micro-batch m of the group. */
static inline void fold_micro_batch(const winograd_job *job, int64_t m, const fold_step *step,
                                    int64_t begin, int64_t end, int64_t rows, float *du)
{
    for (int64_t i = begin; i < end; i++) {
        const kernel_piece piece = piece_of(job, i, rows);
        if (piece.begin >= piece.end)
            continue;
        multiply_kernel_gradient(job, m, piece, du);
        fold_kernel_gradient(job, piece, du, step);
    }
}

static inline void fold_micro_batch_bf16(const winograd_job *job, int64_t m, const fold_step *step,
                                         int64_t begin, int64_t end, int64_t rows, float *du)
{
    const winograd_layout *l = &job->layout;
    const turned_panels turned = turned_in(job, m, du + l->du_floats);
    int64_t out_block = -1, first = -1, n_turned = 0; /* of v: from block `first` on, around */
    for (int64_t i = begin; i < end; i++) {
        const kernel_piece piece = piece_of(job, i, rows);
        if (piece.begin >= piece.end)
            continue;
        if (piece.out_block != out_block)
            turn_panel(job, m, l->dm + piece.out_block * l->panel_rows * BF16_WORDS, l->dm_tap,
                       &turned, turned.lines);
        out_block = piece.out_block;
        if (first < 0)
            first = piece.in_block;
        if ((piece.in_block - first + l->in_blocks) % l->in_blocks >= n_turned) {
            turn_v(job, m, piece.in_block, &turned);
            n_turned++;
        }
        multiply_kernel_gradient_bf16(piece, &turned, du);
        fold_kernel_gradient(job, piece, du, step);
    }
}

#endif
