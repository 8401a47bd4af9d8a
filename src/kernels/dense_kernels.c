/* The products of dense layers, wide and narrow. */
#include "dense_impl.h"

#include <agr/base/size.h>
#include "simd_impl.h"

/* Register blocks: images by vectors of outputs. 32 vector registers with AVX-512, else 16. */
#if defined(__AVX512F__)
enum { BLOCK_IMAGES = 6, BLOCK_VECTORS = 4 };
#else
enum { BLOCK_IMAGES = 6, BLOCK_VECTORS = 2 };
#endif

static int64_t vectors_of(int64_t n)
{
    return (n + VL - 1) / VL;
}

/* First column of vector v of a wide layer; the last one ends with the row. */
static int64_t column_of(int64_t n_out, int64_t v)
{
    return agr_min_i64(v * VL, n_out - VL);
}

/* ---- forward ---- */

/* One block of rows for n_images images and n_vectors vectors of outputs, added to partial. */
AGR_INLINE void multiply_wide(const agr_dense_forward_job *job, int64_t row, int64_t n_rows,
                              int64_t image, int64_t vector, int n_images, int n_vectors,
                              float *partial)
{
    const float *x = job->x + image * job->n_in + row;
    const float *column[BLOCK_VECTORS];
    vfloat sum[BLOCK_IMAGES][BLOCK_VECTORS];
    for (int v = 0; v < n_vectors; v++) {
        column[v] = job->w + row * job->n_out + column_of(job->n_out, vector + v);
        for (int n = 0; n < n_images; n++)
            sum[n][v] = v_zero();
    }
    for (int64_t i = 0; i < n_rows; i++)
        for (int v = 0; v < n_vectors; v++) {
            const vfloat weight = v_load(column[v] + i * job->n_out);
            for (int n = 0; n < n_images; n++)
                sum[n][v] = v_fma(v_set(x[n * job->n_in + i]), weight, sum[n][v]);
        }
    for (int n = 0; n < n_images; n++)
        for (int v = 0; v < n_vectors; v++) {
            float *slot = partial + (image + n) * job->slots + (vector + v) * VL;
            v_store(slot, v_load(slot) + sum[n][v]);
        }
}

/* One image at a time below a full block: an image's sums have one order, whoever is beside it. */
AGR_INLINE void multiply_wide_images(const agr_dense_forward_job *job, int64_t row, int64_t n_rows,
                                     int64_t vector, int n_vectors, float *partial)
{
    int64_t image = 0;
    for (; image + BLOCK_IMAGES <= job->n_images; image += BLOCK_IMAGES)
        multiply_wide(job, row, n_rows, image, vector, BLOCK_IMAGES, n_vectors, partial);
    for (; image + 2 <= job->n_images; image += 2)
        multiply_wide(job, row, n_rows, image, vector, 2, n_vectors, partial);
    if (image < job->n_images)
        multiply_wide(job, row, n_rows, image, vector, 1, n_vectors, partial);
}

static void multiply_wide_rows(const agr_dense_forward_job *job, int64_t row, int64_t n_rows,
                               float *partial)
{
    const int64_t n_vectors = vectors_of(job->n_out);
    int64_t vector = 0;
    for (; vector + BLOCK_VECTORS <= n_vectors; vector += BLOCK_VECTORS)
        multiply_wide_images(job, row, n_rows, vector, BLOCK_VECTORS, partial);
    for (; vector < n_vectors; vector++)
        multiply_wide_images(job, row, n_rows, vector, 1, partial);
}

/* Independent sums that hide the latency of an addition; images whose sums fit the registers. */
enum { DOT_CHAINS = 4, DOT_IMAGES = LANE_VECTORS == 1 ? 4 : 1 };

/* sum_i x[n][i] * w[i] for n_images images. */
AGR_INLINE void dots(const float *x, int64_t stride, const float *w, int64_t n, int n_images,
                     float *result)
{
    vlanes sum[DOT_IMAGES][DOT_CHAINS];
    for (int image = 0; image < n_images; image++)
        for (int k = 0; k < DOT_CHAINS; k++)
            sum[image][k] = lanes_zero();
    int64_t i = 0;
    for (; i + DOT_CHAINS * LANES <= n; i += DOT_CHAINS * LANES)
        for (int k = 0; k < DOT_CHAINS; k++) {
            const vlanes weight = lanes_load(w + i + k * LANES, LANES);
            for (int image = 0; image < n_images; image++)
                sum[image][k] = lanes_fma(lanes_load(x + image * stride + i + k * LANES, LANES),
                                          weight, sum[image][k]);
        }
    for (; i < n; i += LANES) {
        const int64_t n_lanes = agr_min_i64(LANES, n - i);
        const vlanes weight = lanes_load(w + i, n_lanes);
        for (int image = 0; image < n_images; image++)
            sum[image][0] =
                lanes_fma(lanes_load(x + image * stride + i, n_lanes), weight, sum[image][0]);
    }
    for (int image = 0; image < n_images; image++)
        result[image] = lanes_sum(lanes_add(lanes_add(sum[image][0], sum[image][1]),
                                            lanes_add(sum[image][2], sum[image][3])));
}

