#include "test.h"

#include <agr/train/balance.h>
#include <agr/train/first_bias.h>

enum { N = 12, N_TRAIN = 10 };

static const char *const kinds[] = {"cat", "dog", "eel"}, *const coats[] = {"plain", "spotted"};
static const float kind[N] = {0, 0, 0, 0, 0, 0, 1, 1, 2, (float)NAN, 1, 2};
static const float coat[N] = {0, 0, 0, 1, 1, 1, 0, 1, 0, 0, 1, 1};
static const float height[N] = {5, 5, 5, 15, 15, 15, 25, 25, 40, 99, 1000, 1000};
static const int64_t train_sample[N_TRAIN] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
static const agr_training_set set = {
    .n_labels = 4,
    .label = {{"kind", AGR_LABEL_CLASS, 3, kinds, kind},
              {"coat", AGR_LABEL_CLASS, 2, coats, coat},
              {"height", AGR_LABEL_NUMBER, 0, NULL, height},
              {"odd", AGR_LABEL_UNKNOWN, 0, NULL, coat}},
    .train_sample = train_sample,
    .n_train = N_TRAIN,
};

static agr_status balance_by(const char *by, agr_balance *balance, agr_error *err)
{
    agr_config config;
    const agr_config_override override = {"balance.by", by, "--set"};
    agr_error fault;
    assert_ok(agr_config_load(&config, NULL, &override, 1, &fault), fault);
    const agr_status status = agr_balance_create(&config, &set, balance, err);
    agr_config_release(&config);
    return status;
}

static void assert_cells(const char *by, int n_cells, const int32_t *cell)
{
    agr_error err;
    agr_balance balance;
    assert_ok(balance_by(by, &balance, &err), err);
    assert_int_equal(balance.cells.n_cells, n_cells);
    for (int i = 0; i < N_TRAIN; i++)
        assert_int_equal(balance.cells.cell_of[i], cell[i]);
    agr_balance_release(&balance);
}

static void test_cells(void **state)
{
    (void)state;
    assert_cells("kind", 3, (int32_t[]){0, 0, 0, 0, 0, 0, 1, 1, 2, -1});
    /* there is no spotted eel */
    assert_cells("kind*coat", 5, (int32_t[]){0, 0, 0, 1, 1, 1, 2, 3, 4, -1});
    assert_cells("height:0-9,10-29", 2, (int32_t[]){0, 0, 0, 1, 1, 1, 1, 1, -1, -1});
    assert_cells("height:0-9,10+*coat", 3, (int32_t[]){0, 0, 0, 2, 2, 2, 1, 2, 1, 1});
    assert_cells("height", 5, (int32_t[]){0, 0, 0, 1, 1, 1, 2, 2, 3, 4}); /* evaluate's bins */
    assert_cells("odd:0-0,1-1", 2, (int32_t[]){0, 0, 0, 1, 1, 1, 0, 1, 0, 0});
}

static void test_what_an_epoch_shows(void **state)
{
    (void)state;
    agr_error err;
    agr_balance balance;
    agr_text text = {0};
    double shown[3], none[3];
    const agr_balance plain = {0};
    assert_ok(balance_by("kind", &balance, &err), err);
    /* 9 places among 3 cells; the one without a kind has its own */
    const double expected[N_TRAIN] = {0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 1.5, 1.5, 3, 1};
    for (int i = 0; i < N_TRAIN; i++) {
        assert_true(agr_balance_shown(&balance, i) == expected[i]);
        assert_true(agr_balance_shown(&plain, i) == 1);
    }
    agr_balance_show_classes(&balance, &set, &set.label[0], 3, shown);
    agr_balance_show_classes(&plain, &set, &set.label[0], 3, none);
    assert_true(shown[0] == 3 && shown[1] == 3 && shown[2] == 3);
    assert_true(none[0] == 6 && none[1] == 2 && none[2] == 1);
    assert_true(agr_balance_mean(&plain, &set, &set.label[2]) == 24.9);
    assert_true(agr_balance_mean(&balance, &set, &set.label[2]) == 32.4);
    agr_balance_describe(&balance, &text);
    assert_string_equal(text.data, "3 cells of 1 to 6 training pictures, each has 3.0 places in an "
                                   "epoch; a picture of eel 3 times");
    agr_text_release(&text);
    agr_balance_release(&balance);
}

static void test_mistakes_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *by, *words;
    } cases[] = {
        {"size", "--set: balance.by: dataset '' has no label 'size': expected one of kind, coat, "
                 "height, odd"},
        {"kind*", "has no label ''"},
        {"kind*coat*kind", "--set: balance.by: expected 'kind' once"},
        {"kind:0-1", "label 'kind': expected no bins of what has classes, found '0-1'"},
        {"height:0-9,5-12", "label 'height': expected bins that ascend without overlap"},
        {"height:all", "label 'height': expected a range such as 10-19 or 70+, found 'all'"},
        {"height:2000+", "expected training pictures with these labels, found none"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        agr_error err;
        agr_balance balance;
        assert_fails(balance_by(cases[i].by, &balance, &err), AGR_USAGE, err, cases[i].words);
    }
    agr_error err;
    agr_balance balance;
    balance_by("heihgt", &balance, &err);
    assert_string_equal(err.hint, "did you mean 'height'?");
}

