#include <agr/nn/optimiser.h>

#include "test.h"
#include "config_impl.h"
#include "test_network.h"

/* ---- the built-in networks ---- */

static agr_status create(const char *branch_name, agr_config *config, agr_network **network,
                         agr_error *err)
{
    const agr_network_options options = {
        .input = {96, 96, 3}, .layers = {.dropout = (double)NAN, .bn_momentum = (double)NAN}};
    return agr_network_create(agr_config_branch(config, branch_name), &options, network, err);
}

static void the_tutorials_model_has_its_known_size(void **state)
{
    (void)state;
    static const struct {
        const char *branch;
        int64_t n_parameters, n_trained;
        double multiply_adds;
    } known[] = {{"age", 3016939, 3013925, 2820754432},
                 {"gender", 277569, 277153, 11321472},
                 {"race", 278085, 277669, 11321984}};
    agr_error err;
    agr_config config;
    assert_ok(agr_config_load(&config, NULL, NULL, 0, &err), err);
    int64_t total = 0;
    for (int i = 0; i < 3; i++) {
        agr_network *network;
        assert_ok(create(known[i].branch, &config, &network, &err), err);
        const agr_layer_cost cost = agr_network_total_cost(network);
        assert_int_equal(cost.n_parameters, known[i].n_parameters);
        assert_int_equal(cost.n_trained, known[i].n_trained);
        assert_true(cost.multiply_adds == known[i].multiply_adds);
        total += cost.n_parameters;
        agr_network_destroy(network);
    }
    assert_int_equal(total, 3572593);
    agr_config_release(&config);
}

/* ---- what a step sums over the ranks ---- */

/* The local reducer, that also counts. */
static agr_network_traffic counted;

static agr_status count_sum(agr_reducer *self, const agr_shard *shard, double *leaves,
                            int64_t width, double *total, agr_error *err)
{
    (void)self;
    counted.n_sums++;
    counted.sum_doubles += width;
    return agr_reducer_local()->ops->sum(agr_reducer_local(), shard, leaves, width, total, err);
}

static agr_status count_ready(agr_reducer *self, size_t offset, size_t count, agr_error *err)
{
    (void)self;
    counted.gradient_floats += (int64_t)count;
    return agr_reducer_local()->ops->gradient_ready(agr_reducer_local(), offset, count, err);
}

static void step_counted(agr_network *network)
{
    enum { N_IMAGES = 2, SIDE = 96 };
    static float images[N_IMAGES * SIDE * SIDE * 3], ones[N_IMAGES] = {1, 1};
    static const agr_draw_address address[N_IMAGES];
    const float *labels[] = {ones};
    agr_head_sums sums;
    agr_error err;
    agr_reducer_ops ops = *agr_reducer_local()->ops;
    ops.sum = count_sum;
    ops.gradient_ready = count_ready;
    agr_reducer reducer = {&ops};
    const agr_network_plan_options plan = {
        .max_images = 2, .micro_batch = 1, .n_parts = 1, .training = true};
    assert_ok(agr_network_plan(network, &plan, NULL, &err), err);
    agr_network_initialise(network, 1);
    const agr_network_batch batch = {.shard = agr_shard_whole(N_IMAGES, 1),
                                     .images = images,
                                     .labels = labels,
                                     .address = address};
    assert_int_equal(agr_network_n_heads(network), 1);
    assert_ok(agr_network_forward(network, &batch, AGR_FORWARD_TRAIN, &reducer, &err), err);
    assert_ok(agr_network_loss(network, &batch, &reducer, &sums, &err), err);
    assert_ok(agr_network_backward(network, &batch, &reducer, &err), err);
}

static void what_a_step_exchanges_is_known_beforehand(void **state)
{
    (void)state;
    agr_error err;
    agr_config config;
    assert_ok(agr_config_load(&config, NULL, NULL, 0, &err), err);
    for (int i = 0; i < config.n_branches; i++) {
        agr_network *network;
        assert_ok(create(config.branch[i].name, &config, &network, &err), err);
        const agr_network_traffic traffic = agr_network_traffic_of(network);
        counted = (agr_network_traffic){0};
        step_counted(network);
        assert_int_equal(traffic.n_sums, counted.n_sums);
        assert_int_equal(traffic.sum_doubles, counted.sum_doubles);
        /* Parameters lie in the slab with padding between them. */
        assert_in_range(counted.gradient_floats, traffic.gradient_floats,
                        traffic.gradient_floats + 64 * agr_network_n_parameters(network));
        agr_network_destroy(network);
    }
    agr_config_release(&config);
}

