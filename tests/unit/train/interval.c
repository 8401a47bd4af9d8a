#include "interval_impl.h"

#include "test.h"

#include <math.h>

static double automatic_s(double first_s, double second_s)
{
    write_cost cost = {{0}};
    if (first_s > 0)
        write_cost_note(&cost, first_s);
    if (second_s > 0)
        write_cost_note(&cost, second_s);
    return write_interval_s((double)NAN, &cost);
}

static void test_what_is_configured_counts(void **state)
{
    (void)state;
    const write_cost cost = {{5, 5}};
    assert_true(write_interval_s(7, &cost) == 7);
    assert_true(write_interval_s(0, &cost) == 0);
}

static void test_writing_takes_a_hundredth_of_the_time(void **state)
{
    (void)state;
    assert_true(automatic_s(0, 0) == 60);
    assert_true(automatic_s(0.1, 0) == 60);
    assert_true(fabs(automatic_s(3, 0) - 300) < 1e-9);
    assert_true(fabs(automatic_s(5, 4) - 400) < 1e-9);
    for (double cost_s = 0.01; cost_s < 18; cost_s *= 1.7)
        assert_true(cost_s <= 0.01 * automatic_s(cost_s, cost_s) * (1 + 1e-9));
}

static void test_one_write_that_hung_changes_nothing(void **state)
{
    (void)state;
    assert_true(automatic_s(0.2, 900) == 60);
    assert_true(automatic_s(900, 0.2) == 60);
    assert_true(automatic_s(900, 0) == 1800);
    assert_true(automatic_s(900, 800) == 1800);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_configured_counts),
        cmocka_unit_test(test_writing_takes_a_hundredth_of_the_time),
        cmocka_unit_test(test_one_write_that_hung_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
