/* Models compared on the same rows: paired, for all pairs at once, and no winner by chance. */
#include "test.h"

#include <agr/audit/paired.h>

enum { N = 400 };

static double label[N], said[3][N];
static int64_t group[N];
static const agr_audit_guess guess;
static const agr_audit_bins bins;
static const agr_audit_options options = {.within = 1, .bins = &bins, .guess = &guess};
static const agr_audit_bootstrap bootstrap = {
    .seed = 3, .n_draws = 1000, .n_groups = N, .group = group};

static agr_audit_paired compare(int n_models, const agr_audit_bootstrap *draws, int n_threads)
{
    agr_audit_rows rows[3];
    agr_audit_paired paired;
    agr_pool *pool;
    agr_error err;
    for (int m = 0; m < n_models; m++)
        rows[m] =
            (agr_audit_rows){.n = N, .label = label, .prediction = said[m], .prediction_stride = 1};
    assert_ok(agr_pool_create(n_threads, &pool, &err), err);
    assert_ok(agr_audit_compare(rows, n_models, &options, draws, pool, &paired, &err), err);
    agr_pool_destroy(pool);
    return paired;
}

static const agr_audit_paired_figure *find(const agr_audit_paired *paired, const char *name)
{
    for (int f = 0; f < paired->n_figures; f++)
        if (strcmp(paired->figure[f].name, name) == 0)
            return &paired->figure[f];
    fail_msg("no figure '%s'", name);
    return NULL;
}

static int singles(void **state)
{
    (void)state;
    for (int i = 0; i < N; i++) {
        label[i] = 0;
        group[i] = i;
    }
    return 0;
}

/* Errors of 0 to 30 that both share, and the second always off by a twentieth more: alone each mae is
 * known to within 1 or so, their difference exactly to a tenth of that. */
static void what_is_hard_for_both_falls_out(void **state)
{
    (void)state;
    for (int i = 0; i < N; i++) {
        said[0][i] = (i * 37 % N) * 30.0 / N;
        said[1][i] = said[0][i] + 0.05 + 0.3 * (i % 3 - 1);
    }
    agr_audit_paired paired = compare(2, &bootstrap, 1);
    const agr_audit_paired_figure *mae = find(&paired, "mae");
    const agr_audit_difference *d = &mae->pair[0][1];
    assert_true(d->shown && d->low > 0 && d->low < d->difference && d->difference < d->high);
    assert_true(d->high - d->low < 0.1); /* apart: about 2 * 1.96 * sqrt(2) * 8.7 / 20 = 2.4 */
    assert_true(fabs(d->difference - (mae->value[1] - mae->value[0])) < 1e-12);
    assert_int_equal(mae->winner, 0);
    agr_audit_paired_release(&paired);
}

/* As often better as worse: nobody wins. */
static void chance_does_not_win(void **state)
{
    (void)state;
    for (int i = 0; i < N; i++) {
        said[0][i] = 10;
        said[1][i] = 10 + (i % 2 == 0 ? 3 : -2.9);
    }
    agr_audit_paired paired = compare(2, &bootstrap, 1);
    const agr_audit_paired_figure *mae = find(&paired, "mae");
    assert_true(mae->pair[0][1].low < 0 && mae->pair[0][1].high > 0);
    assert_false(mae->pair[0][1].shown);
    assert_int_equal(mae->winner, -1);
    agr_audit_paired_release(&paired);
}

/* The best of three has to beat both; a model beside itself has no interval. */
static void a_winner_beats_all(void **state)
{
    (void)state;
    for (int i = 0; i < N; i++) {
        said[0][i] = 5 + i % 5;
        said[1][i] = said[2][i] = 1 + i % 4;
    }
    agr_audit_paired paired = compare(3, &bootstrap, 1);
    const agr_audit_paired_figure *mae = find(&paired, "mae");
    assert_true(mae->pair[0][1].shown && mae->pair[0][2].shown);
    assert_true(isnan(mae->pair[1][2].low) && !mae->pair[1][2].shown);
    assert_true(mae->pair[1][2].difference == 0);
    assert_int_equal(mae->winner, -1);
    agr_audit_paired_release(&paired);
    for (int i = 0; i < N; i++)
        said[2][i] += 1 + i % 2;
    paired = compare(3, &bootstrap, 1);
    assert_int_equal(find(&paired, "mae")->winner, 1);
    assert_int_equal(find(&paired, "cs1")->winner, 1); /* where more is better */
    agr_audit_paired_release(&paired);
}

/* A bias of 1 is better than one of -3. */
static void near_zero_is_a_distance(void **state)
{
    (void)state;
    for (int i = 0; i < N; i++) {
        said[0][i] = 1 + 0.5 * (i % 3 - 1);
        said[1][i] = -3 + 0.5 * (i % 5 - 2);
    }
    agr_audit_paired paired = compare(2, &bootstrap, 1);
    const agr_audit_paired_figure *bias = find(&paired, "bias");
    assert_true(bias->value[1] < 0 && bias->pair[0][1].difference > 1.9);
    assert_true(bias->pair[0][1].shown);
    assert_int_equal(bias->winner, 0);
    agr_audit_paired_release(&paired);
}

/* Forty copies of each of ten pictures are ten pictures: what four hundred would show, they do not. */
static void copies_are_no_news(void **state)
{
    (void)state;
    int64_t of_ten[N];
    for (int i = 0; i < N; i++) {
        of_ten[i] = i % 10;
        said[0][i] = 10;
        said[1][i] = 10 + (i % 10 < 7 ? 1 : -1.3);
    }
    const agr_audit_bootstrap ten = {.seed = 3, .n_draws = 1000, .n_groups = 10, .group = of_ten};
    agr_audit_paired paired = compare(2, &bootstrap, 1);
    assert_true(find(&paired, "mae")->pair[0][1].shown);
    agr_audit_paired_release(&paired);
    paired = compare(2, &ten, 1);
    assert_false(find(&paired, "mae")->pair[0][1].shown);
    agr_audit_paired_release(&paired);
}

static void threads_change_no_bit(void **state)
{
    (void)state;
    for (int i = 0; i < N; i++) {
        said[0][i] = i % 7;
        said[1][i] = i % 11;
    }
    agr_audit_paired one = compare(2, &bootstrap, 1), three = compare(2, &bootstrap, 3);
    for (int f = 0; f < one.n_figures; f++) {
        const agr_audit_difference *a = &one.figure[f].pair[0][1], *b = &three.figure[f].pair[0][1];
        assert_memory_equal(&a->low, &b->low, sizeof a->low);
        assert_memory_equal(&a->high, &b->high, sizeof a->high);
    }
    agr_audit_paired_release(&one);
    agr_audit_paired_release(&three);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_hard_for_both_falls_out),
        cmocka_unit_test(chance_does_not_win),
        cmocka_unit_test(a_winner_beats_all),
        cmocka_unit_test(near_zero_is_a_distance),
        cmocka_unit_test(copies_are_no_news),
        cmocka_unit_test(threads_change_no_bit),
    };
    return cmocka_run_group_tests(tests, singles, NULL);
}
