/* Dense layers, from outside: work memory, threads, the fold of their gradients. */
#include <agr/kernels/layers.h>

#include <agr/base/size.h>
#include "dense_gemm_impl.h"
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

static int64_t own_floats(const agr_dense *dense, int64_t max_images, int n_threads)
{
    const int64_t schedule = agr_round_up(max_images, DENSE_MAX_VL);
    const int64_t forward = forward_floats(max_images, dense->n_in, dense->n_out);
    return agr_max_i64(forward, schedule) + n_threads * thread_floats(max_images, dense->n_out);
}

/* The bias' leaves come first, then what the product needs. */
static int64_t bias_floats(const agr_dense *dense, int64_t max_images)
{
    return agr_round_up(max_images * dense->n_out, DENSE_MAX_VL);
}

size_t agr_dense_work_floats(const agr_dense *dense, int64_t max_images, int64_t max_micro_batches,
                             int n_threads)
{
    return (size_t)bias_floats(dense, max_images) +
           (dense->gemm == AGR_GEMM_OPENBLAS
                ? dense_gemm_work_floats(dense, max_micro_batches, n_threads)
                : (size_t)own_floats(dense, max_images, n_threads));
}

static void own_forward(const agr_dense *dense, agr_pool *pool, const agr_shard *shard,
                        const float *x, const float *w, const float *bias, float *y, float *work)
{
    const int64_t n_images = agr_shard_images(shard), n_in = dense->n_in, n_out = dense->n_out;
    const int64_t rows = chunk_rows(n_in);
    agr_dense_forward_job job = {
        .n_images = n_images,
        .n_in = n_in,
        .n_out = n_out,
        .x = x,
        .w = w,
        .bias = bias,
        .relu = dense->relu,
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

void agr_dense_forward(const agr_dense *dense, agr_pool *pool, const agr_shard *shard,
                       const float *x, const float *w, const float *bias, float *y, float *work)
{
    if (dense->gemm == AGR_GEMM_OPENBLAS)
        dense_gemm_forward(dense, pool, shard, x, w, bias, y);
    else
        own_forward(dense, pool, shard, x, w, bias, y, work);
}

static void plan_fold(const agr_shard *shard, int32_t *due)
{
    if (shard->count == 0)
        return;
    agr_tree tree = agr_tree_begin(agr_shard_micro_batches(shard));
    for (int64_t m = 0; m < shard->count; m++)
        due[m] = agr_tree_push_leaf(&tree, shard->first + m);
}

void agr_bias_gradient(const agr_shard *shard, int64_t n_out, const float *dz,
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

static void own_backward(const agr_dense *dense, agr_pool *pool, const agr_shard *shard,
                         const float *x, const float *w, const float *dz, float *dx,
                         agr_weight_gradient dw, float *work)
{
    const int64_t n_images = agr_shard_images(shard);
    int32_t *due = (int32_t *)(void *)work;
    plan_fold(shard, due);
    agr_dense_backward_job job = {
        .n_images = n_images,
        .micro_batch = shard->micro_batch,
        .count = shard->count,
        .n_in = dense->n_in,
        .n_out = dense->n_out,
        .x = x,
        .w = w,
        .dz = dz,
        .dx = dx,
        .dw = dw,
        .due = due,
        .tile = work + agr_round_up(n_images, DENSE_MAX_VL),
        .tile_floats = thread_floats(n_images, dense->n_out),
    };
    agr_pool_run(pool, agr_dense_table()->backward, &job);
}

void agr_dense_backward(const agr_dense *dense, agr_pool *pool, const agr_shard *shard,
                        const float *x, const float *w, const float *dz, float *dx,
                        agr_weight_gradient dw, agr_weight_gradient db, float *work)
{
    float *rest = work + bias_floats(dense, agr_shard_images(shard));
    agr_bias_gradient(shard, dense->n_out, dz, db, work);
    if (dense->gemm == AGR_GEMM_OPENBLAS)
        dense_gemm_backward(dense, pool, shard, x, w, dz, dx, dw, rest);
    else
        own_backward(dense, pool, shard, x, w, dz, dx, dw, rest);
}
