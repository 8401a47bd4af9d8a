/* What is known of a number without looking at pictures. */
#include "baseline_impl.h"

#include <agr/base/log.h>

#include "test.h"

enum { N = 12, N_TRAIN = 10 };

static const char *const kinds[] = {"cat", "dog", "eel"};
static const float kind[N] = {0, 0, 0, 0, 0, 0, 1, 1, 2, (float)NAN, 1, 2};
static const float height[N] = {5, 15, 5, 99, 5, 15, 25, 25, 40, (float)NAN, 20, 30};
static const int64_t train_sample[N_TRAIN] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
static const int64_t validation_sample[] = {10, 11};

static agr_training_set set = {
    .images = {NULL, N, 4, 4},
    .n_labels = 2,
    .label = {{"kind", AGR_LABEL_CLASS, 3, kinds, kind},
              {"height", AGR_LABEL_NUMBER, 0, NULL, height}},
    .train_sample = train_sample,
    .n_train = N_TRAIN,
    .validation_sample = validation_sample,
    .n_validation = 2,
};

static const char yaml[] =
    "branches: {b: {layers: [{flatten: {}}], heads: ["
    "{name: mean, target: height, loss: mse, layers: [{dense: {units: 1}}]},"
    "{name: middle, target: height, loss: cross_entropy, layers: [{dense: {units: 120}}]},"
    "{name: kind, target: kind, loss: sparse_categorical_crossentropy,"
    " layers: [{dense: {units: 3}}]}]}}";

static baseline baseline_with(const char *by, int head)
{
    agr_error err;
    agr_config config;
    agr_network *network;
    agr_balance balance;
    agr_target target[AGR_MAX_LABELS];
    baseline guess;
    assert_ok(agr_config_parse(&config, yaml, strlen(yaml), "my.yaml", NULL, 0, &err), err);
    snprintf(config.balance.by, sizeof config.balance.by, "%s", by);
    const agr_network_options options = agr_training_set_network_options(&set, &config, target);
    assert_ok(agr_network_create(&config.branch[0], &options, &network, &err), err);
    assert_ok(agr_balance_create(&config, &set, &balance, &err), err);
    assert_ok(baseline_of(network, head, &set, &balance, &guess, &err), err);
    agr_balance_release(&balance);
    agr_network_destroy(network);
    agr_config_release(&config);
    return guess;
}

static void test_squared_errors_are_those_of_the_mean(void **state)
{
    (void)state;
    const baseline guess = baseline_with("none", 0); /* of 5 5 5 15 15 25 25 40 99 */
    assert_string_equal(guess.figure, "loss");
    assert_true(guess.guess == 26);
    assert_true(fabs(guess.train - 7092 / 9.0) < 1e-12);
    assert_true(guess.validation == (36 + 16) / 2.0);
}

static void test_other_losses_are_judged_by_the_median(void **state)
{
    (void)state;
    const baseline guess = baseline_with("none", 1);
    assert_string_equal(guess.figure, "mae");
    assert_true(guess.guess == 15);
    assert_true(fabs(guess.train - 159 / 9.0) < 1e-12);
    assert_true(guess.validation == (5 + 15) / 2.0);
}

static void test_labels_count_as_often_as_they_are_shown(void **state)
{
    (void)state;
    /* half of each cat, 1.5 of each dog, 3 eels: 5 5 5 15 15 99 | 25 25 | 40 */
    const baseline mean = baseline_with("kind", 0), middle = baseline_with("kind", 1);
    assert_true(fabs(mean.guess - 267.0 / 9) < 1e-12);
    assert_true(middle.guess == 25);
    assert_true(fabs(middle.train - (0.5 * (20 + 20 + 20 + 10 + 10 + 74) + 3 * 15) / 9) < 1e-12);
}

static void test_the_median_of_an_even_number_is_the_lower_of_the_middle(void **state)
{
    (void)state;
    set.n_train = 4; /* 5 15 5 99 */
    const baseline guess = baseline_with("none", 1);
    set.n_train = N_TRAIN;
    assert_true(guess.guess == 5);
}

static void count_messages(void *count, agr_log_level level, const char *message)
{
    (void)level, (void)message;
    ++*(int *)count;
}

/* How many warnings epochs with these errors bring of a guess that reaches 10 and, on validation, 8. */
static int warnings_of(const double (*error)[2], int n_epochs)
{
    static const agr_config config = {.optimizer.lr = 0.1};
    baseline guess = {
        .branch = "b", .head = "middle", .figure = "mae", .train = 10, .validation = 8};
    int n = 0;
    agr_log_set_sink(count_messages, &n, AGR_LOG_INFO);
    for (int e = 0; e < n_epochs; e++) {
        const agr_epoch_report report = {
            .epoch = e + 1,
            .train[0].metric = error[e][0],
            .validation[0].metric = error[e][1],
        };
        baseline_judge(&guess, &config, &report, 0);
    }
    agr_log_set_sink(NULL, NULL, AGR_LOG_INFO);
    return n;
}

static void test_what_is_worse_on_all_pictures_is_said_once(void **state)
{
    (void)state;
    assert_int_equal(warnings_of((const double[][2]){{11, 9}, {12, 9}}, 2), 1);
    assert_int_equal(warnings_of((const double[][2]){{11, 8}, {10, 9}, {9, 7}}, 3), 0);
    assert_int_equal(warnings_of((const double[][2]){{10, (double)NAN}, {11, (double)NAN}}, 2), 1);
}

static void test_nothing_is_asked_of_classes(void **state)
{
    (void)state;
    assert_null(baseline_with("none", 2).figure);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_squared_errors_are_those_of_the_mean),
        cmocka_unit_test(test_other_losses_are_judged_by_the_median),
        cmocka_unit_test(test_labels_count_as_often_as_they_are_shown),
        cmocka_unit_test(test_the_median_of_an_even_number_is_the_lower_of_the_middle),
        cmocka_unit_test(test_what_is_worse_on_all_pictures_is_said_once),
        cmocka_unit_test(test_nothing_is_asked_of_classes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
