/* Where the direct algorithm keeps its tensors, and how large they are. */
#include "direct_impl.h"

#include <agr/base/size.h>

/* Parts of kernel gradients of a group should stay in cache. */
enum { GROUP_FLOATS = 1 << 20 };

static int64_t blocks(int64_t channels)
{
    return (channels + CONV_BLOCK - 1) / CONV_BLOCK;
}

static direct_layout lay_out(const agr_conv *conv, int64_t *packed_floats, int64_t *work_floats)
{
    const agr_conv_shape s = conv->shape;
    const int64_t taps = (int64_t)s.kernel * s.kernel;
    direct_layout l = {
        .kernel = s.kernel,
        .pad = (s.kernel - 1) / 2,
        .in_blocks = blocks(s.in_channels),
        .out_blocks = blocks(s.out_channels),
        .n_bands = (s.height + BAND_ROWS - 1) / BAND_ROWS,
        .kernel_rows = s.kernel * s.in_channels + CONV_SLACK_ROWS,
        .part_floats = agr_round_up(taps * s.in_channels * s.out_channels, 16) +
                       agr_round_up(s.out_channels, 16) + 16,
    };
    l.narrow = taps * s.in_channels <= CONV_BLOCK;
    l.n_parts = agr_min_i64(2, l.n_bands);
    l.x_row = agr_round_up((s.width + 2 * l.pad + CONV_SLACK_ROWS) * s.in_channels, 16);
    l.dz_row = agr_round_up((s.width + 2 * l.pad + CONV_SLACK_ROWS) * s.out_channels, 16);
    l.group = agr_max_i64(1, GROUP_FLOATS / (conv->micro_batch * l.n_parts * l.part_floats));
    l.group = agr_min_i64(l.group, conv->max_micro_batches);
    const int64_t images = l.group * conv->micro_batch;

    const int64_t w_floats = l.out_blocks * taps * s.in_channels * CONV_BLOCK;
    l.w = conv->packed;
    l.wt = l.w != NULL ? l.w + w_floats : NULL;
    *packed_floats = w_floats + l.in_blocks * taps * s.out_channels * CONV_BLOCK;

    const int64_t band = BAND_ROWS + 2 * l.pad;
    l.thread_floats = band * (l.x_row + l.dz_row) + 16 + (s.width + CONV_SLACK_ROWS) * CONV_BLOCK +
                      l.out_blocks * l.kernel * l.kernel_rows * CONV_BLOCK;
    l.stack_size = l.part_floats;
    const int64_t sums_floats =
        agr_round_up(2 * images * l.n_bands * 2 * l.out_blocks * CONV_BLOCK, 16);
    l.sums = (double *)(void *)conv->work;
    l.threads = conv->work != NULL ? conv->work + sums_floats : NULL;
    l.parts = l.threads != NULL ? l.threads + conv->n_threads * l.thread_floats : NULL;
    l.stack = l.parts != NULL ? l.parts + images * l.n_parts * l.part_floats : NULL;
    *work_floats = sums_floats + conv->n_threads * l.thread_floats +
                   images * l.n_parts * l.part_floats +
                   agr_leaves_levels(conv->max_micro_batches) * l.stack_size;
    return l;
}

direct_layout direct_layout_of(const agr_conv *conv)
{
    int64_t packed_floats, work_floats;
    return lay_out(conv, &packed_floats, &work_floats);
}

void direct_plan(agr_conv *conv)
{
    int64_t packed_floats, work_floats;
    lay_out(conv, &packed_floats, &work_floats);
    conv->packed_floats = (size_t)packed_floats;
    conv->work_floats = (size_t)work_floats;
}
