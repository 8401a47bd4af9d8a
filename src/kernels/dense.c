#include <agr/kernels/layers.h>

#include <agr/base/size.h>
#include "dense_impl.h"
#include "leaves_impl.h"

static int64_t chunk_rows(int64_t n_in)
{
    return agr_round_up((n_in + DENSE_MAX_CHUNKS - 1) / DENSE_MAX_CHUNKS, DENSE_WIDE_BLOCK);
}

static int64_t slots(int64_t n_out)
{
    return agr_round_up(n_out, DENSE_MAX_VL);
}

static int64_t forward_floats(int64_t n_images, int64_t n_in, int64_t n_out)
{
    return (n_in + chunk_rows(n_in) - 1) / chunk_rows(n_in) * n_images * slots(n_out);
}

/* A thread's own: a block of w with rows and columns exchanged (narrow forward), or a tile of x and
 * one of w likewise (backward). Room for either. */
static int64_t thread_floats(int64_t max_images, int64_t n_out)
{
    const int64_t narrow = DENSE_NARROW_BLOCK * agr_min_i64(n_out, DENSE_MAX_VL);
    const int64_t wide = DENSE_WIDE_TILE * (max_images + n_out + DENSE_MAX_VL);
    return agr_round_up(agr_max_i64(narrow, wide), DENSE_MAX_VL);
}

size_t agr_dense_work_floats(int64_t max_images, int64_t n_in, int64_t n_out, int n_threads)
{
    const int64_t schedule = agr_round_up(max_images, DENSE_MAX_VL);
    const int64_t bias_leaves = max_images * n_out;
    const int64_t shared = agr_max_i64(forward_floats(max_images, n_in, n_out),
                                       schedule + agr_round_up(bias_leaves, DENSE_MAX_VL));
    return (size_t)(shared + n_threads * thread_floats(max_images, n_out));
}

void agr_dense_forward(agr_pool *pool, int64_t n_images, int64_t n_in, int64_t n_out,
                       const float *x, const float *w, const float *bias, bool relu, float *y,
                       float *work)
{
    const int64_t rows = chunk_rows(n_in);
    agr_dense_forward_job job = {
        .n_images = n_images,
        .n_in = n_in,
        .n_out = n_out,
        .x = x,
        .w = w,
        .bias = bias,
        .relu = relu,
        .y = y,
        .chunk_rows = rows,
        .n_chunks = (n_in + rows - 1) / rows,
        .slots = slots(n_out),
        .partial = work,
        .transposed = work + forward_floats(n_images, n_in, n_out),
        .thread_floats = thread_floats(n_images, n_out),
    };
    agr_pool_run(pool, agr_dense_table()->multiply, &job);
    agr_pool_run(pool, agr_dense_table()->add_up, &job);
}

static void plan_fold(const agr_shard *shard, int32_t *due)
{
    if (shard->count == 0)
        return;
    agr_tree tree = agr_tree_begin(agr_shard_micro_batches(shard));
    for (int64_t m = 0; m < shard->count; m++)
        due[m] = agr_tree_push_leaf(&tree, shard->first + m);
}

static void bias_gradient(const agr_shard *shard, int64_t n_out, const float *dz,
                          agr_weight_gradient db, float *leaves)
{
    for (int64_t m = 0; m < shard->count; m++) {
        int64_t begin, end;
        agr_shard_images_of(shard, m, &begin, &end);
        for (int64_t o = 0; o < n_out; o++) {
            float sum = dz[begin * n_out + o];
            for (int64_t image = begin + 1; image < end; image++)
                sum += dz[image * n_out + o];
            leaves[m * n_out + o] = sum;
        }
    }
    agr_leaves_copy(leaves, n_out, agr_leaves_fold(shard, leaves, n_out), n_out, db);
}

void agr_dense_backward(agr_pool *pool, const agr_shard *shard, int64_t n_in, int64_t n_out,
                        const float *x, const float *w, const float *dz, float *dx,
                        agr_weight_gradient dw, agr_weight_gradient db, float *work)
{
    const int64_t n_images = agr_shard_images(shard);
    int32_t *due = (int32_t *)(void *)work;
    float *leaves = work + agr_round_up(n_images, DENSE_MAX_VL);
    plan_fold(shard, due);
    bias_gradient(shard, n_out, dz, db, leaves);
    agr_dense_backward_job job = {
        .n_images = n_images,
        .micro_batch = shard->micro_batch,
        .count = shard->count,
        .n_in = n_in,
        .n_out = n_out,
        .x = x,
        .w = w,
        .dz = dz,
        .dx = dx,
        .dw = dw,
        .due = due,
        .tile = leaves + agr_round_up(n_images * n_out, DENSE_MAX_VL),
        .tile_floats = thread_floats(n_images, n_out),
    };
    agr_pool_run(pool, agr_dense_table()->backward, &job);
}