static void an_age_rank_fits_its_memory(void **state)
{
    (void)state;
    agr_error err;
    agr_config config;
    agr_network *network;
    agr_network_memory memory;
    assert_ok(agr_config_load(&config, NULL, NULL, 0, &err), err);
    assert_ok(create("age", &config, &network, &err), err);
    const agr_network_plan_options plan = {
        .max_images = 32, .micro_batch = 2, .n_parts = 1, .training = true, .n_slots = 2};
    assert_ok(agr_network_measure(network, &plan, &memory, &err), err);
    assert_true(memory.total < 1400u << 20);
    assert_int_equal(memory.slots, 2 * memory.parameters);
    assert_int_equal(memory.gradients, memory.parameters); /* one rank: one row */
    assert_int_equal(memory.total, memory.parameters + memory.gradients + memory.slots +
                                       memory.state + memory.activations + memory.work);
    const size_t alone = memory.activations;
    const agr_network_plan_options third = {
        .max_images = 32, .micro_batch = 2, .part = 1, .n_parts = 3, .training = true};
    assert_ok(agr_network_measure(network, &third, &memory, &err), err);
    assert_true(memory.activations < alone * 3 / 5);           /* 6 of 16 micro-batches */
    assert_int_equal(memory.gradients, 3 * memory.parameters); /* of smaller batches, 3 subtrees */
    agr_network_destroy(network);
    agr_config_release(&config);
}

static void parameters_come_in_keras_order(void **state)
{
    (void)state;
    static const char *const names[] = {"conv2d_5/kernel",
                                        "conv2d_5/bias",
                                        "batch_normalization_6/gamma",
                                        "batch_normalization_6/beta",
                                        "batch_normalization_6/moving_mean",
                                        "batch_normalization_6/moving_variance",
                                        "conv2d_6/kernel"};
    agr_error err;
    agr_config config;
    agr_network *network;
    assert_ok(agr_config_load(&config, NULL, NULL, 0, &err), err);
    assert_ok(create("gender", &config, &network, &err), err);
    for (int i = 0; i < 7; i++) {
        char name[128];
        snprintf(name, sizeof name, "%s/%s",
                 agr_network_layer(network, agr_network_parameter_layer(network, i))->name,
                 agr_network_parameter(network, i)->name);
        assert_string_equal(name, names[i]);
    }
    assert_int_equal(agr_network_n_parameters(network), 2 * 5 + 4 * 4);
    agr_network_destroy(network);
    agr_config_release(&config);
}

static void every_built_in_network_can_be_made(void **state)
{
    (void)state;
    agr_error err;
    for (const agr_builtin *builtin = agr_builtins; builtin->name != NULL; builtin++) {
        char name[64], yaml[160];
        if (sscanf(builtin->name, "nets/%63[^.]", name) != 1)
            continue;
        agr_config config;
        agr_network *network;
        snprintf(yaml, sizeof yaml, "branches: {b: %s}\n", name);
        assert_ok(agr_config_parse(&config, yaml, strlen(yaml), "test.yaml", NULL, 0, &err), err);
        assert_ok(create("b", &config, &network, &err), err);
        agr_network_destroy(network);
        agr_config_release(&config);
    }
}

/* ---- what is refused ---- */

