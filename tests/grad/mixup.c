/*
 * Pictures mixed of two: for every row of the loss table the gradient of the mixed loss against finite
 * differences of it, and what it is mixed of.
 */
#include <agr/nn/network.h>

#include "test.h"
#include "test_network.h"

enum { N = 5, SIZE = 4, IMAGE = SIZE * SIZE * 3, MICRO_BATCH = 2 };

/* Two heads, so that labels of one cannot be taken for those of the other. */
typedef struct {
    test_network test;
    float image[N * IMAGE], label[2][N], partner_label[2][N], lambda[N];
    const float *labels[2], *partner_labels[2];
    agr_draw_address address[N];
    agr_network_batch batch;
    agr_head_sums sums[2];
} mixed_case;

/* Of images without a label of either nothing is known, whatever their partners'. */
static const float first[2][N] = {{1, 2, NAN, 3, 1}, {0, 1, 1, 0, 1}};
static const float second[2][N] = {{3, 2, NAN, 1, NAN}, {1, 1, 0, 1, 0}};
static const float share[N] = {0.7f, 0.2f, 0.4f, 0, 1};

static void open_case(mixed_case *c, const agr_loss_kind *kind)
{
    char yaml[512];
    const bool single =
        kind->prediction == AGR_PREDICTS_NUMBER || kind->prediction == AGR_PREDICTS_BINARY;
    const test_network_want want = {.yaml = yaml,
                                    .input = {SIZE, SIZE, 3},
                                    .max_images = N,
                                    .micro_batch = MICRO_BATCH,
                                    .label_smoothing = 0.1,
                                    .seed = 3};
    snprintf(yaml, sizeof yaml,
             "layers: [{flatten: {}}], heads: [{name: one, target: t, loss: %s, weight: 0.5,"
             " layers: [{dense: {name: a, units: %d}}]}, {name: two, target: u,"
             " loss: binary_crossentropy, weight: 3, layers: [{dense: {name: b, units: 1}}]}]",
             kind->name, single ? 1 : 5);
    memset(c, 0, sizeof *c);
    test_network_open(&c->test, &want);
    test_fill(c->image, N * IMAGE, 9, 0, 1);
    for (int h = 0; h < 2; h++) {
        memcpy(c->label[h], first[h], sizeof first[h]);
        memcpy(c->partner_label[h], second[h], sizeof second[h]);
        c->labels[h] = c->label[h];
        c->partner_labels[h] = c->partner_label[h];
    }
    for (int i = 0; i < N && kind->prediction == AGR_PREDICTS_BINARY; i++) {
        c->label[0][i] = first[0][i] > 1 ? 1 : first[0][i] - 1;
        c->partner_label[0][i] = second[0][i] > 1 ? 1 : second[0][i] - 1;
    }
    memcpy(c->lambda, share, sizeof share);
    c->batch = (agr_network_batch){.shard = agr_shard_whole(N, MICRO_BATCH),
                                   .images = c->image,
                                   .labels = c->labels,
                                   .address = c->address,
                                   .partner_labels = c->partner_labels,
                                   .lambda = c->lambda};
}

static double mean_loss(mixed_case *c)
{
    agr_error err;
    agr_reducer *reducer = agr_reducer_local();
    assert_ok(agr_network_forward(c->test.network, &c->batch, AGR_FORWARD_TRAIN, reducer, &err),
              err);
    assert_ok(agr_network_loss(c->test.network, &c->batch, reducer, c->sums, &err), err);
    double loss = 0;
    for (int h = 0; h < 2; h++)
        loss += agr_network_head(c->test.network, h)->weight *
                agr_metric_value(&agr_metrics[0], &c->sums[h]);
    return loss;
}

static void backward(mixed_case *c)
{
    agr_error err;
    mean_loss(c);
    assert_ok(agr_network_backward(c->test.network, &c->batch, agr_reducer_local(), &err), err);
}

/* Of every bias, and of the kernel's first values, which many images share. */
static void check_differences(mixed_case *c, const char *loss)
{
    const float h = 0x1p-6f;
    const agr_network_slabs slabs = agr_network_slabs_of(c->test.network);
    double largest = 0, worst = 0;
    backward(c);
    for (int p = 0; p < agr_network_n_parameters(c->test.network); p++) {
        const agr_parameter *parameter = agr_network_parameter(c->test.network, p);
        for (size_t i = 0; i < parameter->count && i < 12; i++) {
            float *value = slabs.values + parameter->offset + i;
            const double gradient = (double)slabs.gradient[parameter->offset + i];
            const float kept = *value;
            *value = kept + h;
            agr_network_parameters_changed(c->test.network);
            const double up = mean_loss(c), step_up = (double)*value;
            *value = kept - h;
            agr_network_parameters_changed(c->test.network);
            const double down = mean_loss(c), step_down = (double)*value;
            *value = kept;
            agr_network_parameters_changed(c->test.network);
            worst = fmax(worst, fabs((up - down) / (step_up - step_down) - gradient));
            largest = fmax(largest, fabs(gradient));
        }
    }
    if (!(worst <= 5e-4 * largest))
        fail_msg("loss '%s': expected differences within %.2g of the gradient, found %.2g", loss,
                 5e-4 * largest, worst);
}

