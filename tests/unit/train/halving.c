/* Who ends at the rungs of train.halving, from what the history says. */
#include "test.h"

#include <agr/train/halving.h>
#include <math.h>

enum { MAX = 8 };

static agr_config config;
static agr_history *history;
static agr_halving_standing standing[MAX];
static int64_t n_epochs[MAX];

static void begin(const char *yaml)
{
    agr_error err;
    agr_history_branch branches[MAX] = {0};
    memset(n_epochs, 0, sizeof n_epochs);
    assert_ok(agr_config_parse(&config, yaml, strlen(yaml), "my.yaml", NULL, 0, &err), err);
    for (int b = 0; b < config.n_branches; b++)
        branches[b] = (agr_history_branch){"", 1, {{"output", "accuracy", 1, true}}};
    assert_ok(agr_history_create(branches, config.n_branches, &history, &err), err);
}

static int tear_down(void **state)
{
    (void)state;
    agr_history_destroy(history);
    history = NULL;
    agr_config_release(&config);
    return 0;
}

static void add(int branch, double loss, double accuracy, agr_branch_ending ending)
{
    agr_error err;
    agr_epoch_report report = {.branch = branch,
                               .epoch = ++n_epochs[branch],
                               .ending = (int32_t)ending,
                               .loss = 100 - loss, /* says the opposite */
                               .validation_loss = loss};
    report.validation[0].metric = accuracy;
    assert_ok(agr_history_add(history, &report, &err), err);
}

static void lose(int branch, double loss)
{
    add(branch, loss, 0.5, AGR_BRANCH_RUNNING);
}

static void judge(void)
{
    agr_halving_judge(&config, history, standing);
}

static void expect(const int *ends_at)
{
    judge();
    for (int b = 0; b < config.n_branches; b++)
        assert_int_equal(standing[b].ends_at, ends_at[b]);
}

static const char four[] = "train: {branches: race, replicas: 4, epochs: 9, "
                           "halving: {at: [1, 3], keep: [0.5, 0.25]}}\n";

static void test_a_rung_is_settled_when_all_have_come(void **state)
{
    (void)state;
    begin(four);
    lose(0, 4);
    lose(1, 1);
    lose(1, 9);
    lose(2, 3);
    expect((const int[]){0, 0, 0, 0});
    assert_int_equal(standing[0].n_settled, 0);
    lose(3, 2);
    expect((const int[]){1, 0, 1, 0});
    for (int b = 0; b < 4; b++)
        assert_int_equal(standing[b].n_settled, 1);
    assert_true(standing[0].place == 4 && standing[2].place == 3);
    assert_true(standing[0].n_rivals == 4 && standing[0].n_kept == 2);
}

/* The best so far counts, of the epochs up to the rung alone; who has ended is waited for no more. */
static void test_the_second_rung(void **state)
{
    (void)state;
    begin(four);
    for (int b = 0; b < 4; b++)
        lose(b, b + 1);
    for (int epoch = 2; epoch <= 3; epoch++)
        lose(0, 50);
    lose(1, 5);
    expect((const int[]){0, 0, 1, 1});
    lose(1, 0.5);
    expect((const int[]){3, 0, 1, 1});
    lose(0, 0.1); /* too late */
    expect((const int[]){3, 0, 1, 1});
    assert_true(standing[0].place == 2 && standing[0].n_rivals == 2 && standing[0].n_kept == 1);
    assert_int_equal(standing[3].n_settled, 2);
}

static void test_equal_ones_go_by_their_order(void **state)
{
    (void)state;
    begin(four);
    for (int b = 0; b < 4; b++)
        lose(b, 2);
    expect((const int[]){0, 0, 1, 1});
}

static void test_what_is_no_number_is_the_worst(void **state)
{
    (void)state;
    begin(four);
    lose(0, (double)INFINITY);
    add(1, (double)NAN, (double)NAN, AGR_BRANCH_RUNNING);
    lose(2, 8);
    lose(3, 9);
    expect((const int[]){1, 1, 0, 0});
}

static void test_who_has_stopped_early_keeps_its_place(void **state)
{
    (void)state;
    begin("train: {branches: race, replicas: 3, epochs: 9, halving: {at: 2, keep: 0.34}}\n");
    add(2, 1, 0.5, AGR_BRANCH_STOPPED_EARLY);
    for (int epoch = 1; epoch <= 2; epoch++)
        for (int b = 0; b < 2; b++)
            lose(b, 5 + b);
    expect((const int[]){2, 2, 0});
}

