/**
 * Mixup: an image is blended with another one, and its label counts in the same share.
 *
 *     x = lambda x_1 + (1 - lambda) x_2,   loss = lambda loss(y_1) + (1 - lambda) loss(y_2)
 *
 * lambda ~ Beta(alpha, alpha): small alpha leaves most images nearly as they are, 1 takes any share
 * alike. The partner is any of the samples to learn from. Source: Zhang et al. 2018, "mixup: beyond
 * empirical risk minimization" (who take the partner from the batch; ours does not depend on what
 * else is in it).
 *
 * Addressed as the other variations (augment.h): who is mixed with whom, and how much, is the same on
 * every rank.
 */
#ifndef AGR_DATA_MIXUP_H
#define AGR_DATA_MIXUP_H

#include <agr/base/pool.h>
#include <agr/base/random.h>

/** Who is blended with an image. */
typedef struct {
    agr_draw_address partner; /* as its first occurrence in the same epoch is varied */
    float lambda;             /* share of the image itself, in [0, 1] */
} agr_mixup_draw;

/** The draw of one image: the partner is one of sample[n], n > 0; alpha > 0. The share comes from two
 * gamma variates as Marsaglia and Tsang 2000 draw them. The same bits on every machine. */
agr_mixup_draw agr_mixup_draw_at(uint64_t seed, agr_draw_address address, double alpha,
                                 const int64_t *sample, int64_t n);

/** image [n,image_size] = lambda[n] image + (1 - lambda[n]) partner; exactly the image where lambda is
 * 1. Not collective; threads share the images. */
void agr_mixup_blend(agr_pool *pool, int64_t n, int64_t image_size, const float *lambda,
                     const float *partner, float *image);

#endif
