#include "test.h"
#include "config_impl.h"

#include <agr/config/config.h>

static agr_config parse(const char *yaml)
{
    agr_error err;
    agr_config config;
    assert_ok(agr_config_parse(&config, yaml, strlen(yaml), "my.yaml", NULL, 0, &err), err);
    return config;
}

static void test_the_tutorials_layers_have_keras_names(void **state)
{
    (void)state;
    static const char *const age[] = {"depthwise_conv2d", "batch_normalization",
                                      "conv2d",           "batch_normalization_1",
                                      "max_pooling2d",    "dropout",
                                      "conv2d_1",         "batch_normalization_2",
                                      "conv2d_2",         "batch_normalization_3",
                                      "conv2d_3",         "batch_normalization_4",
                                      "conv2d_4",         "batch_normalization_5",
                                      "max_pooling2d_1",  "flatten",
                                      "activation",       "dense"};
    static const char *const race[] = {
        "conv2d_8",  "batch_normalization_10", "max_pooling2d_5", "dropout_3",
        "conv2d_9",  "batch_normalization_11", "max_pooling2d_6", "dropout_4",
        "conv2d_10", "batch_normalization_12", "max_pooling2d_7", "flatten_2",
        "dense_3",   "batch_normalization_13", "dense_4"};
    agr_config config = parse("");
    assert_int_equal(config.branch[0].n_layers, sizeof age / sizeof age[0]);
    for (size_t i = 0; i < sizeof age / sizeof age[0]; i++)
        assert_string_equal(config.branch[0].layer[i].name, age[i]);
    assert_int_equal(config.branch[2].n_layers, sizeof race / sizeof race[0]);
    for (size_t i = 0; i < sizeof race / sizeof race[0]; i++)
        assert_string_equal(config.branch[2].layer[i].name, race[i]);
    assert_string_equal(config.branch[1].head[0].name, "gender_output");
    agr_config_release(&config);
}

static void test_every_built_in_reads(void **state)
{
    (void)state;
    agr_error err;
    int n_networks = 0;
    for (const agr_builtin *builtin = agr_builtins; builtin->name != NULL; builtin++) {
        char name[64];
        if (sscanf(builtin->name, "nets/%63[^.]", name) != 1)
            continue;
        n_networks++;
        agr_config config;
        const agr_config_override override = {"train.branches", name, "--branches"};
        assert_ok(agr_config_load(&config, NULL, &override, 1, &err), err);
        assert_int_equal(config.n_branches, 1);
        assert_string_equal(config.branch[0].name, name);
        agr_config_release(&config);
    }
    assert_true(n_networks >= 6);
}

static void test_unnamed_layers_are_numbered_round_given_names(void **state)
{
    (void)state;
    agr_config config = parse("branches:\n"
                              "  b:\n"
                              "    layers:\n"
                              "      - dense: {units: 1}\n"
                              "      - flatten\n"
                              "      - dense:\n"
                              "      - dense: {name: dense_1}\n"
                              "    heads:\n"
                              "      - name: o\n"
                              "        target: t\n"
                              "        loss: mse\n"
                              "        layers: [{dense: {units: [1, 2]}}]\n");
    const agr_branch_config *branch = &config.branch[0];
    assert_string_equal(branch->layer[0].name, "dense");
    assert_string_equal(branch->layer[1].name, "flatten");
    assert_string_equal(branch->layer[2].name, "dense_2");
    assert_string_equal(branch->layer[3].name, "dense_1");
    assert_string_equal(branch->head[0].layer[0].name, "dense_3");
    assert_string_equal(branch->head[0].layer[0].options.subject, "dense 'dense_3'");
    assert_string_equal(branch->head[0].layer[0].options.option[0].value, "1,2");
    assert_true(branch->head[0].weight == 1);
    agr_config_release(&config);
}

static void test_heads_can_be_changed_without_touching_the_network(void **state)
{
    (void)state;
    agr_error err;
    const char *yaml = "branches:\n"
                       "  old: {network: age, heads: {age_output: {weight: 0.5, decode: argmax}}}\n"
                       "  new: age\n";
    const agr_config_override overrides[] = {
        {"branches.new.heads.age_output.weight", "2", "--set"},
        {"branches.new.heads.age_output.target", "years", "--set"},
        {"branches.third", "gender", "--set"},
        {"branches.fourth", "race", "--set"},
        {"branches.fourth", "eyes", "--set"},
    };
    agr_config config;
    assert_ok(agr_config_parse(&config, yaml, strlen(yaml), "my.yaml", overrides, 5, &err), err);
    assert_int_equal(config.n_branches, 4);
    assert_true(config.branch[0].head[0].weight == 0.5);
    assert_string_equal(config.branch[0].head[0].options.option[0].value, "argmax");
    assert_true(agr_config_branch(&config, "new")->head[0].weight == 2);
    assert_string_equal(config.branch[1].head[0].target, "years");
    assert_string_equal(agr_config_branch(&config, "third")->layer[0].name, "conv2d_5");
    assert_string_equal(agr_config_branch(&config, "fourth")->head[0].target, "eye_color");
    assert_null(agr_config_branch(&config, "age"));
    agr_config_release(&config);
}

static void test_selection_keeps_its_order(void **state)
{
    (void)state;
    agr_config config = parse("train: {branches: [race, age]}");
    assert_int_equal(config.n_branches, 2);
    assert_string_equal(config.branch[0].name, "race");
    assert_string_equal(config.branch[1].name, "age");
    assert_string_equal(config.train.branches, "race,age");
    agr_config_release(&config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_tutorials_layers_have_keras_names),
        cmocka_unit_test(test_every_built_in_reads),
        cmocka_unit_test(test_unnamed_layers_are_numbered_round_given_names),
        cmocka_unit_test(test_heads_can_be_changed_without_touching_the_network),
        cmocka_unit_test(test_selection_keeps_its_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
