/* Convolutions as matrices of windows, through sgemm. */
#include "conv_impl.h"

#include <agr/base/size.h>
#include "conv_fold.h"
#include "openblas_impl.h"
#include "view_rows.h"

/*
 * im2col + sgemm: the rows of a matrix are the k*k*I windows of an image's pixels. One sgemm an
 * image, always of the same shape: which images are neighbours, and which thread does them, changes
 * no bit.
 */

typedef struct {
    conv_call *call;
    int64_t pixels, depth, n_out; /* of one image; k*k*I; O */
    int64_t group, part_floats, thread_floats;
    float *threads, *parts, *stack; /* in work */
    double *sums;                   /* in work: [image of the group][2][O] */
} im2col_job;

/* Parts of kernel gradients of a group should stay in cache. */
enum { GROUP_FLOATS = 1 << 20 };

static im2col_job lay_out(const agr_conv *conv, int64_t *work_floats)
{
    const agr_conv_shape s = conv->shape;
    im2col_job job = {
        .pixels = s.height * s.width,
        .depth = (int64_t)s.kernel * s.kernel * s.in_channels,
        .n_out = s.out_channels,
    };
    job.part_floats = agr_round_up(job.depth * job.n_out, 16) + agr_round_up(job.n_out, 16) + 16;
    job.group = agr_max_i64(1, GROUP_FLOATS / (conv->micro_batch * job.part_floats));
    job.group = agr_min_i64(job.group, conv->max_micro_batches);
    job.thread_floats = agr_round_up(job.pixels * (job.depth + s.in_channels + job.n_out), 16);
    const int64_t images = job.group * conv->micro_batch;
    const int64_t sums_floats = agr_round_up(4 * images * job.n_out, 16);
    float *work = conv->work;
    job.sums = (double *)(void *)work;
    job.threads = work != NULL ? work + sums_floats : NULL;
    job.parts = work != NULL ? job.threads + conv->n_threads * job.thread_floats : NULL;
    job.stack = work != NULL ? job.parts + images * job.part_floats : NULL;
    *work_floats = sums_floats + conv->n_threads * job.thread_floats + images * job.part_floats +
                   agr_leaves_levels(conv->max_micro_batches) * job.part_floats;
    return job;
}

static void plan(agr_conv *conv)
{
    int64_t work_floats;
    lay_out(conv, &work_floats);
    conv->packed_floats = (size_t)(conv->shape.kernel * conv->shape.kernel *
                                   conv->shape.in_channels * conv->shape.out_channels);
    conv->work_floats = (size_t)work_floats;
}

static im2col_job job_of(conv_call *call)
{
    int64_t work_floats;
    im2col_job job = lay_out(call->conv, &work_floats);
    job.call = call;
    return job;
}

static void prepare(const agr_conv *conv, agr_pool *pool, const float *w)
{
    (void)pool;
    memcpy(conv->packed, w, conv->packed_floats * sizeof *w);
}

/* A thread's scratch. */
typedef struct {
    float *columns; /* [pixels][k*k*I] */
    float *image;   /* [pixels][I] */
    float *dz;      /* [pixels][O] */
} im2col_scratch;

static im2col_scratch scratch_of(const im2col_job *job, int thread)
{
    float *base = job->threads + thread * job->thread_floats;
    float *image = base + job->pixels * job->depth;
    return (im2col_scratch){base, image, image + job->pixels * job->call->conv->shape.in_channels};
}

/* Pixel under tap (u, v) of pixel (i, j), or -1 outside. */
static int64_t neighbour(agr_conv_shape s, int64_t i, int64_t j, int64_t u, int64_t v)
{
    const int64_t pad = (s.kernel - 1) / 2, row = i + u - pad, column = j + v - pad;
    if (row < 0 || row >= s.height || column < 0 || column >= s.width)
        return -1;
    return row * s.width + column;
}

static void fill_columns(const im2col_job *job, const float *image, float *columns)
{
    const agr_conv_shape s = job->call->conv->shape;
    for (int64_t pixel = 0; pixel < job->pixels; pixel++)
        for (int64_t tap = 0; tap < (int64_t)s.kernel * s.kernel; tap++) {
            const int64_t from =
                neighbour(s, pixel / s.width, pixel % s.width, tap / s.kernel, tap % s.kernel);
            float *to = columns + pixel * job->depth + tap * s.in_channels;
            if (from < 0)
                memset(to, 0, (size_t)s.in_channels * sizeof *to);
            else
                memcpy(to, image + from * s.in_channels, (size_t)s.in_channels * sizeof *to);
        }
}

/* The transpose of fill_columns. */
static void gather_columns(const im2col_job *job, const float *columns, float *image)
{
    const agr_conv_shape s = job->call->conv->shape;
    memset(image, 0, (size_t)(job->pixels * s.in_channels) * sizeof *image);
    for (int64_t pixel = 0; pixel < job->pixels; pixel++)
        for (int64_t tap = 0; tap < (int64_t)s.kernel * s.kernel; tap++) {
            const int64_t to =
                neighbour(s, pixel / s.width, pixel % s.width, tap / s.kernel, tap % s.kernel);
            const float *from = columns + pixel * job->depth + tap * s.in_channels;
            for (int64_t c = 0; to >= 0 && c < s.in_channels; c++)
                image[to * s.in_channels + c] += from[c];
        }
}

static void form_columns(const im2col_job *job, int64_t image, im2col_scratch scratch)
{
    const int64_t channels = job->call->conv->shape.in_channels;
    const agr_view view =
        agr_view_from(job->call->x, (job->call->first_image + image) * job->pixels * channels);
    view_form_pixels(view, job->pixels, channels, scratch.image);
    fill_columns(job, scratch.image, scratch.columns);
}