/* ---- init.bias ---- */

#define HEADS                                                                                      \
    "branches: {b: {layers: [{flatten: {}}], heads: ["                                             \
    "{name: tall, target: height, loss: mse, weight: 1, layers: [{dense: {units: 1}}]},"           \
    "{name: kind, target: kind, loss: sparse_categorical_crossentropy, weight: 1,"                 \
    " layers: [{dense: {units: 3}}]}]}}"

static void open_network(const char *yaml, agr_config *config, agr_network **network)
{
    agr_error err;
    agr_target target[AGR_MAX_LABELS];
    agr_training_set sized = set;
    sized.images = (agr_image_set){NULL, N, 4, 4};
    assert_ok(agr_config_parse(config, yaml, strlen(yaml), "my.yaml", NULL, 0, &err), err);
    const agr_network_options options = agr_training_set_network_options(&sized, config, target);
    const agr_network_plan_options plan = {.max_images = 1, .micro_batch = 1, .n_parts = 1};
    assert_ok(agr_network_create(&config->branch[0], &options, network, &err), err);
    assert_ok(agr_network_plan(*network, &plan, NULL, &err), err);
    agr_network_initialise(*network, 1);
}

static void test_number_heads_start_from_the_mean(void **state)
{
    (void)state;
    static const struct {
        const char *yaml;
        float bias;
    } cases[] = {{"{" HEADS "}", 0},
                 {"{init: {bias: target_mean}, " HEADS "}", 24.9F},
                 {"{init: {bias: target_mean}, balance: {by: kind}, " HEADS "}", 32.4F}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        agr_config config;
        agr_network *network;
        agr_balance balance;
        agr_error err;
        open_network(cases[i].yaml, &config, &network);
        assert_ok(agr_balance_create(&config, &set, &balance, &err), err);
        assert_ok(agr_first_bias_check(&config, network, &err), err);
        agr_first_bias_set(&config, &set, &balance, network);
        assert_true(agr_network_last_bias(network, 0)->value[0] == cases[i].bias);
        for (int k = 0; k < 3; k++)
            assert_true(agr_network_last_bias(network, 1)->value[k] == 0);
        agr_balance_release(&balance);
        agr_network_destroy(network);
        agr_config_release(&config);
    }
}

static void test_thresholds_start_from_the_share_above(void **state)
{
    (void)state;
    agr_config config;
    agr_network *network;
    agr_balance balance;
    agr_error err;
    open_network(
        "{init: {bias: target_mean}, branches: {b: {layers: [{flatten: {}}, {dense: {units: 1}},"
        " {thresholds: {units: 90}}], heads: [{name: tall, target: height, loss: coral,"
        " jbase: -1, weight: 1}]}}}",
        &config, &network);
    assert_ok(agr_balance_create(&config, &set, &balance, &err), err);
    assert_ok(agr_first_bias_check(&config, network, &err), err);
    agr_first_bias_set(&config, &set, &balance, network);
    const float *bias = agr_network_last_bias(network, 0)->value;
    double n = 0;
    for (int64_t i = 0; i < set.n_train; i++)
        n += isnan(set.label[2].values[set.train_sample[i]]) ? 0 : 1;
    for (int k = 0; k < 90; k++) {
        double above = 0;
        for (int64_t i = 0; i < set.n_train; i++)
            above += set.label[2].values[set.train_sample[i]] > (float)(k - 1) ? 1 : 0;
        assert_float_equal(bias[k], log((above + 0.5) / (n - above + 0.5)), 1e-5);
    }
    assert_true(bias[0] > 0 && bias[89] < 0);
    agr_balance_release(&balance);
    agr_network_destroy(network);
    agr_config_release(&config);
}

static void test_a_head_without_a_last_bias_is_refused(void **state)
{
    (void)state;
    agr_config config;
    agr_network *network;
    agr_error err;
    open_network("{init: {bias: target_mean}, branches: {b: {layers: [{conv2d: {filters: 1}},"
                 " {global_average_pooling2d: {}}], heads: [{name: tall, target: height, loss: mse,"
                 " weight: 1}]}}}",
                 &config, &network);
    assert_fails(agr_first_bias_check(&config, network, &err), AGR_INPUT, err,
                 "my.yaml:1: init.bias: expected zero where the last layer of a head has no bias, "
                 "as that of branch 'b', head 'tall'");
    agr_network_destroy(network);
    agr_config_release(&config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cells),
        cmocka_unit_test(test_what_an_epoch_shows),
        cmocka_unit_test(test_mistakes_are_named),
        cmocka_unit_test(test_number_heads_start_from_the_mean),
        cmocka_unit_test(test_thresholds_start_from_the_share_above),
        cmocka_unit_test(test_a_head_without_a_last_bias_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
