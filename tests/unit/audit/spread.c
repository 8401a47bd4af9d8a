#include "test.h"

#include <agr/audit/spread.h>

/* Expected: scipy.stats.t.ppf(0.975, degrees) */
static void test_quantiles_of_student(void **state)
{
    (void)state;
    static const struct {
        int degrees;
        double t;
    } known[] = {{1, 12.706205}, {2, 4.302653},  {4, 2.776445},  {9, 2.262157},  {12, 2.178813},
                 {13, 2.160369}, {20, 2.085963}, {30, 2.042272}, {127, 1.978820}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (!(fabs(agr_audit_student_t(known[i].degrees) - known[i].t) < 1e-4))
            fail_msg("%d degrees: expected %f, found %f", known[i].degrees, known[i].t,
                     agr_audit_student_t(known[i].degrees));
}

static void test_spread_of_a_few(void **state)
{
    (void)state;
    const double value[] = {0.90, 0.92, 0.88, 0.91};
    const agr_audit_spread s = agr_audit_spread_of(value, 4);
    assert_int_equal(s.n, 4);
    assert_true(fabs(s.mean - 0.9025) < 1e-12);
    assert_true(fabs(s.deviation - 0.017078251) < 1e-8);
    /* 0.9025 -+ 3.182446 * 0.017078251 / 2 */
    assert_true(fabs(s.low - 0.8753248) < 1e-5 && fabs(s.high - 0.9296752) < 1e-5);
}

static void test_one_value_has_no_interval(void **state)
{
    (void)state;
    const double value[] = {0.5};
    const agr_audit_spread s = agr_audit_spread_of(value, 1);
    assert_true(s.mean == 0.5 && isnan(s.deviation) && isnan(s.low) && isnan(s.high));
}

/* Differences 0.02, 0.01, 0.03: mean 0.02, deviation 0.01, t of 2 degrees 4.302653;
 * 0.02 -+ 4.302653 * 0.01 / sqrt(3) = 0.02 -+ 0.024841. With 0.02, 0.022, 0.018 the deviation is
 * 0.002: 0.02 -+ 0.004968. */
static void test_pairs_differ_by_less_than_they_vary(void **state)
{
    (void)state;
    const double first[] = {0.70, 0.80, 0.90}, second[] = {0.72, 0.81, 0.93},
                 near[] = {0.72, 0.822, 0.918};
    const agr_audit_spread s = agr_audit_spread_of_pairs(first, second, 3);
    assert_int_equal(s.n, 3);
    assert_true(fabs(s.mean - 0.02) < 1e-12 && fabs(s.deviation - 0.01) < 1e-12);
    assert_true(fabs(s.low + 0.004841) < 1e-6 && fabs(s.high - 0.044841) < 1e-6);
    assert_false(agr_audit_spread_is_shown(&s));
    const agr_audit_spread t = agr_audit_spread_of_pairs(first, near, 3);
    assert_true(fabs(t.low - 0.015032) < 1e-6 && fabs(t.high - 0.024968) < 1e-6);
    assert_true(agr_audit_spread_is_shown(&t));
    const agr_audit_spread back = agr_audit_spread_of_pairs(near, first, 3);
    assert_true(back.mean == -t.mean && back.low == -t.high && agr_audit_spread_is_shown(&back));
}

static void test_too_few_pairs_show_nothing(void **state)
{
    (void)state;
    const double first[] = {0.70, 0.80, 0.85}, second[] = {0.72, 0.82, 0.87};
    const agr_audit_spread none = agr_audit_spread_of_pairs(first, second, 0);
    assert_true(none.n == 0 && isnan(none.mean) && isnan(none.low));
    assert_false(agr_audit_spread_is_shown(&none));
    const agr_audit_spread one = agr_audit_spread_of_pairs(first, second, 1);
    assert_true(fabs(one.mean - 0.02) < 1e-12 && isnan(one.low));
    assert_false(agr_audit_spread_is_shown(&one));
    const agr_audit_spread equal = agr_audit_spread_of_pairs(first, second, 3);
    assert_true(equal.low > 0);
    assert_false(agr_audit_spread_is_shown(&equal));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quantiles_of_student),
        cmocka_unit_test(test_spread_of_a_few),
        cmocka_unit_test(test_one_value_has_no_interval),
        cmocka_unit_test(test_pairs_differ_by_less_than_they_vary),
        cmocka_unit_test(test_too_few_pairs_show_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
