/* Convolutions by products that slide over padded image rows. */
#include "direct_impl.h"

#include <agr/base/size.h>
#include <math.h>
#include "conv_fold.h"
#include "gemm_tile.h"
#include "view_rows.h"

/* A row of an image, padded left and right, is a matrix whose row j is the k*I window of pixel j,
 * windows overlapping: the convolution of an image row is k products (one a kernel row) that read
 * the padded rows as they are. */

typedef struct {
    conv_call *call;
    direct_layout layout;
} direct_job;

static agr_extent input_extent(const conv_call *call)
{
    const agr_conv_shape shape = call->conv->shape;
    return (agr_extent){shape.height, shape.width, shape.in_channels};
}

static agr_extent output_extent(const conv_call *call)
{
    const agr_conv_shape shape = call->conv->shape;
    return (agr_extent){shape.height, shape.width, shape.out_channels};
}

/* A thread's scratch. */
typedef struct {
    float *x, *dz; /* [BAND_ROWS + 2 * pad] padded rows */
    float *c;      /* [W + slack][32] */
    float *dw;     /* [O blocks][k][k*I + slack][32] */
} direct_scratch;

static direct_scratch scratch_of(const direct_job *job, int thread)
{
    const direct_layout *l = &job->layout;
    const int64_t band = BAND_ROWS + 2 * l->pad;
    direct_scratch s;
    s.x = l->threads + thread * l->thread_floats;
    s.dz = s.x + band * l->x_row;
    s.c = s.dz + band * l->dz_row + 16;
    s.dw = s.c + (job->call->conv->shape.width + CONV_SLACK_ROWS) * CONV_BLOCK;
    return s;
}

/* ---- kernel ---- */

static void pack(float *packed, const float *w, agr_conv_shape shape, bool turned)
{
    const int64_t n_in = shape.in_channels, n_out = shape.out_channels;
    const int64_t taps = (int64_t)shape.kernel * shape.kernel;
    const int64_t depth = turned ? n_out : n_in, columns = turned ? n_in : n_out;
    for (int64_t tap = 0; tap < taps; tap++)
        for (int64_t k = 0; k < depth; k++)
            for (int64_t j = 0; j < (columns + CONV_BLOCK - 1) / CONV_BLOCK * CONV_BLOCK; j++) {
                float *to = packed +
                            (j / CONV_BLOCK * taps * depth + tap * depth + k) * CONV_BLOCK +
                            j % CONV_BLOCK;
                if (j >= columns)
                    *to = 0;
                else
                    *to = turned ? w[((taps - 1 - tap) * n_in + j) * n_out + k]
                                 : w[(tap * n_in + k) * n_out + j];
            }
}

/* [O][32]: column tap * I + c of row o is w[tap][c][o]. */
static void pack_narrow(float *packed, const float *w, agr_conv_shape shape)
{
    const int64_t n_out = shape.out_channels;
    const int64_t columns = (int64_t)shape.kernel * shape.kernel * shape.in_channels;
    for (int64_t o = 0; o < n_out; o++)
        for (int64_t j = 0; j < CONV_BLOCK; j++)
            packed[o * CONV_BLOCK + j] = j < columns ? w[j * n_out + o] : 0;
}

static void prepare(const agr_conv *conv, agr_pool *pool, const float *w)
{
    (void)pool;
    const direct_layout layout = direct_layout_of(conv);
    pack(layout.w, w, conv->shape, false);
    if (layout.narrow)
        pack_narrow(layout.wt, w, conv->shape);
    else
        pack(layout.wt, w, conv->shape, true);
}

/* ---- bands ---- */

/* Rows [first - pad, end + pad) of x through its view, zeros outside the image. */
static void form_input_band(const direct_job *job, int64_t image, int64_t first, int64_t end,
                            float *band)
{
    const direct_layout *l = &job->layout;
    const agr_extent extent = input_extent(job->call);
    const int64_t margin = l->pad * extent.channels, row_floats = extent.width * extent.channels;
    const int64_t top = agr_max_i64(first - l->pad, 0);
    const int64_t bottom = agr_min_i64(end + l->pad, extent.height);
    for (int64_t row = first - l->pad; row < end + l->pad; row++) {
        float *to = band + (row - first + l->pad) * l->x_row;
        const bool inside = row >= 0 && row < extent.height;
        const int64_t zeros = inside ? margin : l->x_row;
        memset(to, 0, (size_t)zeros * sizeof *to);
        if (inside)
            memset(to + margin + row_floats, 0,
                   (size_t)(l->x_row - margin - row_floats) * sizeof *to);
    }
    const agr_view view = agr_view_from(
        job->call->x, ((job->call->first_image + image) * extent.height + top) * row_floats);
    view_form_rows(view, bottom - top, extent.width, extent.channels,
                   band + (top - first + l->pad) * l->x_row + margin, l->x_row);
}

