#include "test.h"

#include <agr/base/hash.h>
#include <agr/data/folds.h>

enum { N = 900, N_FOLDS = 5, N_CLASSES = 3 };

static agr_error err;
static uint64_t hash[N];
static float label[N];
static int32_t fold[N];

/* Every seventh picture is a copy of the one before it, every 100th has no label. */
static void make_samples(void)
{
    for (int64_t i = 0; i < N; i++) {
        const int64_t content = i % 7 == 6 ? i - 1 : i;
        hash[i] = agr_hash(&content, sizeof content);
        label[i] = content % 100 == 0 ? NAN : (float)(content % 5 % N_CLASSES);
    }
}

static void draw(const uint64_t *hashes, const float *labels, int32_t *folds, int64_t n)
{
    agr_copies copies;
    assert_ok(agr_copies_create(hashes, n, &copies, &err), err);
    assert_ok(agr_folds_draw(&copies, hashes, labels, N_FOLDS, folds, &err), err);
    agr_copies_release(&copies);
}

static void test_each_fold_has_its_share(void **state)
{
    (void)state;
    int n_of[N_FOLDS] = {0}, n_of_class[N_FOLDS][N_CLASSES + 1] = {{0}};
    make_samples();
    draw(hash, label, fold, N);
    for (int i = 0; i < N; i++) {
        assert_in_range(fold[i], 0, N_FOLDS - 1);
        n_of[fold[i]]++;
        n_of_class[fold[i]][isnan(label[i]) ? N_CLASSES : (int)label[i]]++;
    }
    for (int f = 1; f < N_FOLDS; f++) {
        assert_true(abs(n_of[f] - n_of[0]) <= 2);
        for (int c = 0; c <= N_CLASSES; c++)
            assert_true(abs(n_of_class[f][c] - n_of_class[0][c]) <= 4);
    }
}

static void test_copies_stay_together(void **state)
{
    (void)state;
    make_samples();
    draw(hash, label, fold, N);
    for (int i = 6; i < N; i += 7)
        assert_int_equal(fold[i], fold[i - 1]);
}

static void test_numbers_are_spread_over_their_range(void **state)
{
    (void)state;
    double sum[N_FOLDS] = {0};
    make_samples();
    for (int i = 0; i < N; i++)
        label[i] = (float)(hash[i] % 1000 * (hash[i] % 1000)); /* a long tail */
    draw(hash, label, fold, N);
    for (int i = 0; i < N; i++)
        sum[fold[i]] += (double)label[i];
    for (int f = 1; f < N_FOLDS; f++)
        assert_true(fabs(sum[f] / sum[0] - 1) < 0.02);
}

static void test_the_order_does_not_matter(void **state)
{
    (void)state;
    uint64_t turned_hash[N];
    float turned_label[N];
    int32_t turned_fold[N];
    make_samples();
    draw(hash, label, fold, N);
    for (int i = 0; i < N; i++) {
        turned_hash[i] = hash[N - 1 - i];
        turned_label[i] = label[N - 1 - i];
    }
    draw(turned_hash, turned_label, turned_fold, N);
    for (int i = 0; i < N; i++)
        assert_int_equal(turned_fold[i], fold[N - 1 - i]);
}

static void test_too_few_pictures(void **state)
{
    (void)state;
    agr_copies copies;
    const uint64_t same[6] = {1, 1, 2, 2, 3, 4};
    assert_ok(agr_copies_create(same, 6, &copies, &err), err);
    assert_fails(agr_folds_draw(&copies, same, label, N_FOLDS, fold, &err), AGR_INPUT, err,
                 "for each of 5 folds, found 4");
    agr_copies_release(&copies);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_fold_has_its_share),
        cmocka_unit_test(test_copies_stay_together),
        cmocka_unit_test(test_numbers_are_spread_over_their_range),
        cmocka_unit_test(test_the_order_does_not_matter),
        cmocka_unit_test(test_too_few_pictures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
