/* Winograd's convolution: transforms, products per tap, transforms back. */
#include "winograd_impl.h"

#include <agr/base/size.h>
#include "bf16_impl.h"
#include "conv_fold.h"
#include "gemm_tile.h"
#include "view_rows.h"

/*
 * The four one-dimensional transforms for the points 0, +-a, +-b, infinity with a = sqrt(1/2),
 * b = sqrt(2). Compared with the usual points 0, +-1, +-2 they need the same additions and
 * multiplications and leave a quarter of the rounding error, because the entries of all three
 * matrices stay near one.
 */
static const float A = 0.70710678118654752F, B = 1.41421356237309505F;

/* factor * x + y */
AGR_INLINE vfloat times_plus(float factor, vfloat x, vfloat y)
{
    return v_fma(v_set(factor), x, y);
}

/* v = B^T d: six inputs to six taps. */
AGR_INLINE void transform_input_1d(vfloat v[6], const vfloat d[6])
{
    const vfloat even_a = times_plus(-2.0F, d[2], d[4]), odd_a = times_plus(-2.0F, d[1], d[3]);
    const vfloat even_b = times_plus(-0.5F, d[2], d[4]), odd_b = times_plus(-0.5F, d[1], d[3]);
    v[0] = d[0] + times_plus(-2.5F, d[2], d[4]);
    v[1] = times_plus(A, odd_a, even_a);
    v[2] = times_plus(-A, odd_a, even_a);
    v[3] = times_plus(B, odd_b, even_b);
    v[4] = times_plus(-B, odd_b, even_b);
    v[5] = d[1] + times_plus(-2.5F, d[3], d[5]);
}

/* y = A^T m: six taps to four outputs. */
AGR_INLINE void transform_output_1d(vfloat y[4], const vfloat m[6])
{
    const vfloat sum_a = m[1] + m[2], difference_a = m[1] - m[2];
    const vfloat sum_b = m[3] + m[4], difference_b = m[3] - m[4];
    y[0] = m[0] + (sum_a + sum_b);
    y[1] = times_plus(A, difference_a, B * difference_b);
    y[2] = times_plus(0.5F, sum_a, 2.0F * sum_b);
    y[3] = m[5] + times_plus(0.5F * A, difference_a, 2.0F * B * difference_b);
}

/* m = A y: the transpose of the output transform. */
AGR_INLINE void transform_gradient_1d(vfloat m[6], const vfloat y[4])
{
    const vfloat even_a = times_plus(0.5F, y[2], y[0]), odd_a = times_plus(0.5F, y[3], y[1]);
    const vfloat even_b = times_plus(2.0F, y[2], y[0]), odd_b = times_plus(2.0F, y[3], y[1]);
    m[0] = y[0];
    m[1] = times_plus(A, odd_a, even_a);
    m[2] = times_plus(-A, odd_a, even_a);
    m[3] = times_plus(B, odd_b, even_b);
    m[4] = times_plus(-B, odd_b, even_b);
    m[5] = y[3];
}

/* d = B v: the transpose of the input transform. */
AGR_INLINE void transform_input_gradient_1d(vfloat d[6], const vfloat v[6])
{
    const vfloat sum_a = v[1] + v[2], difference_a = A * (v[1] - v[2]);
    const vfloat sum_b = v[3] + v[4], difference_b = B * (v[3] - v[4]);
    d[0] = v[0];
    d[1] = times_plus(-0.5F, difference_b, times_plus(-2.0F, difference_a, v[5]));
    d[2] = times_plus(-0.5F, sum_b, times_plus(-2.0F, sum_a, -2.5F * v[0]));
    d[3] = times_plus(-2.5F, v[5], difference_a) + difference_b;
    d[4] = v[0] + (sum_a + sum_b);
    d[5] = v[5];
}

