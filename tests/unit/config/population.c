/* Branches as a population: replicas, folds and variants, and how they are told from each other. */
#include "test.h"

#include <agr/config/config.h>

static agr_config parsed(const char *yaml)
{
    agr_error err;
    agr_config config;
    assert_ok(agr_config_parse(&config, yaml, strlen(yaml), "my.yaml", NULL, 0, &err), err);
    return config;
}

static void expect_names(const agr_config *config, const char *const *name, int n)
{
    assert_int_equal(config->n_branches, n);
    for (int b = 0; b < n; b++)
        assert_string_equal(config->branch[b].name, name[b]);
}

static void test_one_of_a_kind_keeps_its_name(void **state)
{
    (void)state;
    agr_config config = parsed("train.epochs: 3\n"), own;
    expect_names(&config, (const char *const[]){"age", "gender", "race"}, 3);
    const agr_member *m = &config.branch[1].member;
    assert_string_equal(m->base, "gender");
    assert_true(m->variant == 0 && m->fold == 0 && m->replica == 0);
    agr_config_of_branch(&config, 1, &own);
    assert_int_equal(own.seed, 42);
    agr_config_release(&config);
}

static void test_replicas_and_folds(void **state)
{
    (void)state;
    agr_config config = parsed("train: {branches: race, replicas: 2, folds: 3}\nseed: 7\n"), own;
    expect_names(&config,
                 (const char *const[]){"race-f1-r1", "race-f1-r2", "race-f2-r1", "race-f2-r2",
                                       "race-f3-r1", "race-f3-r2"},
                 6);
    assert_int_equal(config.branch[3].member.fold, 2);
    assert_int_equal(config.branch[3].member.replica, 2);
    assert_int_equal(config.branch[3].n_layers, config.branch[0].n_layers);
    assert_ptr_not_equal(config.branch[3].layer, config.branch[0].layer);
    agr_config_of_branch(&config, 2, &own);
    assert_int_equal(own.seed, 7); /* of the first replica: what a run of one has */
    agr_config_of_branch(&config, 3, &own);
    assert_int_equal(own.seed, 8);
    agr_config_release(&config);
}

static const char variants[] = "optimizer: {lr: [1.0e-3, 3.0e-4]}\n"
                               "augment: {zoom: [0, 0.1, 0.2]}\n"
                               "branches:\n  race: [race, shared]\n";

static void test_lists_make_variants(void **state)
{
    (void)state;
    agr_config config = parsed(variants), own;
    agr_text text = {0};
    assert_int_equal(config.n_branches, 12);
    assert_string_equal(config.branch[11].name, "race-v12");
    /* The network counts most; of the settings the later row least, whatever the file's order. */
    agr_config_of_branch(&config, 1, &own);
    assert_true(own.augment.zoom == 0 && own.optimizer.lr == 3e-4);
    agr_config_of_branch(&config, 10, &own);
    assert_true(own.augment.zoom == 0.2 && own.optimizer.lr == 1e-3);
    assert_string_equal(own.branch[10].network, "shared");
    agr_config_describe_variant(&config, 10, &text);
    assert_string_equal(text.data, "network shared, augment.zoom 0.2, optimizer.lr 0.001");
    agr_text_release(&text);
    agr_config_release(&config);
}

static void test_a_changed_network_may_have_a_name(void **state)
{
    (void)state;
    agr_config config = parsed("branches:\n  age:\n    - age\n"
                               "    - {name: ranks, network: age_classes}\n"
                               "    - {network: age_classes, heads: {age_output: {weight: 2}}}\n");
    agr_text text = {0};
    agr_config_describe_variant(&config, 1, &text);
    assert_string_equal(text.data, "network ranks");
    assert_string_equal(config.branch[0].network, "age");
    assert_string_equal(config.branch[2].network, "age_classes");
    agr_text_release(&text);
    agr_config_release(&config);
}

