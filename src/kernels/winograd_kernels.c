/* Winograd's convolution: transforms, products per tap, transforms back. */
#include "winograd_impl.h"

#include <agr/base/size.h>
#include "bf16_impl.h"
#include "conv_fold.h"
#include "view_rows.h"
#include "winograd_kernel_gradient.h"
#include "winograd_prepare.h"
#include "winograd_products.h"
#include "winograd_transforms.h"

/* ---- where transformed tensors go ---- */

/* The 36 taps of one tile and a block of channels, in a first-level cache until they are rounded. */
enum { TILE_FLOATS = TAPS * CONV_BLOCK };

/* Rounds them: rows of a panel, that of tap 0 at `row`. */
static void keep_tile(const float taps[TILE_FLOATS], float *row, int64_t tap_words)
{
    for (int64_t tap = 0; tap < TAPS; tap++)
        bf16_put_row((uint32_t *)(void *)row + tap * tap_words, taps + tap * CONV_BLOCK);
}

/* ---- input ---- */

static float *thread_scratch(const winograd_job *job, int thread)
{
    return job->layout.threads + thread * job->layout.thread_floats;
}

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

/* What a tile row reads: one vector of channels of the rows [first_row, first_row + 6), of which
 * [top, bottom) lie inside. */
typedef struct {
    const float *x; /* row first_row, which may lie outside, column 0 */
    int64_t row_floats, channels, width;
    int top, bottom;
    int64_t n; /* channels in the vector */
    bool affine;
    vfloat scale, shift;
} input_rows;

/* The vertical half of B^T d B: column[j + 1] holds six taps of image column j, for every column
 * inside. Called with constants for the bounds where it matters. */
AGR_INLINE void transform_columns(const input_rows *in, int top, int bottom, bool affine,
                                  vfloat (*column)[6])
{
    const float *x = in->x;
    const int64_t row_floats = in->row_floats, channels = in->channels, n = in->n;
    const vfloat scale = in->scale, shift = in->shift;
    for (int64_t j = 1; j <= in->width; j++, x += channels) {
        vfloat d[6];
#pragma GCC unroll 6
        for (int i = 0; i < 6; i++) {
            d[i] = v_zero();
            if (i >= TILE_IN - TILE_OUT) /* the same place of the next tile row */
                __builtin_prefetch(x + (i + TILE_OUT) * row_floats, 0, 2);
            if (i < top || i >= bottom)
                continue;
            d[i] = n == VL ? v_load(x + i * row_floats) : v_load_part(x + i * row_floats, n);
            if (affine)
                d[i] = v_fma(d[i], scale, shift);
        }
        transform_input_1d(column[j], d);
    }
}

/* As it is called for images whose height is a multiple of four, and once for all others. */
static void transform_columns_any(const input_rows *in, vfloat (*column)[6])
{
    const int top = in->top, bottom = in->bottom;
    if (top == 0 && bottom == 6 && in->affine)
        transform_columns(in, 0, 6, true, column);
    else if (top == 0 && bottom == 6)
        transform_columns(in, 0, 6, false, column);
    else if (top == 1 && bottom == 6)
        transform_columns(in, 1, 6, in->affine, column);
    else if (top == 0 && bottom == 5)
        transform_columns(in, 0, 5, in->affine, column);
    else
        transform_columns(in, top, bottom, in->affine, column);
}

/* All columns of a tile row, those outside the image zero. */
static void transform_input_columns(const conv_call *call, int64_t image, int64_t tile_row,
                                    int64_t channel, int64_t n_columns, vfloat (*column)[6])
{
    const agr_extent extent = input_extent(call);
    const int64_t row_floats = extent.width * extent.channels;
    const int64_t first_row = tile_row * TILE_OUT - 1;
    input_rows in = {
        .x = agr_view_floats(call->x) + (call->first_image + image) * extent.height * row_floats +
             channel + first_row * row_floats,
        .row_floats = row_floats,
        .channels = extent.channels,
        .width = extent.width,
        .top = first_row < 0,
        .bottom = (int)agr_min_i64(TILE_IN, extent.height - first_row),
        .n = agr_min_i64(VL, extent.channels - channel),
        .affine = call->x.scale != NULL,
    };
    if (in.affine) {
        in.scale = v_load_part(call->x.scale + channel, in.n);
        in.shift = v_load_part(call->x.shift + channel, in.n);
    }
    memset(column[0], 0, sizeof column[0]);
    for (int64_t j = extent.width + 1; j < n_columns; j++)
        memset(column[j], 0, sizeof column[j]);
    transform_columns_any(&in, column);
}

