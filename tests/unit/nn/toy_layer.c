/* A kind of layer is one file and one row: this file, and `kinds` below. */
#include <agr/nn/layer.h>

#include "test.h"
#include "test_network.h"

/* ---- the file: y = factor * x + offset[c], with one parameter ---- */

typedef struct {
    double factor;
    float *y;
} scale_layer;

static agr_status scale_configure(agr_layer *layer, agr_options *options,
                                  const agr_layer_settings *settings, agr_error *err)
{
    (void)settings;
    scale_layer *own = layer->own;
    AGR_TRY(agr_options_number(options, "factor", 1, -100, 100, &own->factor, err));
    agr_layer_add_parameter(layer, "offset", AGR_PARAMETER_TRAINED, AGR_INITIAL_ZEROS, 1,
                            &layer->in.channels);
    return AGR_OK;
}

static agr_status scale_plan(agr_layer *layer, agr_layer_plan *plan, agr_error *err)
{
    (void)err;
    scale_layer *own = layer->own;
    own->y = agr_layer_keep(plan, (size_t)(plan->max_images * agr_extent_size(layer->out)));
    return AGR_OK;
}

static agr_status scale_forward(agr_layer *layer, const agr_pass *pass, agr_view x, agr_view *y,
                                agr_error *err)
{
    (void)err;
    const scale_layer *own = layer->own;
    const int64_t channels = layer->in.channels;
    for (int64_t i = 0; i < pass->n_images * agr_extent_size(layer->in); i++)
        own->y[i] =
            (float)own->factor * agr_view_floats(x)[i] + layer->parameter[0].value[i % channels];
    *y = (agr_view){.data = own->y};
    return AGR_OK;
}

/* One image a micro-batch here, and the whole batch in one place: the tree's sum in plain order for
 * up to two images. */
static agr_status scale_backward(agr_layer *layer, const agr_pass *pass,
                                 const agr_gradient_view *dy, float *room, agr_gradient_view *dx,
                                 agr_error *err)
{
    (void)err;
    const scale_layer *own = layer->own;
    const int64_t channels = layer->in.channels;
    float *offset = layer->parameter[0].gradient.row;
    memset(offset, 0, (size_t)channels * sizeof *offset);
    for (int64_t i = 0; i < pass->n_images * agr_extent_size(layer->in); i++) {
        offset[i % channels] += dy->dy[i];
        room[i] = (float)own->factor * dy->dy[i];
    }
    *dx = agr_gradient_plain(room);
    return AGR_OK;
}

static const agr_layer_kind scale_kind = {
    .name = "scale",
    .own_bytes = sizeof(scale_layer),
    .configure = scale_configure,
    .plan = scale_plan,
    .forward = scale_forward,
    .backward = scale_backward,
};

/* ---- the row, behind those of the program ---- */

static const agr_layer_kind *kinds[32];

static void add_row(void)
{
    int n = 0;
    while (agr_layer_kinds[n] != NULL) {
        kinds[n] = agr_layer_kinds[n];
        n++;
    }
    kinds[n] = &scale_kind;
}

/* ---- */

static double loss_of(test_network *test, const agr_network_batch *batch)
{
    agr_error err;
    agr_head_sums sums;
    agr_reducer *reducer = agr_reducer_local();
    agr_network_parameters_changed(test->network);
    assert_ok(agr_network_forward(test->network, batch, AGR_FORWARD_TRAIN, reducer, &err), err);
    assert_ok(agr_network_loss(test->network, batch, reducer, &sums, &err), err);
    return agr_metric_value(&agr_metrics[0], &sums);
}

static void a_layer_is_one_file_and_one_row(void **state)
{
    (void)state;
    enum { N_IMAGES = 2, SIZE = 8 };
    agr_error err;
    test_network test;
    add_row();
    const test_network_want want = {
        .yaml = "layers: [{conv2d: {filters: 4}}, {batch_normalization: {}},"
                "{scale: {name: toy, factor: -2}}, {max_pooling2d: {}}, {scale: {factor: 0.5}},"
                "{flatten: {}}, {dense: {units: 1}}],"
                "heads: [{name: h, target: t, loss: mse, weight: 1}]",
        .input = {SIZE, SIZE, 3},
        .max_images = N_IMAGES,
        .micro_batch = 1,
        .kinds = kinds};
    test_network_open(&test, &want);
    float images[N_IMAGES * SIZE * SIZE * 3];
    test_fill(images, sizeof images / sizeof *images, 2, 0, 1);
    const float y[N_IMAGES] = {1, -2}, *const labels[] = {y};
    const agr_network_batch batch = {
        .shard = agr_shard_whole(N_IMAGES, 1), .images = images, .labels = labels};
    loss_of(&test, &batch);
    assert_ok(agr_network_backward(test.network, &batch, agr_reducer_local(), &err), err);
    /* Its own gradient, and through it that of the convolution before. */
    static const char *const names[][2] = {{"toy", "offset"}, {"conv2d", "kernel"}};
    for (int i = 0; i < 2; i++) {
        const agr_parameter *parameter =
            test_network_parameter(test.network, names[i][0], names[i][1]);
        const float gradient = parameter->gradient.row[1], kept = parameter->value[1];
        parameter->value[1] = kept + 2e-3f;
        const double up = loss_of(&test, &batch);
        parameter->value[1] = kept - 2e-3f;
        const double down = loss_of(&test, &batch);
        parameter->value[1] = kept;
        const double difference = (up - down) / 4e-3;
        if (!(fabs(difference - (double)gradient) < 0.03 * fabs((double)gradient) + 2e-3))
            fail_msg("%s/%s: expected a gradient of %g, found %g", names[i][0], names[i][1],
                     difference, (double)gradient);
    }
    test_network_close(&test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_layer_is_one_file_and_one_row)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