static void test_a_list_from_the_command_line(void **state)
{
    (void)state;
    agr_error err;
    agr_config config, own;
    const agr_config_override overrides[] = {{"optimizer.lr", "[0.001, 0.1]", "--set"},
                                             {"branches.race", "[race, shared]", "--set"},
                                             {"train.branches", "age,race", "--branches"}};
    assert_ok(agr_config_load(&config, "seed", overrides, 3, &err), err);
    expect_names(
        &config,
        (const char *const[]){"age-v1", "age-v2", "race-v1", "race-v2", "race-v3", "race-v4"}, 6);
    agr_config_of_branch(&config, 1, &own);
    assert_true(own.optimizer.lr == 0.1);
    agr_config_release(&config);

    const agr_config_override last[] = {overrides[0], {"optimizer.lr", "0.5", "--lr"}};
    assert_ok(agr_config_load(&config, "seed", last, 2, &err), err);
    expect_names(&config, (const char *const[]){"age", "gender", "race"}, 3);
    assert_true(config.optimizer.lr == 0.5);
    agr_config_release(&config);
}

static void expect_same_again(const char *yaml)
{
    agr_text first = {0}, second = {0};
    agr_config config = parsed(yaml);
    agr_config_yaml(&config, AGR_CONFIG_PLAIN, &first);
    agr_config again = parsed(first.data);
    agr_config_yaml(&again, AGR_CONFIG_PLAIN, &second);
    assert_string_equal(first.data, second.data);
    assert_int_equal(again.n_branches, config.n_branches);
    for (int b = 0; b < config.n_branches; b++)
        assert_memory_equal(&again.branch[b].member, &config.branch[b].member,
                            sizeof config.branch[b].member);
    agr_text_release(&first);
    agr_text_release(&second);
    agr_config_release(&config);
    agr_config_release(&again);
}

static void test_what_is_written_reads_back(void **state)
{
    (void)state;
    expect_same_again("train: {replicas: 3, folds: 2}\n");
    expect_same_again(variants);
    expect_same_again("branches:\n  eyes:\n"
                      "    - {network: eyes}\n"
                      "    - layers: [flatten]\n"
                      "      heads: [{name: o, target: age, loss: mse, units: 1}]\n");
    expect_same_again("train: {branches: [race-r2, race-r3, age], replicas: 3}\n");
}

static void test_members_can_be_chosen(void **state)
{
    (void)state;
    agr_config config =
        parsed("train: {branches: [race-f2-r1, age-f1-r2], replicas: 2, folds: 2}\n");
    expect_names(&config, (const char *const[]){"race-f2-r1", "age-f1-r2"}, 2);
    agr_config_release(&config);
}

static void expect_refused(const char *yaml, const char *words)
{
    agr_error err;
    agr_config config;
    assert_fails(agr_config_parse(&config, yaml, strlen(yaml), "my.yaml", NULL, 0, &err), AGR_INPUT,
                 err, words);
}

static void test_what_cannot_be_a_population(void **state)
{
    (void)state;
    expect_refused("train.replicas: 128\n", "at most 128 branches with all their variants");
    expect_refused("optimizer.lr: [0.1, 0.1]\n", "optimizer.lr: expected each value once");
    expect_refused("optimizer.lr: [0.1, fast]\n", "optimizer.lr: expected a number");
    expect_refused("train.epochs: [1, 2]\n", "train.epochs: expected an integer");
    expect_refused("branches: {race: []}\n", "branches.race: expected a network");
    expect_refused("branches: {race: [[race]]}\n", "found a list in a list");
    expect_refused("optimizer: {kind: [adam, sgd], momentum: 0.9}\n", "optimizer.momentum");
    expect_refused("train: {branches: race-f2, replicas: 2, folds: 2}\n", "found 'race-f2'");
    expect_refused("train: {branches: race-r4, replicas: 3}\n", "found 'race-r4'");
    expect_refused("branches: {race: [race, shared], race-v1: race}\n",
                   "is the name of a branch and of a member");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_of_a_kind_keeps_its_name),
        cmocka_unit_test(test_replicas_and_folds),
        cmocka_unit_test(test_lists_make_variants),
        cmocka_unit_test(test_a_changed_network_may_have_a_name),
        cmocka_unit_test(test_a_list_from_the_command_line),
        cmocka_unit_test(test_what_is_written_reads_back),
        cmocka_unit_test(test_members_can_be_chosen),
        cmocka_unit_test(test_what_cannot_be_a_population),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
