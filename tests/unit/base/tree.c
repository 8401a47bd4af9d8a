#include "test.h"

#include <agr/base/reducer.h>
#include <agr/base/size.h>

/* The tree sum by its definition: node = left child + right child, if there is one. Not inlined:
 * gcc 12 unrolls the recursion and then warns of leaves that its condition excludes. */
__attribute__((noinline)) static double sum_by_definition(const double *leaf, int64_t n_leaves,
                                                          int level, int64_t index)
{
    if (level == 0)
        return leaf[index];
    const int64_t half = (int64_t)1 << (level - 1);
    const double left = sum_by_definition(leaf, n_leaves, level - 1, 2 * index);
    if ((2 * index + 1) * half >= n_leaves)
        return left;
    return left + sum_by_definition(leaf, n_leaves, level - 1, 2 * index + 1);
}

static double root_by_definition(const double *leaf, int64_t n_leaves)
{
    int level = 0;
    while ((int64_t)1 << level < n_leaves)
        level++;
    return sum_by_definition(leaf, n_leaves, level, 0);
}

static void fill(double *leaf, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        leaf[i] = 1.0 / (double)(3 * i + 1) * (i % 2 ? -1e8 : 1.0);
}

static void test_any_division_over_ranks_gives_the_same_bits(void **state)
{
    (void)state;
    enum { MAX = 37 };
    for (int64_t n = 1; n <= MAX; n++) {
        for (int64_t n_ranks = 1; n_ranks <= 12; n_ranks++) {
            double leaf[MAX], partial[MAX * 2];
            agr_tree_node node[MAX * 2];
            int n_partials = 0;
            fill(leaf, n);
            for (int64_t rank = 0; rank < n_ranks; rank++) {
                int64_t begin, end;
                agr_tree_split(n, n_ranks, rank, &begin, &end);
                agr_tree_node leaves[MAX];
                double rows[MAX];
                for (int64_t i = begin; i < end; i++) {
                    leaves[i - begin] = (agr_tree_node){0, (int32_t)i};
                    rows[i - begin] = leaf[i];
                }
                const int kept =
                    end > begin ? agr_tree_fold(n, leaves, (int)(end - begin), rows, 1) : 0;
                agr_tree_node cover[AGR_TREE_MAX_DEPTH];
                assert_int_equal(agr_tree_cover(n, begin, end - begin, cover), kept);
                for (int i = 0; i < kept; i++) {
                    node[n_partials] = cover[i];
                    partial[n_partials++] = rows[i];
                }
            }
            assert_int_equal(agr_tree_fold(n, node, n_partials, partial, 1), 1);
            const double expected = root_by_definition(leaf, n);
            assert_memory_equal(&partial[0], &expected, sizeof expected);
        }
    }
}

/* Parts follow each other, none is longer than it need be, and they are no more subtrees than those of an
 * even division. */
static void test_a_split_keeps_subtrees_whole(void **state)
{
    (void)state;
    agr_tree_node cover[AGR_TREE_MAX_DEPTH];
    for (int64_t n = 1; n <= 70; n++)
        for (int64_t n_parts = 1; n_parts <= 20; n_parts++) {
            int64_t last = 0, begin, end, longest = 0;
            int n_subtrees = 0, n_of_even = 0;
            for (int64_t i = 0; i < n_parts; i++) {
                agr_tree_split(n, n_parts, i, &begin, &end);
                assert_int_equal(begin, last);
                last = end;
                longest = agr_max_i64(longest, end - begin);
                n_subtrees += agr_tree_cover(n, begin, end - begin, cover);
                agr_split_range(n, n_parts, i, &begin, &end);
                n_of_even += agr_tree_cover(n, begin, end - begin, cover);
            }
            assert_int_equal(last, n);
            assert_int_equal(longest, (n + n_parts - 1) / n_parts);
            assert_int_equal(longest, agr_tree_longest_part(n, n_parts));
            assert_true(n_subtrees <= n_of_even);
        }
    int64_t begin, end;
    agr_tree_split(16, 3, 1, &begin, &end);
    assert_int_equal(begin, 6);
    assert_int_equal(end, 12);
}

static void test_local_reducer_sums_rows_in_tree_order(void **state)
{
    (void)state;
    enum { N = 11, WIDTH = 3 };
    double leaf[N], leaves[N * WIDTH], total[WIDTH];
    agr_error err;
    fill(leaf, N);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < WIDTH; j++)
            leaves[i * WIDTH + j] = leaf[i] * (j + 1);
    const agr_shard shard = agr_shard_whole(2 * N - 1, 2);
    agr_reducer *reducer = agr_reducer_local();
    assert_ok(reducer->ops->sum(reducer, &shard, leaves, WIDTH, total, &err), err);
    for (int j = 0; j < WIDTH; j++) {
        for (int i = 0; i < N; i++)
            leaves[i] = leaf[i] * (j + 1);
        const double expected = root_by_definition(leaves, N);
        assert_memory_equal(&total[j], &expected, sizeof expected);
    }
}

static void test_shards_count_images(void **state)
{
    (void)state;
    const agr_shard last = {.n_images = 31, .micro_batch = 2, .first = 15, .count = 1};
    assert_int_equal(agr_shard_micro_batches(&last), 16);
    assert_int_equal(agr_shard_first_image(&last), 30);
    assert_int_equal(agr_shard_images(&last), 1);
    const agr_shard none = {.n_images = 31, .micro_batch = 2, .first = 16, .count = 0};
    assert_int_equal(agr_shard_images(&none), 0);
    int64_t begin, end;
    const agr_shard whole = agr_shard_whole(31, 2);
    agr_shard_images_of(&whole, 15, &begin, &end);
    assert_int_equal(begin, 30);
    assert_int_equal(end, 31);
}

static void test_stack_depth_is_enough(void **state)
{
    (void)state;
    assert_int_equal(agr_tree_stack_depth(16, 0, 16), 5);
    assert_int_equal(agr_tree_stack_depth(1, 0, 1), 1);
    assert_int_equal(agr_tree_stack_depth(16, 8, 8), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_division_over_ranks_gives_the_same_bits),
        cmocka_unit_test(test_a_split_keeps_subtrees_whole),
        cmocka_unit_test(test_local_reducer_sums_rows_in_tree_order),
        cmocka_unit_test(test_shards_count_images),
        cmocka_unit_test(test_stack_depth_is_enough),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
