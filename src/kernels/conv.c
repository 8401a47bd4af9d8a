/* Convolutions, from outside: chooses the algorithm, plans it, calls it. */
#include <agr/kernels/conv.h>

#include <agr/base/size.h>
#include "conv_impl.h"

double agr_conv_flop_forward(agr_conv_shape shape)
{
    return 2.0 * (double)(shape.height * shape.width) * (double)(shape.kernel * shape.kernel) *
           (double)(shape.in_channels * shape.out_channels);
}

/* As measured (docs/performance.md): Winograd pays from 8 -> 16 channels on, and the direct
 * algorithm is nowhere slower than im2col. */
static agr_conv_algorithm choose(agr_conv_shape shape)
{
    return shape.kernel == 3 && shape.in_channels >= 8 && shape.out_channels >= 16
               ? AGR_CONV_WINOGRAD
               : AGR_CONV_DIRECT;
}

static const agr_conv_kernels *kernels_of(const agr_conv *conv)
{
    switch (conv->algorithm) {
    case AGR_CONV_WINOGRAD:
        return agr_winograd_table();
    case AGR_CONV_DIRECT:
        return agr_direct_table();
    default:
        return agr_im2col_table();
    }
}

agr_status agr_conv_plan(agr_conv *conv, agr_conv_shape shape, agr_conv_algorithm algorithm,
                         int64_t micro_batch, int64_t max_micro_batches, int n_threads,
                         agr_error *err)
{
    if (shape.kernel != 1 && shape.kernel != 3 && shape.kernel != 5)
        return agr_error_set(err, AGR_UNSUPPORTED,
                             "convolution: expected kernel 1, 3 or 5, found %d", shape.kernel);
    AGR_ASSERT(shape.height > 0 && shape.width > 0);
    AGR_ASSERT(shape.in_channels > 0 && shape.out_channels > 0);
    AGR_ASSERT(micro_batch > 0 && max_micro_batches >= 0 && n_threads > 0);
    *conv = (agr_conv){
        .shape = shape,
        .algorithm = algorithm == AGR_CONV_AUTO ? choose(shape) : algorithm,
        .micro_batch = micro_batch,
        .max_micro_batches = agr_max_i64(max_micro_batches, 1),
        .n_threads = n_threads,
    };
    if (conv->algorithm == AGR_CONV_WINOGRAD && shape.kernel != 3)
        return agr_error_set(err, AGR_UNSUPPORTED,
                             "convolution: Winograd F(4x4,3x3) expects kernel 3, found %d",
                             shape.kernel);
    kernels_of(conv)->plan(conv);
    return AGR_OK;
}

static void check_call(const agr_conv *conv, const agr_pool *pool, const agr_shard *shard)
{
    AGR_ASSERT(conv->packed != NULL && conv->work != NULL);
    AGR_ASSERT(agr_pool_size(pool) <= conv->n_threads);
    AGR_ASSERT(shard->count <= conv->max_micro_batches && shard->micro_batch <= conv->micro_batch);
}

bool conv_next_group(conv_call *call, int64_t group)
{
    call->first_micro_batch += call->n_micro_batches;
    call->first_image += call->n_images;
    call->n_micro_batches = agr_min_i64(group, call->shard->count - call->first_micro_batch);
    if (call->n_micro_batches <= 0)
        return false;
    int64_t first, begin, end;
    agr_shard_images_of(call->shard, call->first_micro_batch, &first, &end);
    agr_shard_images_of(call->shard, call->first_micro_batch + call->n_micro_batches - 1, &begin,
                        &end);
    call->first_image = first;
    call->n_images = end - first;
    return true;
}

void agr_conv_prepare(const agr_conv *conv, agr_pool *pool, const float *w)
{
    kernels_of(conv)->prepare(conv, pool, w);
}

void agr_conv_forward(const agr_conv *conv, agr_pool *pool, const agr_shard *shard, agr_view x,
                      const float *bias, float *y, double *sums)
{
    check_call(conv, pool, shard);
    conv_call call = {
        .conv = conv, .pool = pool, .shard = shard, .x = x, .bias = bias, .y = y, .sums = sums};
    kernels_of(conv)->forward(&call);
}

void agr_conv_backward(const agr_conv *conv, agr_pool *pool, const agr_shard *shard, agr_view x,
                       const float *y, const agr_gradient_view *dy, float *dx,
                       agr_weight_gradient dw, agr_weight_gradient db)
{
    check_call(conv, pool, shard);
    if (shard->count == 0)
        return;
    const int64_t n_leaves = agr_shard_micro_batches(shard);
    agr_tree_node cover[AGR_TREE_MAX_DEPTH];
    conv_call call = {.conv = conv,
                      .pool = pool,
                      .shard = shard,
                      .x = x,
                      .mask = conv->shape.relu ? y : NULL,
                      .dy = dy,
                      .dx = dx,
                      .dw = dw,
                      .db = db,
                      .n_rows = agr_tree_cover(n_leaves, shard->first, shard->count, cover),
                      .tree = agr_tree_begin(n_leaves)};
    AGR_ASSERT(agr_tree_stack_depth(n_leaves, shard->first, shard->count) - call.n_rows <=
               agr_leaves_levels(conv->max_micro_batches));
    kernels_of(conv)->backward(&call);
}