static void mistakes_are_named_with_file_line_and_layer(void **state)
{
    (void)state;
    static const char mse_head[] = "heads: [{name: h, target: t, loss: mse, weight: 1}]";
    static const struct {
        const char *layers, *heads, *words;
    } cases[] = {
        {"{conv3d: {filters: 3}}", mse_head, "no kind of layer 'conv3d'"},
        {"{dense: {units: 3}}", mse_head, "expected a flat tensor, found an image 8 x 8 x 3"},
        {"{conv2d: {filters: 0}}", mse_head, "filters"},
        {"{conv2d: {filters: 2, kernel_size: 4}}", mse_head, "kernel_size"},
        {"{conv2d: {filters: 2, stride: 2}}", mse_head, "stride"},
        {"{max_pooling2d: {pool_size: 3}}, {max_pooling2d: {pool_size: 3}}", mse_head, "pool_size"},
        {"{flatten: {}}, {conv2d: {filters: 2}}", mse_head, "expected an image, found a flat"},
        {"{conv2d: {filters: 1}}", mse_head, "expected a last layer with a flat output"},
        {"{flatten: {}}, {dense: {units: 2}}", mse_head,
         "expected a last layer of 1 unit, found 2"},
        {"{flatten: {}}, {dense: {units: 1}}",
         "heads: [{name: h, target: t, loss: sparse_categorical_crossentropy, weight: 1}]",
         "one unit a class, found 1"},
        {"{flatten: {}}, {dense: {units: 1}}",
         "heads: [{name: h, target: t, loss: rmse, weight: 1}]", "no loss 'rmse'"},
        {"{flatten: {}}, {dense: {units: 1}}",
         "heads: [{name: h, target: t, loss: mse, weight: 1, sigmoid: 3}]", "sigmoid"},
        {"{flatten: {}}, {dense: {units: 3}}",
         "heads: [{name: h, target: t, loss: cross_entropy, n_classes: 4, weight: 1}]",
         "n_classes: expected the units of the last layer, 3, found 4"},
        {"{flatten: {}}, {dense: {units: 3}}",
         "heads: [{name: h, target: colour, loss: sparse_categorical_crossentropy, weight: 1}]",
         "expected the 4 classes of 'colour', found a last layer for 3"},
        {"{flatten: {}}, {dense: {units: 1}}",
         "heads: [{name: h, target: colour, loss: mse, weight: 1}]", "'colour' has 4 classes"},
        {"{flatten: {}}, {dense: {units: 1}}",
         "heads: [{name: h, target: size, loss: mse, weight: 1}]", "no label 'size'"},
    };
    const agr_target targets[] = {{"t", -1}, {"colour", 4}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        agr_error err;
        agr_config config;
        agr_network *network;
        char yaml[1024];
        snprintf(yaml, sizeof yaml, "branches:\n b: {layers: [%s],\n %s}\n", cases[i].layers,
                 cases[i].heads);
        assert_ok(agr_config_parse(&config, yaml, strlen(yaml), "test.yaml", NULL, 0, &err), err);
        const agr_network_options options = {
            .input = {8, 8, 3},
            .layers = {.dropout = (double)NAN, .bn_momentum = (double)NAN},
            .targets = targets,
            .n_targets = 2};
        assert_fails(agr_network_create(&config.branch[0], &options, &network, &err), AGR_INPUT,
                     err, cases[i].words);
        assert_non_null(strstr(err.text, "test.yaml:"));
        agr_config_release(&config);
    }
}

static void test_more_heads_than_there_is_room_for_are_refused(void **state)
{
    (void)state;
    agr_error err;
    agr_config config;
    agr_network *network;
    agr_text yaml = {0};
    agr_text_add(&yaml, "branches: {b: {layers: [{flatten: {}}, {dense: {units: 1}}], heads: [");
    for (int h = 0; h <= AGR_MAX_HEADS; h++)
        agr_text_add(&yaml, "{name: h%d, target: t, loss: mse, weight: 1}, ", h);
    agr_text_add(&yaml, "]}}");
    assert_false(yaml.failed);
    assert_ok(agr_config_parse(&config, yaml.data, strlen(yaml.data), "test.yaml", NULL, 0, &err),
              err);
    const agr_network_options options = agr_network_options_from(&config, (agr_extent){8, 8, 3});
    assert_fails(agr_network_create(&config.branch[0], &options, &network, &err), AGR_INPUT, err,
                 "expected at most 16 heads, found 17");
    agr_config_release(&config);
    agr_text_release(&yaml);
}

/* ---- running ---- */

enum { N_IMAGES = 4, SIZE = 6 };