static void transform_input_row(const winograd_job *job, int64_t image, int64_t tile_row,
                                vfloat (*column)[6])
{
    const winograd_layout *l = &job->layout;
    const int64_t n_columns = l->tiles_across * TILE_OUT + 2;
    const int64_t tile = image * l->tiles + tile_row * l->tiles_across;
    for (int64_t c = 0; c < job->call->conv->shape.in_channels; c += VL) {
        transform_input_columns(job->call, image, tile_row, c, n_columns, column);
        float *to = l->v + (c / CONV_BLOCK * l->panel_rows + tile) * CONV_BLOCK + c % CONV_BLOCK;
        for (int64_t i = 0; i < l->tiles_across; i++)
            transform_input_tile(column + i * TILE_OUT, to + i * CONV_BLOCK, l->v_tap);
    }
}

/* The same to bfloat16. */
static void transform_input_row_bf16(const winograd_job *job, int64_t image, int64_t tile_row,
                                     vfloat (*column)[6])
{
    const winograd_layout *l = &job->layout;
    const int64_t n_columns = l->tiles_across * TILE_OUT + 2;
    const int64_t tile = image * l->tiles + tile_row * l->tiles_across;
    const int64_t channels = job->call->conv->shape.in_channels;
    float taps[TILE_FLOATS] = {0};
    for (int64_t block = 0; block < l->in_blocks; block++) {
        const int64_t n = agr_min_i64(CONV_BLOCK, channels - block * CONV_BLOCK);
        for (int64_t c = 0; c < n; c += VL)
            transform_input_columns(job->call, image, tile_row, block * CONV_BLOCK + c, n_columns,
                                    column + c / VL * n_columns);
        if (n < CONV_BLOCK)
            memset(taps, 0, sizeof taps);
        float *to = l->v + (block * l->panel_rows + tile) * BF16_WORDS;
        for (int64_t i = 0; i < l->tiles_across; i++) {
            for (int64_t c = 0; c < n; c += VL)
                transform_input_tile(column + c / VL * n_columns + i * TILE_OUT, taps + c,
                                     CONV_BLOCK);
            keep_tile(taps, to + i * BF16_WORDS, l->v_tap);
        }
    }
}

static void transform_input_part(void *context, int thread, int n_threads)
{
    const winograd_job *job = context;
    const winograd_layout *l = &job->layout;
    vfloat(*column)[6] = (vfloat(*)[6])(void *)thread_scratch(job, thread);
    int64_t begin, end;
    agr_split_range(job->call->n_images * l->tiles_down, n_threads, thread, &begin, &end);
    for (int64_t i = begin; i < end; i++)
        if (factors_are_bf16(job->call->conv))
            transform_input_row_bf16(job, i / l->tiles_down, i % l->tiles_down, column);
        else
            transform_input_row(job, i / l->tiles_down, i % l->tiles_down, column);
}

/* ---- forward ---- */

/* Adds sums of one tile, taken in float, to those of its image. */
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

