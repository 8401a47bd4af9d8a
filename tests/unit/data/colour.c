#include "test.h"

#include <agr/data/colour.h>

enum { N_PIXELS = 5, N_VALUES = 3 * N_PIXELS, N = 4000 };

static const float picture[N_VALUES] = {0,    0,    0,    1,    1,    1,    0.5f, 0.2f,
                                        0.1f, 0.3f, 0.9f, 0.6f, 0.4f, 0.4f, 0.4f};

static double grey(const float *p)
{
    return 0.299 * (double)p[0] + 0.587 * (double)p[1] + 0.114 * (double)p[2];
}

static double cut(double x)
{
    return fmin(1, fmax(0, x));
}

static void changed(double brightness, double contrast, double saturation, float x[N_VALUES])
{
    const agr_colour_draw draw = {brightness, contrast, saturation};
    memcpy(x, picture, sizeof picture);
    agr_colour_apply(&draw, N_PIXELS, x);
}

static void assert_near(float found, double expected)
{
    if (fabs((double)found - expected) > 1e-6)
        fail_msg("expected %.9g, found %.9g", expected, (double)found);
}

static void test_each_factor_does_its_part(void **state)
{
    (void)state;
    const double factors[] = {0, 0.4, 1, 1.7, 2};
    double mean = 0;
    for (int p = 0; p < N_PIXELS; p++)
        mean += grey(picture + 3 * p) / N_PIXELS;
    for (size_t i = 0; i < sizeof factors / sizeof *factors; i++) {
        const double f = factors[i];
        float bright[N_VALUES], contrasty[N_VALUES], saturated[N_VALUES];
        changed(f, 1, 1, bright);
        changed(1, f, 1, contrasty);
        changed(1, 1, f, saturated);
        for (int k = 0; k < N_VALUES; k++) {
            const double x = (double)picture[k];
            assert_near(bright[k], cut(f * x));
            assert_near(contrasty[k], cut(f * x + (1 - f) * mean));
            assert_near(saturated[k], cut(f * x + (1 - f) * grey(picture + k / 3 * 3)));
        }
    }
}

/* Cut in between: what got too bright is white for contrast and saturation. */
static void test_one_follows_the_other(void **state)
{
    (void)state;
    float all[N_VALUES], step[N_VALUES];
    changed(1.8, 0.6, 1.5, all);
    changed(1.8, 1, 1, step);
    agr_colour_apply(&(agr_colour_draw){1, 0.6, 1}, N_PIXELS, step);
    agr_colour_apply(&(agr_colour_draw){1, 1, 1.5}, N_PIXELS, step);
    assert_memory_equal(all, step, sizeof all);
}

static void test_factors_of_one_change_no_bit(void **state)
{
    (void)state;
    const agr_augment_ranges none = {.rotation_deg = 25, .erase = 1};
    const agr_colour_draw draw = agr_colour_draw_at(1, (agr_draw_address){2, 3, 4}, &none);
    float x[N_VALUES];
    memcpy(x, picture, sizeof x);
    agr_colour_apply(&draw, N_PIXELS, x);
    assert_memory_equal(x, picture, sizeof x);
    assert_false(agr_colour_varies(&none));
    assert_true(agr_colour_varies(&(agr_augment_ranges){.brightness = 0.1}));
    assert_true(agr_colour_varies(&(agr_augment_ranges){.contrast = 0.1}));
    assert_true(agr_colour_varies(&(agr_augment_ranges){.saturation = 0.1}));
}

static void test_draws_fill_their_ranges(void **state)
{
    (void)state;
    const agr_augment_ranges ranges = {.brightness = 0.2, .contrast = 1, .saturation = 0.5};
    const double range[3] = {0.2, 1, 0.5};
    double low[3] = {9, 9, 9}, high[3] = {0}, mean[3] = {0}, together[3] = {0};
    for (uint32_t sample = 0; sample < N; sample++) {
        const agr_colour_draw d = agr_colour_draw_at(1, (agr_draw_address){2, sample, 0}, &ranges);
        const double factor[3] = {d.brightness, d.contrast, d.saturation};
        for (int k = 0; k < 3; k++) {
            const int next = (k + 1) % 3;
            low[k] = fmin(low[k], factor[k]);
            high[k] = fmax(high[k], factor[k]);
            mean[k] += factor[k] / N;
            together[k] += (factor[k] - 1) / range[k] * ((factor[next] - 1) / range[next]) / N;
        }
    }
    for (int k = 0; k < 3; k++) {
        const double slack = 0.01 * range[k];
        assert_true(low[k] >= 1 - range[k] && low[k] < 1 - range[k] + slack);
        assert_true(high[k] < 1 + range[k] && high[k] > 1 + range[k] - slack);
        assert_true(fabs(mean[k] - 1) < 0.04 * range[k]);
        assert_true(fabs(together[k]) < 0.025); /* 4 standard deviations of 1/3 / sqrt(N) */
    }
}

static void test_draws_are_addressed(void **state)
{
    (void)state;
    const agr_augment_ranges ranges = {.brightness = 0.2, .contrast = 0.2, .saturation = 0.2};
    const agr_draw_address address = {2, 3, 0};
    const agr_draw_address others[] = {{3, 3, 0}, {2, 4, 0}, {2, 3, 1}};
    const agr_colour_draw a = agr_colour_draw_at(1, address, &ranges);
    const agr_colour_draw same = agr_colour_draw_at(1, address, &ranges);
    const agr_colour_draw seeded = agr_colour_draw_at(2, address, &ranges);
    assert_memory_equal(&a, &same, sizeof a);
    assert_true(a.contrast != seeded.contrast);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_true(a.brightness != agr_colour_draw_at(1, others[i], &ranges).brightness);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_factor_does_its_part),
        cmocka_unit_test(test_one_follows_the_other),
        cmocka_unit_test(test_factors_of_one_change_no_bit),
        cmocka_unit_test(test_draws_fill_their_ranges),
        cmocka_unit_test(test_draws_are_addressed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