/* u = G g: three kernel rows to six taps. */
AGR_INLINE void transform_kernel_1d(vfloat u[6], const vfloat g[3])
{
    const vfloat even_a = times_plus(0.5F, g[2], g[0]), even_b = times_plus(2.0F, g[2], g[0]);
    u[0] = g[0];
    u[1] = times_plus(A, g[1], even_a) * (-2.0F / 3.0F);
    u[2] = times_plus(-A, g[1], even_a) * (-2.0F / 3.0F);
    u[3] = times_plus(B, g[1], even_b) * (1.0F / 6.0F);
    u[4] = times_plus(-B, g[1], even_b) * (1.0F / 6.0F);
    u[5] = g[2];
}

/* g = G^T u: the transpose of the kernel transform. */
AGR_INLINE void transform_kernel_gradient_1d(vfloat g[3], const vfloat u[6])
{
    const vfloat sum_a = (u[1] + u[2]) * (-2.0F / 3.0F), sum_b = (u[3] + u[4]) * (1.0F / 6.0F);
    const vfloat difference_a = (u[1] - u[2]) * (-2.0F / 3.0F * A);
    const vfloat difference_b = (u[3] - u[4]) * (1.0F / 6.0F * B);
    g[0] = u[0] + (sum_a + sum_b);
    g[1] = difference_a + difference_b;
    g[2] = u[5] + times_plus(0.5F, sum_a, 2.0F * sum_b);
}

/* ---- kernel ---- */

typedef struct {
    const agr_conv *conv;
    winograd_layout layout;
    const float *w;
} prepare_job;

/* Transformed kernels from this size on are stored past the caches. */
enum { STREAM_FLOATS = 1 << 20 };

/* 36 taps of input channel c and a vector of output channels from o on, to `to` and every
 * BLOCK_FLOATS from there. Pad columns become zero. */
static void transform_kernel(const prepare_job *job, int64_t c, int64_t o, float *to)
{
    const int64_t n_in = job->conv->shape.in_channels, n_out = job->conv->shape.out_channels;
    vfloat g[3][3], half[6][3], u[6];
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            const float *from = job->w + ((i * 3 + j) * n_in + c) * n_out + o;
            g[i][j] = o + VL <= n_out ? v_load(from)
                      : o < n_out     ? v_load_part(from, n_out - o)
                                      : v_zero();
        }
    for (int j = 0; j < 3; j++) {
        const vfloat column[3] = {g[0][j], g[1][j], g[2][j]};
        transform_kernel_1d(u, column);
        for (int i = 0; i < 6; i++)
            half[i][j] = u[i];
    }
    for (int i = 0; i < 6; i++) {
        transform_kernel_1d(u, half[i]);
        for (int j = 0; j < 6; j++)
            v_store(to + (i * 6 + j) * BLOCK_FLOATS, u[j]);
    }
}

AGR_INLINE void put(float *to, vfloat v, bool stream)
{
    if (stream)
        v_stream(to, v);
    else
        v_store(to, v);
}

static void copy_block(const float *from, int64_t n_floats, float *to, bool stream)
{
    for (int64_t i = 0; i < n_floats; i += VL)
        put(to + i, v_load(from + i), stream);
}

/* From [n_in, 32] to [n_out, 32], rows and columns exchanged; pad columns become zero. */
static void transpose_block(const float *from, int64_t n_in, float *to, int64_t n_out, bool stream)
{
    for (int64_t o = 0; o < n_out; o += VL)
        for (int64_t c = 0; c < CONV_BLOCK; c += VL) {
            vfloat row[VL];
            for (int r = 0; r < VL; r++)
                row[r] = c + r < n_in ? v_load(from + (c + r) * CONV_BLOCK + o) : v_zero();
            v_transpose(row);
            for (int r = 0; r < VL && o + r < n_out; r++)
                put(to + (o + r) * CONV_BLOCK + c, row[r], stream);
        }
}

