#include "test.h"

#include <agr/data/order.h>

enum { N = 100 };

static void fill_samples(int64_t *sample)
{
    for (int i = 0; i < N; i++)
        sample[i] = 1000 + 3 * i;
}

static void test_every_sample_comes_once(void **state)
{
    (void)state;
    int64_t sample[N], order[N];
    int seen[N] = {0};
    fill_samples(sample);
    agr_epoch_order(42, 3, true, sample, N, order);
    for (int i = 0; i < N; i++)
        seen[(order[i] - 1000) / 3]++;
    for (int i = 0; i < N; i++)
        assert_int_equal(seen[i], 1);
}

static void test_epochs_and_seeds_differ_and_repeat(void **state)
{
    (void)state;
    int64_t sample[N], first[N], again[N], other_epoch[N], other_seed[N];
    fill_samples(sample);
    agr_epoch_order(42, 3, true, sample, N, first);
    agr_epoch_order(42, 3, true, sample, N, again);
    agr_epoch_order(42, 4, true, sample, N, other_epoch);
    agr_epoch_order(43, 3, true, sample, N, other_seed);
    assert_memory_equal(first, again, sizeof first);
    assert_memory_not_equal(first, other_epoch, sizeof first);
    assert_memory_not_equal(first, other_seed, sizeof first);
}

static void test_without_shuffling_the_order_stays(void **state)
{
    (void)state;
    int64_t sample[N], order[N];
    fill_samples(sample);
    agr_epoch_order(42, 3, false, sample, N, order);
    assert_memory_equal(order, sample, sizeof order);
}

static void test_a_short_last_batch_counts(void **state)
{
    (void)state;
    assert_int_equal(agr_epoch_batches(7824, 32), 245);
    assert_int_equal(agr_epoch_batches(64, 32), 2);
    assert_int_equal(agr_epoch_batches(1, 32), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_sample_comes_once),
        cmocka_unit_test(test_epochs_and_seeds_differ_and_repeat),
        cmocka_unit_test(test_without_shuffling_the_order_stays),
        cmocka_unit_test(test_a_short_last_batch_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