/* One tile and one vector of output channels: bias, ReLU, store, sums. */
static void finish_tile(const winograd_job *job, const float *m, const tile_place *place,
                        int64_t channel, double *sums)
{
    const winograd_layout *l = &job->layout;
    const conv_call *call = job->call;
    const agr_extent extent = output_extent(call);
    const int64_t n = agr_min_i64(VL, extent.channels - channel);
    const int64_t n_rows = agr_min_i64(TILE_OUT, extent.height - place->row);
    const int64_t n_columns = agr_min_i64(TILE_OUT, extent.width - place->column);
    vfloat y[4][4];
    transform_output_tile(m, l->strip_tap, y);
    const vfloat bias = v_load_part(call->bias + channel, n);
    const bool relu = call->conv->shape.relu;
    float *to = call->y + agr_extent_size(extent) * (call->first_image + place->image) +
                (place->row * extent.width + place->column) * extent.channels + channel;
    vfloat sum = v_zero(), sum_of_squares = v_zero();
    for (int i = 0; i < n_rows; i++)
        for (int j = 0; j < n_columns; j++) {
            vfloat value = y[i][j] + bias;
            if (relu)
                value = v_max(v_zero(), value); /* a NaN stays one */
            float *pixel = to + (i * extent.width + j) * extent.channels;
            if (n == VL)
                v_store(pixel, value);
            else
                v_store_part(pixel, value, n);
            sum += value;
            sum_of_squares = v_fma(value, value, sum_of_squares);
        }
    if (sums != NULL)
        add_sums(sums, sum, sum_of_squares, l->out_channels_padded);
}

static double *image_sums(const winograd_job *job, int64_t image, int64_t channel)
{
    if (job->call->sums == NULL)
        return NULL;
    return job->layout.sums + image * 2 * job->layout.out_channels_padded + channel;
}

static void clear_sums(const winograd_job *job, int64_t block, int64_t first_image,
                       int64_t end_image)
{
    for (int64_t image = first_image; job->call->sums != NULL && image < end_image; image++)
        for (int statistic = 0; statistic < 2; statistic++)
            memset(image_sums(job, image, block * CONV_BLOCK) +
                       statistic * job->layout.out_channels_padded,
                   0, CONV_BLOCK * sizeof(double));
}

/* Output channels of the blocks [block, end_block) for the images [first_image, end_image). */
static void multiply_forward(const winograd_job *job, int64_t block, int64_t end_block,
                             int64_t first_image, int64_t end_image, float *strip)
{
    const winograd_layout *l = &job->layout;
    const agr_conv_shape shape = job->call->conv->shape;
    const strip_factors factors = {.panels = l->v,
                                   .panels_tap = l->v_tap,
                                   .kernel = l->u,
                                   .kernel_tap = l->u_tap,
                                   .depth = shape.in_channels,
                                   .n_columns = shape.out_channels};
    const int64_t end = end_image * l->tiles;
    const int64_t first_channel = block * CONV_BLOCK;
    const int64_t end_channel = agr_min_i64(shape.out_channels, end_block * CONV_BLOCK);
    for (int64_t i = block; i < end_block; i++)
        clear_sums(job, i, first_image, end_image);
    for (int64_t first = first_image * l->tiles; first < end; first += STRIP_TILES) {
        const int64_t n_tiles = agr_min_i64(STRIP_TILES, end - first);
        multiply_strip(job, &factors, first, n_tiles, block, end_block, strip);
        for (int64_t tile = 0; tile < n_tiles; tile++) {
            const tile_place place = place_of(l, first + tile);
            for (int64_t c = first_channel; c < end_channel; c += VL)
                finish_tile(job, strip_at(l, strip, tile, c - first_channel), &place, c,
                            image_sums(job, place.image, c));
        }
    }
}

/* Images that one product covers: as many as fill a strip, fewer when threads would idle. */
static int64_t images_at_once(const winograd_job *job, int64_t n_blocks, int n_threads)
{
    const int64_t n_images = job->call->n_images;
    int64_t at_once = agr_max_i64(1, STRIP_TILES / job->layout.tiles);
    at_once = agr_min_i64(at_once, n_images);
    while (at_once > 1 && n_blocks * ((n_images + at_once - 1) / at_once) < n_threads)
        at_once = (at_once + 1) / 2;
    return at_once;
}

