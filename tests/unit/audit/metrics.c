/* Every row of the metric table on rows few enough to compute by hand. */
#include "test.h"

#include <agr/audit/metric.h>
#include <agr/audit/reliability.h>

static void expect(const char *what, double found, double expected)
{
    if (isnan(expected) ? !isnan(found) : !(fabs(found - expected) <= 1e-12))
        fail_msg("%s: expected %.17g, found %.17g", what, expected, found);
}

static double value_of(const char *name, const agr_audit_selection *s, const agr_audit_terms *terms)
{
    for (const agr_audit_metric *metric = agr_audit_metrics; metric->name != NULL; metric++)
        if (strcmp(metric->name, name) == 0)
            return metric->value(s, terms);
    fail_msg("no metric '%s'", name);
    return 0;
}

typedef struct {
    const char *name;
    double value;
} expectation;

static void expect_all(const agr_audit_rows *rows, const int64_t *index, int64_t n,
                       agr_audit_terms terms, const expectation *e, size_t n_expectations)
{
    agr_error err;
    agr_audit_selection s;
    assert_ok(agr_audit_select(rows, index, n, &s, &err), err);
    for (size_t i = 0; i < n_expectations; i++)
        expect(e[i].name, value_of(e[i].name, &s, &terms), e[i].value);
    agr_audit_selection_release(&s);
}

#define EXPECT(rows, index, n, terms, ...)                                                         \
    do {                                                                                           \
        const expectation wanted[] = {__VA_ARGS__};                                                \
        expect_all(rows, index, n, terms, wanted, sizeof wanted / sizeof *wanted);                 \
    } while (0)

/* ---- numbers ---- */

static const double number_label[] = {10, 20, NAN, 30, 40}, number_said[] = {12, 15, 99, 30, 49};
static const agr_audit_rows numbers = {
    .n = 5, .label = number_label, .prediction = number_said, .prediction_stride = 1};
static const agr_audit_terms within_5 = {.within = 5};

/* Errors 2, -5, 0, 9: the row without label does not count. */
static void distances(void **state)
{
    (void)state;
    EXPECT(&numbers, NULL, 5, within_5, {"mae", 4}, {"rmse", sqrt(27.5)}, {"median_error", 3.5},
           {"bias", 1.5}, {"cs", 0.75});
    EXPECT(&numbers, NULL, 5, ((agr_audit_terms){.within = 4.999}), {"cs", 0.5});
}

static void some_rows(void **state)
{
    (void)state;
    const int64_t chosen[] = {4, 2, 1, 0}, drawn[] = {4, 4, 3};
    EXPECT(&numbers, chosen, 4, within_5, {"mae", 16.0 / 3}, {"median_error", 5}, {"bias", 2},
           {"cs", 2.0 / 3});
    EXPECT(&numbers, drawn, 3, within_5, {"mae", 6}, {"median_error", 9}, {"cs", 1.0 / 3});
}

static void no_numbers(void **state)
{
    (void)state;
    const int64_t unlabelled[] = {2};
    EXPECT(&numbers, unlabelled, 1, within_5, {"mae", NAN}, {"rmse", NAN}, {"median_error", NAN},
           {"bias", NAN}, {"cs", NAN});
}

static void a_prediction_that_is_none(void **state)
{
    (void)state;
    const double said[] = {12, NAN, 99, 30, 49};
    agr_audit_rows rows = numbers;
    rows.prediction = said;
    EXPECT(&rows, NULL, 5, within_5, {"mae", NAN}, {"rmse", NAN}, {"median_error", NAN},
           {"bias", NAN}, {"cs", NAN});
}

/* ---- classes ---- */

/* Six rows with labels, of classes 0 and 1; class 2 is said once and never true, class 3 neither. */
static const double class_label[] = {0, 0, 0, 0, 1, 1, NAN}, class_said[] = {0, 0, 1, 2, 1, 0, 3};
static const double class_probability[7][4] = {
    {0.7, 0.2, 0.1, 0},   {0.9, 0.1, 0, 0},   {0.3, 0.5, 0.2, 0},   {0.2, 0.2, 0.6, 0},
    {0.1, 0.8, 0.1, 0.0}, {0.6, 0.3, 0.1, 0}, {0.1, 0.1, 0.1, 0.7},
};
static const agr_audit_rows classes = {.n = 7,
                                       .label = class_label,
                                       .prediction = class_said,
                                       .prediction_stride = 1,
                                       .n_classes = 4,
                                       .probability = class_probability[0],
                                       .probability_stride = 4};

static agr_audit_terms of_class(int c)
{
    return (agr_audit_terms){.class_index = c};
}