static void test_accuracy_is_better_when_larger(void **state)
{
    (void)state;
    begin("train: {branches: race, replicas: 2, monitor: metric, halving: {at: 1, keep: 0.5}}\n");
    add(0, 1, 0.7, AGR_BRANCH_RUNNING);
    add(1, 2, 0.8, AGR_BRANCH_RUNNING);
    expect((const int[]){1, 0});
}

/* Members of another base, or judged on other images, are no rivals. */
static void test_bases_and_folds_stand_alone(void **state)
{
    (void)state;
    begin("train: {branches: 'gender,race', replicas: 2, folds: 2, "
          "halving: {at: 1, keep: 0.1}}\n");
    const double loss[] = {1, 2, 40, 30, 600, 500, 7000, 8000};
    for (int b = 0; b < 6; b++)
        lose(b, loss[b]);
    lose(6, loss[6]);
    expect((const int[]){0, 1, 1, 0, 1, 0, 0, 0});
    lose(7, loss[7]);
    expect((const int[]){0, 1, 1, 0, 1, 0, 0, 1});
}

static void test_a_member_waits_at_its_rung_alone(void **state)
{
    (void)state;
    begin(four);
    agr_halving_verdicts verdicts = {0};
    agr_position p = {.epoch = 1};
    assert_int_equal(agr_halving_order_of(&config, 1, &p, &verdicts), AGR_HALVING_WAIT);
    p.step = 1;
    assert_int_equal(agr_halving_order_of(&config, 1, &p, &verdicts), AGR_HALVING_GO_ON);
    p = (agr_position){.epoch = 2};
    assert_int_equal(agr_halving_order_of(&config, 1, &p, &verdicts), AGR_HALVING_GO_ON);
    p.epoch = 3;
    verdicts.n_settled[1] = 1;
    assert_int_equal(agr_halving_order_of(&config, 1, &p, &verdicts), AGR_HALVING_WAIT);
    verdicts.n_settled[1] = 2;
    assert_int_equal(agr_halving_order_of(&config, 1, &p, &verdicts), AGR_HALVING_GO_ON);
    verdicts.ends[1] = 1;
    assert_int_equal(agr_halving_order_of(&config, 1, &p, &verdicts), AGR_HALVING_END);
    p.phase = AGR_PHASE_ENDED;
    assert_int_equal(agr_halving_order_of(&config, 1, &p, &verdicts), AGR_HALVING_GO_ON);
}

static void test_bad_rungs_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"{at: [5, 5], keep: [0.5, 0.25]}",
                                      "{at: [5, 1.5], keep: [0.5, 0.25]}",
                                      "{at: [5, 6], keep: [0.5, 0.5]}",
                                      "{at: [5], keep: [1]}",
                                      "{at: [5], keep: [0]}",
                                      "{at: [5, 6], keep: [0.5]}",
                                      "{at: [5]}",
                                      "{keep: [0.5]}",
                                      "{at: soon, keep: [0.5]}",
                                      "{at: [1, 2, 3, 4, 5, 6, 7, 8, 9], keep: [0.5]}",
                                      "{at: [5], keep: 0.5}, max_steps: 9"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char yaml[256];
        agr_error err;
        snprintf(yaml, sizeof yaml, "train: {halving: %s}\n", bad[i]);
        assert_int_equal(agr_config_parse(&config, yaml, strlen(yaml), "my.yaml", NULL, 0, &err),
                         AGR_INPUT);
        assert_non_null(strstr(err.text, "train.halving."));
        assert_non_null(strstr(err.text, "expected"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_a_rung_is_settled_when_all_have_come, tear_down),
        cmocka_unit_test_teardown(test_the_second_rung, tear_down),
        cmocka_unit_test_teardown(test_equal_ones_go_by_their_order, tear_down),
        cmocka_unit_test_teardown(test_what_is_no_number_is_the_worst, tear_down),
        cmocka_unit_test_teardown(test_who_has_stopped_early_keeps_its_place, tear_down),
        cmocka_unit_test_teardown(test_accuracy_is_better_when_larger, tear_down),
        cmocka_unit_test_teardown(test_bases_and_folds_stand_alone, tear_down),
        cmocka_unit_test_teardown(test_a_member_waits_at_its_rung_alone, tear_down),
        cmocka_unit_test_teardown(test_bad_rungs_are_refused, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