typedef void multiply_images(const winograd_job *job, int64_t block, int64_t end_block,
                             int64_t first_image, int64_t end_image, float *strip);

/* This thread's share of n_blocks blocks of all images: thread `turn` of n_threads. */
static void multiply_share(const winograd_job *job, int64_t n_blocks, multiply_images *multiply,
                           int turn, int n_threads, float *strip)
{
    const int64_t n_images = job->call->n_images, width = job->layout.strip_blocks;
    const int64_t n_columns = (n_blocks + width - 1) / width;
    const int64_t at_once = images_at_once(job, n_columns, n_threads);
    const int64_t n_runs = (n_images + at_once - 1) / at_once;
    int64_t begin, end;
    agr_split_range(n_columns * n_runs, n_threads, turn, &begin, &end);
    for (int64_t i = begin; i < end; i++) {
        const int64_t block = i / n_runs * width, first = i % n_runs * at_once;
        multiply(job, block, agr_min_i64(block + width, n_blocks), first,
                 agr_min_i64(first + at_once, n_images), strip);
    }
}

static void multiply_forward_part(void *context, int thread, int n_threads)
{
    const winograd_job *job = context;
    multiply_share(job, job->layout.out_blocks, multiply_forward, thread, n_threads,
                   thread_scratch(job, thread));
}

/* sums of a micro-batch = those of its images, in order. */
static void gather_sums(const winograd_job *job)
{
    const conv_call *call = job->call;
    const int64_t channels = call->conv->shape.out_channels;
    for (int64_t m = 0; call->sums != NULL && m < call->n_micro_batches; m++) {
        int64_t begin, end;
        conv_images_of(call, m, &begin, &end);
        for (int statistic = 0; statistic < 2; statistic++) {
            double *to = call->sums + ((call->first_micro_batch + m) * 2 + statistic) * channels;
            memset(to, 0, (size_t)channels * sizeof *to);
            for (int64_t image = begin; image < end; image++) {
                const double *from =
                    image_sums(job, image, statistic * job->layout.out_channels_padded);
                for (int64_t o = 0; o < channels; o++)
                    to[o] += from[o];
            }
        }
    }
}

static void forward(conv_call *call)
{
    winograd_job job = {call, winograd_layout_of(call->conv)};
    while (conv_next_group(call, job.layout.group)) {
        agr_pool_run(call->pool, transform_input_part, &job);
        agr_pool_run(call->pool, multiply_forward_part, &job);
        gather_sums(&job);
    }
}

/* ---- output gradient ---- */

/* Forms the four image rows of a tile row, `chunk` channels from `channel`, zeros outside image and
 * tensor. */
static void form_gradient_band(const conv_call *call, int64_t image, int64_t tile_row,
                               int64_t channel, int64_t chunk, int64_t band_width, float *band)
{
    const agr_extent extent = output_extent(call);
    const int64_t n_channels = agr_min_i64(chunk, extent.channels - channel);
    const int64_t row_floats = band_width * chunk;
    for (int64_t i = 0; i < TILE_OUT; i++) {
        const int64_t row = tile_row * TILE_OUT + i;
        float *to = band + i * row_floats;
        if (row >= extent.height || n_channels < chunk)
            memset(to, 0, (size_t)row_floats * sizeof *to);
        else
            memset(to + extent.width * chunk, 0,
                   (size_t)((band_width - extent.width) * chunk) * sizeof *to);
        if (row < extent.height)
            gradient_form_row(call->dy, call->mask, extent, call->first_image + image, row, channel,
                              n_channels, to, chunk);
    }
}

/* db[c] = sum over the pixels of a band. */
static void sum_band(const float *band, int64_t n_pixels, int64_t chunk, float *db)
{
    for (int64_t c = 0; c < chunk; c += VL)
        v_store(db + c, sum_pixels(band + c, n_pixels, chunk));
}

