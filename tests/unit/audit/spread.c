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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quantiles_of_student),
        cmocka_unit_test(test_spread_of_a_few),
        cmocka_unit_test(test_one_value_has_no_interval),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
