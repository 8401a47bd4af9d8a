#include "test.h"

#include <agr/config/config.h>

static agr_status parse(agr_config *config, const char *yaml, agr_error *err)
{
    return agr_config_parse(config, yaml, strlen(yaml), "my.yaml", NULL, 0, err);
}

static void test_seed_sets_every_key(void **state)
{
    (void)state;
    agr_error err;
    agr_config config;
    assert_ok(agr_config_load(&config, NULL, NULL, 0, &err), err);
    for (int row = 0; row < agr_config_n_rows(); row++) {
        if (config.origin[row].source == NULL)
            fail_msg("configs/seed.yaml lacks %s", agr_config_row_key(row));
        assert_string_equal(config.origin[row].source, "built-in seed.yaml");
    }
    agr_config_release(&config);
}

static void test_seed_is_the_tutorials_recipe(void **state)
{
    (void)state;
    agr_error err;
    agr_config config;
    assert_ok(agr_config_load(&config, "seed", NULL, 0, &err), err);
    assert_true(config.optimizer.lr == 0.005 && config.optimizer.decay == 1e-4);
    assert_true(config.optimizer.epsilon == 1e-7);
    assert_int_equal(config.data.batch_size, 32);
    assert_int_equal(config.train.epochs, 50);
    assert_int_equal(config.checkpoint.backup_epochs, 20);
    assert_true(isnan(config.checkpoint.every)); /* auto */
    assert_true(config.augment.enabled && config.augment.flip_horizontal);
    assert_true(config.augment.rotation_deg == 25 && config.augment.shear_deg == 0.2);
    assert_true(isnan(config.network.dropout) && isnan(config.network.bn_momentum));
    assert_int_equal(config.schedule.kind, AGR_SCHEDULE_KERAS);
    assert_int_equal(config.n_branches, 3);
    assert_true(config.branch[0].head[0].weight == 0.03);
    agr_config_release(&config);
}

static void test_later_sources_win_and_are_named(void **state)
{
    (void)state;
    agr_error err;
    agr_config config;
    const agr_config_override overrides[] = {
        {"train.epochs", "7", "--epochs"},   {"checkpoint.every", "2h", "--set"},
        {"network.dropout", "0", "--set"},   {"schedule.kind", "cosine", "--set"},
        {"augment.enabled", "off", "--set"},
    };
    const char *yaml = "train: {epochs: 3, max_steps: 12}\noptimizer.lr: 1.0e-3\naugment:\n";
    assert_ok(agr_config_parse(&config, yaml, strlen(yaml), "my.yaml", overrides, 5, &err), err);
    assert_int_equal(config.train.epochs, 7);
    assert_int_equal(config.train.max_steps, 12);
    assert_true(config.optimizer.lr == 1e-3);
    assert_true(config.checkpoint.every == 7200);
    assert_true(config.network.dropout == 0);
    assert_int_equal(config.schedule.kind, AGR_SCHEDULE_COSINE);
    assert_false(config.augment.enabled);
    for (int row = 0; row < agr_config_n_rows(); row++) {
        agr_text origin = {0};
        agr_origin_add(config.origin[row], &origin);
        if (strcmp(agr_config_row_key(row), "train.epochs") == 0)
            assert_string_equal(origin.data, "--epochs");
        if (strcmp(agr_config_row_key(row), "train.max_steps") == 0)
            assert_string_equal(origin.data, "my.yaml:1");
        if (strcmp(agr_config_row_key(row), "optimizer.lr") == 0)
            assert_string_equal(origin.data, "my.yaml:2");
        agr_text_release(&origin);
    }
    agr_config_release(&config);
}

/* Written, read and written again: the same text, and so the same values. */
static void assert_round_trip(agr_config *config, agr_config_style style)
{
    agr_error err;
    agr_config again;
    agr_text first = {0}, styled = {0}, second = {0};
    agr_config_yaml(config, AGR_CONFIG_PLAIN, &first);
    agr_config_yaml(config, style, &styled);
    assert_false(first.failed || styled.failed);
    assert_ok(parse(&again, styled.data, &err), err);
    agr_config_yaml(&again, AGR_CONFIG_PLAIN, &second);
    assert_string_equal(first.data, second.data);
    agr_config_release(&again);
    agr_text_release(&first);
    agr_text_release(&styled);
    agr_text_release(&second);
}

static void test_what_is_written_reads_back(void **state)
{
    (void)state;
    agr_error err;
    agr_config config;
    const agr_config_override overrides[] = {
        {"optimizer.lr", "0.1000000000000000055511151231257827", "--set"},
        {"optimizer.epsilon", "1.2345678901234567e-20", "--set"},
        {"optimizer.clip_norm", "1e300", "--set"},
        {"checkpoint.every", "90ms", "--set"},
        {"data.path", "a \"quoted\" # name: with \\ in it", "--set"},
        {"seed", "9223372036854775807", "--set"},
        {"train.branches", "eyes,shared,age", "--branches"},
    };
    assert_ok(agr_config_load(&config, NULL, overrides, 7, &err), err);
    assert_true(config.seed == INT64_MAX);
    assert_int_equal(config.n_branches, 3);
    assert_round_trip(&config, AGR_CONFIG_PLAIN);
    assert_round_trip(&config, AGR_CONFIG_WITH_ORIGINS);
    agr_config_release(&config);
    for (const char *const *name =
             (const char *const[]){"seed", "quick", "best", "age_losses", "shared", NULL};
         *name; name++) {
        assert_ok(agr_config_load(&config, *name, NULL, 0, &err), err);
        assert_round_trip(&config, AGR_CONFIG_WITH_ORIGINS);
        agr_config_release(&config);
    }
}

