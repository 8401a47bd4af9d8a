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
    assert_true(close_to(agr_schedule_rate(&keras, 0, 0), 0.005));
    assert_true(close_to(agr_schedule_rate(&keras, 12200, 0), 0.005 / 2.22));
    keras.warmup_steps = 4;
    assert_true(close_to(agr_schedule_rate(&keras, 0, 0), 0.005 / 4));
    assert_true(close_to(agr_schedule_rate(&keras, 3, 0), 0.005));
    assert_true(close_to(agr_schedule_rate(&keras, 4, 0), 0.005 / 1.0004));
    const agr_schedule constant = {.kind = AGR_SCHEDULE_CONSTANT, .lr = 0.01, .warmup_steps = 2};
    assert_true(close_to(agr_schedule_rate(&constant, 0, 0), 0.005));
    assert_true(close_to(agr_schedule_rate(&constant, 1000000, 0), 0.01));
    const agr_schedule cosine = {.kind = AGR_SCHEDULE_COSINE,
                                 .lr = 0.1,
                                 .final_lr = 0.02,
                                 .n_steps = 110,
                                 .warmup_steps = 10};
    assert_true(close_to(agr_schedule_rate(&cosine, 9, 0), 0.1));
    assert_true(close_to(agr_schedule_rate(&cosine, 10, 0), 0.1));
    assert_true(close_to(agr_schedule_rate(&cosine, 60, 0), 0.06));
    assert_true(close_to(agr_schedule_rate(&cosine, 110, 0), 0.02));
    assert_true(close_to(agr_schedule_rate(&cosine, 5000, 0), 0.02));
    const agr_schedule only_warmup = {
        .kind = AGR_SCHEDULE_COSINE, .lr = 0.1, .final_lr = 0.02, .n_steps = 5, .warmup_steps = 10};
    assert_true(close_to(agr_schedule_rate(&only_warmup, 7, 0), 0.08));
    assert_true(close_to(agr_schedule_rate(&only_warmup, 20, 0), 0.02));
}