/* Class 0: true 4, said 3, both 2. Class 1: true 2, said 2, both 1. Class 2: said 1. */
static void counts(void **state)
{
    (void)state;
    EXPECT(&classes, NULL, 7, of_class(0), {"accuracy", 0.5}, {"balanced_accuracy", 0.5},
           {"macro_precision", (2.0 / 3 + 0.5 + 0) / 3}, {"macro_recall", 0.5},
           {"macro_f1", (4.0 / 7 + 0.5 + 0) / 3}, {"weighted_precision", (4 * 2.0 / 3 + 1) / 6},
           {"weighted_recall", 0.5}, {"weighted_f1", (4 * 4.0 / 7 + 1) / 6});
    EXPECT(&classes, NULL, 7, of_class(0), {"support", 4}, {"precision", 2.0 / 3}, {"recall", 0.5},
           {"f1", 4.0 / 7});
    EXPECT(&classes, NULL, 7, of_class(1), {"support", 2}, {"precision", 0.5}, {"recall", 0.5},
           {"f1", 0.5});
    EXPECT(&classes, NULL, 7, of_class(0), {"selection_rate", 0.5}, {"false_positive_rate", 0.5});
    EXPECT(&classes, NULL, 7, of_class(2), {"selection_rate", 1.0 / 6},
           {"false_positive_rate", 1.0 / 6});
    EXPECT(&classes, NULL, 7, of_class(2), {"support", 0}, {"precision", 0}, {"recall", NAN},
           {"f1", 0}, {"auc", NAN});
    EXPECT(&classes, NULL, 7, of_class(3), {"support", 0}, {"precision", NAN}, {"recall", NAN},
           {"f1", NAN}, {"auc", NAN});
}

static void a_class_never_said(void **state)
{
    (void)state;
    const int64_t chosen[] = {0, 1, 5};
    EXPECT(&classes, chosen, 3, of_class(1), {"precision", 0}, {"recall", 0}, {"f1", 0},
           {"macro_precision", 1.0 / 3}, {"macro_recall", 0.5}, {"macro_f1", 0.4});
}

static void probabilities(void **state)
{
    (void)state;
    const double loss = -(log(0.7) + log(0.9) + log(0.3) + log(0.2) + log(0.8) + log(0.3)) / 6;
    const double brier = (0.14 + 0.02 + (0.49 + 0.25 + 0.04) + (0.64 + 0.04 + 0.36) +
                          (0.01 + 0.04 + 0.01) + (0.36 + 0.49 + 0.01)) /
                         6;
    EXPECT(&classes, NULL, 7, of_class(0), {"log_loss", loss}, {"brier", brier});
}

/* A probability of 0 for the truth costs -ln(2^-52), one of 1 costs next to nothing. */
static void certainty(void **state)
{
    (void)state;
    const double label[] = {0, 1}, said[] = {1, 1}, probability[] = {0, 1, 0, 1};
    const agr_audit_rows rows = {2, label, said, 1, 2, probability, 2};
    const int64_t wrong[] = {0}, right[] = {1};
    EXPECT(&rows, wrong, 1, of_class(0), {"log_loss", 52 * log(2)}, {"brier", 2}, {"ece", 1});
    EXPECT(&rows, right, 1, of_class(0), {"log_loss", 0}, {"brier", 0}, {"ece", 0},
           {"macro_auc", NAN}, {"weighted_auc", NAN});
}

/* Class 0 by its probability: .1 .2 .3 .6 .7 .9 with 1 0 0 1 0 0 true: 6 of 8 pairs are in order.
 * Class 1: .1 .2 .2 .3 .5 .8 with only the .3 and the .8 of class 1: 7 of 8. */
static void areas(void **state)
{
    (void)state;
    EXPECT(&classes, NULL, 7, of_class(0), {"auc", 0.75}, {"macro_auc", 0.8125},
           {"weighted_auc", (4 * 0.75 + 2 * 0.875) / 6});
    EXPECT(&classes, NULL, 7, of_class(1), {"auc", 0.875});
}

/* Pairs that the probability does not tell apart count half. */
static void ties(void **state)
{
    (void)state;
    const double label[] = {1, 0, 1, 0}, said[] = {1, 1, 1, 0};
    const double probability[] = {0.5, 0.5, 0.5, 0.5, 0.2, 0.8, 0.9, 0.1};
    const agr_audit_rows rows = {4, label, said, 1, 2, probability, 2};
    EXPECT(&rows, NULL, 4, of_class(1), {"auc", 3.5 / 4});
    agr_audit_rows constant = rows;
    constant.probability_stride = 0;
    EXPECT(&constant, NULL, 4, of_class(1), {"auc", 0.5}, {"macro_auc", 0.5});
}

