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
                sum[n][v] += x[n * job->n_in + i] * weight;
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

enum { DOT_CHAINS = 4 };

/* sum_i x[n][i] * w[i] for n_images images. */
AGR_INLINE void dots(const float *x, int64_t stride, const float *w, int64_t n, int n_images,
                     float *result)
{
    vfloat sum[BLOCK_IMAGES][DOT_CHAINS];
    for (int image = 0; image < n_images; image++)
        for (int k = 0; k < DOT_CHAINS; k++)
            sum[image][k] = v_zero();
    int64_t i = 0;
    for (; i + DOT_CHAINS * VL <= n; i += DOT_CHAINS * VL)
        for (int k = 0; k < DOT_CHAINS; k++) {
            const vfloat weight = v_load(w + i + k * VL);
            for (int image = 0; image < n_images; image++)
                sum[image][k] += v_load(x + image * stride + i + k * VL) * weight;
        }
    for (; i < n; i += VL) {
        const int64_t n_lanes = agr_min_i64(VL, n - i);
        const vfloat weight = v_load_part(w + i, n_lanes);
        for (int image = 0; image < n_images; image++)
            sum[image][0] += v_load_part(x + image * stride + i, n_lanes) * weight;
    }
    for (int image = 0; image < n_images; image++)
        result[image] = v_sum((sum[image][0] + sum[image][1]) + (sum[image][2] + sum[image][3]));
}

enum { DOT_IMAGES = 4 };

