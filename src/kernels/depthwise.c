/* Depthwise convolution, from outside: work memory, threads, the fold of its gradients. */
#include <agr/kernels/layers.h>

#include <agr/base/size.h>
#include "depthwise_impl.h"
#include "leaves_impl.h"

/* Sizes and work memory: taps, bias, leaves, then a part of its own for each thread, which holds
 * three padded source rows, a gradient row, a row of each of a leaf's sums, and the leaf in
 * double. */
static agr_depthwise_job make_job(const agr_shard *shard, agr_extent extent)
{
    const int64_t row = agr_round_up(extent.width * extent.channels, DEPTHWISE_ALIGN);
    const int64_t padded = agr_round_up(row + 2 * extent.channels, DEPTHWISE_ALIGN);
    const int64_t leaf = agr_round_up(2 * DEPTHWISE_SUMS * extent.channels, DEPTHWISE_ALIGN);
    return (agr_depthwise_job){.shard = shard,
                               .extent = extent,
                               .row_floats = row,
                               .padded_floats = padded,
                               .scratch_floats = 3 * padded + (1 + DEPTHWISE_SUMS) * row + leaf};
}

size_t agr_depthwise_work_floats(agr_extent extent, int64_t max_micro_batches, int n_threads)
{
    const agr_depthwise_job job = make_job(NULL, extent);
    const int64_t leaves = max_micro_batches * DEPTHWISE_SUMS * extent.channels;
    return (size_t)(DEPTHWISE_SUMS * job.row_floats + agr_round_up(leaves, DEPTHWISE_ALIGN) +
                    n_threads * job.scratch_floats);
}

static void repeat(const float *value, int64_t channels, int64_t n_floats, float *row)
{
    for (int64_t t = 0; t < n_floats; t++)
        row[t] = value != NULL ? value[t % channels] : 0.0F;
}

/* flipped: for the transpose, tap (u,v) becomes (2-u,2-v). */
static void lay_out(agr_depthwise_job *job, const float *w, const float *bias, bool flipped,
                    float *work)
{
    const int64_t channels = job->extent.channels;
    for (int64_t tap = 0; tap < DEPTHWISE_TAPS; tap++)
        repeat(w + (flipped ? DEPTHWISE_TAPS - 1 - tap : tap) * channels, channels, job->row_floats,
               work + tap * job->row_floats);
    float *bias_row = work + DEPTHWISE_TAPS * job->row_floats;
    repeat(bias, channels, job->row_floats, bias_row);
    job->taps = work;
    job->bias = bias_row;
    job->leaves = bias_row + job->row_floats;
    job->scratch =
        job->leaves + agr_round_up(job->shard->count * DEPTHWISE_SUMS * channels, DEPTHWISE_ALIGN);
}

void agr_depthwise_forward(agr_pool *pool, const agr_shard *shard, agr_extent extent, agr_view x,
                           const float *w, const float *bias, bool relu, float *y, double *sums,
                           float *work)
{
    agr_depthwise_job job = make_job(shard, extent);
    lay_out(&job, w, bias, false, work);
    job.x = x;
    job.relu = relu;
    job.output = y;
    agr_pool_run(pool, agr_depthwise_table()->correlate, &job);
    if (sums != NULL)
        agr_batch_norm_sums(pool, shard, extent, (agr_view){.data = y}, sums);
}

void agr_depthwise_backward(agr_pool *pool, const agr_shard *shard, agr_extent extent, agr_view x,
                            const float *w, bool relu, const float *y, const agr_gradient_view *dy,
                            float *dx, agr_weight_gradient dw, agr_weight_gradient db, float *work)
{
    agr_depthwise_job job = make_job(shard, extent);
    lay_out(&job, w, NULL, true, work);
    job.x = x;
    job.dy = dy;
    job.z = relu ? y : NULL;
    job.output = dx;
    agr_pool_run(pool, agr_depthwise_table()->weight_gradient, &job);
    const int64_t kernel_size = DEPTHWISE_TAPS * extent.channels;
    const int64_t leaf_size = DEPTHWISE_SUMS * extent.channels;
    const int n_rows = agr_leaves_fold(shard, job.leaves, leaf_size);
    agr_leaves_copy(job.leaves, leaf_size, n_rows, kernel_size, dw);
    agr_leaves_copy(job.leaves + kernel_size, leaf_size, n_rows, extent.channels, db);
    if (dx != NULL)
        agr_pool_run(pool, agr_depthwise_table()->correlate, &job);
}