static void multiply_narrow_rows(const agr_dense_forward_job *job, int64_t row, int64_t n_rows,
                                 float *transposed, float *partial)
{
    const int64_t n_out = job->n_out;
    const float *w = job->w + row * n_out;
    for (int64_t o = 0; n_out > 1 && o < n_out; o++)
        for (int64_t i = 0; i < n_rows; i++)
            transposed[o * DENSE_NARROW_BLOCK + i] = w[i * n_out + o];
    for (int64_t o = 0; o < n_out; o++) {
        const float *column = n_out > 1 ? transposed + o * DENSE_NARROW_BLOCK : w;
        float result[DOT_IMAGES];
        int64_t image = 0;
        for (; image + DOT_IMAGES <= job->n_images; image += DOT_IMAGES) {
            dots(job->x + image * job->n_in + row, job->n_in, column, n_rows, DOT_IMAGES, result);
            for (int n = 0; n < DOT_IMAGES; n++)
                partial[(image + n) * job->slots + o] += result[n];
        }
        for (; image < job->n_images; image++) {
            dots(job->x + image * job->n_in + row, job->n_in, column, n_rows, 1, result);
            partial[image * job->slots + o] += result[0];
        }
    }
}

static void multiply(void *context, int thread, int n_threads)
{
    const agr_dense_forward_job *job = context;
    const int64_t partial_floats = job->n_images * job->slots;
    int64_t begin, end;
    agr_split_range(job->n_chunks, n_threads, thread, &begin, &end);
    for (int64_t chunk = begin; chunk < end; chunk++) {
        float *partial = job->partial + chunk * partial_floats;
        const int64_t last = agr_min_i64((chunk + 1) * job->chunk_rows, job->n_in);
        memset(partial, 0, (size_t)partial_floats * sizeof(float));
        const int64_t block = job->n_out >= DENSE_WIDE_OUT ? DENSE_WIDE_BLOCK : DENSE_NARROW_BLOCK;
        for (int64_t row = chunk * job->chunk_rows; row < last; row += block) {
            const int64_t n_rows = agr_min_i64(block, last - row);
            if (job->n_out >= DENSE_WIDE_OUT)
                multiply_wide_rows(job, row, n_rows, partial);
            else
                multiply_narrow_rows(job, row, n_rows,
                                     job->transposed + thread * job->thread_floats, partial);
        }
    }
}

/* Slot of output o, see column_of(). */
static int64_t slot_of(int64_t n_out, int64_t o)
{
    const int64_t last = n_out / VL * VL;
    return n_out < DENSE_WIDE_OUT || o < last ? o : last + o - (n_out - VL);
}

static void add_up(void *context, int thread, int n_threads)
{
    const agr_dense_forward_job *job = context;
    int64_t begin, end;
    agr_split_range(job->n_images * job->n_out, n_threads, thread, &begin, &end);
    for (int64_t at = begin; at < end; at++) {
        const int64_t image = at / job->n_out, o = at % job->n_out;
        const float *partial = job->partial + image * job->slots + slot_of(job->n_out, o);
        double sum = 0;
        for (int64_t chunk = 0; chunk < job->n_chunks; chunk++)
            sum += (double)partial[chunk * job->n_images * job->slots];
        sum += (double)job->bias[o];
        job->y[at] = job->relu && sum < 0 ? 0.0F : (float)sum;
    }
}

/* ---- backward ---- */

static int64_t tile_rows(const agr_dense_backward_job *job)
{
    return job->n_out >= DENSE_WIDE_OUT ? DENSE_WIDE_TILE : DENSE_NARROW_TILE;
}

/* Images of local micro-batch m end here. */
AGR_INLINE int64_t images_end(const agr_dense_backward_job *job, int64_t m)
{
    return agr_min_i64((m + 1) * job->micro_batch, job->n_images);
}

enum { FOLD_ROWS = 8, FOLD_COLUMNS = 2, FOLD_VECTORS = FOLD_ROWS * FOLD_COLUMNS };

/* n_rows rows of w by n_vectors vectors of outputs of a wide layer. x is the first of these rows in
 * a tile [image][DENSE_WIDE_TILE]. */