/* A tile row of some channels, from its band to panels of floats. */
static void transform_band(const winograd_job *job, int64_t image, int64_t tile_row,
                           int64_t channel, int64_t chunk, const float *band)
{
    const winograd_layout *l = &job->layout;
    const int64_t row_floats = l->tiles_across * TILE_OUT * chunk;
    const int64_t tile = image * l->tiles + tile_row * l->tiles_across;
    for (int64_t c = 0; c < chunk; c += VL) {
        const int64_t block = (channel + c) / CONV_BLOCK, in_block = (channel + c) % CONV_BLOCK;
        float *to = l->dm + (block * l->panel_rows + tile) * CONV_BLOCK + in_block;
        for (int64_t i = 0; i < l->tiles_across; i++)
            transform_gradient_tile(band + i * TILE_OUT * chunk + c, row_floats, chunk,
                                    to + i * CONV_BLOCK, l->dm_tap);
    }
}

/* The same to bfloat16. */
static void transform_band_bf16(const winograd_job *job, int64_t image, int64_t tile_row,
                                int64_t channel, int64_t chunk, const float *band)
{
    const winograd_layout *l = &job->layout;
    const int64_t row_floats = l->tiles_across * TILE_OUT * chunk;
    const int64_t tile = image * l->tiles + tile_row * l->tiles_across;
    float taps[TILE_FLOATS];
    for (int64_t block = 0; block < chunk / CONV_BLOCK; block++) {
        const int64_t panel = channel / CONV_BLOCK + block;
        float *to = l->dm + (panel * l->panel_rows + tile) * BF16_WORDS;
        for (int64_t i = 0; i < l->tiles_across; i++) {
            const float *dy = band + i * TILE_OUT * chunk + block * CONV_BLOCK;
            for (int64_t c = 0; c < CONV_BLOCK; c += VL)
                transform_gradient_tile(dy + c, row_floats, chunk, taps + c, CONV_BLOCK);
            keep_tile(taps, to + i * BF16_WORDS, l->dm_tap);
        }
    }
}

static void transform_gradient_row(const winograd_job *job, int64_t image, int64_t tile_row,
                                   float *band)
{
    const winograd_layout *l = &job->layout;
    const int64_t band_width = l->tiles_across * TILE_OUT;
    for (int64_t o = 0; o < l->out_channels_padded; o += GRADIENT_CHUNK) {
        const int64_t chunk = agr_min_i64(GRADIENT_CHUNK, l->out_channels_padded - o);
        form_gradient_band(job->call, image, tile_row, o, chunk, band_width, band);
        sum_band(band, TILE_OUT * band_width, chunk,
                 l->db + (image * l->tiles_down + tile_row) * l->out_channels_padded + o);
        if (factors_are_bf16(job->call->conv))
            transform_band_bf16(job, image, tile_row, o, chunk, band);
        else
            transform_band(job, image, tile_row, o, chunk, band);
    }
}

static void transform_backward_part(void *context, int thread, int n_threads)
{
    const winograd_job *job = context;
    const winograd_layout *l = &job->layout;
    float *scratch = thread_scratch(job, thread);
    int64_t begin, end;
    agr_split_range(job->call->n_images * l->tiles_down, n_threads, thread, &begin, &end);
    for (int64_t i = begin; i < end; i++)
        transform_gradient_row(job, i / l->tiles_down, i % l->tiles_down, scratch);
    transform_input_part(context, thread, n_threads);
}

/* ---- input gradient ---- */

/* Adds one tile to dx, for one vector of channels. Tiles come in row-major order, and overlap their
 * left and upper neighbours by two pixels: those are added to, the others written. */