static void form_gradient_band(const direct_job *job, int64_t image, int64_t first, int64_t end,
                               float *band)
{
    const direct_layout *l = &job->layout;
    const conv_call *call = job->call;
    const agr_extent extent = output_extent(call);
    const int64_t margin = l->pad * extent.channels, row_floats = extent.width * extent.channels;
    /* Only the input gradient looks beyond its own rows. */
    const int64_t halo = call->dx != NULL ? l->pad : 0;
    band += (l->pad - halo) * l->dz_row;
    for (int64_t row = first - halo; row < end + halo; row++, band += l->dz_row) {
        if (row < 0 || row >= extent.height) {
            memset(band, 0, (size_t)l->dz_row * sizeof *band);
            continue;
        }
        memset(band, 0, (size_t)margin * sizeof *band);
        gradient_form_row(call->dy, call->mask, extent, call->first_image + image, row, 0,
                          extent.channels, band + margin, extent.channels);
        memset(band + margin + row_floats, 0,
               (size_t)(l->dz_row - margin - row_floats) * sizeof *band);
    }
}

/* c [W][32] = windows of one row times one block of a packed kernel. */
static void multiply_row(const float *band, int64_t band_row, int64_t width, int64_t kernel,
                         int64_t channels, const float *packed, int64_t n_columns, float *c)
{
    const gemm_rows rows = {.a = band,
                            .row_stride = channels,
                            .k_stride = 1,
                            .segment = kernel * channels,
                            .segment_stride = band_row,
                            .k = kernel * kernel * channels};
    gemm_block(&rows, width, packed, CONV_BLOCK, n_columns, c);
}

/* ---- forward ---- */

/* Adds sums over at most 32 pixels, taken in float, to those of the band. */
AGR_INLINE void add_sums(double *sums, vfloat sum, vfloat sum_of_squares, int64_t square_offset)
{
    float values[VL];
    v_store(values, sum);
    for (int i = 0; i < VL; i++)
        sums[i] += (double)values[i];
    v_store(values, sum_of_squares);
    for (int i = 0; i < VL; i++)
        sums[square_offset + i] += (double)values[i];
}

enum { SUM_PIXELS = 32 };

/* What happens to a value on its way from a product to y; one vector of channels. */
typedef struct {
    vfloat bias, sum, sum_of_squares;
    vfloat floor; /* 0 for a ReLU, else minus infinity */
} finish;

AGR_INLINE vfloat finish_value(finish *f, vfloat value)
{
    value = v_max(f->floor, value + f->bias); /* a NaN stays one */
    f->sum += value;
    f->sum_of_squares = v_fma(value, value, f->sum_of_squares);
    return value;
}

/* n_rows pixels of n_vectors whole vectors of channels, from the product's registers to y. */
AGR_INLINE void forward_tile(const gemm_rows *rows, const float *a, const float *b, int n_rows,
                             int n_vectors, finish *f, float *y, int64_t channels)
{
    vfloat sum[TILE_ROWS_MAX][2];
#pragma GCC unroll 16
    for (int r = 0; r < n_rows; r++)
#pragma GCC unroll 2
        for (int v = 0; v < n_vectors; v++)
            sum[r][v] = v_zero();
    gemm_sum(sum, rows, a, b, CONV_BLOCK, n_rows, n_vectors, NULL);
#pragma GCC unroll 16
    for (int r = 0; r < n_rows; r++)
#pragma GCC unroll 2
        for (int v = 0; v < n_vectors; v++)
            v_store(y + r * channels + v * VL, finish_value(&f[v], sum[r][v]));
}

