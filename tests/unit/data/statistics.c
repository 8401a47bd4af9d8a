/* Statistics of label columns, on values small enough to count by hand. */
#include "test.h"

#include <agr/data/statistics.h>

static void assert_near(double found, double expected)
{
    if (!(fabs(found - expected) <= 1e-9 * (1 + fabs(expected))))
        fail_msg("expected %.12g, found %.12g", expected, found);
}

static void numbers(void **state)
{
    (void)state;
    agr_error err;
    agr_number_statistics s;
    const float value[] = {4, NAN, 1, 3, 2, NAN, 10};
    assert_ok(agr_number_statistics_of(value, NULL, 7, &s, &err), err);
    assert_int_equal(s.n, 5);
    assert_int_equal(s.n_missing, 2);
    assert_near(s.min, 1);
    assert_near(s.max, 10);
    assert_near(s.mean, 4);
    assert_near(s.median, 3);
    assert_near(s.lower_quartile, 2);
    assert_near(s.upper_quartile, 4);
    assert_near(s.deviation, sqrt(10));
    assert_true(s.whole);

    const int64_t sample[] = {0, 3};
    assert_ok(agr_number_statistics_of(value, sample, 2, &s, &err), err);
    assert_near(s.median, 3.5);
    assert_ok(agr_number_statistics_of(value, NULL, 0, &s, &err), err);
    assert_int_equal(s.n, 0);
    const float infinite[] = {INFINITY, 0.5f};
    assert_ok(agr_number_statistics_of(infinite, NULL, 2, &s, &err), err);
    assert_int_equal(s.n, 1);
    assert_false(s.whole);
}

/* Whatever the values: every labelled one is counted once, widths are 1, 2 or 5 times a power of
 * ten, bins are few. */
static void histograms(void **state)
{
    (void)state;
    agr_error err;
    static const struct {
        float value[6];
        int max_bins, n_bins;
        double low, width;
    } cases[] = {
        {{1, 26, 26, 116, 90, 7}, 16, 12, 0, 10},
        {{1, 26, 26, 116, 90, 7}, 120, 116, 1, 1},
        {{5, 5, 5, 5, 5, 5}, 16, 1, 5, 1},
        {{0, 1, 2, 3, 4, 5}, 3, 3, 0, 2},
        {{-7, -3, 0, 4, 9, 11}, 10, 10, -8, 2},
        {{0.5f, 0.25f, 1, 0.75f, 0, 0.125f}, 11, 11, 0, 0.1},
        {{1e7f, 1e7f, 1e7f, 1e7f, 1e7f, 1e7f + 2}, 16, 3, 1e7, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        agr_number_statistics s;
        agr_histogram h;
        assert_ok(agr_number_statistics_of(cases[i].value, NULL, 6, &s, &err), err);
        agr_histogram_of(cases[i].value, NULL, 6, &s, cases[i].max_bins, &h);
        assert_int_equal(h.n_bins, cases[i].n_bins);
        assert_near(h.low, cases[i].low);
        assert_near(h.width, cases[i].width);
        int64_t sum = 0;
        for (int b = 0; b < h.n_bins; b++)
            sum += h.count[b];
        assert_int_equal(sum, 6);
    }
}

static void classes(void **state)
{
    (void)state;
    agr_error err;
    const float value[] = {2, 0, 2, NAN, 1, 2}, number[] = {10, 20, 30, 40, 50, NAN};
    agr_class_statistics s;
    agr_class_statistics_of(value, NULL, 6, 4, &s);
    assert_int_equal(s.n, 5);
    assert_int_equal(s.n_missing, 1);
    assert_int_equal(s.count[2], 3);
    assert_int_equal(s.largest, 2);
    assert_int_equal(s.smallest, 3);
    agr_number_statistics within;
    assert_ok(agr_number_statistics_within(number, value, 2, 6, &within, &err), err);
    assert_int_equal(within.n, 2);
    assert_int_equal(within.n_missing, 1);
    assert_near(within.mean, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(numbers), cmocka_unit_test(histograms),
                                       cmocka_unit_test(classes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