AGR_INLINE void fold_wide(const agr_dense_backward_job *job, const float *x, int64_t row,
                          int64_t vector, int n_rows, int n_vectors)
{
    const int64_t n_out = job->n_out;
    const float *column[FOLD_COLUMNS];
    vfloat stack[AGR_TREE_MAX_DEPTH][FOLD_VECTORS];
    int depth = 0;
    for (int v = 0; v < n_vectors; v++)
        column[v] = job->dz + column_of(n_out, vector + v);
    for (int64_t m = 0, image = 0; m < job->count; m++) {
        vfloat leaf[FOLD_VECTORS];
        for (int v = 0; v < n_vectors; v++) {
            const vfloat dz = v_load(column[v] + image * n_out);
            for (int r = 0; r < n_rows; r++)
                leaf[v * n_rows + r] = x[image * DENSE_WIDE_TILE + r] * dz;
        }
        for (image++; image < images_end(job, m); image++)
            for (int v = 0; v < n_vectors; v++) {
                const vfloat dz = v_load(column[v] + image * n_out);
                for (int r = 0; r < n_rows; r++)
                    leaf[v * n_rows + r] =
                        v_fma(v_set(x[image * DENSE_WIDE_TILE + r]), dz, leaf[v * n_rows + r]);
            }
        const int due = job->due[m];
        for (int i = 0; i < due; i++) {
            depth--;
            for (int v = 0; v < n_rows * n_vectors; v++)
                leaf[v] = stack[depth][v] + leaf[v];
        }
        for (int v = 0; v < n_rows * n_vectors; v++)
            stack[depth][v] = leaf[v];
        depth++;
    }
    for (int top = 0; top < depth; top++) {
        float *dw = job->dw.row + (size_t)top * job->dw.stride + row * n_out;
        for (int v = 0; v < n_vectors; v++)
            for (int r = 0; r < n_rows; r++)
                v_store(dw + r * n_out + column_of(n_out, vector + v), stack[top][v * n_rows + r]);
    }
}

AGR_INLINE void fold_wide_rows(const agr_dense_backward_job *job, const float *tile, int64_t row,
                               int64_t n_rows, int64_t vector, int n_vectors)
{
    int64_t r = 0;
    for (; r + FOLD_ROWS <= n_rows; r += FOLD_ROWS)
        fold_wide(job, tile + r, row + r, vector, FOLD_ROWS, n_vectors);
    for (; r < n_rows; r++)
        fold_wide(job, tile + r, row + r, vector, 1, n_vectors);
}

static void weight_gradient_wide(const agr_dense_backward_job *job, int64_t row, int64_t n_rows,
                                 float *tile)
{
    const int64_t n_vectors = vectors_of(job->n_out);
    for (int64_t image = 0; image < job->n_images; image++)
        memcpy(tile + image * DENSE_WIDE_TILE, job->x + image * job->n_in + row,
               (size_t)n_rows * sizeof(float));
    int64_t vector = 0;
    for (; vector + FOLD_COLUMNS <= n_vectors; vector += FOLD_COLUMNS)
        fold_wide_rows(job, tile, row, n_rows, vector, FOLD_COLUMNS);
    if (vector < n_vectors)
        fold_wide_rows(job, tile, row, n_rows, vector, 1);
}

/* n_rows rows of w, one output of a narrow layer: vectors along the rows, images read in runs that
 * memory likes. */
static void fold_narrow(const agr_dense_backward_job *job, int64_t row, int64_t n_rows, int64_t o)
{
    enum { VECTORS = DENSE_NARROW_TILE / VL };
    const int64_t n_out = job->n_out, n_vectors = vectors_of(n_rows);
    vfloat stack[AGR_TREE_MAX_DEPTH][VECTORS];
    int depth = 0;
    for (int64_t m = 0, image = 0; m < job->count; m++) {
        const int due = job->due[m];
        const int64_t end = images_end(job, m);
        for (int64_t v = 0; v < n_vectors; v++) {
            const int64_t n_lanes = agr_min_i64(VL, n_rows - v * VL);
            const float *x = job->x + image * job->n_in + row + v * VL;
            vfloat leaf = v_load_part(x, n_lanes) * job->dz[image * n_out + o];
            for (int64_t i = 1; i < end - image; i++)
                leaf = v_fma(v_load_part(x + i * job->n_in, n_lanes),
                             v_set(job->dz[(image + i) * n_out + o]), leaf);
            for (int i = 1; i <= due; i++)
                leaf = stack[depth - i][v] + leaf;
            stack[depth - due][v] = leaf;
        }
        image = end;
        depth += 1 - due;
    }
    for (int top = 0; top < depth; top++) {
        float *dw = job->dw.row + (size_t)top * job->dw.stride + row * n_out + o;
        const float *sum = (const float *)stack[top];
        for (int64_t r = 0; r < n_rows; r++)
            dw[r * n_out] = sum[r];
    }
}