/* Up to SUM_PIXELS pixels of n_vectors whole vectors. */
AGR_INLINE void forward_pixels(const gemm_rows *rows, const float *b, int64_t n_pixels,
                               int n_vectors, finish *f, float *y, int64_t channels)
{
    finish here[2]; /* the compiler cannot know that y is not f */
    for (int v = 0; v < n_vectors; v++)
        here[v] = f[v];
    int64_t j = 0;
    for (; j + TILE_ROWS <= n_pixels; j += TILE_ROWS)
        forward_tile(rows, rows->a + j * rows->row_stride, b, TILE_ROWS, n_vectors, here,
                     y + j * channels, channels);
    for (; j < n_pixels; j++)
        forward_tile(rows, rows->a + j * rows->row_stride, b, 1, n_vectors, here, y + j * channels,
                     channels);
    for (int v = 0; v < n_vectors; v++)
        f[v] = here[v];
}

/* The first layer of most networks, 3x3 over three channels, with its numbers known to the
 * compiler: nine terms a kernel row are too few to pay for a loop. */
AGR_INLINE void forward_pixels_or_rgb(const gemm_rows *rows, const float *b, int64_t n_pixels,
                                      int n_vectors, finish *f, float *y, int64_t channels)
{
    const gemm_rows rgb = {.a = rows->a,
                           .row_stride = 3,
                           .k_stride = 1,
                           .segment = 9,
                           .segment_stride = rows->segment_stride,
                           .k = 27};
    if (rows->row_stride == 3 && rows->k == 27)
        forward_pixels(&rgb, b, n_pixels, n_vectors, f, y, channels);
    else
        forward_pixels(rows, b, n_pixels, n_vectors, f, y, channels);
}

static __attribute__((noinline)) void forward_pixels_1(const gemm_rows *rows, const float *b,
                                                       int64_t n_pixels, finish *f, float *y,
                                                       int64_t channels)
{
    forward_pixels_or_rgb(rows, b, n_pixels, 1, f, y, channels);
}

static __attribute__((noinline)) void forward_pixels_2(const gemm_rows *rows, const float *b,
                                                       int64_t n_pixels, finish *f, float *y,
                                                       int64_t channels)
{
    forward_pixels_or_rgb(rows, b, n_pixels, 2, f, y, channels);
}

/* Up to SUM_PIXELS pixels of the last channels, fewer than a vector. */
static void forward_narrow_pixels(const gemm_rows *rows, const float *b, int64_t n_pixels,
                                  int64_t n, finish *f, float *c, float *y, int64_t channels)
{
    gemm_block(rows, n_pixels, b, CONV_BLOCK, n, c);
    for (int64_t j = 0; j < n_pixels; j++)
        v_store_part(y + j * channels, finish_value(f, v_load(c + j * CONV_BLOCK)), n);
}

/* Up to SUM_PIXELS pixels, all channels. a: the first pixel's window. */
static void forward_run(const direct_job *job, const float *a, int64_t n_pixels, float *c, float *y,
                        double *sums)
{
    const direct_layout *l = &job->layout;
    const agr_conv_shape shape = job->call->conv->shape;
    const int64_t channels = shape.out_channels;
    const gemm_rows rows = {.a = a,
                            .row_stride = shape.in_channels,
                            .k_stride = 1,
                            .segment = l->kernel * shape.in_channels,
                            .segment_stride = l->x_row,
                            .k = l->kernel * l->kernel * shape.in_channels};
    for (int64_t o = 0; o < channels;) {
        const float *b = l->w + o / CONV_BLOCK * CONV_BLOCK * rows.k + o % CONV_BLOCK;
        const int n_vectors = channels - o >= 2 * VL ? 2 : 1;
        finish f[2];
        for (int v = 0; v < n_vectors; v++)
            f[v] = (finish){
                .bias = v_load_part(job->call->bias + o + v * VL,
                                    agr_min_i64(VL, channels - o - v * VL)),
                .floor = v_set(shape.relu ? 0.0F : -INFINITY),
            };
        if (channels - o < VL)
            forward_narrow_pixels(&rows, b, n_pixels, channels - o, f, c, y + o, channels);
        else if (n_vectors == 1)
            forward_pixels_1(&rows, b, n_pixels, f, y + o, channels);
        else
            forward_pixels_2(&rows, b, n_pixels, f, y + o, channels);
        for (int v = 0; sums != NULL && v < n_vectors; v++)
            add_sums(sums + o + v * VL, f[v].sum, f[v].sum_of_squares, l->out_blocks * CONV_BLOCK);
        o += n_vectors * VL;
    }
}