static void the_mixed_loss_has_the_gradient_of_its_differences(void **state)
{
    (void)state;
    for (const agr_loss_kind *kind = agr_loss_kinds; kind->name != NULL; kind++) {
        mixed_case c;
        open_case(&c, kind);
        check_differences(&c, kind->name);
        test_network_close(&c.test);
    }
}

/* The sums of one image alone, by its own label or by its partner's. */
static agr_head_sums sums_of_one(mixed_case *c, int image, int head, const float *label)
{
    const agr_network_batch kept = c->batch;
    float only[2][N];
    const float *labels[2] = {only[0], only[1]};
    for (int i = 0; i < 2 * N; i++)
        only[i / N][i % N] = i == head * N + image ? *label : NAN;
    c->batch.labels = labels;
    c->batch.partner_labels = NULL;
    mean_loss(c);
    c->batch = kept;
    return c->sums[head];
}

static void every_sum_is_mixed_by_the_share_of_each_image(void **state)
{
    (void)state;
    for (const agr_loss_kind *kind = agr_loss_kinds; kind->name != NULL; kind++) {
        mixed_case c;
        open_case(&c, kind);
        for (int h = 0; h < 2; h++) {
            double expected[AGR_SUM_COUNT] = {0};
            for (int i = 0; i < N; i++) {
                const agr_head_sums own = sums_of_one(&c, i, h, &c.label[h][i]);
                const agr_head_sums other = sums_of_one(&c, i, h, &c.partner_label[h][i]);
                for (int s = 0; s < AGR_SUM_COUNT; s++)
                    expected[s] +=
                        (double)share[i] * own.sum[s] + (1 - (double)share[i]) * other.sum[s];
            }
            mean_loss(&c);
            for (int s = 0; s < AGR_SUM_COUNT; s++)
                assert_true(fabs(c.sums[h].sum[s] - expected[s]) <= 1e-12 * fabs(expected[s]));
            assert_true(c.sums[h].sum[AGR_SUM_LABELLED] == (h == 0 ? N - 1 : N));
        }
        test_network_close(&c.test);
    }
}

/* A share of 1 leaves all bits as they are without partners. */
static void who_is_not_mixed_keeps_every_bit(void **state)
{
    (void)state;
    enum { N_FLOATS = 1024 };
    mixed_case c;
    agr_head_sums alone[2];
    float gradient[N_FLOATS];
    open_case(&c, agr_loss_find("cross_entropy"));
    const agr_network_slabs slabs = agr_network_slabs_of(c.test.network);
    assert_true(slabs.n_floats <= N_FLOATS);
    c.batch.partner_labels = NULL;
    backward(&c);
    memcpy(alone, c.sums, sizeof alone);
    memcpy(gradient, slabs.gradient, slabs.n_floats * sizeof *gradient);
    c.batch.partner_labels = c.partner_labels;
    for (int i = 0; i < N; i++)
        c.lambda[i] = 1;
    backward(&c);
    assert_memory_equal(c.sums, alone, sizeof alone);
    assert_memory_equal(slabs.gradient, gradient, slabs.n_floats * sizeof *gradient);
    test_network_close(&c.test);
}

static void a_label_that_a_partner_cannot_have_is_refused(void **state)
{
    (void)state;
    mixed_case c;
    agr_error err;
    agr_reducer *reducer = agr_reducer_local();
    open_case(&c, agr_loss_find("sparse_categorical_crossentropy"));
    c.partner_label[0][1] = 7;
    assert_ok(agr_network_forward(c.test.network, &c.batch, AGR_FORWARD_TRAIN, reducer, &err), err);
    assert_fails(agr_network_loss(c.test.network, &c.batch, reducer, c.sums, &err), AGR_INPUT, err,
                 "found 7");
    test_network_close(&c.test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_mixed_loss_has_the_gradient_of_its_differences),
        cmocka_unit_test(every_sum_is_mixed_by_the_share_of_each_image),
        cmocka_unit_test(who_is_not_mixed_keeps_every_bit),
        cmocka_unit_test(a_label_that_a_partner_cannot_have_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