/* A block [32][32], of which n_rows rows are there, as lines of bfloat16 over its rows. */
static void put_lines(const float *block, int64_t n_rows, float *lines)
{
    uint32_t rows[BF16_DEPTH * BF16_WORDS];
    for (int64_t i = 0; i < n_rows; i++)
        bf16_put_row(rows + i * BF16_WORDS, block + i * CONV_BLOCK);
    bf16_lines_of(rows, n_rows, (uint32_t *)(void *)lines);
}

/* One tap of 32 x 32 channels, height x width of them there, to u and ut: lines of bfloat16. */
static void put_kernel_lines(const prepare_job *job, int64_t tap, int64_t in_block,
                             int64_t out_block, const float *block, int64_t height, int64_t width)
{
    const winograd_layout *l = &job->layout;
    const int64_t words = BLOCK_FLOATS / 2;
    float turned[BLOCK_FLOATS];
    put_lines(block, height, l->u + tap * l->u_tap + (out_block * l->in_blocks + in_block) * words);
    transpose_block(block, height, turned, width, false);
    put_lines(turned, width,
              l->ut + tap * l->ut_tap + (in_block * l->out_blocks + out_block) * words);
}

/* 32 x 32 channels of u and of ut. `block` holds the 36 taps in cache between the two: where the
 * taps end up they are a megabyte apart. */
static void prepare_block(const prepare_job *job, int64_t in_block, int64_t out_block, float *block)
{
    const winograd_layout *l = &job->layout;
    const int64_t n_in = job->conv->shape.in_channels, n_out = job->conv->shape.out_channels;
    const int64_t c = in_block * CONV_BLOCK, o = out_block * CONV_BLOCK;
    const int64_t height = agr_min_i64(CONV_BLOCK, n_in - c);
    const int64_t width = agr_min_i64(CONV_BLOCK, n_out - o);
    const bool stream = TAPS * l->u_tap >= STREAM_FLOATS;
    for (int64_t i = 0; i < height; i++)
        for (int64_t j = 0; j < CONV_BLOCK; j += VL)
            transform_kernel(job, c + i, o + j, block + i * CONV_BLOCK + j);
    for (int64_t tap = 0; tap < TAPS; tap++, block += BLOCK_FLOATS) {
        if (factors_are_bf16(job->conv)) {
            put_kernel_lines(job, tap, in_block, out_block, block, height, width);
            continue;
        }
        copy_block(block, height * CONV_BLOCK,
                   l->u + tap * l->u_tap + (out_block * n_in + c) * CONV_BLOCK, stream);
        transpose_block(block, height,
                        l->ut + tap * l->ut_tap + (in_block * n_out + o) * CONV_BLOCK, width,
                        stream);
    }
}

static void prepare_part(void *context, int thread, int n_threads)
{
    const prepare_job *job = context;
    const winograd_layout *l = &job->layout;
    int64_t begin, end;
    agr_split_range(l->in_blocks * l->out_blocks, n_threads, thread, &begin, &end);
    for (int64_t i = begin; i < end; i++)
        prepare_block(job, i / l->out_blocks, i % l->out_blocks,
                      l->blocks + thread * KERNEL_BLOCK_FLOATS);
    v_stream_end();
}

static void prepare(const agr_conv *conv, agr_pool *pool, const float *w)
{
    prepare_job job = {conv, winograd_layout_of(conv), w};
    agr_pool_run(pool, prepare_part, &job);
}

/* ---- where transformed tensors go ---- */

typedef struct {
    conv_call *call;
    winograd_layout layout;
} winograd_job;

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