typedef struct {
    test_network test;
    float images[N_IMAGES * SIZE * SIZE * 3];
    float y[N_IMAGES];
    const float *labels[1];
    agr_draw_address address[N_IMAGES];
    agr_network_batch batch;
} small_case;

static void open_smoothed(small_case *small, const char *yaml, double label_smoothing)
{
    const test_network_want want = {.yaml = yaml,
                                    .label_smoothing = label_smoothing,
                                    .input = {SIZE, SIZE, 3},
                                    .max_images = N_IMAGES,
                                    .micro_batch = 2,
                                    .seed = 3};
    memset(small, 0, sizeof *small);
    test_network_open(&small->test, &want);
    test_fill(small->images, N_IMAGES * SIZE * SIZE * 3, 9, 0, 1);
    test_fill(small->y, N_IMAGES, 8, -1, 1);
    small->labels[0] = small->y;
    small->batch = (agr_network_batch){.shard = agr_shard_whole(N_IMAGES, 2),
                                       .images = small->images,
                                       .labels = small->labels,
                                       .address = small->address};
}

static void open_small(small_case *small, const char *yaml)
{
    open_smoothed(small, yaml, 0);
}

static const char regression[] =
    "layers: [{conv2d: {filters: 5, activation: relu}}, {batch_normalization: {}},"
    "{max_pooling2d: {}}, {dropout: {rate: 0.5}}, {flatten: {}}, {dense: {units: 1}}],"
    "heads: [{name: h, target: t, loss: mse, weight: 1}]";

static void it_learns_by_heart(void **state)
{
    (void)state;
    small_case small;
    agr_error err;
    agr_head_sums sums;
    agr_reducer *reducer = agr_reducer_local();
    open_small(&small,
               "layers: [{conv2d: {filters: 8, activation: relu}}, {batch_normalization: {}},"
               "{max_pooling2d: {}}, {flatten: {}}, {dense: {units: 1}}],"
               "heads: [{name: h, target: t, loss: mse, weight: 1}]");
    const agr_optimiser optimiser = {.kind = agr_optimiser_find("adam"),
                                     .schedule = {.kind = AGR_SCHEDULE_CONSTANT, .lr = 0.02},
                                     .beta_1 = 0.9,
                                     .beta_2 = 0.999,
                                     .epsilon = 1e-7};
    agr_optimiser_state steps = {0};
    for (int k = 0; k < 200; k++) {
        agr_network *network = small.test.network;
        assert_ok(agr_network_forward(network, &small.batch, AGR_FORWARD_TRAIN, reducer, &err),
                  err);
        assert_ok(agr_network_loss(network, &small.batch, reducer, &sums, &err), err);
        assert_ok(agr_network_backward(network, &small.batch, reducer, &err), err);
        agr_optimiser_apply(&optimiser, &steps, network);
    }
    assert_true(agr_metric_value(&agr_metrics[0], &sums) < 1e-4);
    test_network_close(&small.test);
}

static void inference_draws_nothing_and_changes_nothing(void **state)
{
    (void)state;
    small_case small;
    agr_error err;
    agr_reducer *reducer = agr_reducer_local();
    open_small(&small, regression);
    agr_network *network = small.test.network;
    const agr_network_slabs slabs = agr_network_slabs_of(network);
    float first[N_IMAGES];
    small.batch.address = NULL;
    assert_ok(agr_network_forward(network, &small.batch, AGR_FORWARD_INFER, reducer, &err), err);
    memcpy(first, agr_network_predictions(network, 0), sizeof first);
    assert_ok(agr_network_forward(network, &small.batch, AGR_FORWARD_INFER, reducer, &err), err);
    assert_memory_equal(first, agr_network_predictions(network, 0), sizeof first);
    assert_true(slabs.state[0] == 0); /* moving mean of the first channel */
    small.batch.address = small.address;
    assert_ok(agr_network_forward(network, &small.batch, AGR_FORWARD_TRAIN, reducer, &err), err);
    assert_true(slabs.state[0] != 0);
    test_network_close(&small.test);
}