static void multiply_narrow_rows(const agr_dense_forward_job *job, int64_t row, int64_t n_rows,
                                 float *transposed, float *partial)
{
    const int64_t n_out = job->n_out;
    const float *w = job->w + row * n_out;
    for (int64_t o = 0; n_out > 1 && o < n_out; o++)
        for (int64_t i = 0; i < n_rows; i++)
            transposed[o * DENSE_BLOCK_ROWS + i] = w[i * n_out + o];
    for (int64_t o = 0; o < n_out; o++) {
        const float *column = n_out > 1 ? transposed + o * DENSE_BLOCK_ROWS : w;
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
        for (int64_t row = chunk * job->chunk_rows; row < last; row += DENSE_BLOCK_ROWS) {
            const int64_t n_rows = agr_min_i64(DENSE_BLOCK_ROWS, last - row);
            if (job->n_out >= VL)
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
    return n_out < VL || o < last ? o : last + o - (n_out - VL);
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

/* Folded leaves of a block of outputs: rows of the block, on their way up the tree. */
enum { FOLD_VECTORS = 16 };
typedef struct {
    vfloat row[AGR_TREE_MAX_DEPTH][FOLD_VECTORS];
    int depth;
} fold_stack;

AGR_INLINE void fold_push(fold_stack *stack, vfloat *leaf, int n_vectors, int due)
{
    for (int v = 0; v < n_vectors; v++)
        leaf[v] = v_rounded(leaf[v]);
    for (; due > 0; due--) {
        stack->depth--;
        for (int v = 0; v < n_vectors; v++)
            leaf[v] = stack->row[stack->depth][v] + leaf[v];
    }
    for (int v = 0; v < n_vectors; v++)
        stack->row[stack->depth][v] = leaf[v];
    stack->depth++;
}

/* n_rows rows of w by n_vectors vectors of outputs of a wide layer. x is the first of these rows in
 * a tile [image][DENSE_TILE]. */
AGR_INLINE void fold_wide(const agr_dense_backward_job *job, const float *x, int64_t row,
                          int64_t vector, int n_rows, int n_vectors)
{
    const int64_t n_out = job->n_out;
    const float *column[2];
    fold_stack stack;
    stack.depth = 0;
    for (int v = 0; v < n_vectors; v++)
        column[v] = job->dz + column_of(n_out, vector + v);
    for (int64_t m = 0; m < job->shard->count; m++) {
        int64_t image, end;
        agr_shard_images_of(job->shard, m, &image, &end);
        vfloat leaf[FOLD_VECTORS];
        for (int v = 0; v < n_vectors; v++) {
            const vfloat dz = v_load(column[v] + image * n_out);
            for (int r = 0; r < n_rows; r++)
                leaf[v * n_rows + r] = x[image * DENSE_TILE + r] * dz;
        }
        for (image++; image < end; image++)
            for (int v = 0; v < n_vectors; v++) {
                const vfloat dz = v_load(column[v] + image * n_out);
                for (int r = 0; r < n_rows; r++)
                    leaf[v * n_rows + r] += x[image * DENSE_TILE + r] * dz;
            }
        fold_push(&stack, leaf, n_rows * n_vectors, job->due[m]);
    }
    for (int top = 0; top < stack.depth; top++) {
        float *dw = job->dw.row + (size_t)top * job->dw.stride + row * n_out;
        for (int v = 0; v < n_vectors; v++)
            for (int r = 0; r < n_rows; r++)
                v_store(dw + r * n_out + column_of(n_out, vector + v),
                        stack.row[top][v * n_rows + r]);
    }
}

AGR_INLINE void fold_wide_rows(const agr_dense_backward_job *job, const float *tile, int64_t row,
                               int64_t n_rows, int64_t vector, int n_vectors)
{
    enum { ROWS = FOLD_VECTORS / 2 };
    int64_t r = 0;
    for (; r + ROWS <= n_rows; r += ROWS)
        fold_wide(job, tile + r, row + r, vector, ROWS, n_vectors);
    for (; r < n_rows; r++)
        fold_wide(job, tile + r, row + r, vector, 1, n_vectors);
}

static void weight_gradient_wide(const agr_dense_backward_job *job, int64_t row, int64_t n_rows,
                                 float *tile)
{
    const int64_t n_images = agr_shard_images(job->shard), n_vectors = vectors_of(job->n_out);
    for (int64_t image = 0; image < n_images; image++)
        memcpy(tile + image * DENSE_TILE, job->x + image * job->n_in + row,
               (size_t)n_rows * sizeof(float));
    int64_t vector = 0;
    for (; vector + 2 <= n_vectors; vector += 2)
        fold_wide_rows(job, tile, row, n_rows, vector, 2);
    if (vector < n_vectors)
        fold_wide_rows(job, tile, row, n_rows, vector, 1);
}

/* Vectors along the rows of w, one output of a narrow layer. */
AGR_INLINE void fold_narrow(const agr_dense_backward_job *job, int64_t row, int64_t n_lanes,
                            int64_t o, int n_vectors)
{
    const int64_t n_out = job->n_out;
    fold_stack stack;
    stack.depth = 0;
    for (int64_t m = 0; m < job->shard->count; m++) {
        int64_t image, end;
        agr_shard_images_of(job->shard, m, &image, &end);
        vfloat leaf[FOLD_VECTORS];
        for (int v = 0; v < n_vectors; v++)
            leaf[v] = v_load_part(job->x + image * job->n_in + row + v * VL, n_lanes) *
                      job->dz[image * n_out + o];
        for (image++; image < end; image++)
            for (int v = 0; v < n_vectors; v++)
                leaf[v] += v_load_part(job->x + image * job->n_in + row + v * VL, n_lanes) *
                           job->dz[image * n_out + o];
        fold_push(&stack, leaf, n_vectors, job->due[m]);
    }
    for (int top = 0; top < stack.depth; top++) {
        float *dw = job->dw.row + (size_t)top * job->dw.stride + row * n_out + o;
        for (int v = 0; v < n_vectors; v++)
            if (n_out == 1)
                v_store_part(dw + v * VL, stack.row[top][v], n_lanes);
            else
                for (int64_t lane = 0; lane < n_lanes; lane++)
                    dw[(v * VL + lane) * n_out] = stack.row[top][v][lane];
    }
}

static void weight_gradient_narrow(const agr_dense_backward_job *job, int64_t row, int64_t n_rows)
{
    enum { VECTORS = DENSE_MAX_VL / VL * 4 <= FOLD_VECTORS ? DENSE_MAX_VL / VL * 4 : FOLD_VECTORS };
    for (int64_t o = 0; o < job->n_out; o++) {
        int64_t r = 0;
        for (; r + VECTORS * VL <= n_rows; r += VECTORS * VL)
            fold_narrow(job, row + r, VL, o, VECTORS);
        for (; r < n_rows; r += VL)
            fold_narrow(job, row + r, agr_min_i64(VL, n_rows - r), o, 1);
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
                sum[n][v] += job->dz[(image + n) * job->n_out + o] * weight;
        }
    for (int n = 0; n < n_images; n++) {
        float *dx = job->dx + (image + n) * job->n_in + row;
        for (int v = 0; v < BLOCK_VECTORS; v++)
            if (v * VL < n_rows)
                v_store_part(dx + v * VL, sum[n][v], agr_min_i64(VL, n_rows - v * VL));
    }
}

static void input_gradient(const agr_dense_backward_job *job, int64_t row, int64_t n_rows,
                           float *columns)
{
    enum { ROWS = BLOCK_VECTORS * VL };
    const int64_t n_images = agr_shard_images(job->shard), n_out = job->n_out;
    for (int64_t o = 0; o < n_out; o++)
        for (int64_t r = 0; r < DENSE_TILE; r++)
            columns[o * DENSE_TILE + r] = r < n_rows ? job->w[(row + r) * n_out + o] : 0.0F;
    for (int64_t r = 0; r < n_rows; r += ROWS) {
        int64_t image = 0;
        for (; image + BLOCK_IMAGES <= n_images; image += BLOCK_IMAGES)
            input_gradient_block(job, columns + r, DENSE_TILE, image, row + r, n_rows - r,
                                 BLOCK_IMAGES);
        for (; image < n_images; image++)
            input_gradient_block(job, columns + r, DENSE_TILE, image, row + r, n_rows - r, 1);
    }
}

static void backward(void *context, int thread, int n_threads)
{
    const agr_dense_backward_job *job = context;
    float *tile = job->tile + thread * job->tile_floats;
    float *columns = tile + DENSE_TILE * agr_shard_images(job->shard);
    int64_t begin, end;
    agr_split_range((job->n_in + DENSE_TILE - 1) / DENSE_TILE, n_threads, thread, &begin, &end);
    for (int64_t i = begin; i < end; i++) {
        const int64_t row = i * DENSE_TILE, n_rows = agr_min_i64(DENSE_TILE, job->n_in - row);
        if (job->dx != NULL)
            input_gradient(job, row, n_rows, columns);
        if (job->n_out >= VL)
            weight_gradient_wide(job, row, n_rows, tile);
        else
            weight_gradient_narrow(job, row, n_rows);
    }
}

const agr_dense_kernels AGR_PER_ISA(agr_dense_table) = {
    .multiply = multiply,
    .add_up = add_up,
    .backward = backward,
};