/* As Keras' ReduceLROnPlateau: after 3 epochs without a better one, and after each 3 more. */
static void a_plateau_lowers_the_rate(void **state)
{
    (void)state;
    const agr_schedule plateau = {.kind = AGR_SCHEDULE_PLATEAU,
                                  .lr = 0.1,
                                  .final_lr = 0.01,
                                  .warmup_steps = 2,
                                  .factor = 0.5,
                                  .patience = 3};
    const bool reduces[] = {false, false, false, true, false, false, true, false};
    for (int epochs = 0; epochs < 8; epochs++)
        assert_true(agr_schedule_reduces(&plateau, epochs) == reduces[epochs]);
    const agr_schedule constant = {.kind = AGR_SCHEDULE_CONSTANT, .lr = 0.1, .patience = 3};
    assert_false(agr_schedule_reduces(&constant, 3));
    assert_true(close_to(agr_schedule_rate(&plateau, 0, 0), 0.05));
    assert_true(close_to(agr_schedule_rate(&plateau, 100, 0), 0.1));
    assert_true(close_to(agr_schedule_rate(&plateau, 100, 2), 0.025));
    assert_true(close_to(agr_schedule_rate(&plateau, 100, 9), 0.01));
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

static agr_optimiser plain = {
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
    agr_optimiser_state steps = {.step = 0, .schedule_step = 7};
    const agr_update update = agr_optimiser_apply(&plain, &steps, test.network);
    assert_true(close_to(update.learning_rate, 0.1));
    assert_true(close_to((double)kernel->value[0], 0.9));
    assert_true(close_to((double)kernel->value[1], 1.1));
    assert_true(kernel->value[2] == 1);
    assert_true(close_to((double)kernel->slot[0][0], 0.2));
    assert_true(close_to((double)kernel->slot[1][1], 900 * (1 - (double)0.999f)));
    assert_int_equal(steps.step, 1);
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
    assert_true(close_to((double)kernel->slot[0][0], 0.1 * 3 / 5));
    assert_true(close_to((double)kernel->slot[0][1], 0.1 * 4 / 5));
    clipped.clip_norm = 6; /* shorter already */
    agr_network_initialise(test.network, 0);
    steps = (agr_optimiser_state){0};
    update = agr_optimiser_apply(&clipped, &steps, test.network);
    assert_true(close_to((double)kernel->slot[0][1], 0.1 * 4));
    test_network_close(&test);
}

/* a += (w - a) * (1 - min(ema, (t - 1) / (t + 9))), of parameters and moving statistics; exchanged,
 * they are what the layers read, and back again. */
static void averages_follow_the_weights(void **state)
{
    (void)state;
    enum { N_STEPS = 12 };
    test_network test;
    const test_network_want want = {
        .yaml = "layers: [{batch_normalization: {name: n}}, {flatten: {}}, {dense: {name: d, units:"
                " 1}}], heads: [{name: h, target: t, loss: mse, weight: 1}]",
        .input = {1, 1, 3},
        .max_images = 1,
        .micro_batch = 1,
        .averages = true};
    test_network_open(&test, &want);
    const agr_parameter *kernel = test_network_parameter(test.network, "d", "kernel"),
                        *mean = test_network_parameter(test.network, "n", "moving_mean");
    agr_optimiser optimiser = plain;
    optimiser.ema = 0.5;
    agr_optimiser_state steps = {0};
    double expected = 7, expected_mean = 7; /* whatever was there does not count */
    kernel->average[1] = mean->average[1] = 7;
    for (int t = 1; t <= N_STEPS; t++) {
        kernel->gradient.row[1] = t < 5 ? 1 : -2;
        mean->value[1] = (float)t;
        agr_optimiser_apply(&optimiser, &steps, test.network);
        const double keep = fmin(0.5, (t - 1) / (t + 9.0));
        expected += ((double)kernel->value[1] - expected) * (1 - keep);
        expected_mean += (t - expected_mean) * (1 - keep);
    }
    assert_true(close_to((double)kernel->average[1], expected));
    assert_true(close_to((double)mean->average[1], expected_mean));
    const float *const values = kernel->value, *const averages = kernel->average;
    agr_network_exchange_averages(test.network);
    assert_true(kernel->value == averages && kernel->average == values);
    assert_true(close_to((double)mean->value[1], expected_mean) && mean->average[1] == N_STEPS);
    agr_network_exchange_averages(test.network);
    assert_true(kernel->value == values && kernel->average == averages);
    agr_network_clear_slots(test.network);
    assert_true(kernel->average[1] == kernel->value[1] && mean->average[1] == N_STEPS);
    test_network_close(&test);
}

/* ---- every row against PyTorch's formulas, in double ---- */

enum { N_UPDATES = 4, N_PARAMETERS = 6, LARGEST = 12 };

/* One element as torch.optim's documentation writes it; wd is 0 where the parameter does not
 * decay. */
typedef struct {
    double w, m, v;
} element;

static void torch_adamw(element *e, double g, double lr, double wd, int t)
{
    const double beta_1 = (double)0.9F, beta_2 = (double)0.999F, epsilon = (double)1e-3F;
    e->w -= lr * wd * e->w;
    e->m = beta_1 * e->m + (1 - beta_1) * g;
    e->v = beta_2 * e->v + (1 - beta_2) * g * g;
    const double m_hat = e->m / (1 - pow(beta_1, t)), v_hat = e->v / (1 - pow(beta_2, t));
    e->w -= lr * m_hat / (sqrt(v_hat) + epsilon);
}

static void torch_sgd(element *e, double g, double lr, double wd, int t)
{
    (void)t;
    e->w -= lr * (g + wd * e->w);
}

static void torch_momentum(element *e, double g, double lr, double wd, int t)
{
    const double mu = (double)0.8F;
    g += wd * e->w;
    e->m = t == 1 ? g : mu * e->m + g;
    e->w -= lr * e->m;
}

static void torch_nesterov(element *e, double g, double lr, double wd, int t)
{
    const double mu = (double)0.8F;
    g += wd * e->w;
    e->m = t == 1 ? g : mu * e->m + g;
    e->w -= lr * (g + mu * e->m);
}

static const struct {
    const char *kind, *momentum, *nesterov, *row;
    int n_slots;
    const char *slot;
    void (*update)(element *e, double g, double lr, double wd, int t);
} rows[] = {
    {"adamw", "0", "false", "adamw", 2, "m", torch_adamw},
    {"sgd", "0", "false", "sgd", 0, NULL, torch_sgd},
    {"sgd", "0.8", "false", "sgd with momentum", 1, "momentum", torch_momentum},
    {"sgd", "0.8", "true", "sgd with momentum", 1, "momentum", torch_nesterov},
};

static agr_optimiser configured(size_t row)
{
    agr_error err;
    agr_config config;
    const agr_config_override overrides[] = {{"optimizer.kind", rows[row].kind, ""},
                                             {"optimizer.lr", "0.1", ""},
                                             {"optimizer.weight_decay", "0.25", ""},
                                             {"optimizer.momentum", rows[row].momentum, ""},
                                             {"optimizer.nesterov", rows[row].nesterov, ""},
                                             {"optimizer.epsilon", "1e-3", ""},
                                             {"schedule.kind", "constant", ""}};
    assert_ok(agr_config_load(&config, NULL, overrides, 7, &err), err);
    const agr_optimiser optimiser = agr_optimiser_from_config(&config, 0);
    agr_config_release(&config);
    return optimiser;
}

/* Kernels decay; biases, gamma and beta do not. */
static const struct {
    const char *layer, *name;
    bool decays;
} parameters[N_PARAMETERS] = {
    {"c", "kernel", true}, {"c", "bias", false},  {"n", "gamma", false},
    {"n", "beta", false},  {"d", "kernel", true}, {"d", "bias", false},
};

static void check_row(size_t row)
{
    test_network test;
    const test_network_want want = {
        .yaml = "layers: [{conv2d: {name: c, filters: 4, kernel_size: 1}},"
                " {batch_normalization: {name: n}}, {flatten: {}}, {dense: {name: d, units: 2}}],"
                "heads: [{name: h, target: t, loss: sparse_categorical_crossentropy, weight: 1}]",
        .input = {1, 1, 3},
        .max_images = 1,
        .micro_batch = 1,
        .seed = 5};
    const agr_optimiser optimiser = configured(row);
    assert_string_equal(optimiser.kind->name, rows[row].row);
    assert_int_equal(optimiser.kind->n_slots, rows[row].n_slots);
    if (rows[row].slot != NULL)
        assert_string_equal(optimiser.kind->slot[0], rows[row].slot);
    test_network_open(&test, &want);

    element expected[N_PARAMETERS][LARGEST] = {0};
    const agr_parameter *p[N_PARAMETERS];
    for (int k = 0; k < N_PARAMETERS; k++) {
        p[k] = test_network_parameter(test.network, parameters[k].layer, parameters[k].name);
        assert_true(p[k]->count <= LARGEST);
        test_fill(p[k]->value, p[k]->count, 40 + (uint64_t)k, -1, 1);
        for (size_t i = 0; i < p[k]->count; i++)
            expected[k][i].w = (double)p[k]->value[i];
    }
    agr_optimiser_state steps = {0};
    for (int t = 1; t <= N_UPDATES; t++) {
        for (int k = 0; k < N_PARAMETERS; k++) {
            test_fill(p[k]->gradient.row, p[k]->count, (uint64_t)(100 * t + k), -1, 1);
            for (size_t i = 0; i < p[k]->count; i++)
                rows[row].update(&expected[k][i], (double)p[k]->gradient.row[i], (double)0.1F,
                                 parameters[k].decays ? 0.25 : 0, t);
        }
        agr_optimiser_apply(&optimiser, &steps, test.network);
    }
    for (int k = 0; k < N_PARAMETERS; k++)
        for (size_t i = 0; i < p[k]->count; i++)
            if (fabs((double)p[k]->value[i] - expected[k][i].w) > 1e-6)
                fail_msg("%s: %s/%s[%zu]: expected %.9g, found %.9g", rows[row].row,
                         parameters[k].layer, parameters[k].name, i, expected[k][i].w,
                         (double)p[k]->value[i]);
    test_network_close(&test);
}

static void every_row_is_what_pytorch_says(void **state)
{
    (void)state;
    for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++)
        check_row(row);
}

