#include "optimiser_impl.h"

#include <agr/base/size.h>
#include <math.h>
#include "simd_impl.h"

/* -fno-math-errno and -O3 make this a vector square root. */
AGR_INLINE vfloat square_root(vfloat v)
{
    for (int lane = 0; lane < VL; lane++)
        v[lane] = sqrtf(v[lane]);
    return v;
}

AGR_INLINE void adam_vector(const agr_adam_job *job, int64_t i, int64_t n_lanes)
{
    const agr_adam *adam = job->adam;
    const float m_rate = 1.0F - adam->beta_1, v_rate = 1.0F - adam->beta_2;
    const vfloat g = v_load_part(job->g + i, n_lanes) * adam->gradient_scale;
    vfloat m = v_load_part(job->m + i, n_lanes), v = v_load_part(job->v + i, n_lanes);
    m = v_fma(g - m, v_set(m_rate), m);
    v = v_fma(v_fma(g, g, -v), v_set(v_rate), v);
    const vfloat w =
        v_load_part(job->w + i, n_lanes) - m * adam->alpha / (square_root(v) + adam->epsilon);
    v_store_part(job->m + i, m, n_lanes);
    v_store_part(job->v + i, v, n_lanes);
    v_store_part(job->w + i, w, n_lanes);
}

static void adam(void *context, int thread, int n_threads)
{
    const agr_adam_job *job = context;
    int64_t begin, end;
    agr_split_range(job->n, n_threads, thread, &begin, &end);
    int64_t i = begin;
    for (; i + VL <= end; i += VL)
        adam_vector(job, i, VL);
    if (i < end)
        adam_vector(job, i, end - i);
}

/* Floats whose squares are added in float before the sum goes on in double. */
enum { LEAF_FLOATS = 32 * LANES };

static double squares_of(const float *x, int64_t n)
{
    double sum = 0;
    for (int64_t first = 0; first < n; first += LEAF_FLOATS) {
        const int64_t last = agr_min_i64(first + LEAF_FLOATS, n);
        vlanes leaf = lanes_zero();
        for (int64_t i = first; i < last; i += LANES) {
            const vlanes value = lanes_load(x + i, agr_min_i64(LANES, last - i));
            leaf = lanes_fma(value, value, leaf);
        }
        sum += (double)lanes_sum(leaf);
    }
    return sum;
}

static void squares(void *context, int thread, int n_threads)
{
    agr_squares_job *job = context;
    int64_t begin, end;
    agr_split_range(SQUARES_PARTS, n_threads, thread, &begin, &end);
    for (int64_t part = begin; part < end; part++) {
        int64_t first, last;
        agr_split_range(job->n, SQUARES_PARTS, part, &first, &last);
        job->sum[part] = squares_of(job->x + first, last - first);
    }
}

const agr_optimiser_kernels AGR_PER_ISA(agr_optimiser_table) = {
    .adam = adam,
    .squares = squares,
};
