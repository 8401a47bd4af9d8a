#include "test.h"

#include <agr/base/hash.h>
#include <agr/data/split.h>

enum { MAX_SAMPLES = 2000 };

static agr_error err;
static uint64_t hash[MAX_SAMPLES];
static uint8_t part[MAX_SAMPLES];
static agr_copies copies;

/* Samples of content 0, 1, ..., each as often as count[] says, in turn. */
static int64_t make_contents(int n_contents, const int *count)
{
    int64_t n = 0;
    for (int round = 0, added = 1; added > 0; round++) {
        added = 0;
        for (int c = 0; c < n_contents; c++)
            if (round < count[c]) {
                hash[n++] = agr_hash(&c, sizeof c);
                added++;
            }
    }
    return n;
}

static int64_t make_singles(int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        hash[i] = agr_hash(&i, sizeof i);
    return n;
}

static void draw(int64_t n, uint64_t seed, double validation, double test, int64_t count[3])
{
    assert_ok(agr_copies_create(hash, n, &copies, &err), err);
    assert_ok(agr_split_draw(&copies, hash, seed, validation, test, part, &err), err);
    memset(count, 0, 3 * sizeof *count);
    for (int64_t i = 0; i < n; i++)
        count[part[i]]++;
}

static void test_groups_are_in_order_of_their_first_sample(void **state)
{
    (void)state;
    const uint64_t contents[7] = {9, 4, 9, 1, 4, 9, 7};
    assert_ok(agr_copies_create(contents, 7, &copies, &err), err);
    const int64_t member[7] = {0, 2, 5, 1, 4, 3, 6}, begin[5] = {0, 3, 5, 6, 7};
    assert_int_equal(copies.n_groups, 4);
    assert_memory_equal(copies.member, member, sizeof member);
    assert_memory_equal(copies.begin, begin, sizeof begin);
    agr_copies_release(&copies);
    assert_ok(agr_copies_create(contents, 0, &copies, &err), err);
    assert_int_equal(copies.n_groups, 0);
    agr_copies_release(&copies);
}

static void test_counts_are_exact_where_groups_allow(void **state)
{
    (void)state;
    static const struct {
        int64_t n;
        double validation, test;
        int64_t expected[3];
    } cases[] = {
        {1000, 0.2, 0, {800, 200, 0}}, {1000, 0.2, 0.1, {700, 200, 100}},
        {7, 0.2, 0, {6, 1, 0}},        {1, 0.2, 0, {1, 0, 0}},
        {13, 0, 0, {13, 0, 0}},        {3, 0.5, 0.4, {0, 2, 1}},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        int64_t count[3];
        draw(make_singles(cases[k].n), 42, cases[k].validation, cases[k].test, count);
        assert_memory_equal(count, cases[k].expected, sizeof count);
        agr_copies_release(&copies);
    }
}

static void test_copies_stay_together(void **state)
{
    (void)state;
    int repeats[400];
    for (int c = 0; c < 400; c++)
        repeats[c] = 1 + (c % 10 == 0) * (1 + c % 4);
    const int64_t n = make_contents(400, repeats);
    int64_t count[3];
    draw(n, 1, 0.25, 0.125, count);
    for (int64_t g = 0; g < copies.n_groups; g++)
        for (int64_t m = copies.begin[g]; m < copies.begin[g + 1]; m++)
            assert_int_equal(part[copies.member[m]], part[copies.member[copies.begin[g]]]);
    assert_int_equal(count[1], llround(0.25 * (double)n));
    assert_int_equal(count[2], llround(0.125 * (double)n));
    agr_copies_release(&copies);
}

static void test_large_groups_come_as_near_as_they_can(void **state)
{
    (void)state;
    const int repeats[3] = {5, 5, 5};
    int64_t count[3];
    draw(make_contents(3, repeats), 1, 0.2, 0, count); /* wanted 3: 5 is nearer than 0 */
    assert_int_equal(count[1], 5);
    agr_copies_release(&copies);
    draw(make_contents(3, repeats), 1, 0.1, 0, count); /* wanted 2: 0 is nearer than 5 */
    assert_int_equal(count[1], 0);
    agr_copies_release(&copies);
}

static void test_the_split_depends_on_seed_and_content_alone(void **state)
{
    (void)state;
    const int64_t n = make_singles(500);
    int64_t count[3];
    uint8_t first[500];
    draw(n, 7, 0.2, 0, count);
    agr_copies_release(&copies);
    memcpy(first, part, sizeof first);
    for (int64_t i = 0; i < n; i++) /* the same contents in reverse */
        hash[i] = agr_hash(&(int64_t){n - 1 - i}, sizeof(int64_t));
    draw(n, 7, 0.2, 0, count);
    agr_copies_release(&copies);
    for (int64_t i = 0; i < n; i++)
        assert_int_equal(part[i], first[n - 1 - i]);
    draw(n, 8, 0.2, 0, count);
    agr_copies_release(&copies);
    int n_different = 0;
    for (int64_t i = 0; i < n; i++)
        n_different += part[i] != first[n - 1 - i];
    assert_in_range(n_different, 100, 220); /* 2 * 0.2 * 0.8 of 500, five deviations either way */
}

static void test_an_imported_split_is_united(void **state)
{
    (void)state;
    const uint64_t contents[5] = {1, 2, 1, 2, 3};
    uint8_t imported[5] = {AGR_SPLIT_TEST, AGR_SPLIT_TRAIN, AGR_SPLIT_TRAIN, AGR_SPLIT_TRAIN,
                           AGR_SPLIT_VALIDATION};
    assert_ok(agr_copies_create(contents, 5, &copies, &err), err);
    assert_int_equal(agr_split_unite(&copies, imported), 1);
    assert_int_equal(imported[2], AGR_SPLIT_TEST);
    assert_int_equal(agr_split_unite(&copies, imported), 0);
    agr_copies_release(&copies);
}

static void test_conflicts(void **state)
{
    (void)state;
    const uint64_t contents[6] = {1, 1, 2, 2, 3, 3};
    agr_labels labels = {.n_rows = 6};
    assert_ok(agr_labels_add(&labels, "height", 0, NULL, &err), err);
    const float value[6] = {5, 5, 5, 6, NAN, NAN};
    memcpy(labels.column[0].value, value, sizeof value);
    assert_ok(agr_copies_create(contents, 6, &copies, &err), err);
    assert_false(agr_copies_conflict(&copies, 0, &labels));
    assert_true(agr_copies_conflict(&copies, 1, &labels));
    assert_false(agr_copies_conflict(&copies, 2, &labels));
    labels.column[0].value[5] = 1;
    assert_true(agr_copies_conflict(&copies, 2, &labels));
    agr_copies_release(&copies);
    agr_labels_release(&labels);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_groups_are_in_order_of_their_first_sample),
        cmocka_unit_test(test_counts_are_exact_where_groups_allow),
        cmocka_unit_test(test_copies_stay_together),
        cmocka_unit_test(test_large_groups_come_as_near_as_they_can),
        cmocka_unit_test(test_the_split_depends_on_seed_and_content_alone),
        cmocka_unit_test(test_an_imported_split_is_united),
        cmocka_unit_test(test_conflicts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