static void forward_row(const direct_job *job, const float *band, float *c, float *y, double *sums)
{
    const agr_conv_shape shape = job->call->conv->shape;
    for (int64_t j = 0; j < shape.width; j += SUM_PIXELS)
        forward_run(job, band + j * shape.in_channels, agr_min_i64(SUM_PIXELS, shape.width - j), c,
                    y + j * shape.out_channels, sums);
}

static void forward_band(const direct_job *job, int64_t image, int64_t band, direct_scratch scratch)
{
    const direct_layout *l = &job->layout;
    const conv_call *call = job->call;
    const agr_extent extent = output_extent(call);
    const int64_t sums_size = 2 * l->out_blocks * CONV_BLOCK;
    const int64_t first = band * BAND_ROWS;
    const int64_t end = agr_min_i64(first + BAND_ROWS, extent.height);
    double *sums = call->sums != NULL ? l->sums + (image * l->n_bands + band) * sums_size : NULL;
    if (sums != NULL)
        memset(sums, 0, (size_t)sums_size * sizeof *sums);
    form_input_band(job, image, first, end, scratch.x);
    for (int64_t row = first; row < end; row++)
        forward_row(job, scratch.x + (row - first) * l->x_row, scratch.c,
                    call->y + ((call->first_image + image) * extent.height + row) * extent.width *
                                  extent.channels,
                    sums);
}

static void forward_part(void *context, int thread, int n_threads)
{
    const direct_job *job = context;
    const int64_t n_bands = job->layout.n_bands;
    int64_t begin, end;
    agr_split_range(job->call->n_images * n_bands, n_threads, thread, &begin, &end);
    for (int64_t i = begin; i < end; i++)
        forward_band(job, i / n_bands, i % n_bands, scratch_of(job, thread));
}

/* sums of a micro-batch = those of its bands, in order. */
static void gather_sums(const direct_job *job)
{
    const conv_call *call = job->call;
    const direct_layout *l = &job->layout;
    const int64_t channels = call->conv->shape.out_channels, padded = l->out_blocks * CONV_BLOCK;
    for (int64_t m = 0; call->sums != NULL && m < call->n_micro_batches; m++) {
        int64_t begin, end;
        conv_images_of(call, m, &begin, &end);
        for (int statistic = 0; statistic < 2; statistic++) {
            double *to = call->sums + ((call->first_micro_batch + m) * 2 + statistic) * channels;
            memset(to, 0, (size_t)channels * sizeof *to);
            for (int64_t band = begin * l->n_bands; band < end * l->n_bands; band++)
                for (int64_t o = 0; o < channels; o++)
                    to[o] += l->sums[(band * 2 + statistic) * padded + o];
        }
    }
}

static void forward(conv_call *call)
{
    direct_job job = {call, direct_layout_of(call->conv)};
    while (conv_next_group(call, job.layout.group)) {
        agr_pool_run(call->pool, forward_part, &job);
        gather_sums(&job);
    }
}

/* ---- backward ---- */

/* dw += products of one image row. x: the padded rows from row - pad; dz: the row itself, without
 * its margin. */
static void kernel_gradient_row(const direct_job *job, const float *x, const float *dz, float *dw)
{
    const direct_layout *l = &job->layout;
    const agr_conv_shape shape = job->call->conv->shape;
    for (int64_t block = 0; block < l->out_blocks; block++)
        for (int64_t u = 0; u < l->kernel; u++) {
            const gemm_rows rows = {.a = x + u * l->x_row,
                                    .row_stride = 1,
                                    .k_stride = shape.in_channels,
                                    .segment = shape.width,
                                    .k = shape.width};
            gemm_add(&rows, l->kernel * shape.in_channels, dz + block * CONV_BLOCK,
                     shape.out_channels,
                     agr_min_i64(CONV_BLOCK, shape.out_channels - block * CONV_BLOCK),
                     dw + (block * l->kernel + u) * l->kernel_rows * CONV_BLOCK);
        }
}

/* dz: a padded row, which has lanes to spare behind its last pixel. */
static void bias_gradient_row(const float *dz, int64_t width, int64_t channels, float *db)
{
    for (int64_t o = 0; o < channels; o += VL) {
        const int64_t n = agr_min_i64(VL, channels - o);
        v_store_part(db + o, v_load_part(db + o, n) + sum_pixels(dz + o, width, channels), n);
    }
}