/* The ranges are the whole slab: what lies in none would never learn. */
static void ranges_cover_the_slab(void **state)
{
    (void)state;
    test_network test;
    open_three_weights(&test);
    int n;
    const agr_slab_range *range = agr_network_ranges(test.network, &n);
    assert_int_equal(n, 2);
    assert_true(range[0].begin == 0 && range[0].decays);
    assert_true(range[1].begin == range[0].end && !range[1].decays);
    assert_true(range[1].end == agr_network_slabs_of(test.network).n_floats);
    test_network_close(&test);
}

static int name_the_row(void **state)
{
    (void)state;
    plain.kind = agr_optimiser_find("adam");
    assert_null(agr_optimiser_find("adagrad"));
    return 0;
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
    assert_ptr_equal(optimiser.kind, agr_optimiser_find("adam"));
    agr_config_release(&config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schedules_are_the_formulas_of_the_header),
        cmocka_unit_test(the_first_step_is_the_rate_in_the_direction_of_the_sign),
        cmocka_unit_test(clipping_shortens_the_gradient_to_the_norm),
        cmocka_unit_test(averages_follow_the_weights),
        cmocka_unit_test(a_plateau_lowers_the_rate),
        cmocka_unit_test(every_row_is_what_pytorch_says),
        cmocka_unit_test(ranges_cover_the_slab),
        cmocka_unit_test(the_configuration_names_the_optimiser),
    };
    return cmocka_run_group_tests(tests, name_the_row, NULL);
}