/* dx of n_images images at BLOCK_VECTORS vectors of rows: columns [n_out][stride]. */
AGR_INLINE void input_gradient_block(const agr_dense_backward_job *job, const float *columns,
                                     int64_t stride, int64_t image, int64_t row, int64_t n_rows,
                                     int n_images)
{
    vfloat sum[BLOCK_IMAGES][BLOCK_VECTORS];
    for (int n = 0; n < n_images; n++)
        for (int v = 0; v < BLOCK_VECTORS; v++)
            sum[n][v] = v_zero();
    for (int64_t o = 0; o < job->n_out; o++)
        for (int v = 0; v < BLOCK_VECTORS; v++) {
            const vfloat weight = v_load(columns + o * stride + v * VL);
            for (int n = 0; n < n_images; n++)
                sum[n][v] = v_fma(v_set(job->dz[(image + n) * job->n_out + o]), weight, sum[n][v]);
        }
    for (int n = 0; n < n_images; n++) {
        float *dx = job->dx + (image + n) * job->n_in + row;
        for (int v = 0; v < BLOCK_VECTORS; v++)
            if (v * VL < n_rows)
                v_store_part(dx + v * VL, sum[n][v], agr_min_i64(VL, n_rows - v * VL));
    }
}

/* A square of w, or what there is of it: n_rows rows from w, n_lanes columns. */
AGR_INLINE void exchange_square(const float *w, int64_t n_out, int64_t n_rows, int64_t n_lanes,
                                int64_t stride, float *columns)
{
    vfloat square[VL];
    for (int64_t k = 0; k < VL; k++)
        square[k] = k < n_rows ? v_load_part(w + k * n_out, n_lanes) : v_zero();
    v_transpose(square);
    for (int64_t k = 0; k < n_lanes; k++)
        v_store(columns + k * stride, square[k]);
}

/* columns [n_out][stride] = n_rows rows of w, exchanged; zeros up to the stride. */
static void exchange_rows(const float *w, int64_t n_rows, int64_t n_out, int64_t stride,
                          float *columns)
{
    for (int64_t r = 0; r < stride; r += VL)
        for (int64_t o = 0; o < n_out; o += VL)
            if (r + VL <= n_rows && o + VL <= n_out)
                exchange_square(w + r * n_out + o, n_out, VL, VL, stride, columns + o * stride + r);
            else
                exchange_square(w + r * n_out + o, n_out, n_rows - r, agr_min_i64(VL, n_out - o),
                                stride, columns + o * stride + r);
}

static void input_gradient(const agr_dense_backward_job *job, int64_t row, int64_t n_rows,
                           float *columns)
{
    const int64_t stride = tile_rows(job);
    exchange_rows(job->w + row * job->n_out, n_rows, job->n_out, stride, columns);
    int64_t image = 0;
    for (; image + BLOCK_IMAGES <= job->n_images; image += BLOCK_IMAGES)
        for (int64_t r = 0; r < n_rows; r += BLOCK_VECTORS * VL)
            input_gradient_block(job, columns + r, stride, image, row + r, n_rows - r,
                                 BLOCK_IMAGES);
    for (; image < job->n_images; image++)
        for (int64_t r = 0; r < n_rows; r += BLOCK_VECTORS * VL)
            input_gradient_block(job, columns + r, stride, image, row + r, n_rows - r, 1);
}

static void backward(void *context, int thread, int n_threads)
{
    const agr_dense_backward_job *job = context;
    float *tile = job->tile + thread * job->tile_floats;
    const int64_t rows = tile_rows(job);
    int64_t begin, end;
    agr_split_range((job->n_in + rows - 1) / rows, n_threads, thread, &begin, &end);
    for (int64_t i = begin; i < end; i++) {
        const int64_t row = i * rows, n_rows = agr_min_i64(rows, job->n_in - row);
        if (job->dx != NULL)
            input_gradient(job, row, n_rows, tile);
        if (job->n_out >= DENSE_WIDE_OUT)
            weight_gradient_wide(job, row, n_rows, tile);
        for (int64_t o = 0; job->n_out < DENSE_WIDE_OUT && o < job->n_out; o++)
            fold_narrow(job, row, n_rows, o);
    }
}

const agr_dense_kernels AGR_PER_ISA(agr_dense_table) = {
    .multiply = multiply,
    .add_up = add_up,
    .backward = backward,
};