static void input_gradient_row(const direct_job *job, const float *dz, float *c, float *dx)
{
    const direct_layout *l = &job->layout;
    const agr_conv_shape shape = job->call->conv->shape;
    for (int64_t block = 0; block < l->in_blocks; block++) {
        const int64_t channel = block * CONV_BLOCK;
        const int64_t n_columns = agr_min_i64(CONV_BLOCK, shape.in_channels - channel);
        multiply_row(dz, l->dz_row, shape.width, l->kernel, shape.out_channels,
                     l->wt + channel * l->kernel * l->kernel * shape.out_channels, n_columns, c);
        for (int64_t j = 0; j < shape.width; j++)
            memcpy(dx + j * shape.in_channels + channel, c + j * CONV_BLOCK,
                   (size_t)n_columns * sizeof *dx);
    }
}

/* dx row (+)= the part of one kernel row of d: dx[j][c] = sum_v d[j - v + pad][v * I + c]. d:
 * [W][32] between zeros. */
static void gather_row(const float *d, agr_conv_shape shape, bool add, float *dx)
{
    const int64_t channels = shape.in_channels, pad = (shape.kernel - 1) / 2;
    for (int64_t j = 0; j < shape.width; j++)
        for (int64_t c = 0; c < channels; c += VL) {
            const int64_t n = agr_min_i64(VL, channels - c);
            vfloat sum = add ? v_load_part(dx + j * channels + c, n) : v_zero();
            for (int64_t v = 0; v < shape.kernel; v++)
                sum += v_load_part(d + (j - v + pad) * CONV_BLOCK + v * channels + c, n);
            v_store_part(dx + j * channels + c, sum, n);
        }
}

/*
 * Input gradient of a band for few channels. input_gradient_row() would fill a vector with three
 * channels and waste the rest; here one product gives every pixel of dz its share in all k*k*I
 * inputs around it, and the shares are gathered.
 */
static void input_gradient_narrow(const direct_job *job, int64_t first, int64_t end,
                                  const float *band, float *c, float *dx)
{
    enum { GUARD_PIXELS = 4 };
    const direct_layout *l = &job->layout;
    const agr_conv_shape shape = job->call->conv->shape;
    float *d = c + GUARD_PIXELS * CONV_BLOCK;
    memset(c, 0, GUARD_PIXELS * CONV_BLOCK * sizeof *c);
    const int64_t bottom = agr_min_i64(end + l->pad, shape.height);
    for (int64_t row = agr_max_i64(first - l->pad, 0); row < bottom; row++) {
        const gemm_rows rows = {.a = band + (row - first + l->pad) * l->dz_row +
                                     l->pad * shape.out_channels,
                                .row_stride = shape.out_channels,
                                .k_stride = 1,
                                .segment = shape.out_channels,
                                .k = shape.out_channels};
        gemm_block(&rows, shape.width, l->wt, CONV_BLOCK, l->kernel * l->kernel * shape.in_channels,
                   d);
        memset(d + shape.width * CONV_BLOCK, 0, GUARD_PIXELS * CONV_BLOCK * sizeof *d);
        for (int64_t u = 0; u < l->kernel; u++) {
            const int64_t to = row + u - l->pad;
            if (to >= first && to < end)
                gather_row(d + u * l->kernel * shape.in_channels, shape,
                           row > agr_max_i64(to - l->pad, 0),
                           dx + to * shape.width * shape.in_channels);
        }
    }
}

/* Brings the products' [O blocks][k][k*I + slack][32] into [k,k,I,O]. */
static void unpack_kernel_gradient(const direct_job *job, const float *dw, float *part)
{
    const direct_layout *l = &job->layout;
    const agr_conv_shape shape = job->call->conv->shape;
    const int64_t rows = l->kernel * shape.in_channels;
    for (int64_t block = 0; block < l->out_blocks; block++) {
        const int64_t channel = block * CONV_BLOCK;
        const int64_t n_columns = agr_min_i64(CONV_BLOCK, shape.out_channels - channel);
        for (int64_t u = 0; u < l->kernel; u++)
            for (int64_t r = 0; r < rows; r++)
                memcpy(part + (u * rows + r) * shape.out_channels + channel,
                       dw + ((block * l->kernel + u) * l->kernel_rows + r) * CONV_BLOCK,
                       (size_t)n_columns * sizeof *part);
    }
}

