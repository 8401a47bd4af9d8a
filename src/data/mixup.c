/* Draws who is blended with whom, and blends. */
#include <agr/data/mixup.h>

#include "draws_impl.h"

#include <agr/base/elementary.h>
#include <agr/base/size.h>
#include <math.h>

/* Numbers of the stream; values are for ever. Each attempt of a gamma variate takes three. */
enum { DRAW_PARTNER = 0, DRAW_BOOST = 2, DRAW_ATTEMPTS = 4, OF_ATTEMPT = 4 };

/* Where the numbers of one image come from. */
typedef struct {
    agr_random_key key;
    agr_draw_address address;
} source;

/* (0, 1]: its logarithm exists. */
static double draw_positive(const source *s, uint32_t which)
{
    return 1 - draw_between(s->key, s->address, which, 0, 1);
}

/* Standard normal: Box and Muller. */
static double draw_normal(const source *s, uint32_t which)
{
    const double radius = sqrt(-2 * agr_ln(draw_positive(s, which)));
    return radius * agr_cos(2 * M_PI * draw_positive(s, which + 1));
}

/* The logarithm of a Gamma(shape) variate, shape >= 1, the `index`-th of two. */
static double draw_ln_large_gamma(const source *s, uint32_t index, double shape)
{
    const double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);
    for (uint32_t attempt = 0;; attempt++) {
        const uint32_t which = DRAW_ATTEMPTS + (2 * attempt + index) * OF_ATTEMPT;
        const double x = draw_normal(s, which), root = 1 + c * x;
        if (root <= 0)
            continue;
        const double v = root * root * root;
        if (agr_ln(draw_positive(s, which + 2)) < x * x / 2 + d - d * v + d * agr_ln(v))
            return agr_ln(d * v);
    }
}

/* Gamma(a) is Gamma(a + 1) U^(1/a): its logarithm never runs out of range. */
static double draw_ln_gamma(const source *s, uint32_t index, double shape)
{
    if (shape >= 1)
        return draw_ln_large_gamma(s, index, shape);
    const double boost = agr_ln(draw_positive(s, DRAW_BOOST + index)) / shape;
    return draw_ln_large_gamma(s, index, shape + 1) + boost;
}

/* Beta(alpha, alpha) = g / (g + h) of two gamma variates. */
static double draw_share(const source *s, double alpha)
{
    const double smallest = 1e-6; /* 0 or 1, half of the time each, as all below */
    const double shape = fmax(alpha, smallest);
    return 1 / (1 + agr_exp(draw_ln_gamma(s, 1, shape) - draw_ln_gamma(s, 0, shape)));
}

agr_mixup_draw agr_mixup_draw_at(uint64_t seed, agr_draw_address address, double alpha,
                                 const int64_t *sample, int64_t n)
{
    const source s = {agr_random_key_make(seed, AGR_RANDOM_MIXUP, 0), address};
    const int64_t partner = (int64_t)draw_between(s.key, address, DRAW_PARTNER, 0, (double)n);
    return (agr_mixup_draw){
        .partner = {.epoch = address.epoch, .sample = (uint32_t)sample[partner]},
        .lambda = (float)draw_share(&s, alpha),
    };
}

typedef struct {
    int64_t n, image_size;
    const float *lambda, *partner;
    float *image;
} blend_job;

static void blend_image(float lambda, int64_t n, const float *partner, float *image)
{
    for (int64_t i = 0; i < n; i++)
        image[i] = lambda * image[i] + (1 - lambda) * partner[i];
}

static void blend_images(void *context, int thread, int n_threads)
{
    const blend_job *job = context;
    int64_t begin, end;
    agr_split_range(job->n, n_threads, thread, &begin, &end);
    for (int64_t i = begin; i < end; i++)
        blend_image(job->lambda[i], job->image_size, job->partner + i * job->image_size,
                    job->image + i * job->image_size);
}

void agr_mixup_blend(agr_pool *pool, int64_t n, int64_t image_size, const float *lambda,
                     const float *partner, float *image)
{
    blend_job job = {n, image_size, lambda, partner, image};
    agr_pool_run(pool, blend_images, &job);
}
