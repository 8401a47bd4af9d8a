/*
 * Every row of the loss table: its gradient against finite differences of its loss, what it makes
 * of a missing label, and the false minima of the two losses that have some.
 */
#include <agr/nn/loss.h>

#include "test.h"
#include "test_network.h"

enum { N_ROWS = 4 };

typedef struct {
    const char *loss;
    const char *option[3][2]; /* key, value */
    int n_columns;
    float label[N_ROWS];
    double scale;           /* of z */
    double class_weight[5]; /* all 0: none */
    double smoothing;
} loss_case;

static const loss_case cases[] = {
    {"mse", {{0}}, 1, {1, 0, 26, 116}, 20},
    {"binary_crossentropy", {{0}}, 1, {1, 0, 0, 1}, 3},
    {"sparse_categorical_crossentropy", {{0}}, 5, {4, 0, 2, 1}, 2},
    {"sparse_categorical_crossentropy", {{"n_classes", "9"}, {"jbase", "3"}}, 9, {3, 11, 7, 4}, 2},
    {"cross_entropy", {{0}}, 9, {8, 0, 3, 1}, 2},
    {"cross_entropy", {{"jbase", "-2"}}, 6, {-2, 3, 0, 0.4f}, 2},
    {"expected_mse", {{0}}, 7, {0, 6, 2.5f, 9}, 1},
    {"expected_mse", {{"jbase", "1"}}, 7, {1, 7, 2, 3}, 1},
    {"variance", {{0}}, 7, {0, 6, 2, 3}, 1},
    {"variance", {{"jbase", "1"}}, 7, {1, 6, 2, 3}, 1},
    {"mse_cross_entropy", {{0}}, 7, {0, 6, 2, 3}, 1},
    {"mse_cross_entropy", {{"log1p", "false"}, {"jbase", "1"}}, 7, {1, 6, 2, 3}, 1},
    {"label_distribution", {{0}}, 9, {0, 8, 4.5f, 2}, 1},
    {"label_distribution", {{"sigma", "0.8"}, {"jbase", "2"}}, 9, {2, 8, 4, 10}, 1},
    {"mean_variance", {{0}}, 9, {0, 8, 4, 2}, 1},
    {"mean_variance",
     {{"mean_weight", "1"}, {"variance_weight", "0.5"}, {"crossentropy_weight", "0"}},
     9,
     {0, 8, 4, 2},
     1},
    {"coral", {{0}}, 9, {0, 9, 4.5f, 2}, 3},
    {"coral", {{"jbase", "-2"}, {"n_classes", "7"}}, 6, {-2, 4, 0, 120}, 3, {0}, 0.3},
    {"binary_crossentropy", {{0}}, 1, {1, 0, 0, 1}, 3, {0.4, 2.5}, 0},
    {"binary_crossentropy", {{0}}, 1, {1, 0, 0, 1}, 3, {0}, 0.3},
    {"sparse_categorical_crossentropy", {{0}}, 5, {4, 0, 2, 1}, 2, {0}, 0.3},
    {"sparse_categorical_crossentropy", {{0}}, 5, {4, 0, 2, 1}, 2, {0.3, 2, 1, 0.01, 7}},
};

enum { N_CASES = sizeof cases / sizeof *cases };

static agr_loss configure(const loss_case *test)
{
    agr_error err;
    agr_loss loss;
    agr_head_config head = {.name = "head", .target = "label", .weight = 1};
    snprintf(head.loss, sizeof head.loss, "%s", test->loss);
    head.options = (agr_options){.subject = "head 'head'", .source = "test.yaml", .line = 1};
    for (int i = 0; i < 3 && test->option[i][0] != NULL; i++) {
        agr_option *option = &head.options.option[head.options.n_options++];
        snprintf(option->key, sizeof option->key, "%s", test->option[i][0]);
        snprintf(option->value, sizeof option->value, "%s", test->option[i][1]);
    }
    assert_ok(agr_loss_configure(&loss, &head, test->n_columns, NULL, 0, &err), err);
    return loss;
}