static int64_t kernel_floats(agr_conv_shape shape)
{
    return (int64_t)shape.kernel * shape.kernel * shape.in_channels * shape.out_channels;
}

static void backward_band(const direct_job *job, int64_t image, int64_t band,
                          direct_scratch scratch, float *db)
{
    const direct_layout *l = &job->layout;
    const conv_call *call = job->call;
    const agr_conv_shape shape = call->conv->shape;
    const int64_t first = band * BAND_ROWS, end = agr_min_i64(first + BAND_ROWS, shape.height);
    float *dx = call->dx != NULL ? call->dx + (call->first_image + image) * shape.height *
                                                  shape.width * shape.in_channels
                                 : NULL;
    form_input_band(job, image, first, end, scratch.x);
    form_gradient_band(job, image, first, end, scratch.dz);
    for (int64_t row = first; row < end; row++) {
        const float *x = scratch.x + (row - first) * l->x_row;
        const float *dz = scratch.dz + (row - first) * l->dz_row;
        const float *dz_here = dz + l->pad * (l->dz_row + shape.out_channels);
        kernel_gradient_row(job, x, dz_here, scratch.dw);
        bias_gradient_row(dz_here, shape.width, shape.out_channels, db);
        if (dx != NULL && !l->narrow)
            input_gradient_row(job, dz, scratch.c, dx + row * shape.width * shape.in_channels);
    }
    if (dx != NULL && l->narrow)
        input_gradient_narrow(job, first, end, scratch.dz, scratch.c, dx);
}

static void backward_half(const direct_job *job, int64_t image, int64_t part,
                          direct_scratch scratch)
{
    const direct_layout *l = &job->layout;
    const agr_conv_shape shape = job->call->conv->shape;
    float *out = l->parts + (image * l->n_parts + part) * l->part_floats;
    float *db = out + agr_round_up(kernel_floats(shape), 16);
    memset(scratch.dw, 0,
           (size_t)(l->out_blocks * l->kernel * l->kernel_rows * CONV_BLOCK) * sizeof *out);
    memset(db, 0, (size_t)shape.out_channels * sizeof *db);
    int64_t begin, end;
    agr_split_range(l->n_bands, l->n_parts, part, &begin, &end);
    for (int64_t band = begin; band < end; band++)
        backward_band(job, image, band, scratch, db);
    unpack_kernel_gradient(job, scratch.dw, out);
}

static void backward_part(void *context, int thread, int n_threads)
{
    const direct_job *job = context;
    const int64_t n_parts = job->layout.n_parts;
    int64_t begin, end;
    agr_split_range(job->call->n_images * n_parts, n_threads, thread, &begin, &end);
    for (int64_t i = begin; i < end; i++)
        backward_half(job, i / n_parts, i % n_parts, scratch_of(job, thread));
}

static void fold_part(void *context, int thread, int n_threads)
{
    const direct_job *job = context;
    const direct_layout *l = &job->layout;
    const conv_call *call = job->call;
    const int64_t n = kernel_floats(call->conv->shape);
    int64_t begin, end;
    agr_split_range((n + VL - 1) / VL, n_threads, thread, &begin, &end);
    agr_tree tree = call->tree;
    fold_parts(call, &tree, call->dw, l->stack, l->stack_size, l->parts, l->n_parts, l->part_floats,
               begin * VL, agr_min_i64(end * VL, n));
}

static void backward(conv_call *call)
{
    direct_job job = {call, direct_layout_of(call->conv)};
    const int64_t db = agr_round_up(kernel_floats(call->conv->shape), 16);
    while (conv_next_group(call, job.layout.group)) {
        agr_pool_run(call->pool, backward_part, &job);
        agr_pool_run(call->pool, fold_part, &job);
        fold_parts(call, &call->tree, call->db, job.layout.stack + db, job.layout.stack_size,
                   job.layout.parts + db, job.layout.n_parts, job.layout.part_floats, 0,
                   call->conv->shape.out_channels);
    }
}

const agr_conv_kernels AGR_PER_ISA(agr_direct_table) = {
    .plan = direct_plan,
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
};
