/* All figures of a head: which there are, of what, and what stands beside them. */
#include "test.h"

#include <agr/audit/judgement.h>

static const agr_audit_figure *find(const agr_audit_judgement *judgement, const char *name, int of)
{
    const agr_audit_figure *found = NULL;
    for (int i = 0; i < judgement->n_figures; i++)
        if (strcmp(judgement->figure[i].name, name) == 0 && judgement->figure[i].of == of) {
            assert_null(found);
            found = &judgement->figure[i];
        }
    if (found == NULL)
        fail_msg("no figure '%s' of %d", name, of);
    return found;
}

static bool equal(double a, double b)
{
    return isnan(b) ? isnan(a) : fabs(a - b) <= 1e-12;
}

static void expect(const agr_audit_judgement *judgement, const char *name, int of, double value,
                   double baseline, int64_t n)
{
    const agr_audit_figure *figure = find(judgement, name, of);
    if (!equal(figure->value, value) || !equal(figure->baseline, baseline) || figure->n != n)
        fail_msg("%s of %d: expected %.15g beside %.15g of %lld, found %.15g beside %.15g of %lld",
                 name, of, value, baseline, (long long)n, figure->value, figure->baseline,
                 (long long)figure->n);
}

static agr_audit_judgement judge(const agr_audit_rows *rows, const agr_audit_options *options)
{
    agr_error err;
    agr_audit_judgement judgement;
    assert_ok(agr_audit_judge(rows, NULL, rows->n, options, &judgement, &err), err);
    return judgement;
}

/* Errors 1, -2, 6; the median guess 4 is off by 3, -4, -6, the mean guess 5 by 4, -3, -5. */
static void numbers(void **state)
{
    (void)state;
    const double label[] = {1, 8, NAN, 10}, said[] = {2, 6, 0, 16};
    const agr_audit_rows rows = {
        .n = 4, .label = label, .prediction = said, .prediction_stride = 1};
    agr_error err;
    agr_audit_bins bins;
    assert_ok(agr_audit_bins_parse("0-7,8-9,11+", &bins, &err), err);
    const agr_audit_guess guess = {.possible = true, .median = 4, .mean = 5};
    const agr_audit_options options = {.within = 2.5, .bins = &bins, .guess = &guess};
    agr_audit_judgement judgement = judge(&rows, &options);
    assert_int_equal(judgement.n, 3);
    assert_null(judgement.confusion);
    assert_int_equal(judgement.n_figures, 5 + 3 * 2);
    expect(&judgement, "mae", -1, 3, 13.0 / 3, 3);
    expect(&judgement, "rmse", -1, sqrt(41.0 / 3), sqrt(50.0 / 3), 3);
    expect(&judgement, "median_error", -1, 2, 4, 3);
    expect(&judgement, "bias", -1, 5.0 / 3, -4.0 / 3, 3);
    expect(&judgement, "cs2.5", -1, 2.0 / 3, 0, 3);
    expect(&judgement, "mae", 0, 1, 3, 1);
    expect(&judgement, "bias", 1, -2, -3, 1);
    expect(&judgement, "mae", 2, (double)NAN, (double)NAN, 0);
    agr_audit_judgement_release(&judgement);

    const agr_audit_guess none = {0};
    const agr_audit_options without = {.within = 5, .bins = &bins, .guess = &none};
    judgement = judge(&rows, &without);
    expect(&judgement, "mae", -1, 3, (double)NAN, 3);
    agr_audit_judgement_release(&judgement);
}

static void classes(void **state)
{
    (void)state;
    const double label[] = {0, 1, 1, NAN, 1}, said[] = {0, 1, 0, 0, 1};
    const double probability[] = {1, 0, 0.25, 0.75, 0.75, 0.25, 0.5, 0.5, 0, 1};
    const double share[] = {0.75, 0.25};
    const agr_audit_rows rows = {5, label, said, 1, 2, probability, 2};
    const agr_audit_guess guess = {.possible = true, .class_index = 0, .share = share};
    const agr_audit_bins bins = {0};
    const agr_audit_options options = {.within = 5, .bins = &bins, .guess = &guess};
    agr_audit_judgement judgement = judge(&rows, &options);
    assert_int_equal(judgement.n, 4);
    assert_int_equal(judgement.n_figures, 13 + 2 * 7);
    expect(&judgement, "accuracy", -1, 0.75, 0.25, 4);
    expect(&judgement, "balanced_accuracy", -1, 5.0 / 6, 0.5, 4);
    expect(&judgement, "log_loss", -1, -(log(0.75) + log(0.25)) / 4,
           -(log(0.75) + 3 * log(0.25)) / 4, 4);
    expect(&judgement, "brier", -1, (2 * 0.0625 + 2 * 0.5625) / 4, (2 * 0.0625 + 6 * 0.5625) / 4,
           4);
    expect(&judgement, "macro_auc", -1, 1, 0.5, 4);
    expect(&judgement, "ece", -1, 0.125, 0.5, 4);
    expect(&judgement, "support", 1, 3, 3, 3);
    expect(&judgement, "recall", 1, 2.0 / 3, 0, 3);
    expect(&judgement, "precision", 0, 0.5, 0.25, 1);
    expect(&judgement, "auc", 0, 1, 0.5, 1);
    const int64_t confusion[] = {1, 0, 1, 2};
    assert_memory_equal(judgement.confusion, confusion, sizeof confusion);
    assert_int_equal(judgement.reliability.bin[14].n, 2);
    agr_audit_judgement_release(&judgement);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers),
        cmocka_unit_test(classes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