/* The horizontal half, to tap 0 of a tile and every `tap` floats from there. */
AGR_INLINE void transform_input_tile(vfloat (*column)[6], float *to, int64_t tap)
{
    for (int i = 0; i < 6; i++) {
        vfloat d[6], v[6];
        for (int j = 0; j < 6; j++)
            d[j] = column[j][i];
        transform_input_1d(v, d);
        for (int j = 0; j < 6; j++)
            v_store(to + (i * 6 + j) * tap, v[j]);
    }
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

/* ---- the 36 products ---- */

/* What the products over channels of one direction read: panels of tiles, and a kernel of
 * `n_columns` channels. */
typedef struct {
    const float *panels, *kernel;
    int64_t panels_tap, kernel_tap;
    int64_t depth, n_columns;
} strip_factors;

/* strip[tap][p][32] = sum_k panel[tap][k][first + p] * kernel[tap][k], for n_tiles tiles. */
static void multiply_strip_fp32(const winograd_layout *l, const strip_factors *f, int64_t first,
                                int64_t n_tiles, int64_t block, float *strip)
{
    const float *kernel = f->kernel + block * f->depth * CONV_BLOCK;
    const int64_t n_columns = agr_min_i64(CONV_BLOCK, f->n_columns - block * CONV_BLOCK);
    for (int64_t tap = 0; tap < TAPS; tap++) {
        const gemm_rows rows = {.a = f->panels + tap * f->panels_tap + first * CONV_BLOCK,
                                .row_stride = CONV_BLOCK,
                                .k_stride = 1,
                                .segment = CONV_BLOCK,
                                .segment_stride = l->panel_rows * CONV_BLOCK,
                                .k = f->depth};
        /* The next eight tiles; after the last ones whatever follows. The next tap's kernel. */
        const gemm_next next = {.a = rows.a + TILE_ROWS * CONV_BLOCK,
                                .a_step = rows.segment_stride,
                                .b = kernel + (tap + 1) * f->kernel_tap,
                                .b_step = GEMM_CHUNK / 2 * LINE_FLOATS};
        gemm_panel(&rows, n_tiles, kernel + tap * f->kernel_tap, n_columns,
                   strip + tap * l->strip_tap, next, TILE_ROWS * CONV_BLOCK);
    }
}

/* The same of rows and lines of bfloat16, over blocks of 32 terms; of the blocks of columns
 * [block, end_block), so that what was read of a tap's tiles serves all of them. */
static void multiply_strip_bf16(const winograd_layout *l, const strip_factors *f, int64_t first,
                                int64_t n_tiles, int64_t block, int64_t end_block, float *strip)
{
    const int64_t n_blocks = (f->depth + BF16_DEPTH - 1) / BF16_DEPTH;
    const int64_t block_words = n_blocks * BF16_LINES_WORDS;
    const uint32_t *kernel = (const uint32_t *)(const void *)f->kernel + block * block_words;
    bf16_rows rows = {.a = (const uint32_t *)(const void *)f->panels + first * BF16_WORDS,
                      .row_stride = BF16_WORDS,
                      .block_stride = l->panel_rows * BF16_WORDS,
                      .word_stride = 1,
                      .n_blocks = n_blocks};
    bf16_begin();
    for (int64_t tap = 0; tap < TAPS; tap++, rows.a += f->panels_tap, kernel += f->kernel_tap)
        for (int64_t i = 0; i < end_block - block; i++) {
            const int64_t n_columns =
                agr_min_i64(CONV_BLOCK, f->n_columns - (block + i) * CONV_BLOCK);
            bf16_multiply(&rows, n_tiles, kernel + i * block_words, n_columns,
                          strip + tap * l->strip_tap + i * l->strip_block);
        }
    bf16_end();
}

static void multiply_strip(const winograd_job *job, const strip_factors *f, int64_t first,
                           int64_t n_tiles, int64_t block, int64_t end_block, float *strip)
{
    if (factors_are_bf16(job->call->conv)) {
        multiply_strip_bf16(&job->layout, f, first, n_tiles, block, end_block, strip);
        return;
    }
    for (int64_t i = block; i < end_block; i++)
        multiply_strip_fp32(&job->layout, f, first, n_tiles, i,
                            strip + (i - block) * job->layout.strip_block);
}

/* Where one tile lies in its image. */
typedef struct {
    int64_t image, row, column; /* image of the group; first output row and column */
} tile_place;

static tile_place place_of(const winograd_layout *l, int64_t tile)
{
    const int64_t in_image = tile % l->tiles;
    return (tile_place){.image = tile / l->tiles,
                        .row = in_image / l->tiles_across * TILE_OUT,
                        .column = in_image % l->tiles_across * TILE_OUT};
}

/* Tap 0 of a tile and a channel of a strip. */
static const float *strip_at(const winograd_layout *l, const float *strip, int64_t tile,
                             int64_t channel)
{
    return strip + channel / CONV_BLOCK * l->strip_block + tile * CONV_BLOCK + channel % CONV_BLOCK;
}

/* ---- forward ---- */

AGR_INLINE void transform_output_tile(const float *m, int64_t tap, vfloat y[4][4])
{
    vfloat half[4][6];
    for (int j = 0; j < 6; j++) {
        vfloat column[6], out[4];
        for (int i = 0; i < 6; i++)
            column[i] = v_load(m + (i * 6 + j) * tap);
        transform_output_1d(out, column);
        for (int i = 0; i < 4; i++)
            half[i][j] = out[i];
    }
    for (int i = 0; i < 4; i++)
        transform_output_1d(y[i], half[i]);
}

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

/* dm of one tile: A dy A^T, to tap 0 of it and every `tap` floats from there. dy: [4][row_floats],
 * pixels `chunk` floats apart. */
AGR_INLINE void transform_gradient_tile(const float *dy, int64_t row_floats, int64_t chunk,
                                        float *to, int64_t tap)
{
    vfloat half[6][4];
    for (int j = 0; j < 4; j++) {
        vfloat column[4], out[6];
        for (int i = 0; i < 4; i++)
            column[i] = v_load(dy + i * row_floats + j * chunk);
        transform_gradient_1d(out, column);
        for (int i = 0; i < 6; i++)
            half[i][j] = out[i];
    }
    for (int i = 0; i < 6; i++) {
        vfloat m[6];
        transform_gradient_1d(m, half[i]);
        for (int j = 0; j < 6; j++)
            v_store(to + (i * 6 + j) * tap, m[j]);
    }
}

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

AGR_INLINE void transform_input_gradient_tile(const float *dv, int64_t tap, vfloat d[6][6])
{
    vfloat half[6][6];
    for (int j = 0; j < 6; j++) {
        vfloat column[6], out[6];
        for (int i = 0; i < 6; i++)
            column[i] = v_load(dv + (i * 6 + j) * tap);
        transform_input_gradient_1d(out, column);
        for (int i = 0; i < 6; i++)
            half[i][j] = out[i];
    }
    for (int i = 0; i < 6; i++)
        transform_input_gradient_1d(d[i], half[i]);
}

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

/* ---- kernel gradient ---- */

AGR_INLINE void transform_kernel_gradient_tile(const float *du, vfloat g[3][3])
{
    vfloat half[3][6];
    for (int j = 0; j < 6; j++) {
        vfloat column[6], out[3];
        for (int i = 0; i < 6; i++)
            column[i] = v_load(du + (i * 6 + j) * CONV_BLOCK * CONV_BLOCK);
        transform_kernel_gradient_1d(out, column);
        for (int i = 0; i < 3; i++)
            half[i][j] = out[i];
    }
    for (int i = 0; i < 3; i++)
        transform_kernel_gradient_1d(g[i], half[i]);
}

/* The kernel gradient of some input channels and one block of output channels: what one thread
 * folds at a time. */
typedef struct {
    int64_t in_block, out_block;
    int64_t begin, end; /* input channels inside the block */
    int64_t n_out;      /* output channels of the block */
} kernel_piece;

/* Pieces of a kernel gradient: pairs of blocks, cut further when threads would idle. */
static int64_t rows_of_piece(const winograd_layout *l, int n_threads)
{
    return n_threads == 1 || l->in_blocks * l->out_blocks >= 4 * n_threads ? CONV_BLOCK : TILE_ROWS;
}

static kernel_piece piece_of(const winograd_job *job, int64_t index, int64_t rows)
{
    const agr_conv_shape shape = job->call->conv->shape;
    const int64_t per_block = CONV_BLOCK / rows, pair = index / per_block;
    kernel_piece piece = {.in_block = pair % job->layout.in_blocks,
                          .out_block = pair / job->layout.in_blocks,
                          .begin = index % per_block * rows};
    piece.end = agr_min_i64(piece.begin + rows, shape.in_channels - piece.in_block * CONV_BLOCK);
    piece.n_out = agr_min_i64(CONV_BLOCK, shape.out_channels - piece.out_block * CONV_BLOCK);
    return piece;
}

/* du of one micro-batch, transformed back and folded. */
static void fold_kernel_gradient(const winograd_job *job, kernel_piece piece, const float *du,
                                 const fold_step *step)
{
    const agr_conv_shape shape = job->call->conv->shape;
    const int64_t channel = piece.in_block * CONV_BLOCK, out = piece.out_block * CONV_BLOCK;
    for (int64_t c = piece.begin; c < piece.end; c++)
        for (int64_t o = 0; o < piece.n_out; o += VL) {
            vfloat g[3][3];
            transform_kernel_gradient_tile(du + c * CONV_BLOCK + o, g);
            for (int i = 0; i < 3; i++)
                for (int j = 0; j < 3; j++)
                    fold_vector(step,
                                ((i * 3 + j) * shape.in_channels + channel + c) *
                                        shape.out_channels +
                                    out + o,
                                g[i][j], agr_min_i64(VL, piece.n_out - o));
        }
}

static void multiply_kernel_gradient(const winograd_job *job, int64_t m, kernel_piece piece,
                                     float *du)
{
    const winograd_layout *l = &job->layout;
    int64_t begin, end;
    conv_images_of(job->call, m, &begin, &end);
    const int64_t first = begin * l->tiles, n_tiles = (end - begin) * l->tiles;
    for (int64_t tap = 0; tap < TAPS; tap++) {
        const gemm_rows rows = {.a = l->v + tap * l->v_tap +
                                     (piece.in_block * l->panel_rows + first) * CONV_BLOCK +
                                     piece.begin,
                                .row_stride = 1,
                                .k_stride = CONV_BLOCK,
                                .segment = n_tiles,
                                .k = n_tiles};
        const float *dm =
            l->dm + tap * l->dm_tap + (piece.out_block * l->panel_rows + first) * CONV_BLOCK;
        const gemm_next next = {.a = rows.a + l->v_tap,
                                .a_step = GEMM_CHUNK / 2 * LINE_FLOATS,
                                .b = dm + l->dm_tap,
                                .b_step = GEMM_CHUNK / 2 * LINE_FLOATS};
        gemm_panel(&rows, piece.end - piece.begin, dm, piece.n_out,
                   du + (tap * CONV_BLOCK + piece.begin) * CONV_BLOCK, next,
                   (n_tiles + GEMM_CHUNK - 1) / GEMM_CHUNK * next.a_step);
    }
}

/* The same of bfloat16. The sum is over tiles, panels have rows over channels: what a thread needs of
 * a micro-batch is turned, all of v once and of dm a block of channels at a time. */
typedef struct {
    int64_t n_blocks; /* of the sum */
    uint32_t *lines;  /* of dm [36][n_blocks] */
    uint32_t *room;   /* of v [in_blocks][36][n_blocks] */
} turned_panels;

static turned_panels turned_in(const winograd_job *job, int64_t m, float *memory)
{
    int64_t begin, end;
    conv_images_of(job->call, m, &begin, &end);
    const int64_t n_tiles = (end - begin) * job->layout.tiles;
    turned_panels turned = {.n_blocks = (n_tiles + BF16_DEPTH - 1) / BF16_DEPTH,
                            .lines = (uint32_t *)(void *)memory};
    turned.room = turned.lines + TAPS * turned.n_blocks * BF16_LINES_WORDS;
    return turned;
}

/* 36 taps of one panel, of micro-batch m. */
static void turn_panel(const winograd_job *job, int64_t m, const float *panel, int64_t tap_words,
                       const turned_panels *turned, uint32_t *lines)
{
    int64_t begin, end;
    conv_images_of(job->call, m, &begin, &end);
    const uint32_t *rows =
        (const uint32_t *)(const void *)panel + begin * job->layout.tiles * BF16_WORDS;
    for (int64_t tap = 0; tap < TAPS; tap++)
        bf16_lines_of(rows + tap * tap_words, (end - begin) * job->layout.tiles,
                      lines + tap * turned->n_blocks * BF16_LINES_WORDS);
}

static void turn_v(const winograd_job *job, int64_t m, int64_t in_block,
                   const turned_panels *turned)
{
    const winograd_layout *l = &job->layout;
    const int64_t words = TAPS * turned->n_blocks * BF16_LINES_WORDS;
    uint32_t *room = turned->room + in_block * words;
    turn_panel(job, m, l->v + in_block * l->panel_rows * BF16_WORDS, l->v_tap, turned, room);
    for (int64_t i = 0; i < TAPS * turned->n_blocks; i++)
        bf16_lines_as_a(room + i * BF16_LINES_WORDS);
}

static void multiply_kernel_gradient_bf16(kernel_piece piece, const turned_panels *turned,
                                          float *du)
{
    const int64_t words = turned->n_blocks * BF16_LINES_WORDS;
    bf16_begin();
    for (int64_t tap = 0; tap < TAPS; tap++) {
        const bf16_rows rows = bf16_rows_of_lines(
            turned->room + (piece.in_block * TAPS + tap) * words, piece.begin, turned->n_blocks);
        bf16_multiply(&rows, piece.end - piece.begin, turned->lines + tap * words, piece.n_out,
                      du + (tap * CONV_BLOCK + piece.begin) * CONV_BLOCK);
    }
    bf16_end();
}

/* Pieces [begin, end) of the kernel gradient, of micro-batch m of the group. */
static void fold_micro_batch(const winograd_job *job, int64_t m, const fold_step *step,
                             int64_t begin, int64_t end, int64_t rows, float *du)
{
    for (int64_t i = begin; i < end; i++) {
        const kernel_piece piece = piece_of(job, i, rows);
        if (piece.begin >= piece.end)
            continue;
        multiply_kernel_gradient(job, m, piece, du);
        fold_kernel_gradient(job, piece, du, step);
    }
}

static void fold_micro_batch_bf16(const winograd_job *job, int64_t m, const fold_step *step,
                                  int64_t begin, int64_t end, int64_t rows, float *du)
{
    const winograd_layout *l = &job->layout;
    const turned_panels turned = turned_in(job, m, du + l->du_floats);
    int64_t out_block = -1, first = -1, n_turned = 0; /* of v: from block `first` on, around */
    for (int64_t i = begin; i < end; i++) {
        const kernel_piece piece = piece_of(job, i, rows);
        if (piece.begin >= piece.end)
            continue;
        if (piece.out_block != out_block)
            turn_panel(job, m, l->dm + piece.out_block * l->panel_rows * BF16_WORDS, l->dm_tap,
                       &turned, turned.lines);
        out_block = piece.out_block;
        if (first < 0)
            first = piece.in_block;
        if ((piece.in_block - first + l->in_blocks) % l->in_blocks >= n_turned) {
            turn_v(job, m, piece.in_block, &turned);
            n_turned++;
        }
        multiply_kernel_gradient_bf16(piece, &turned, du);
        fold_kernel_gradient(job, piece, du, step);
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
