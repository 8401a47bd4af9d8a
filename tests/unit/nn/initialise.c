#include <agr/nn/initialise.h>

#include "test.h"
#include "test_network.h"

static void limits_follow_keras_fans(void **state)
{
    (void)state;
    static const struct {
        int n_dimensions;
        int64_t shape[4];
        double limit;
    } cases[] = {
        {4, {3, 3, 3, 1}, 0.40824829}, /* depthwise: fans 27 and 9 */
        {4, {3, 3, 3, 32}, 0.13801311}, {4, {3, 3, 256, 1024}, 0.022821773},
        {2, {262144, 1}, 0.0047841505}, {2, {128, 5}, 0.2123977},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_true(fabs(agr_glorot_limit(cases[i].n_dimensions, cases[i].shape) / cases[i].limit -
                         1) < 1e-7);
}

static const char yaml[] =
    "layers: [{conv2d: {name: c, filters: 16}}, {batch_normalization: {name: n}}, {flatten: {}},"
    "{dense: {name: d, units: 50}}, {dense: {name: e, units: 1}}],"
    "heads: [{name: h, target: t, loss: mse, weight: 1}]";

static void open_named(test_network *test, const char *branch, uint64_t seed, bool inference)
{
    const test_network_want want = {.yaml = yaml,
                                    .name = branch,
                                    .input = {6, 6, 3},
                                    .max_images = 4,
                                    .micro_batch = 2,
                                    .inference = inference,
                                    .seed = seed};
    test_network_open(test, &want);
}

static void values_are_uniform_within_the_limit(void **state)
{
    (void)state;
    test_network test;
    open_named(&test, "a", 1, false);
    const agr_parameter *kernel = test_network_parameter(test.network, "d", "kernel");
    const double limit = agr_glorot_limit(kernel->n_dimensions, kernel->shape);
    double sum = 0, squares = 0, largest = 0;
    for (size_t i = 0; i < kernel->count; i++) {
        const double value = (double)kernel->value[i];
        sum += value;
        squares += value * value;
        largest = fmax(largest, fabs(value));
    }
    const double n = (double)kernel->count;
    assert_true(largest <= limit && largest > 0.999 * limit);
    assert_true(fabs(sum / n) < 4 * limit / sqrt(3 * n));
    assert_true(fabs(squares / n / (limit * limit / 3) - 1) < 0.03);
    assert_true(test_network_parameter(test.network, "d", "bias")->value[3] == 0);
    assert_true(test_network_parameter(test.network, "n", "gamma")->value[3] == 1);
    assert_true(test_network_parameter(test.network, "n", "beta")->value[3] == 0);
    assert_true(test_network_parameter(test.network, "n", "moving_mean")->value[3] == 0);
    assert_true(test_network_parameter(test.network, "n", "moving_variance")->value[3] == 1);
    test_network_close(&test);
}

static void values_depend_on_seed_and_names_alone(void **state)
{
    (void)state;
    test_network a, same, other_seed, other_branch;
    open_named(&a, "a", 1, false);
    open_named(&same, "a", 1, true); /* planned differently */
    open_named(&other_seed, "a", 2, false);
    open_named(&other_branch, "b", 1, false);
    const agr_parameter *reference = test_network_parameter(a.network, "d", "kernel");
    const size_t n_bytes = reference->count * sizeof(float);
    const float *value = reference->value;
    assert_memory_equal(value, test_network_parameter(same.network, "d", "kernel")->value, n_bytes);
    assert_memory_not_equal(value, test_network_parameter(other_seed.network, "d", "kernel")->value,
                            n_bytes);
    assert_memory_not_equal(
        value, test_network_parameter(other_branch.network, "d", "kernel")->value, n_bytes);
    assert_memory_not_equal(value, test_network_parameter(a.network, "e", "kernel")->value,
                            50 * sizeof(float));
    test_network_close(&a);
    test_network_close(&same);
    test_network_close(&other_seed);
    test_network_close(&other_branch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_follow_keras_fans),
        cmocka_unit_test(values_are_uniform_within_the_limit),
        cmocka_unit_test(values_depend_on_seed_and_names_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