static void a_probability_that_is_none(void **state)
{
    (void)state;
    const double label[] = {1, 0}, said[] = {1, 0}, probability[] = {NAN, NAN, 0.5, 0.5};
    const agr_audit_rows rows = {2, label, said, 1, 2, probability, 2};
    EXPECT(&rows, NULL, 2, of_class(1), {"log_loss", NAN}, {"brier", NAN}, {"auc", NAN},
           {"macro_auc", NAN}, {"ece", NAN}, {"accuracy", 1});
}

static void no_classes(void **state)
{
    (void)state;
    for (const agr_audit_metric *metric = agr_audit_metrics; metric->name != NULL; metric++)
        if (metric->scope == AGR_AUDIT_OF_CLASSES)
            EXPECT(&classes, NULL, 0, of_class(0), {metric->name, NAN});
}

/* Largest probabilities .7 .9 .5 .6 .8 .6, right 1 1 0 0 1 0. Bin 8 is (8/15, 9/15], where both .6
 * lie on the border; .8 is the upper border of bin 11. */
static void reliability(void **state)
{
    (void)state;
    agr_error err;
    agr_audit_selection s;
    agr_audit_reliability table;
    static const struct {
        int64_t n;
        double confidence, accuracy;
    } expected[AGR_AUDIT_RELIABILITY_BINS] = {[7] = {1, 0.5, 0},
                                              [8] = {2, 0.6, 0},
                                              [10] = {1, 0.7, 1},
                                              [11] = {1, 0.8, 1},
                                              [13] = {1, 0.9, 1}};
    assert_ok(agr_audit_select(&classes, NULL, 7, &s, &err), err);
    agr_audit_reliability_of(&s, &table);
    for (int b = 0; b < AGR_AUDIT_RELIABILITY_BINS; b++) {
        assert_int_equal(table.bin[b].n, expected[b].n);
        expect("confidence", table.bin[b].confidence,
               expected[b].n > 0 ? expected[b].confidence : (double)NAN);
        expect("accuracy", table.bin[b].accuracy,
               expected[b].n > 0 ? expected[b].accuracy : (double)NAN);
    }
    agr_audit_selection_release(&s);
    EXPECT(&classes, NULL, 7, of_class(0), {"ece", (0.5 + 2 * 0.6 + 0.3 + 0.2 + 0.1) / 6});
}

/* A row that counts three times is that row three times, whether or not the rows were sorted
 * beforehand. */
static void expect_times(const agr_audit_rows *rows, const int64_t *index, int64_t n,
                         const int32_t *times)
{
    agr_error err;
    agr_audit_selection counted, repeated;
    int64_t repeat[32], n_repeat = 0;
    for (int64_t i = 0; i < n; i++)
        for (int32_t t = 0; t < times[i]; t++)
            repeat[n_repeat++] = index[i];
    assert_ok(agr_audit_select(rows, index, n, &counted, &err), err);
    assert_ok(agr_audit_select(rows, repeat, n_repeat, &repeated, &err), err);
    assert_ok(agr_audit_presort(&counted, &err), err);
    memcpy(counted.times, times, (size_t)n * sizeof *times);
    counted.n = n_repeat;
    const bool numbers_here = rows->n_classes == 0;
    for (const agr_audit_metric *metric = agr_audit_metrics; metric->name != NULL; metric++) {
        const agr_audit_terms terms = {.within = 5, .class_index = 1};
        if ((metric->scope <= AGR_AUDIT_OF_BINS) == numbers_here)
            expect(metric->name, metric->value(&counted, &terms), metric->value(&repeated, &terms));
    }
    agr_audit_selection_release(&counted);
    agr_audit_selection_release(&repeated);
}

static void rows_that_count_often(void **state)
{
    (void)state;
    const int64_t number_index[] = {0, 1, 3, 4}, class_index[] = {0, 1, 2, 3, 4, 5};
    expect_times(&numbers, number_index, 4, (int32_t[]){3, 1, 0, 2});
    expect_times(&numbers, number_index, 4, (int32_t[]){0, 0, 4, 1});
    expect_times(&classes, class_index, 6, (int32_t[]){3, 0, 1, 2, 4, 1});
    expect_times(&classes, class_index, 6, (int32_t[]){1, 1, 1, 0, 0, 5});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances),
        cmocka_unit_test(some_rows),
        cmocka_unit_test(no_numbers),
        cmocka_unit_test(a_prediction_that_is_none),
        cmocka_unit_test(counts),
        cmocka_unit_test(a_class_never_said),
        cmocka_unit_test(probabilities),
        cmocka_unit_test(certainty),
        cmocka_unit_test(areas),
        cmocka_unit_test(ties),
        cmocka_unit_test(a_probability_that_is_none),
        cmocka_unit_test(no_classes),
        cmocka_unit_test(reliability),
        cmocka_unit_test(rows_that_count_often),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