static const double *weights_of(const loss_case *test)
{
    return test->class_weight[0] > 0 ? test->class_weight : NULL;
}

/* Of one row, with the case's weights and smoothing. */
static double row_loss(const agr_loss *loss, const agr_loss_rows *of_case, const float *z,
                       float label)
{
    double value;
    agr_loss_rows rows = *of_case;
    rows.n_rows = 1;
    rows.z = z;
    rows.target = &label;
    rows.loss = &value;
    rows.dz = NULL;
    agr_loss_evaluate(loss, &rows);
    return value;
}

static double one_loss(const agr_loss *loss, const float *z, float label)
{
    const agr_loss_rows plain = {.n_columns = loss->n_columns, .gradient_scale = 1};
    return row_loss(loss, &plain, z, label);
}

static void check_case(const loss_case *test)
{
    enum { MAX_COLUMNS = 16 };
    agr_error err;
    const float h = 0x1p-7f, gradient_scale = 0.25f;
    const int k = test->n_columns;
    float z[N_ROWS * MAX_COLUMNS], dz[N_ROWS * MAX_COLUMNS];
    double value[N_ROWS];
    const agr_loss loss = configure(test);
    test_fill(z, (size_t)(N_ROWS * k), 3, -test->scale, test->scale);
    assert_ok(agr_loss_check_labels(&loss, N_ROWS, test->label, &err), err);
    const agr_loss_rows rows = {.n_rows = N_ROWS,
                                .n_columns = k,
                                .z = z,
                                .target = test->label,
                                .gradient_scale = gradient_scale,
                                .loss = value,
                                .dz = dz,
                                .class_weight = weights_of(test),
                                .smoothing = test->smoothing};
    agr_loss_evaluate(&loss, &rows);
    double largest = 0, worst = 0;
    for (int i = 0; i < N_ROWS * k; i++) {
        float *row = z + i / k * k;
        const float label = test->label[i / k], kept = z[i];
        z[i] = kept + h;
        const double up = row_loss(&loss, &rows, row, label), step_up = (double)z[i];
        z[i] = kept - h;
        const double down = row_loss(&loss, &rows, row, label), step_down = (double)z[i];
        z[i] = kept;
        const double difference = (double)gradient_scale * (up - down) / (step_up - step_down);
        worst = fmax(worst, fabs(difference - (double)dz[i]));
        largest = fmax(largest, fabs((double)dz[i]));
    }
    if (!(worst <= 3e-4 * largest))
        fail_msg("loss '%s', K = %d: expected differences within %.2g of the gradient, found %.2g",
                 test->loss, k, 3e-4 * largest, worst);
}

static void every_case_has_the_gradient_of_its_differences(void **state)
{
    (void)state;
    for (int c = 0; c < N_CASES; c++)
        check_case(&cases[c]);
}

static void every_row_has_a_case(void **state)
{
    (void)state;
    for (const agr_loss_kind *kind = agr_loss_kinds; kind->name != NULL; kind++) {
        bool found = false;
        for (int c = 0; c < N_CASES; c++)
            found = found || strcmp(cases[c].loss, kind->name) == 0;
        if (!found)
            fail_msg("loss '%s' has no gradient check", kind->name);
    }
}

static void a_missing_label_counts_in_nothing(void **state)
{
    (void)state;
    for (int c = 0; c < N_CASES; c++) {
        float z[16], dz[16];
        double value = 1;
        const float label = NAN;
        agr_error err;
        const agr_loss loss = configure(&cases[c]);
        test_fill(z, 16, 4, -1, 1);
        test_fill(dz, 16, 5, 1, 2);
        assert_ok(agr_loss_check_labels(&loss, 1, &label, &err), err);
        const agr_loss_rows rows = {.n_rows = 1,
                                    .n_columns = loss.n_columns,
                                    .z = z,
                                    .target = &label,
                                    .gradient_scale = 1,
                                    .loss = &value,
                                    .dz = dz};
        agr_loss_evaluate(&loss, &rows);
        assert_true(value == 0);
        for (int k = 0; k < loss.n_columns; k++)
            assert_true(dz[k] == 0);
        agr_head_sums sums = {{0}};
        agr_head_sums_add_image(&sums, &loss, value, z, label);
        for (int i = 0; i < AGR_SUM_COUNT; i++)
            assert_true(sums.sum[i] == 0);
    }
}

