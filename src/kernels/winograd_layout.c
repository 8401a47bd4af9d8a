/* Where Winograd's algorithm keeps its tensors, and how large they are. */
#include "winograd_impl.h"

#include <agr/base/size.h>

/* Transformed tensors of a group of micro-batches should stay in a core's cache of a megabyte. */
enum { GROUP_FLOATS = 1 << 18 };

/* Hands out consecutive pieces of 64-byte multiples; with a NULL base it only counts. */
static float *take(float *base, int64_t *used, int64_t n_floats)
{
    float *piece = base != NULL ? base + *used : NULL;
    *used += agr_round_up(n_floats, 16);
    return piece;
}

static int64_t group_of(const agr_conv *conv, const winograd_layout *layout)
{
    const int64_t row_floats = factors_are_bf16(conv) ? BF16_WORDS : CONV_BLOCK;
    const int64_t floats_per_micro_batch = conv->micro_batch * layout->tiles * TAPS * row_floats *
                                           (layout->in_blocks + layout->out_blocks);
    const int64_t group = agr_max_i64(1, GROUP_FLOATS / floats_per_micro_batch);
    return agr_min_i64(group, conv->max_micro_batches);
}

/* Lines of bfloat16 over the tiles of a micro-batch. */
static int64_t batch_lines(const agr_conv *conv, const winograd_layout *l)
{
    return agr_round_up(conv->micro_batch * l->tiles, BF16_DEPTH) / 2;
}

static void place(const agr_conv *conv, winograd_layout *l, int64_t *packed_floats,
                  int64_t *work_floats)
{
    const agr_conv_shape shape = conv->shape;
    int64_t used = 0;
    l->u = take(conv->packed, &used, TAPS * l->u_tap);
    l->ut = take(conv->packed, &used, TAPS * l->ut_tap);
    l->blocks = take(conv->packed, &used, conv->n_threads * KERNEL_BLOCK_FLOATS);
    *packed_floats = used;

    const int64_t images = l->group * conv->micro_batch;
    const int64_t strip_rows = agr_min_i64(STRIP_TILES, images * l->tiles) + CONV_SLACK_ROWS;
    l->strip_blocks = factors_are_bf16(conv) ? STRIP_BLOCKS_BF16 : 1;
    l->strip_block = (strip_rows + 1) * CONV_BLOCK;
    l->strip_tap = l->strip_blocks * l->strip_block;
    const int64_t band = TILE_OUT * l->tiles_across * TILE_OUT * GRADIENT_CHUNK;
    const int64_t columns = TILE_IN * (l->tiles_across * TILE_OUT + 2) * CONV_BLOCK;
    l->du_floats = KERNEL_BLOCK_FLOATS + CONV_SLACK_ROWS * CONV_BLOCK;
    const int64_t turned =
        factors_are_bf16(conv) ? TAPS * batch_lines(conv, l) * CONV_BLOCK * (l->in_blocks + 1) : 0;
    const int64_t piece = l->du_floats + turned;
    l->thread_floats =
        agr_round_up(agr_max_i64(agr_max_i64(TAPS * l->strip_tap, piece), band + columns), 16);

    used = 0;
    l->v = take(conv->work, &used, TAPS * l->v_tap);
    l->dm = take(conv->work, &used, TAPS * l->dm_tap);
    l->threads = take(conv->work, &used, conv->n_threads * l->thread_floats);
    l->db = take(conv->work, &used, images * l->tiles_down * l->out_channels_padded);
    l->sums = (double *)(void *)take(conv->work, &used, images * 2 * l->out_channels_padded * 2);
    l->stack_size =
        agr_round_up(9 * shape.in_channels * shape.out_channels, 16) + l->out_channels_padded;
    l->stack = take(conv->work, &used, agr_leaves_levels(conv->max_micro_batches) * l->stack_size);
    *work_floats = used;
}

/* The sizes of panels of bfloat16, in words. */
static void lay_out_bf16(winograd_layout *l)
{
    const int64_t panel_words = l->panel_rows * BF16_WORDS;
    const int64_t kernel_words = l->in_blocks * l->out_blocks * BLOCK_FLOATS / 2;
    l->v_tap = l->in_blocks * panel_words + CONV_BLOCK;
    l->dm_tap = l->out_blocks * panel_words + CONV_BLOCK;
    l->u_tap = l->ut_tap = kernel_words + CONV_BLOCK;
}

/* Each tap is a row longer than its panels: were it a power of two, all taps of a channel would
 * fall into the same few lines of every cache. */
static winograd_layout lay_out(const agr_conv *conv, int64_t *packed_floats, int64_t *work_floats)
{
    const agr_conv_shape shape = conv->shape;
    winograd_layout l = {
        .tiles_down = (shape.height + TILE_OUT - 1) / TILE_OUT,
        .tiles_across = (shape.width + TILE_OUT - 1) / TILE_OUT,
        .in_blocks = (shape.in_channels + CONV_BLOCK - 1) / CONV_BLOCK,
        .out_blocks = (shape.out_channels + CONV_BLOCK - 1) / CONV_BLOCK,
    };
    l.tiles = l.tiles_down * l.tiles_across;
    l.out_channels_padded = l.out_blocks * CONV_BLOCK;
    l.group = group_of(conv, &l);
    l.panel_rows = l.group * conv->micro_batch * l.tiles + CONV_SLACK_ROWS;
    l.v_tap = (l.in_blocks * l.panel_rows + 1) * CONV_BLOCK;
    l.dm_tap = (l.out_blocks * l.panel_rows + 1) * CONV_BLOCK;
    l.u_tap = (l.out_blocks * shape.in_channels + 1) * CONV_BLOCK;
    l.ut_tap = (l.in_blocks * shape.out_channels + 1) * CONV_BLOCK;
    if (factors_are_bf16(conv))
        lay_out_bf16(&l);
    place(conv, &l, packed_floats, work_floats);
    return l;
}

winograd_layout winograd_layout_of(const agr_conv *conv)
{
    int64_t packed_floats, work_floats;
    return lay_out(conv, &packed_floats, &work_floats);
}

void winograd_plan(agr_conv *conv)
{
    int64_t packed_floats, work_floats;
    lay_out(conv, &packed_floats, &work_floats);
    conv->packed_floats = (size_t)packed_floats;
    conv->work_floats = (size_t)work_floats;
}
