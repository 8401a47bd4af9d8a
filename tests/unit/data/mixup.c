#include "test.h"

#include <agr/data/mixup.h>
#include <stdbool.h>

enum { N = 20000, N_SAMPLES = 5 };

static const int64_t samples[N_SAMPLES] = {3, 10, 4, 70, 8};

static agr_mixup_draw draw_of(uint32_t sample, double alpha)
{
    return agr_mixup_draw_at(6, (agr_draw_address){.epoch = 2, .sample = sample, .occurrence = 1},
                             alpha, samples, N_SAMPLES);
}

/* Mean and variance of Beta(a, a) are 1/2 and 1 / (4 (2a + 1)). */
static void check_moments(double alpha)
{
    double mean = 0, square = 0, fourth = 0;
    for (uint32_t i = 0; i < N; i++) {
        const double lambda = (double)draw_of(i, alpha).lambda, off = lambda - 0.5;
        assert_true(lambda >= 0 && lambda <= 1);
        mean += off / N;
        square += off * off / N;
        fourth += off * off * off * off / N;
    }
    const double variance = 1 / (4 * (2 * alpha + 1));
    const double expected_fourth = 3 * variance * variance * (2 * alpha + 1) / (2 * alpha + 3);
    if (!(fabs(mean) < 4 * sqrt(variance / N)) || !(fabs(square / variance - 1) < 0.05) ||
        !(fabs(fourth / expected_fourth - 1) < 0.1))
        fail_msg("alpha %g: expected moments 0, %g, %g about 1/2, found %g, %g, %g", alpha,
                 variance, expected_fourth, mean, square, fourth);
}

static void test_shares_have_the_moments_of_their_distribution(void **state)
{
    (void)state;
    const double alpha[] = {0.05, 0.2, 0.5, 1, 1.5, 4, 50};
    for (size_t i = 0; i < sizeof alpha / sizeof *alpha; i++)
        check_moments(alpha[i]);
}

/* Beta(1/2, 1/2) is the arcsine's: below x lie 2/pi asin(sqrt(x)) of all. Beta(1, 1) is uniform. */
static void test_shares_have_the_shape_of_their_distribution(void **state)
{
    (void)state;
    const double edge[] = {0.01, 0.1, 0.25, 0.5, 0.9};
    for (size_t e = 0; e < sizeof edge / sizeof *edge; e++) {
        int below_half = 0, below_one = 0;
        for (uint32_t i = 0; i < N; i++) {
            below_half += (double)draw_of(i, 0.5).lambda < edge[e];
            below_one += (double)draw_of(i, 1).lambda < edge[e];
        }
        assert_true(fabs((double)below_half / N - 2 / M_PI * asin(sqrt(edge[e]))) < 0.015);
        assert_true(fabs((double)below_one / N - edge[e]) < 0.015);
    }
}

static void test_the_smallest_alpha_takes_one_or_the_other(void **state)
{
    (void)state;
    int n_own = 0;
    for (uint32_t i = 0; i < 1000; i++) {
        const float lambda = draw_of(i, 5e-324).lambda;
        assert_true(lambda == 0 || lambda == 1);
        n_own += lambda == 1;
    }
    assert_in_range(n_own, 430, 570);
}

static void test_every_sample_is_as_likely_a_partner(void **state)
{
    (void)state;
    int n[N_SAMPLES] = {0}, n_known = 0;
    for (uint32_t i = 0; i < N; i++) {
        const agr_draw_address partner = draw_of(i, 0.2).partner;
        assert_int_equal(partner.epoch, 2);
        assert_int_equal(partner.occurrence, 0);
        for (int k = 0; k < N_SAMPLES; k++) {
            n[k] += partner.sample == samples[k];
            n_known += partner.sample == samples[k];
        }
    }
    assert_int_equal(n_known, N);
    for (int k = 0; k < N_SAMPLES; k++)
        assert_in_range(n[k], N / N_SAMPLES - 230, N / N_SAMPLES + 230); /* 4 deviations */
}

static void test_draws_are_addressed(void **state)
{
    (void)state;
    const agr_draw_address address = {2, 3, 0}, others[] = {{3, 3, 0}, {2, 4, 0}, {2, 3, 1}};
    const float lambda = agr_mixup_draw_at(6, address, 1, samples, N_SAMPLES).lambda;
    assert_true(lambda == agr_mixup_draw_at(6, address, 1, samples, N_SAMPLES).lambda);
    assert_true(lambda != agr_mixup_draw_at(7, address, 1, samples, N_SAMPLES).lambda);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_true(lambda != agr_mixup_draw_at(6, others[i], 1, samples, N_SAMPLES).lambda);
}

static void test_images_are_blended_in_their_shares(void **state)
{
    (void)state;
    const float lambda[] = {1, 0.25f, 0}, partner[] = {1, 1, 8, 16, 0.3f, 0.7f};
    float image[] = {0.1f, 0.9f, 4, 0, 5, 6};
    const float expected[] = {0.1f, 0.9f, 7, 12, 0.3f, 0.7f};
    agr_pool *pool;
    agr_error err;
    assert_ok(agr_pool_create(2, &pool, &err), err);
    agr_mixup_blend(pool, 3, 2, lambda, partner, image);
    agr_pool_destroy(pool);
    assert_memory_equal(image, expected, sizeof expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shares_have_the_moments_of_their_distribution),
        cmocka_unit_test(test_shares_have_the_shape_of_their_distribution),
        cmocka_unit_test(test_the_smallest_alpha_takes_one_or_the_other),
        cmocka_unit_test(test_every_sample_is_as_likely_a_partner),
        cmocka_unit_test(test_draws_are_addressed),
        cmocka_unit_test(test_images_are_blended_in_their_shares),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
