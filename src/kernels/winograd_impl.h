/**
 * Where Winograd F(4x4,3x3) keeps its tensors in conv->packed and conv->work.
 *
 * An image is cut into tiles of 4x4 outputs; a tile's 6x6 inputs become 36 taps. Each tap is a
 * matrix product over channels. All transformed tensors are panels of CONV_BLOCK channels:
 *
 *     packed   u  [36][O blocks][I][32]   kernel, for the forward product
 *              ut [36][I blocks][O][32]   kernel, for the input gradient
 *              blocks [threads][36][32][32]  of a kernel that is being transformed
 *     work     v  [36][I blocks][P][32]   input of a group of images, P tiles
 *              dm [36][O blocks][P][32]   output gradient of the same images
 *
 * With factors of bfloat16 (bf16_impl.h) they are, in words of 32 bits, two terms a word:
 *
 *     packed   u  [36][O blocks][I blocks][16][32]   lines over I
 *              ut [36][I blocks][O blocks][16][32]   lines over O
 *     work     v  [36][I blocks][P][16]   rows over I
 *              dm [36][O blocks][P][16]   rows over O
 *
 * The kernel gradient sums over tiles: it turns rows to lines in a thread's own cache, the tiles of
 * a micro-batch filled up with zeros to whole blocks of 32.
 *
 * A tap begins 32 floats further than its panels need, so that the 36 taps of one tile or channel
 * do not fall into one set of a cache.
 */
#ifndef AGR_KERNELS_WINOGRAD_IMPL_H
#define AGR_KERNELS_WINOGRAD_IMPL_H

#include "conv_impl.h"

enum { TAPS = 36, TILE_OUT = 4, TILE_IN = 6 };
enum {
    STRIP_TILES = 128
}; /* tiles of one product: 36 taps of 32 channels stay in a second-level cache */
enum { STRIP_BLOCKS_BF16 = 2 }; /* blocks of columns that share a reading of the tiles */
enum { BLOCK_FLOATS = CONV_BLOCK * CONV_BLOCK, KERNEL_BLOCK_FLOATS = TAPS * BLOCK_FLOATS };
enum { GRADIENT_CHUNK = 128 }; /* channels of an output gradient formed at once */

typedef struct {
    int64_t tiles_down, tiles_across, tiles; /* of one image */
    int64_t in_blocks, out_blocks;
    int64_t group;                     /* micro-batches transformed together */
    int64_t panel_rows;                /* P with slack */
    int64_t v_tap, dm_tap, strip_tap;  /* floats (words) from one tap to the next */
    int64_t strip_blocks, strip_block; /* blocks of columns of a strip, floats of each */
    int64_t u_tap, ut_tap;
    int64_t out_channels_padded;
    float *u, *ut, *blocks;               /* in packed */
    float *v, *dm, *threads, *db, *stack; /* in work */
    double *sums;                         /* in work: [image of the group][2][O padded] */
    int64_t thread_floats;                /* scratch of one thread */
    int64_t du_floats;                    /* of it for du; behind them bf16's turned panels */
    int64_t stack_size;                   /* one value of the fold: dw and db */
} winograd_layout;

/* A call, and where its tensors are. */
typedef struct {
    conv_call *call;
    winograd_layout layout;
} winograd_job;

static inline bool factors_are_bf16(const agr_conv *conv)
{
    return conv->shape.factors == AGR_PRECISION_BF16;
}

winograd_layout winograd_layout_of(const agr_conv *conv);
void winograd_plan(agr_conv *conv);

#endif
