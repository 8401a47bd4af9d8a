/* Dense layers through OpenBLAS' sgemm. A product is that of one micro-batch, or of a block of rows of
 * w: its shape, and with it OpenBLAS' order of sums, depends neither on threads nor on what other
 * micro-batches are here. */
#include "dense_gemm_impl.h"

#include <agr/base/size.h>
#include <agr/base/tree.h>
#include "leaves_impl.h"
#include "openblas_impl.h"

/* Rows of w that one product of the backward pass covers. */
enum { BLOCK_ROWS = 4096 };

typedef struct {
    const agr_dense *dense;
    const agr_shard *shard;
    const float *x, *w, *bias, *dz;
    float *y, *dx;
    agr_weight_gradient dw;
    int n_rows;         /* of dw */
    float *stack;       /* [n_threads][levels][BLOCK_ROWS * n_out]: what is not a row of dw yet */
    int64_t stack_size; /* of one thread */
} gemm_job;

static int64_t block_floats(const agr_dense *dense)
{
    return agr_min_i64(BLOCK_ROWS, dense->n_in) * dense->n_out;
}

size_t dense_gemm_work_floats(const agr_dense *dense, int64_t max_micro_batches, int n_threads)
{
    return (size_t)(n_threads * agr_leaves_levels(max_micro_batches) * block_floats(dense));
}

/* ---- forward ---- */

static void finish_row(const agr_dense *dense, const float *bias, float *y)
{
    for (int64_t o = 0; o < dense->n_out; o++) {
        const float value = y[o] + bias[o];
        y[o] = dense->relu && value < 0 ? 0 : value; /* a NaN stays one */
    }
}

static void forward_part(void *context, int thread, int n_threads)
{
    const gemm_job *job = context;
    const int64_t n_in = job->dense->n_in, n_out = job->dense->n_out;
    int64_t begin, end;
    agr_split_range(job->shard->count, n_threads, thread, &begin, &end);
    for (int64_t m = begin; m < end; m++) {
        int64_t first, last;
        agr_shard_images_of(job->shard, m, &first, &last);
        openblas_sgemm(CblasNoTrans, CblasNoTrans, (int)(last - first), (int)n_out, (int)n_in, 1.0F,
                       job->x + first * n_in, (int)n_in, job->w, (int)n_out, 0.0F,
                       job->y + first * n_out, (int)n_out);
        for (int64_t image = first; image < last; image++)
            finish_row(job->dense, job->bias, job->y + image * n_out);
    }
}

void dense_gemm_forward(const agr_dense *dense, agr_pool *pool, const agr_shard *shard,
                        const float *x, const float *w, const float *bias, float *y)
{
    gemm_job job = {.dense = dense, .shard = shard, .x = x, .w = w, .bias = bias, .y = y};
    agr_pool_run(pool, forward_part, &job);
}

/* ---- backward ---- */

/* Level `level` of the tree's stack, for rows [row, ...) of w. */
static float *level_at(const gemm_job *job, int level, int64_t row, float *stack)
{
    return level < job->n_rows
               ? job->dw.row + (size_t)level * job->dw.stride + row * job->dense->n_out
               : stack + (level - job->n_rows) * block_floats(job->dense);
}

/* Rows [row, row + n_rows) of the gradient of w: a leaf a micro-batch, folded as the tree says. */
static void fold_rows(const gemm_job *job, int64_t row, int64_t n_rows, float *stack)
{
    const int64_t n_in = job->dense->n_in, n_out = job->dense->n_out;
    agr_tree tree = agr_tree_begin(agr_shard_micro_batches(job->shard));
    for (int64_t m = 0; m < job->shard->count; m++) {
        int64_t first, last;
        agr_shard_images_of(job->shard, m, &first, &last);
        int level = tree.depth;
        float *leaf = level_at(job, level, row, stack);
        openblas_sgemm(CblasTrans, CblasNoTrans, (int)n_rows, (int)n_out, (int)(last - first), 1.0F,
                       job->x + first * n_in + row, (int)n_in, job->dz + first * n_out, (int)n_out,
                       0.0F, leaf, (int)n_out);
        for (int due = agr_tree_push_leaf(&tree, job->shard->first + m); due > 0; due--, level--) {
            float *below = level_at(job, level - 1, row, stack);
            const float *above = level_at(job, level, row, stack);
            for (int64_t i = 0; i < n_rows * n_out; i++)
                below[i] += above[i];
        }
    }
}

/* dx of all images at rows [row, row + n_rows) of w, a micro-batch at a time. */
static void input_gradient(const gemm_job *job, int64_t row, int64_t n_rows)
{
    const int64_t n_in = job->dense->n_in, n_out = job->dense->n_out;
    for (int64_t m = 0; m < job->shard->count; m++) {
        int64_t first, last;
        agr_shard_images_of(job->shard, m, &first, &last);
        openblas_sgemm(CblasNoTrans, CblasTrans, (int)(last - first), (int)n_rows, (int)n_out, 1.0F,
                       job->dz + first * n_out, (int)n_out, job->w + row * n_out, (int)n_out, 0.0F,
                       job->dx + first * n_in + row, (int)n_in);
    }
}

static void backward_part(void *context, int thread, int n_threads)
{
    const gemm_job *job = context;
    const int64_t n_in = job->dense->n_in;
    int64_t begin, end;
    agr_split_range((n_in + BLOCK_ROWS - 1) / BLOCK_ROWS, n_threads, thread, &begin, &end);
    for (int64_t block = begin; block < end; block++) {
        const int64_t row = block * BLOCK_ROWS, n_rows = agr_min_i64(BLOCK_ROWS, n_in - row);
        fold_rows(job, row, n_rows, job->stack + thread * job->stack_size);
        if (job->dx != NULL)
            input_gradient(job, row, n_rows);
    }
}

void dense_gemm_backward(const agr_dense *dense, agr_pool *pool, const agr_shard *shard,
                         const float *x, const float *w, const float *dz, float *dx,
                         agr_weight_gradient dw, float *work)
{
    agr_tree_node cover[AGR_TREE_MAX_DEPTH];
    const int64_t n_micro_batches = agr_shard_micro_batches(shard);
    gemm_job job = {.dense = dense,
                    .shard = shard,
                    .x = x,
                    .w = w,
                    .dz = dz,
                    .dx = dx,
                    .dw = dw,
                    .n_rows = shard->count > 0 ? agr_tree_cover(n_micro_batches, shard->first,
                                                                shard->count, cover)
                                               : 0,
                    .stack = work,
                    .stack_size = agr_leaves_levels(shard->count) * block_floats(dense)};
    if (shard->count > 0)
        agr_pool_run(pool, backward_part, &job);
}
