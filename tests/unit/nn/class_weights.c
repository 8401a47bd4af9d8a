#include "test.h"

#include <agr/nn/class_weights.h>

static double mean_weight(int n, const double *shown, const double *weight)
{
    double images = 0, weights = 0;
    for (int k = 0; k < n; k++) {
        images += shown[k];
        weights += shown[k] * weight[k];
    }
    return weights / images;
}

static void test_inverse_frequency(void **state)
{
    (void)state;
    const double shown[] = {6, 3, 1}, expected[] = {10 / 18.0, 10 / 9.0, 10 / 3.0};
    double weight[3];
    agr_class_weights(AGR_WEIGHTS_INVERSE, 0.999, 3, shown, weight);
    for (int k = 0; k < 3; k++)
        assert_true(fabs(weight[k] - expected[k]) < 1e-15);
    assert_true(fabs(mean_weight(3, shown, weight) - 1) < 1e-15);
}

static void test_effective_number(void **state)
{
    (void)state;
    /* (1 - 0.9^n) / (1 - 0.9), as in the paper */
    const double shown[] = {1, 2, 10}, effective[] = {1, 1.9, 6.513215599};
    const double scale = 13 / (1 / effective[0] + 2 / effective[1] + 10 / effective[2]);
    double weight[3];
    agr_class_weights(AGR_WEIGHTS_EFFECTIVE, 0.9, 3, shown, weight);
    for (int k = 0; k < 3; k++)
        assert_true(fabs(weight[k] - scale / effective[k]) < 1e-12);
    assert_true(fabs(mean_weight(3, shown, weight) - 1) < 1e-15);
}

static void test_beta_goes_from_alike_to_inverse(void **state)
{
    (void)state;
    const double shown[] = {50, 8, 2.5};
    double alike[3], nearly[3], inverse[3];
    agr_class_weights(AGR_WEIGHTS_EFFECTIVE, 0, 3, shown, alike);
    agr_class_weights(AGR_WEIGHTS_EFFECTIVE, 0.999999, 3, shown, nearly);
    agr_class_weights(AGR_WEIGHTS_INVERSE, 0, 3, shown, inverse);
    for (int k = 0; k < 3; k++) {
        assert_true(alike[k] == 1);
        assert_true(fabs(nearly[k] / inverse[k] - 1) < 1e-4);
    }
}

static void test_a_class_that_is_not_shown_weighs_nothing(void **state)
{
    (void)state;
    const double shown[] = {4, 0, 4};
    double weight[3];
    for (agr_weighting w = AGR_WEIGHTS_NONE; w <= AGR_WEIGHTS_EFFECTIVE; w++) {
        agr_class_weights(w, 0.99, 3, shown, weight);
        assert_true(weight[0] == 1 && weight[1] == 0 && weight[2] == 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_inverse_frequency),
        cmocka_unit_test(test_effective_number),
        cmocka_unit_test(test_beta_goes_from_alike_to_inverse),
        cmocka_unit_test(test_a_class_that_is_not_shown_weighs_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
