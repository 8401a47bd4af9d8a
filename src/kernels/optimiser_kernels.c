/* The optimisers' updates, a vector at a time, and the norm of a gradient. */
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

/* This thread's share of a range, in whole vectors but at the range's end. */
static void share_range(const agr_slab_range *range, int thread, int n_threads, int64_t *begin,
                        int64_t *end)
{
    const int64_t first = (int64_t)range->begin, n = (int64_t)range->end - first;
    int64_t first_vector, last_vector;
    agr_split_range((n + VL - 1) / VL, n_threads, thread, &first_vector, &last_vector);
    *begin = first + first_vector * VL;
    *end = agr_min_i64(first + last_vector * VL, first + n);
}

AGR_INLINE void adam_vector(const agr_adam_job *job, float keep, int64_t i, int64_t n_lanes)
{
    const agr_adam *adam = job->adam;
    const agr_trained_slabs *slabs = job->slabs;
    float *at_m = slabs->slot[0] + i, *at_v = slabs->slot[1] + i, *at_w = slabs->value + i;
    const float m_rate = 1.0F - adam->beta_1, v_rate = 1.0F - adam->beta_2;
    const vfloat g = v_load_part(slabs->gradient + i, n_lanes) * slabs->gradient_scale;
    vfloat m = v_load_part(at_m, n_lanes), v = v_load_part(at_v, n_lanes);
    m = v_fma(g - m, v_set(m_rate), m);
    v = v_fma(v_fma(g, g, -v), v_set(v_rate), v);
    const vfloat w =
        v_load_part(at_w, n_lanes) * keep - m * adam->alpha / (square_root(v) + adam->epsilon);
    v_store_part(at_m, m, n_lanes);
    v_store_part(at_v, v, n_lanes);
    v_store_part(at_w, w, n_lanes);
}

static void adam(void *context, int thread, int n_threads)
{
    const agr_adam_job *job = context;
    for (int r = 0; r < job->slabs->n_ranges; r++) {
        const agr_slab_range *range = &job->slabs->range[r];
        const float keep = range->decays ? job->adam->keep : 1.0F;
        int64_t i, end;
        share_range(range, thread, n_threads, &i, &end);
        for (; i + VL <= end; i += VL)
            adam_vector(job, keep, i, VL);
        if (i < end)
            adam_vector(job, keep, i, end - i);
    }
}

AGR_INLINE void sgd_vector(const agr_sgd_job *job, float decay, int64_t i, int64_t n_lanes)
{
    const agr_sgd *sgd = job->sgd;
    const agr_trained_slabs *slabs = job->slabs;
    float *at_w = slabs->value + i;
    const vfloat w = v_load_part(at_w, n_lanes);
    const vfloat g =
        v_fma(v_set(decay), w, v_load_part(slabs->gradient + i, n_lanes) * slabs->gradient_scale);
    vfloat step = g;
    if (slabs->slot[0] != NULL) {
        float *at_b = slabs->slot[0] + i;
        const vfloat momentum = v_set(sgd->momentum);
        const vfloat b = v_fma(momentum, v_load_part(at_b, n_lanes), g);
        v_store_part(at_b, b, n_lanes);
        step = sgd->nesterov ? v_fma(momentum, b, g) : b;
    }
    v_store_part(at_w, v_fma(v_set(-sgd->rate), step, w), n_lanes);
}

static void sgd(void *context, int thread, int n_threads)
{
    const agr_sgd_job *job = context;
    for (int r = 0; r < job->slabs->n_ranges; r++) {
        const agr_slab_range *range = &job->slabs->range[r];
        const float decay = range->decays ? job->sgd->weight_decay : 0.0F;
        int64_t i, end;
        share_range(range, thread, n_threads, &i, &end);
        for (; i + VL <= end; i += VL)
            sgd_vector(job, decay, i, VL);
        if (i < end)
            sgd_vector(job, decay, i, end - i);
    }
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

AGR_INLINE void average_vector(const agr_average_job *job, int64_t i, int64_t n_lanes)
{
    const vfloat x = v_load_part(job->x + i, n_lanes), a = v_load_part(job->average + i, n_lanes);
    v_store_part(job->average + i, v_fma(x - a, v_set(job->rate), a), n_lanes);
}

static void average(void *context, int thread, int n_threads)
{
    const agr_average_job *job = context;
    const agr_slab_range all = {.end = (size_t)job->n};
    int64_t i, end;
    share_range(&all, thread, n_threads, &i, &end);
    for (; i + VL <= end; i += VL)
        average_vector(job, i, VL);
    if (i < end)
        average_vector(job, i, end - i);
}

const agr_optimiser_kernels AGR_PER_ISA(agr_optimiser_table) = {
    .adam = adam,
    .sgd = sgd,
    .squares = squares,
    .average = average,
};