/* weight * loss is what training minimises, and what it reports; nothing else is weighted. */
static void classes_weigh_in_training_alone(void **state)
{
    (void)state;
    small_case small;
    agr_error err;
    agr_head_sums plain, weighed, judged_before, judged;
    agr_reducer *reducer = agr_reducer_local();
    open_small(&small, "layers: [{flatten: {}}, {dense: {units: 3}}], heads: [{name: h, target: t,"
                       " loss: sparse_categorical_crossentropy, weight: 1}]");
    agr_network *network = small.test.network;
    const agr_parameter *bias = test_network_parameter(network, "dense", "bias");
    const double weight[] = {4, 4, 4};
    float gradient[3];
    for (int i = 0; i < N_IMAGES; i++)
        small.y[i] = (float)(i % 3);
    assert_ok(agr_network_forward(network, &small.batch, AGR_FORWARD_INFER, reducer, &err), err);
    assert_ok(agr_network_loss(network, &small.batch, reducer, &judged_before, &err), err);
    for (int pass = 0; pass < 2; pass++) {
        agr_head_sums *sums = pass == 0 ? &plain : &weighed;
        assert_ok(agr_network_forward(network, &small.batch, AGR_FORWARD_TRAIN, reducer, &err),
                  err);
        assert_ok(agr_network_loss(network, &small.batch, reducer, sums, &err), err);
        assert_ok(agr_network_backward(network, &small.batch, reducer, &err), err);
        for (int k = 0; k < 3 && pass == 0; k++)
            gradient[k] = agr_network_slabs_of(network).gradient[bias->offset + (size_t)k];
        if (pass == 0)
            assert_ok(agr_network_weigh_classes(network, 0, weight, &err), err);
    }
    for (int k = 0; k < 3; k++) /* a power of two: exact */
        assert_true(agr_network_slabs_of(network).gradient[bias->offset + (size_t)k] ==
                    4 * gradient[k]);
    assert_true(weighed.sum[AGR_SUM_LOSS] == 4 * plain.sum[AGR_SUM_LOSS]);
    assert_true(weighed.sum[AGR_SUM_CORRECT] == plain.sum[AGR_SUM_CORRECT]);
    assert_true(weighed.sum[AGR_SUM_LABELLED] == N_IMAGES);
    assert_ok(agr_network_forward(network, &small.batch, AGR_FORWARD_INFER, reducer, &err), err);
    assert_ok(agr_network_loss(network, &small.batch, reducer, &judged, &err), err);
    assert_memory_equal(&judged, &judged_before, sizeof judged);
    test_network_close(&small.test);
}

/* The mean loss of head 0 over the small images as they are judged in this mode, and what backward
 * makes of the last bias. */
static double small_loss(small_case *small, agr_forward_mode mode)
{
    agr_error err;
    agr_head_sums sums;
    agr_network *network = small->test.network;
    agr_reducer *reducer = agr_reducer_local();
    assert_ok(agr_network_forward(network, &small->batch, mode, reducer, &err), err);
    assert_ok(agr_network_loss(network, &small->batch, reducer, &sums, &err), err);
    if (mode == AGR_FORWARD_TRAIN)
        assert_ok(agr_network_backward(network, &small->batch, reducer, &err), err);
    return sums.sum[AGR_SUM_LOSS] / N_IMAGES;
}

/* Weights of 0 say ln 3 of every class, smoothed or not; a bias shows the difference. */
static void labels_are_smoothed_in_training_alone(void **state)
{
    (void)state;
    small_case small;
    open_smoothed(&small,
                  "layers: [{flatten: {}}, {dense: {name: d, units: 3}}], heads: [{name: h, "
                  "target: t, loss: sparse_categorical_crossentropy, weight: 1}]",
                  0.3);
    agr_network *network = small.test.network;
    const agr_parameter *kernel = test_network_parameter(network, "d", "kernel"),
                        *bias = test_network_parameter(network, "d", "bias");
    memset(kernel->value, 0, kernel->count * sizeof *kernel->value);
    bias->value[0] = 2;
    agr_network_parameters_changed(network);
    for (int i = 0; i < N_IMAGES; i++)
        small.y[i] = 0;
    const double ln_sum = log(exp(2) + 2);
    assert_true(fabs(small_loss(&small, AGR_FORWARD_INFER) - (ln_sum - 2)) < 1e-6);
    assert_true(fabs(small_loss(&small, AGR_FORWARD_TRAIN) - (ln_sum - 0.8 * 2)) < 1e-6);
    const float gradient = agr_network_slabs_of(network).gradient[bias->offset];
    assert_true(fabs((double)gradient - (exp(2 - ln_sum) - 0.8)) < 1e-6);
    test_network_close(&small.test);
}