static void scatter_tile(const winograd_job *job, const float *dv, const tile_place *place,
                         int64_t channel)
{
    const conv_call *call = job->call;
    const agr_extent extent = input_extent(call);
    const int64_t n = agr_min_i64(VL, extent.channels - channel);
    float *dx = call->dx + agr_extent_size(extent) * (call->first_image + place->image) + channel;
    vfloat d[6][6];
    transform_input_gradient_tile(dv, job->layout.strip_tap, d);
    for (int i = 0; i < 6; i++) {
        const int64_t row = place->row - 1 + i;
        if (row < 0 || row >= extent.height)
            continue;
        for (int j = 0; j < 6; j++) {
            const int64_t column = place->column - 1 + j;
            if (column < 0 || column >= extent.width)
                continue;
            float *pixel = dx + (row * extent.width + column) * extent.channels;
            const bool add = (i < 2 && place->row > 0) || (j < 2 && place->column > 0);
            vfloat value = d[i][j];
            if (n == VL) {
                if (add)
                    value += v_load(pixel);
                v_store(pixel, value);
            } else {
                if (add)
                    value += v_load_part(pixel, n);
                v_store_part(pixel, value, n);
            }
        }
    }
}

static void multiply_input_gradient(const winograd_job *job, int64_t block, int64_t end_block,
                                    int64_t first_image, int64_t end_image, float *strip)
{
    const winograd_layout *l = &job->layout;
    const agr_conv_shape shape = job->call->conv->shape;
    const strip_factors factors = {.panels = l->dm,
                                   .panels_tap = l->dm_tap,
                                   .kernel = l->ut,
                                   .kernel_tap = l->ut_tap,
                                   .depth = shape.out_channels,
                                   .n_columns = shape.in_channels};
    const int64_t end = end_image * l->tiles;
    const int64_t first_channel = block * CONV_BLOCK;
    const int64_t end_channel = agr_min_i64(shape.in_channels, end_block * CONV_BLOCK);
    for (int64_t first = first_image * l->tiles; first < end; first += STRIP_TILES) {
        const int64_t n_tiles = agr_min_i64(STRIP_TILES, end - first);
        multiply_strip(job, &factors, first, n_tiles, block, end_block, strip);
        for (int64_t tile = 0; tile < n_tiles; tile++) {
            const tile_place place = place_of(l, first + tile);
            for (int64_t c = first_channel; c < end_channel; c += VL)
                scatter_tile(job, strip_at(l, strip, tile, c - first_channel), &place, c);
        }
    }
}

static void fold_bias(winograd_job *job)
{
    conv_call *call = job->call;
    const winograd_layout *l = &job->layout;
    fold_parts(call, &call->tree, call->db, l->stack + l->stack_size - l->out_channels_padded,
               l->stack_size, l->db, l->tiles_down, l->out_channels_padded, 0,
               call->conv->shape.out_channels);
}

static void fold_pieces(const winograd_job *job, int thread, int n_threads)
{
    const winograd_layout *l = &job->layout;
    const conv_call *call = job->call;
    const int64_t rows = rows_of_piece(l, n_threads);
    int64_t begin, end;
    agr_split_range(l->in_blocks * l->out_blocks * (CONV_BLOCK / rows), n_threads, thread, &begin,
                    &end);
    agr_tree tree = call->tree;
    for (int64_t m = 0; m < call->n_micro_batches; m++) {
        const fold_step step = fold_next(call, &tree, m, call->dw, l->stack, l->stack_size);
        (factors_are_bf16(call->conv) ? fold_micro_batch_bf16 : fold_micro_batch)(
            job, m, &step, begin, end, rows, thread_scratch(job, thread));
    }
}

static void multiply_backward_part(void *context, int thread, int n_threads)
{
    const winograd_job *job = context;
    fold_pieces(job, thread, n_threads);
    if (job->call->dx != NULL)
        multiply_share(job, job->layout.in_blocks, multiply_input_gradient, n_threads - 1 - thread,
                       n_threads, thread_scratch(job, thread));
}

static void backward(conv_call *call)
{
    winograd_job job = {call, winograd_layout_of(call->conv)};
    while (conv_next_group(call, job.layout.group)) {
        agr_pool_run(call->pool, transform_backward_part, &job);
        agr_pool_run(call->pool, multiply_backward_part, &job);
        fold_bias(&job);
    }
}

const agr_conv_kernels AGR_PER_ISA(agr_winograd_table) = {
    .plan = winograd_plan,
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
};