static void labels_that_fit_no_class_are_refused(void **state)
{
    (void)state;
    static const struct {
        int at; /* of cases */
        float label;
    } bad[] = {{1, 2}, {2, 5}, {2, -1}, {2, 1.5f}, {3, 2}, {3, 12}, {5, 4}, {0, INFINITY}, {11, 0}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        agr_error err;
        const agr_loss loss = configure(&cases[bad[i].at]);
        assert_fails(agr_loss_check_labels(&loss, 1, &bad[i].label, &err), AGR_INPUT, err,
                     "expected a");
    }
}

/* ---- minima ---- */

/* Logits of a distribution; 0 becomes e^-80. */
static void logits(const double *p, int n, float *z)
{
    for (int k = 0; k < n; k++)
        z[k] = p[k] > 0 ? (float)log(p[k]) : -80;
}

static void the_variance_loss_has_false_minima(void **state)
{
    (void)state;
    const loss_case test = {"variance", {{0}}, 40, {30}, 1};
    const agr_loss loss = configure(&test);
    double right[40] = {[30] = 1}, wrong[40] = {[10] = 1 / 3.0, [20] = 2 / 3.0};
    double other[40] = {[1] = 1 / 30.0, [29] = 29 / 30.0}, near[40] = {[30] = 0.9, [31] = 0.1};
    float z[40];
    logits(right, 40, z);
    assert_true(one_loss(&loss, z, 30) < 1e-8);
    logits(wrong, 40, z);
    assert_true(one_loss(&loss, z, 30) < 1e-8);
    logits(other, 40, z);
    assert_true(one_loss(&loss, z, 30) < 1e-8);
    logits(near, 40, z);
    assert_true(one_loss(&loss, z, 30) > 1);
}

static void the_mse_cross_entropy_loss_has_false_minima(void **state)
{
    (void)state;
    const loss_case test = {"mse_cross_entropy", {{"log1p", "false"}, {"jbase", "1"}}, 40, {30}, 1};
    const agr_loss loss = configure(&test);
    /* Class k stands for k + 1: 5 * 6 = 30. */
    double right[40] = {[29] = 1}, wrong[40] = {[4] = log(5) / log(30), [5] = log(6) / log(30)};
    double near[40] = {[29] = 0.9, [30] = 0.1};
    float z[40];
    logits(right, 40, z);
    assert_true(one_loss(&loss, z, 30) < 1e-8);
    logits(wrong, 40, z);
    assert_true(one_loss(&loss, z, 30) < 1e-8);
    logits(near, 40, z);
    assert_true(one_loss(&loss, z, 30) > 1e-2);
}

static void the_sound_losses_are_smallest_where_they_should(void **state)
{
    (void)state;
    static const char *const sound[] = {"cross_entropy", "expected_mse", "label_distribution",
                                        "mean_variance"};
    for (size_t i = 0; i < sizeof sound / sizeof *sound; i++) {
        const loss_case test = {sound[i], {{0}}, 40, {30}, 1};
        const agr_loss loss = configure(&test);
        double right[40] = {[30] = 1}, wrong[40] = {[10] = 1 / 3.0, [20] = 2 / 3.0};
        float z_right[40], z_wrong[40];
        logits(right, 40, z_right);
        logits(wrong, 40, z_wrong);
        assert_true(one_loss(&loss, z_right, 30) < one_loss(&loss, z_wrong, 30));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_has_a_case),
        cmocka_unit_test(every_case_has_the_gradient_of_its_differences),
        cmocka_unit_test(a_missing_label_counts_in_nothing),
        cmocka_unit_test(labels_that_fit_no_class_are_refused),
        cmocka_unit_test(the_variance_loss_has_false_minima),
        cmocka_unit_test(the_mse_cross_entropy_loss_has_false_minima),
        cmocka_unit_test(the_sound_losses_are_smallest_where_they_should),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