static void masks_follow_the_address(void **state)
{
    (void)state;
    small_case small;
    agr_error err;
    agr_reducer *reducer = agr_reducer_local();
    open_small(&small, regression);
    agr_network *network = small.test.network;
    float first[N_IMAGES];
    assert_ok(agr_network_forward(network, &small.batch, AGR_FORWARD_TRAIN, reducer, &err), err);
    memcpy(first, agr_network_predictions(network, 0), sizeof first);
    assert_ok(agr_network_forward(network, &small.batch, AGR_FORWARD_TRAIN, reducer, &err), err);
    assert_memory_equal(first, agr_network_predictions(network, 0), sizeof first);
    small.address[2].occurrence = 1;
    assert_ok(agr_network_forward(network, &small.batch, AGR_FORWARD_TRAIN, reducer, &err), err);
    const float *other = agr_network_predictions(network, 0);
    assert_true(other[0] == first[0] && other[1] == first[1] && other[3] == first[3]);
    assert_true(other[2] != first[2]);
    test_network_close(&small.test);
}

static void a_batch_without_labels_has_no_gradient(void **state)
{
    (void)state;
    small_case small;
    agr_error err;
    agr_head_sums sums;
    agr_reducer *reducer = agr_reducer_local();
    open_small(&small, regression);
    agr_network *network = small.test.network;
    for (int i = 0; i < N_IMAGES; i++)
        small.y[i] = NAN;
    assert_ok(agr_network_forward(network, &small.batch, AGR_FORWARD_TRAIN, reducer, &err), err);
    assert_ok(agr_network_loss(network, &small.batch, reducer, &sums, &err), err);
    assert_true(sums.sum[AGR_SUM_LABELLED] == 0 && sums.sum[AGR_SUM_LOSS] == 0);
    assert_true(isnan(agr_metric_value(&agr_metrics[0], &sums)));
    assert_ok(agr_network_backward(network, &small.batch, reducer, &err), err);
    const agr_network_slabs slabs = agr_network_slabs_of(network);
    for (size_t i = 0; i < slabs.n_floats; i++)
        assert_true(slabs.gradient[i] == 0);
    test_network_close(&small.test);
}

static void a_loss_that_is_not_finite_names_the_layer(void **state)
{
    (void)state;
    small_case small;
    agr_error err;
    agr_head_sums sums;
    agr_reducer *reducer = agr_reducer_local();
    open_small(&small, "layers: [{conv2d: {filters: 5, activation: relu}}, {flatten: {}},"
                       "{dense: {name: first, units: 4}}, {dense: {name: second, units: 1}}],"
                       "heads: [{name: h, target: t, loss: mse, weight: 1}]");
    agr_network *network = small.test.network;
    test_network_parameter(network, "first", "kernel")->value[3] = INFINITY;
    agr_network_parameters_changed(network);
    assert_ok(agr_network_forward(network, &small.batch, AGR_FORWARD_TRAIN, reducer, &err), err);
    assert_fails(agr_network_loss(network, &small.batch, reducer, &sums, &err), AGR_NUMERIC, err,
                 "branch 'test': head 'h': expected a finite loss");
    assert_non_null(strstr(err.hint, "layer 'first'"));
    test_network_close(&small.test);
}

static void a_label_that_fits_nothing_is_refused(void **state)
{
    (void)state;
    small_case small;
    agr_error err;
    agr_head_sums sums;
    agr_reducer *reducer = agr_reducer_local();
    open_small(&small, "layers: [{flatten: {}}, {dense: {units: 3}}],"
                       "heads: [{name: h, target: t, loss: sparse_categorical_crossentropy, "
                       "weight: 1}]");
    for (int i = 0; i < N_IMAGES; i++)
        small.y[i] = (float)i;
    assert_ok(
        agr_network_forward(small.test.network, &small.batch, AGR_FORWARD_TRAIN, reducer, &err),
        err);
    assert_fails(agr_network_loss(small.test.network, &small.batch, reducer, &sums, &err),
                 AGR_INPUT, err, "expected a whole number from 0 to 2, found 3");
    test_network_close(&small.test);
}

