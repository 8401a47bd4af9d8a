/** What the convolution algorithms share: one call's arguments, and the tables of their kernels. */
#ifndef AGR_KERNELS_CONV_IMPL_H
#define AGR_KERNELS_CONV_IMPL_H

#include <agr/kernels/conv.h>
#include "isa_impl.h"
#include "leaves_impl.h"

/* Channels per panel. Packed kernels and transformed tensors are cut into panels of this many
 * channels whatever the instruction set, so that a plan does not depend on it. */
enum { CONV_BLOCK = 32 };

/* Terms of a block of bfloat16; words of its row, and its lines (bf16_impl.h). */
enum { BF16_DEPTH = 32, BF16_WORDS = BF16_DEPTH / 2 };

/* Rows that a matrix tile may read and write beyond the last real one. */
enum { CONV_SLACK_ROWS = 16 };

/* The arguments of one call, and the part of it under way: a group of micro-batches. */
typedef struct {
    const agr_conv *conv;
    agr_pool *pool;
    const agr_shard *shard;
    agr_view x;
    const float *bias;
    float *y;          /* forward */
    const float *mask; /* backward: what forward wrote, where a ReLU made it; else NULL */
    double *sums;      /* NULL: not wanted */
    const agr_gradient_view *dy;
    float *dx; /* NULL: not wanted */
    agr_weight_gradient dw, db;
    int n_rows;                                 /* of dw and db: maximal subtrees held here */
    agr_tree tree;                              /* leaves folded so far */
    int64_t first_micro_batch, n_micro_batches; /* of the group */
    int64_t first_image, n_images; /* of the group, counted from the first image held here */
} conv_call;

typedef struct {
    /* Sets packed_floats and work_floats, the same for every instruction set. */
    void (*plan)(agr_conv *conv);
    void (*prepare)(const agr_conv *conv, agr_pool *pool, const float *w);
    void (*forward)(conv_call *call);
    void (*backward)(conv_call *call);
} agr_conv_kernels;

AGR_KERNEL_TABLE(agr_conv_kernels, agr_winograd_table, KERNELS_WINOGRAD)
AGR_KERNEL_TABLE(agr_conv_kernels, agr_direct_table, KERNELS_DIRECT)
AGR_KERNEL_TABLE(agr_conv_kernels, agr_im2col_table, KERNELS_IM2COL)

/** Sets the next group of at most `group` micro-batches; false when none is left. Start with
 * first = count = 0. */
bool conv_next_group(conv_call *call, int64_t group);

/** Local images of micro-batch m of the group, counted from the group's first image. */
static inline void conv_images_of(const conv_call *call, int64_t m, int64_t *begin, int64_t *end)
{
    agr_shard_images_of(call->shard, call->first_micro_batch + m, begin, end);
    *begin -= call->first_image;
    *end -= call->first_image;
}

#endif
