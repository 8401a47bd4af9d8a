/* Draws: whole, uniform, the same for ever; and what a family makes of figures in draws. */
#include "test.h"

#include <agr/audit/bootstrap.h>
#include <agr/audit/simultaneous.h>

enum { N_GROUPS = 101, N_DRAWS = 2000 };

static void draws(void **state)
{
    (void)state;
    const agr_audit_bootstrap b = {.seed = 5, .n_draws = N_DRAWS, .n_groups = N_GROUPS};
    static int64_t sum[N_GROUPS], squares;
    int32_t times[N_GROUPS], first[N_GROUPS], again[N_GROUPS];
    agr_audit_bootstrap_draw(&b, 0, first);
    for (int64_t draw = 0; draw < N_DRAWS; draw++) {
        int64_t n = 0;
        agr_audit_bootstrap_draw(&b, draw, times);
        if (draw > 0)
            assert_memory_not_equal(times, first, sizeof times);
        for (int g = 0; g < N_GROUPS; g++) {
            n += times[g];
            sum[g] += times[g];
            squares += (times[g] - 1) * (times[g] - 1);
        }
        assert_int_equal(n, N_GROUPS);
    }
    agr_audit_bootstrap_draw(&b, 0, again);
    assert_memory_equal(again, first, sizeof first);
    for (int g = 0; g < N_GROUPS; g++) /* of 2000 +- 45 */
        assert_in_range(sum[g], N_DRAWS - 200, N_DRAWS + 200);
    const double variance = (double)squares / N_DRAWS / N_GROUPS;
    assert_true(fabs(variance - (1 - 1.0 / N_GROUPS)) < 0.02);

    const agr_audit_bootstrap other = {.seed = 6, .n_draws = N_DRAWS, .n_groups = N_GROUPS};
    agr_audit_bootstrap_draw(&other, 0, times);
    assert_memory_not_equal(times, first, sizeof times);
}

/* ---- families ---- */

static agr_audit_family begin(int64_t n_draws)
{
    agr_error err;
    agr_audit_family family;
    assert_ok(agr_audit_family_begin(&family, n_draws, &err), err);
    return family;
}

static void equals(double found, double expected)
{
    if (!(fabs(found - expected) <= 1e-12))
        fail_msg("expected %.17g, found %.17g", expected, found);
}

/* Deviations 9 .. 5 of a figure with standard error sqrt(2.5); the second is further off in draw 4. */
static void largest_deviations(void **state)
{
    (void)state;
    const double drawn[] = {1, 2, 3, 4, 5}, other[] = {0, 0, 0, 0, 10};
    agr_audit_family family = begin(5);
    equals(agr_audit_family_add(&family, 10, 10, drawn), sqrt(2.5));
    equals(family.largest[4], 5 / sqrt(2.5));
    equals(agr_audit_family_add(&family, -30, 30, other), sqrt(20));
    equals(family.largest[0], 30 / sqrt(20));
    equals(family.largest[4], 40 / sqrt(20));
    equals(agr_audit_family_quantile(&family), 40 / sqrt(20));
    agr_audit_family_release(&family);
}

/* The quantile is the 96th of 100: ceil(0.95 * 101). */
static void quantile(void **state)
{
    (void)state;
    double drawn[100];
    for (int i = 0; i < 100; i++)
        drawn[i] = i + 1;
    agr_audit_family family = begin(100);
    const double error = agr_audit_family_add(&family, 0, 100, drawn);
    equals(error, sqrt(100 * 101 / 12.0));
    equals(agr_audit_family_quantile(&family), 96 / error);
    agr_audit_family_release(&family);
    family = begin(100);
    agr_audit_family_add(&family, 50.5, 100, drawn);
    equals(agr_audit_family_quantile(&family), 1.959963984540054);
    agr_audit_family_release(&family);
}

static void figures_that_say_nothing(void **state)
{
    (void)state;
    const double same[] = {0.3, 0.3 + 1e-16, 0.3, 0.3}, none[] = {NAN, NAN, NAN, 1},
                 some[] = {NAN, 1, 3, NAN};
    agr_audit_family family = begin(4);
    equals(agr_audit_family_add(&family, 0.3, 0.3, same), 0);
    assert_true(isnan(agr_audit_family_add(&family, 1, 1, none)));
    for (int i = 0; i < 4; i++)
        equals(family.largest[i], 0);
    equals(agr_audit_family_add(&family, 2, 2, some), sqrt(2));
    equals(family.largest[0], 0);
    equals(family.largest[1], 1 / sqrt(2));
    agr_audit_family_release(&family);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws),
        cmocka_unit_test(largest_deviations),
        cmocka_unit_test(quantile),
        cmocka_unit_test(figures_that_say_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