static void metrics_say_what_the_decoded_prediction_is_worth(void **state)
{
    (void)state;
    const agr_loss number = {.kind = agr_loss_find("mse"), .n_columns = 1};
    const agr_loss binary = {.kind = agr_loss_find("binary_crossentropy"), .n_columns = 1};
    const agr_loss classes = {.kind = agr_loss_find("sparse_categorical_crossentropy"),
                              .n_columns = 3};
    agr_loss expected = {
        .kind = agr_loss_find("expected_mse"), .n_columns = 3, .classes = {.first_value = 10}};
    const float p[3] = {0.5f, 0.25f, 0.25f}, value = 31, low = 0.5f, high = 0.51f;
    assert_true(agr_loss_decode(&number, &value) == 31);
    assert_true(agr_loss_decode(&binary, &low) == 0 && agr_loss_decode(&binary, &high) == 1);
    assert_true(agr_loss_decode(&classes, p) == 0);
    assert_true(agr_loss_decode(&expected, p) == 10.75);
    expected.decode = AGR_DECODE_ARGMAX;
    assert_true(agr_loss_decode(&expected, p) == 10);
    agr_loss thresholds = {
        .kind = agr_loss_find("coral"), .n_columns = 3, .classes = {.first_value = 10}};
    const float above[3] = {0.75f, 0.53125f, 0.5f};
    assert_true(agr_loss_decode(&thresholds, above) == 11.78125);
    thresholds.decode = AGR_DECODE_ARGMAX;
    assert_true(agr_loss_decode(&thresholds, above) == 12);
    agr_head_sums sums = {{0}};
    agr_head_sums_add_image(&sums, &number, 25, &value, 36);
    agr_head_sums_add_image(&sums, &number, 49, &value, 24);
    agr_head_sums_add_image(&sums, &number, 0, &value, NAN);
    static const struct {
        const char *name;
        double value;
    } known[] = {{"loss", 37}, {"mae", 6}, {"rmse", 6.0827625302982193}, {"cs5", 0.5}};
    for (int i = 0; i < 4; i++)
        for (const agr_metric *metric = agr_metrics; metric->name != NULL; metric++)
            if (strcmp(metric->name, known[i].name) == 0) {
                assert_true(agr_metric_applies(metric, &number));
                assert_true(fabs(agr_metric_value(metric, &sums) - known[i].value) < 1e-12);
            }
    assert_string_equal(agr_metric_main(&number)->name, "mae");
    assert_string_equal(agr_metric_main(&expected)->name, "mae");
    assert_string_equal(agr_metric_main(&binary)->name, "accuracy");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_more_heads_than_there_is_room_for_are_refused),
        cmocka_unit_test(the_tutorials_model_has_its_known_size),
        cmocka_unit_test(what_a_step_exchanges_is_known_beforehand),
        cmocka_unit_test(an_age_rank_fits_its_memory),
        cmocka_unit_test(parameters_come_in_keras_order),
        cmocka_unit_test(every_built_in_network_can_be_made),
        cmocka_unit_test(mistakes_are_named_with_file_line_and_layer),
        cmocka_unit_test(it_learns_by_heart),
        cmocka_unit_test(inference_draws_nothing_and_changes_nothing),
        cmocka_unit_test(classes_weigh_in_training_alone),
        cmocka_unit_test(labels_are_smoothed_in_training_alone),
        cmocka_unit_test(masks_follow_the_address),
        cmocka_unit_test(a_batch_without_labels_has_no_gradient),
        cmocka_unit_test(a_loss_that_is_not_finite_names_the_layer),
        cmocka_unit_test(a_label_that_fits_nothing_is_refused),
        cmocka_unit_test(metrics_say_what_the_decoded_prediction_is_worth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
