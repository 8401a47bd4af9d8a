#include "test.h"

#include <agr/base/parse.h>

static void test_integers(void **state)
{
    (void)state;
    int64_t value = 7;
    assert_true(agr_parse_int("-12", &value));
    assert_int_equal(value, -12);
    assert_true(agr_parse_int("9223372036854775807", &value));
    assert_true(value == INT64_MAX);
    const char *const bad[] = {"",     "-",   "+5",  " 5",   "5 ",
                               "0x10", "1e3", "1.0", "five", "9223372036854775808"};
    value = 7;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (agr_parse_int(bad[i], &value))
            fail_msg("'%s' was taken for an integer", bad[i]);
    assert_int_equal(value, 7);
}

static void test_numbers(void **state)
{
    (void)state;
    double value;
    assert_true(agr_parse_number("1e-7", &value));
    assert_true(value == 1e-7);
    assert_true(agr_parse_number("-.5", &value));
    assert_true(value == -0.5);
    const char *const bad[] = {"",      ".",   "-",   "+1",   " 1",    "1 ",
                               "0x1p3", "nan", "inf", "-inf", "1e999", "1,5"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (agr_parse_number(bad[i], &value))
            fail_msg("'%s' was taken for a number", bad[i]);
}

static void test_flags(void **state)
{
    (void)state;
    bool value = false;
    assert_true(agr_parse_flag("on", &value) && value);
    assert_true(agr_parse_flag("no", &value) && !value);
    assert_false(agr_parse_flag("1", &value));
    assert_false(agr_parse_flag("True", &value));
}

static void test_durations(void **state)
{
    (void)state;
    const struct {
        const char *text;
        double expected_s;
    } good[] = {{"60s", 60},     {"1.5m", 90},    {"2h", 7200}, {"1d", 86400},
                {"250ms", 0.25}, {"20us", 20e-6}, {"0", 0}};
    double value_s;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(agr_parse_duration(good[i].text, &value_s));
        assert_true(fabs(value_s - good[i].expected_s) <= 1e-15 * good[i].expected_s);
    }
    const char *const bad[] = {"", "60", "s", "60 s", "60sec", "-1s", "1m30s", "inf", "1e308h"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (agr_parse_duration(bad[i], &value_s))
            fail_msg("'%s' was taken for a duration", bad[i]);
}

static void test_rates(void **state)
{
    (void)state;
    const struct {
        const char *text;
        double expected;
    } good[] = {{"25Gb", 3.125e9}, {"100Mb", 12.5e6}, {"3GB", 3e9}, {"0.5MB", 0.5e6}};
    double bytes_per_s;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(agr_parse_rate(good[i].text, &bytes_per_s));
        assert_true(bytes_per_s == good[i].expected);
    }
    const char *const bad[] = {"",    "25",   "Gb",    "25 Gb",    "25gb",   "25Gbit",
                               "0Gb", "-1Gb", "infGb", "1e300Gb0", "1e308GB"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (agr_parse_rate(bad[i], &bytes_per_s))
            fail_msg("'%s' was taken for a rate", bad[i]);
}

static void test_the_nearest_word_is_offered(void **state)
{
    (void)state;
    const char *const candidate[] = {"optimizer.lr", "optimizer.decay",     "train.epochs",
                                     "conv2d",       "batch_normalization", "global_average"};
    const struct {
        const char *word, *expected;
    } cases[] = {{"optimizer.rl", "optimizer.lr"},
                 {"optimiser.decay", "optimizer.decay"},
                 {"train.epoch", "train.epochs"},
                 {"Conv2D", "conv2d"},
                 {"CONV2D", "conv2d"},
                 {"batch_norm", "batch_normalization"},
                 {"BatchNormalization", "batch_normalization"},
                 {"conv", "conv2d"},
                 {"glo", NULL},
                 {"global_average_pooling", "global_average"},
                 {"banana", NULL},
                 {"", NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        agr_nearest nearest = {.word = cases[i].word};
        for (int j = 0; j < 6; j++)
            agr_nearest_offer(&nearest, candidate[j]);
        if (cases[i].expected == NULL)
            assert_null(nearest.found);
        else
            assert_string_equal(nearest.found, cases[i].expected);
    }
}

static void test_the_distance_counts_edits(void **state)
{
    (void)state;
    agr_nearest nearest = {.word = "evaluate"};
    agr_nearest_offer(&nearest, "veluat"); /* swap e-v, a -> e... each an edit */
    assert_non_null(nearest.found);
    assert_int_equal(nearest.distance, 3);
    agr_nearest_offer(&nearest, "evaluaet");
    assert_int_equal(nearest.distance, 1);
    agr_nearest_offer(&nearest, "evaluate");
    assert_int_equal(nearest.distance, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_integers),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_flags),
        cmocka_unit_test(test_durations),
        cmocka_unit_test(test_rates),
        cmocka_unit_test(test_the_nearest_word_is_offered),
        cmocka_unit_test(test_the_distance_counts_edits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