/* Bias, ReLU and sums over y of one image, float sums over at most 32 pixels. */
static void finish_image(const im2col_job *job, float *y, double *sums)
{
    const conv_call *call = job->call;
    for (int64_t o = 0; o < job->n_out; o++) {
        sums[o] = sums[job->n_out + o] = 0;
        for (int64_t first = 0; first < job->pixels; first += 32) {
            float sum = 0, sum_of_squares = 0;
            for (int64_t p = first; p < agr_min_i64(first + 32, job->pixels); p++) {
                float value = y[p * job->n_out + o] + call->bias[o];
                if (call->conv->shape.relu && value < 0)
                    value = 0;
                y[p * job->n_out + o] = value;
                sum += value;
                sum_of_squares += value * value;
            }
            sums[o] += (double)sum;
            sums[job->n_out + o] += (double)sum_of_squares;
        }
    }
}

static void forward_part(void *context, int thread, int n_threads)
{
    const im2col_job *job = context;
    const im2col_scratch scratch = scratch_of(job, thread);
    const int pixels = (int)job->pixels, depth = (int)job->depth, n_out = (int)job->n_out;
    int64_t begin, end;
    agr_split_range(job->call->n_images, n_threads, thread, &begin, &end);
    for (int64_t image = begin; image < end; image++) {
        float *y = job->call->y + (job->call->first_image + image) * job->pixels * job->n_out;
        form_columns(job, image, scratch);
        openblas_sgemm(CblasNoTrans, CblasNoTrans, pixels, n_out, depth, 1.0F, scratch.columns,
                       depth, job->call->conv->packed, n_out, 0.0F, y, n_out);
        finish_image(job, y, job->sums + image * 2 * job->n_out);
    }
}

/* sums of a micro-batch = those of its images, in order. */
static void gather_sums(const im2col_job *job)
{
    const conv_call *call = job->call;
    for (int64_t m = 0; call->sums != NULL && m < call->n_micro_batches; m++) {
        int64_t begin, end;
        conv_images_of(call, m, &begin, &end);
        double *to = call->sums + (call->first_micro_batch + m) * 2 * job->n_out;
        memset(to, 0, (size_t)(2 * job->n_out) * sizeof *to);
        for (int64_t image = begin; image < end; image++)
            for (int64_t i = 0; i < 2 * job->n_out; i++)
                to[i] += job->sums[image * 2 * job->n_out + i];
    }
}

static void forward(conv_call *call)
{
    im2col_job job = job_of(call);
    while (conv_next_group(call, job.group)) {
        agr_pool_run(call->pool, forward_part, &job);
        gather_sums(&job);
    }
}

static void form_gradient(const im2col_job *job, int64_t image, float *dz, float *db)
{
    const conv_call *call = job->call;
    const agr_conv_shape s = call->conv->shape;
    const agr_extent extent = {s.height, s.width, s.out_channels};
    const int64_t row_floats = s.width * s.out_channels;
    for (int64_t row = 0; row < s.height; row++)
        gradient_form_row(call->dy, call->mask, extent, call->first_image + image, row, 0,
                          s.out_channels, dz + row * row_floats, s.out_channels);
    memset(db, 0, (size_t)job->n_out * sizeof *db);
    for (int64_t pixel = 0; pixel < job->pixels; pixel++)
        for (int64_t o = 0; o < job->n_out; o++)
            db[o] += dz[pixel * job->n_out + o];
}

static void backward_part(void *context, int thread, int n_threads)
{
    const im2col_job *job = context;
    const conv_call *call = job->call;
    const im2col_scratch scratch = scratch_of(job, thread);
    const int pixels = (int)job->pixels, depth = (int)job->depth, n_out = (int)job->n_out;
    int64_t begin, end;
    agr_split_range(call->n_images, n_threads, thread, &begin, &end);
    for (int64_t image = begin; image < end; image++) {
        float *dw = job->parts + image * job->part_floats;
        form_gradient(job, image, scratch.dz, dw + agr_round_up(job->depth * job->n_out, 16));
        form_columns(job, image, scratch);
        openblas_sgemm(CblasTrans, CblasNoTrans, depth, n_out, pixels, 1.0F, scratch.columns, depth,
                       scratch.dz, n_out, 0.0F, dw, n_out);
        if (call->dx == NULL)
            continue;
        openblas_sgemm(CblasNoTrans, CblasTrans, pixels, depth, n_out, 1.0F, scratch.dz, n_out,
                       call->conv->packed, n_out, 0.0F, scratch.columns, depth);
        gather_columns(job, scratch.columns,
                       call->dx + (call->first_image + image) * job->pixels *
                                      call->conv->shape.in_channels);
    }
}

static void fold_part(void *context, int thread, int n_threads)
{
    const im2col_job *job = context;
    const conv_call *call = job->call;
    const int64_t n = job->depth * job->n_out;
    int64_t begin, end;
    agr_split_range((n + VL - 1) / VL, n_threads, thread, &begin, &end);
    agr_tree tree = call->tree;
    fold_parts(call, &tree, call->dw, job->stack, job->part_floats, job->parts, 1, job->part_floats,
               begin * VL, agr_min_i64(end * VL, n));
}

static void backward(conv_call *call)
{
    im2col_job job = job_of(call);
    const int64_t db = agr_round_up(job.depth * job.n_out, 16);
    while (conv_next_group(call, job.group)) {
        agr_pool_run(call->pool, backward_part, &job);
        agr_pool_run(call->pool, fold_part, &job);
        fold_parts(call, &call->tree, call->db, job.stack + db, job.part_floats, job.parts + db, 1,
                   job.part_floats, 0, job.n_out);
    }
}

const agr_conv_kernels AGR_PER_ISA(agr_im2col_table) = {
    .plan = plan,
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
};
