#include <agr/nn/optimiser.h>

#include "test.h"
#include "test_network.h"

static bool close_to(double a, double b)
{
    return fabs(a - b) <= 1e-6 * fabs(b);
}

static void schedules_are_the_formulas_of_the_header(void **state)
{
    (void)state;
    agr_schedule keras = {.kind = AGR_SCHEDULE_KERAS, .lr = 0.005, .decay = 1e-4};
    assert_true(close_to(agr_schedule_rate(&keras, 0), 0.005));
    assert_true(close_to(agr_schedule_rate(&keras, 12200), 0.005 / 2.22));
    keras.warmup_steps = 4;
    assert_true(close_to(agr_schedule_rate(&keras, 0), 0.005 / 4));
    assert_true(close_to(agr_schedule_rate(&keras, 3), 0.005));
    assert_true(close_to(agr_schedule_rate(&keras, 4), 0.005 / 1.0004));
    const agr_schedule constant = {.kind = AGR_SCHEDULE_CONSTANT, .lr = 0.01, .warmup_steps = 2};
    assert_true(close_to(agr_schedule_rate(&constant, 0), 0.005));
    assert_true(close_to(agr_schedule_rate(&constant, 1000000), 0.01));
    const agr_schedule cosine = {.kind = AGR_SCHEDULE_COSINE,
                                 .lr = 0.1,
                                 .final_lr = 0.02,
                                 .n_steps = 110,
                                 .warmup_steps = 10};
    assert_true(close_to(agr_schedule_rate(&cosine, 9), 0.1));
    assert_true(close_to(agr_schedule_rate(&cosine, 10), 0.1));
    assert_true(close_to(agr_schedule_rate(&cosine, 60), 0.06));
    assert_true(close_to(agr_schedule_rate(&cosine, 110), 0.02));
    assert_true(close_to(agr_schedule_rate(&cosine, 5000), 0.02));
    const agr_schedule only_warmup = {
        .kind = AGR_SCHEDULE_COSINE, .lr = 0.1, .final_lr = 0.02, .n_steps = 5, .warmup_steps = 10};
    assert_true(close_to(agr_schedule_rate(&only_warmup, 7), 0.08));
    assert_true(close_to(agr_schedule_rate(&only_warmup, 20), 0.02));
}

static void open_three_weights(test_network *test)
{
    const test_network_want want = {.yaml = "layers: [{flatten: {}}, {dense: {name: d, units: 1}}],"
                                            "heads: [{name: h, target: t, loss: mse, weight: 1}]",
                                    .input = {1, 1, 3},
                                    .max_images = 1,
                                    .micro_batch = 1};
    test_network_open(test, &want);
}

static const agr_optimiser plain = {
    .schedule = {.kind = AGR_SCHEDULE_CONSTANT, .lr = 0.1},
    .beta_1 = 0.9,
    .beta_2 = 0.999,
    .epsilon = 1e-7,
};

static void the_first_step_is_the_rate_in_the_direction_of_the_sign(void **state)
{
    (void)state;
    test_network test;
    open_three_weights(&test);
    const agr_parameter *kernel = test_network_parameter(test.network, "d", "kernel");
    const float gradient[3] = {2, -30, 0};
    for (int i = 0; i < 3; i++) {
        kernel->value[i] = 1;
        kernel->gradient.row[i] = gradient[i];
    }
    agr_optimiser_state steps = {.adam_step = 0, .schedule_step = 7};
    const agr_update update = agr_optimiser_apply(&plain, &steps, test.network);
    assert_true(close_to(update.learning_rate, 0.1));
    assert_true(close_to((double)kernel->value[0], 0.9));
    assert_true(close_to((double)kernel->value[1], 1.1));
    assert_true(kernel->value[2] == 1);
    assert_true(close_to((double)kernel->m[0], 0.2));
    assert_true(close_to((double)kernel->v[1], 900 * (1 - (double)0.999f)));
    assert_int_equal(steps.adam_step, 1);
    assert_int_equal(steps.schedule_step, 8);
    test_network_close(&test);
}

static void clipping_shortens_the_gradient_to_the_norm(void **state)
{
    (void)state;
    test_network test;
    open_three_weights(&test);
    const agr_parameter *kernel = test_network_parameter(test.network, "d", "kernel");
    agr_optimiser clipped = plain;
    agr_optimiser_state steps = {0};
    clipped.clip_norm = 1;
    kernel->gradient.row[0] = 3;
    kernel->gradient.row[1] = 4;
    agr_update update = agr_optimiser_apply(&clipped, &steps, test.network);
    assert_true(close_to(update.gradient_norm, 5));
    assert_true(close_to((double)kernel->m[0], 0.1 * 3 / 5));
    assert_true(close_to((double)kernel->m[1], 0.1 * 4 / 5));
    clipped.clip_norm = 6; /* shorter already */
    agr_network_initialise(test.network, 0);
    steps = (agr_optimiser_state){0};
    update = agr_optimiser_apply(&clipped, &steps, test.network);
    assert_true(close_to((double)kernel->m[1], 0.1 * 4));
    test_network_close(&test);
}

static void the_configuration_names_the_optimiser(void **state)
{
    (void)state;
    agr_error err;
    agr_config config;
    const agr_config_override overrides[] = {{"optimizer.lr", "0.25", "--lr"},
                                             {"optimizer.clip_norm", "3", "--set"},
                                             {"schedule.kind", "cosine", "--set"}};
    assert_ok(agr_config_load(&config, NULL, overrides, 3, &err), err);
    const agr_optimiser optimiser = agr_optimiser_from_config(&config, 77);
    assert_true(optimiser.schedule.lr == 0.25 && optimiser.clip_norm == 3);
    assert_true(optimiser.schedule.kind == AGR_SCHEDULE_COSINE);
    assert_int_equal(optimiser.schedule.n_steps, 77);
    assert_true(optimiser.beta_2 == 0.999);
    agr_config_release(&config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schedules_are_the_formulas_of_the_header),
        cmocka_unit_test(the_first_step_is_the_rate_in_the_direction_of_the_sign),
        cmocka_unit_test(clipping_shortens_the_gradient_to_the_norm),
        cmocka_unit_test(the_configuration_names_the_optimiser),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