/* Epochs of single branches: the branch's own, else those of all; what is let go is not named in the
 * text, which would be refused then. */
static void test_epochs_of_single_branches(void **state)
{
    (void)state;
    agr_error err;
    agr_config config;
    const agr_config_override overrides[] = {
        {"train.epochs", "7", "--epochs"},
        {"train.branch_epochs", "race:2,eyes:5,age:3", "--set"},
        {"train.branches", "eyes,gender,race", "--branches"},
    };
    assert_ok(agr_config_load(&config, NULL, overrides, 3, &err), err);
    assert_int_equal(agr_config_epochs(&config, 0), 5);
    assert_int_equal(agr_config_epochs(&config, 1), 7);
    assert_int_equal(agr_config_epochs(&config, 2), 2);
    assert_string_equal(config.train.branch_epochs, "eyes:5,race:2");
    assert_round_trip(&config, AGR_CONFIG_PLAIN);
    agr_config_release(&config);
    const agr_config_override only_one[] = {overrides[1], {"train.branches", "gender,eyes", "-"}};
    agr_text yaml = {0};
    assert_ok(agr_config_load(&config, NULL, only_one, 2, &err), err);
    agr_config_yaml(&config, AGR_CONFIG_PLAIN, &yaml);
    agr_config_release(&config);
    const agr_config_override fewer = {"train.branches", "gender", "--branches"};
    assert_ok(agr_config_parse(&config, yaml.data, yaml.length, "text", &fewer, 1, &err), err);
    assert_string_equal(config.train.branch_epochs, "none");
    agr_config_release(&config);
    agr_text_release(&yaml);
}

static void test_rates_of_single_branches(void **state)
{
    (void)state;
    agr_error err;
    agr_config config, own;
    const agr_config_override overrides[] = {
        {"optimizer.lr", "0.5", "--lr"},
        {"schedule.final_lr", "0.25", "--set"},
        {"optimizer.lr_scale", "race:2,age:0.125", "--set"},
        {"train.branches", "gender,race", "--branches"},
    };
    const double scale[] = {1, 2};
    assert_ok(agr_config_load(&config, NULL, overrides, 4, &err), err);
    assert_string_equal(config.optimizer.lr_scale, "race:2");
    assert_round_trip(&config, AGR_CONFIG_PLAIN);
    for (int b = 0; b < 2; b++) {
        agr_config_of_branch(&config, b, &own);
        assert_true(own.optimizer.lr == 0.5 * scale[b]);
        assert_true(own.schedule.final_lr == 0.25 * scale[b]);
    }
    agr_config_release(&config);
}

static void test_files_and_networks_beside_them(void **state)
{
    (void)state;
    agr_error err;
    agr_config config;
    char folder[256], path[512];
    test_folder_make(folder);
    static const char network[] = "layers: [{dense: {units: 1}}]\n"
                                  "heads: [{name: o, target: t, loss: mse}]\n";
    snprintf(path, sizeof path, "%s/net.yaml", folder);
    assert_ok(agr_file_write(path, network, strlen(network), &err), err);
    static const char text[] = "branches: {one: net.yaml, two: {network: net.yaml}}\n";
    snprintf(path, sizeof path, "%s/my.yaml", folder);
    assert_ok(agr_file_write(path, text, strlen(text), &err), err);

    assert_ok(agr_config_load(&config, path, NULL, 0, &err), err);
    assert_int_equal(config.n_branches, 2);
    assert_string_equal(config.branch[1].name, "two");
    assert_non_null(strstr(config.branch[1].source, "/net.yaml"));
    agr_config_release(&config);

    snprintf(path, sizeof path, "%s/absent.yaml", folder);
    assert_fails(agr_config_load(&config, path, NULL, 0, &err), AGR_NOT_FOUND, err,
                 "no configuration");
    assert_fails(agr_config_load(&config, "sede", NULL, 0, &err), AGR_NOT_FOUND, err, "'sede'");
    assert_string_equal(err.hint, "did you mean 'seed'?");
    assert_int_not_equal(agr_config_load(&config, folder, NULL, 0, &err), AGR_OK);
    test_folder_remove(folder);
}

static void test_released_twice_is_fine(void **state)
{
    (void)state;
    agr_error err;
    agr_config config;
    assert_ok(agr_config_load(&config, NULL, NULL, 0, &err), err);
    agr_config_release(&config);
    agr_config_release(&config);
    assert_null(config.branch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_seed_sets_every_key),
        cmocka_unit_test(test_seed_is_the_tutorials_recipe),
        cmocka_unit_test(test_later_sources_win_and_are_named),
        cmocka_unit_test(test_what_is_written_reads_back),
        cmocka_unit_test(test_epochs_of_single_branches),
        cmocka_unit_test(test_rates_of_single_branches),
        cmocka_unit_test(test_files_and_networks_beside_them),
        cmocka_unit_test(test_released_twice_is_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
