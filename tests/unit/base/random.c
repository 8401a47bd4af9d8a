#include "test.h"

#include <agr/base/random.h>

/* Known answers of Random123's philox4x32-10 test vectors (kat_vectors). */
static void test_philox_gives_the_published_numbers(void **state)
{
    (void)state;
    const struct {
        agr_random_key key;
        uint32_t counter[4], expected[4];
    } cases[] = {
        {{{0, 0}}, {0, 0, 0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{{0xffffffff, 0xffffffff}},
         {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{{0xa4093822, 0x299f31d0}},
         {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const uint32_t *c = cases[i].counter;
        const agr_random_block block = agr_random_at(cases[i].key, c[0], c[1], c[2], c[3]);
        for (int word = 0; word < 4; word++)
            assert_int_equal(block.word[word], cases[i].expected[word]);
    }
}

static void test_permutation_holds_every_number_once(void **state)
{
    (void)state;
    enum { N = 1000 };
    int64_t order[N];
    int seen[N] = {0};
    int n_moved = 0;
    agr_random_permutation(agr_random_key_make(42, AGR_RANDOM_TEST, 0), 7, N, order);
    for (int i = 0; i < N; i++) {
        assert_in_range(order[i], 0, N - 1);
        seen[order[i]]++;
        n_moved += order[i] != i;
    }
    for (int i = 0; i < N; i++)
        assert_int_equal(seen[i], 1);
    assert_true(n_moved > N / 2);
}

static void test_keys_differ_by_seed_purpose_and_salt(void **state)
{
    (void)state;
    const agr_random_key keys[] = {
        agr_random_key_make(1, AGR_RANDOM_SPLIT, 0),
        agr_random_key_make(2, AGR_RANDOM_SPLIT, 0),
        agr_random_key_make(1, AGR_RANDOM_INIT, 0),
        agr_random_key_make(1, AGR_RANDOM_SPLIT, 1),
    };
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < i; j++)
            assert_memory_not_equal(&keys[i], &keys[j], sizeof keys[i]);
}

static void test_numbers_stay_in_range(void **state)
{
    (void)state;
    assert_true(agr_random_float(0) == 0.0f);
    assert_true(agr_random_float(UINT32_MAX) < 1.0f);
    assert_true(agr_random_double(UINT32_MAX, UINT32_MAX) < 1.0);
    assert_int_equal(agr_random_below(UINT32_MAX, UINT32_MAX, 10), 9);
    assert_int_equal(agr_random_below(0, 0, 10), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_philox_gives_the_published_numbers),
        cmocka_unit_test(test_permutation_holds_every_number_once),
        cmocka_unit_test(test_keys_differ_by_seed_purpose_and_salt),
        cmocka_unit_test(test_numbers_stay_in_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
