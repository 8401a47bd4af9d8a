/* The reducer of one process: every sum is folded here, in the tree's order. */
#include <agr/base/reducer.h>

#include <string.h>

void agr_shard_images_of(const agr_shard *shard, int64_t m, int64_t *begin, int64_t *end)
{
    const int64_t first_image = agr_shard_first_image(shard);
    const int64_t global_begin = (shard->first + m) * shard->micro_batch;
    const int64_t global_end = global_begin + shard->micro_batch;
    *begin = global_begin - first_image;
    *end = (global_end < shard->n_images ? global_end : shard->n_images) - first_image;
}

agr_shard agr_shard_whole(int64_t n_images, int64_t micro_batch)
{
    agr_shard shard = {.n_images = n_images, .micro_batch = micro_batch};
    shard.count = agr_shard_micro_batches(&shard);
    return shard;
}

static agr_status local_sum(agr_reducer *self, const agr_shard *shard, double *leaves,
                            int64_t width, double *total, agr_error *err)
{
    (void)self;
    (void)err;
    agr_tree tree = agr_tree_begin(agr_shard_micro_batches(shard));
    for (int64_t leaf = 0; leaf < shard->count; leaf++) {
        double *top = leaves + tree.depth * width;
        if (tree.depth != leaf)
            memcpy(top, leaves + leaf * width, (size_t)width * sizeof *top);
        for (int due = agr_tree_push_leaf(&tree, leaf); due > 0; due--, top -= width)
            for (int64_t j = 0; j < width; j++)
                top[j - width] += top[j];
    }
    memcpy(total, leaves, (size_t)width * sizeof *total);
    return AGR_OK;
}

/* A process that holds the whole tree has one maximal subtree, the root: slot 0 is the total
 * already. */
static agr_status local_gradient_open(agr_reducer *self, const agr_shard *shard, float *slots,
                                      size_t stride, agr_error *err)
{
    (void)self;
    (void)slots;
    (void)stride;
    (void)err;
    AGR_ASSERT(shard->count == agr_shard_micro_batches(shard));
    return AGR_OK;
}

static agr_status local_gradient_ready(agr_reducer *self, size_t offset, size_t count,
                                       agr_error *err)
{
    (void)self;
    (void)offset;
    (void)count;
    (void)err;
    return AGR_OK;
}

static agr_status local_nothing(agr_reducer *self, agr_error *err)
{
    (void)self;
    (void)err;
    return AGR_OK;
}

agr_reducer *agr_reducer_local(void)
{
    static const agr_reducer_ops ops = {
        .sum = local_sum,
        .gradient_open = local_gradient_open,
        .gradient_ready = local_gradient_ready,
        .progress = local_nothing,
        .gradient_close = local_nothing,
    };
    static agr_reducer reducer = {.ops = &ops};
    return &reducer;
}
