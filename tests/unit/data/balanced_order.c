#include "test.h"

#include <agr/data/balanced_order.h>

enum { N = 103, N_CELLS = 4, EPOCHS = 60 };

/* Cells of 70, 20, 8 and 2 samples, and three in none. */
static int64_t sample[N];
static int32_t cell[N];
static agr_balanced_order *balanced;

static int make(void **state)
{
    (void)state;
    agr_error err;
    for (int i = 0; i < N; i++) {
        sample[i] = 1000 + 3 * i;
        cell[i] = i < 70 ? 2 : i < 90 ? 0 : i < 98 ? 3 : i < 100 ? 1 : -1;
    }
    assert_ok(agr_balanced_order_create(sample, cell, N, N_CELLS, &balanced, &err), err);
    return 0;
}

static int drop(void **state)
{
    (void)state;
    agr_balanced_order_destroy(balanced);
    return 0;
}

static int index_of(int64_t id)
{
    assert_true(id >= 1000 && id < 1000 + 3 * N && (id - 1000) % 3 == 0);
    return (int)(id - 1000) / 3;
}

typedef struct {
    int64_t order[N];
    uint32_t occurrence[N];
} epoch;

static epoch fill(uint64_t seed, int64_t number)
{
    epoch e;
    agr_balanced_order_fill(balanced, seed, number, e.order, e.occurrence);
    return e;
}

static void test_every_cell_has_the_same_places(void **state)
{
    (void)state;
    int extra[N_CELLS] = {0};
    for (int number = 0; number < EPOCHS; number++) {
        int places[N_CELLS] = {0}, seen[N] = {0};
        const epoch e = fill(42, number);
        for (int i = 0; i < N; i++) {
            const int which = index_of(e.order[i]);
            seen[which]++;
            if (cell[which] >= 0)
                places[cell[which]]++;
        }
        for (int c = 0; c < N_CELLS; c++) {
            assert_int_equal(places[c], 25); /* 100 places among 4 */
            extra[c] += cell[index_of(e.order[0])] == c;
        }
        for (int i = 0; i < N; i++) {
            const int least[N_CELLS] = {1, 12, 0, 3}, most[N_CELLS] = {2, 13, 1, 4};
            const int c = cell[i];
            assert_in_range(seen[i], c < 0 ? 1 : least[c], c < 0 ? 1 : most[c]);
        }
    }
    for (int c = 0; c < N_CELLS; c++) /* who is first is drawn */
        assert_in_range(extra[c], 4, 30);
}

static void test_any_stretch_is_balanced(void **state)
{
    (void)state;
    const epoch e = fill(42, 3);
    int places[N_CELLS] = {0}, dealt = 0;
    for (int i = 0; i < N; i++) {
        const int c = cell[index_of(e.order[i])];
        if (c < 0)
            continue;
        places[c]++;
        dealt++;
        for (int k = 0; k < N_CELLS; k++)
            assert_in_range(places[k], dealt / N_CELLS, (dealt + N_CELLS - 1) / N_CELLS);
    }
}

static void test_occurrences_count_how_often_a_sample_came(void **state)
{
    (void)state;
    uint32_t before[N] = {0};
    const epoch e = fill(42, 3);
    for (int i = 0; i < N; i++)
        assert_int_equal(e.occurrence[i], before[index_of(e.order[i])]++);
}

static void test_a_short_round_is_drawn(void **state)
{
    (void)state;
    agr_error err;
    agr_balanced_order *ten;
    int places[3] = {0};
    const int32_t three[10] = {0, 0, 0, 0, 0, 0, 0, 1, 1, 2};
    assert_ok(agr_balanced_order_create(sample, three, 10, 3, &ten, &err), err);
    for (int number = 0; number < EPOCHS; number++) {
        int64_t order[10];
        uint32_t occurrence[10];
        agr_balanced_order_fill(ten, 1, number, order, occurrence);
        for (int i = 0; i < 10; i++)
            places[three[index_of(order[i])]]++;
    }
    agr_balanced_order_destroy(ten);
    for (int c = 0; c < 3; c++) /* three each, and a third of the epochs one more */
        assert_in_range(places[c], 3 * EPOCHS + EPOCHS / 6, 3 * EPOCHS + EPOCHS / 2);
}

static void test_it_is_a_function_of_seed_and_epoch(void **state)
{
    (void)state;
    const epoch first = fill(42, 3);
    fill(42, 4);
    fill(7, 0);
    const epoch again = fill(42, 3), other_epoch = fill(42, 4), other_seed = fill(43, 3);
    assert_memory_equal(first.order, again.order, sizeof first.order);
    assert_memory_equal(first.occurrence, again.occurrence, sizeof first.occurrence);
    assert_memory_not_equal(first.order, other_epoch.order, sizeof first.order);
    assert_memory_not_equal(first.order, other_seed.order, sizeof first.order);
}

/* The cells of every round, and the samples of cell 3 pass after pass. */
static void test_rounds_and_passes_are_drawn_anew(void **state)
{
    (void)state;
    const epoch e = fill(42, 3);
    int32_t cells[N];
    int64_t samples[N];
    int n_cells = 0, n_samples = 0, alike = 0;
    for (int i = 0; i < N; i++) {
        const int which = index_of(e.order[i]);
        if (cell[which] >= 0)
            cells[n_cells++] = cell[which];
        if (cell[which] == 3)
            samples[n_samples++] = e.order[i];
    }
    for (int round = 1; round < n_cells / N_CELLS; round++)
        alike += memcmp(cells, cells + (ptrdiff_t)round * N_CELLS, N_CELLS * sizeof *cells) == 0;
    assert_in_range(alike, 0, 6); /* of 24; one in 24 by chance */
    assert_memory_not_equal(samples, samples + 8, 8 * sizeof *samples);
    assert_memory_not_equal(samples + 8, samples + 16, 8 * sizeof *samples);
}

/* All of a large cell are seen before long: each epoch draws others. */
static void test_epochs_draw_other_samples(void **state)
{
    (void)state;
    int seen[N] = {0};
    for (int number = 0; number < EPOCHS; number++) {
        const epoch e = fill(42, number);
        for (int i = 0; i < N; i++)
            seen[index_of(e.order[i])]++;
    }
    for (int i = 0; i < 70; i++) /* 25 of 70 an epoch: 21.4 on average */
        assert_in_range(seen[i], 8, 36);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_cell_has_the_same_places),
        cmocka_unit_test(test_any_stretch_is_balanced),
        cmocka_unit_test(test_occurrences_count_how_often_a_sample_came),
        cmocka_unit_test(test_a_short_round_is_drawn),
        cmocka_unit_test(test_it_is_a_function_of_seed_and_epoch),
        cmocka_unit_test(test_rounds_and_passes_are_drawn_anew),
        cmocka_unit_test(test_epochs_draw_other_samples),
    };
    return cmocka_run_group_tests(tests, make, drop);
}
