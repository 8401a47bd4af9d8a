/** The kernel, transformed once a step for both of its products. Included by winograd_kernels.c alone. */
#ifndef AGR_KERNELS_WINOGRAD_PREPARE_H
#define AGR_KERNELS_WINOGRAD_PREPARE_H

#include <agr/base/size.h>
#include "bf16_impl.h"
#include "winograd_impl.h"
#include "winograd_transforms.h"

typedef struct {
    const agr_conv *conv;
    winograd_layout layout;
    const float *w;
} prepare_job;

/* Transformed kernels from this size on are stored past the caches. */
enum { STREAM_FLOATS = 1 << 20 };

/* 36 taps of input channel c and a vector of output channels from o on, to `to` and every
 * BLOCK_FLOATS from there. Pad columns become zero. */
static inline void transform_kernel(const prepare_job *job, int64_t c, int64_t o, float *to)
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

static inline void copy_block(const float *from, int64_t n_floats, float *to, bool stream)
{
    for (int64_t i = 0; i < n_floats; i += VL)
        put(to + i, v_load(from + i), stream);
}

/* From [n_in, 32] to [n_out, 32], rows and columns exchanged; pad columns become zero. */
static inline void transpose_block(const float *from, int64_t n_in, float *to, int64_t n_out,
                                   bool stream)
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
static inline void put_lines(const float *block, int64_t n_rows, float *lines)
{
    uint32_t rows[BF16_DEPTH * BF16_WORDS];
    for (int64_t i = 0; i < n_rows; i++)
        bf16_put_row(rows + i * BF16_WORDS, block + i * CONV_BLOCK);
    bf16_lines_of(rows, n_rows, (uint32_t *)(void *)lines);
}

/* One tap of 32 x 32 channels, height x width of them there, to u and ut: lines of bfloat16. */
static inline void put_kernel_lines(const prepare_job *job, int64_t tap, int64_t in_block,
                                    int64_t out_block, const float *block, int64_t height,
                                    int64_t width)
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
static inline void prepare_block(const prepare_job *job, int64_t in_block, int64_t out_block,
                                 float *block)
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

static inline void prepare_part(void *context, int thread, int n_threads)
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

static inline void prepare(const agr_conv *conv, agr_pool *pool, const float *w)
{
    prepare_job job = {conv, winograd_layout_of(conv), w};
    agr_pool_run(pool, prepare_part, &job);
}

#endif
