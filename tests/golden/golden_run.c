/* Runs a network along the arrays of a golden and compares what comes out. */
#include "golden.h"

#include "network_impl.h"
#include "test_network.h"
#include "test.h"

enum { N_STEPS = 3, MAX_HEADS = 4 };

static const double output_tolerance = 1e-5, activation_tolerance = 2e-5, gradient_tolerance = 1e-4,
                    moving_tolerance = 1e-6, weight_tolerance = 2e-4, history_tolerance = 2e-2,
                    chain_tolerance = 2e-4;

/* One sign changes one of some thousand terms of a small batch's gradient. */
static const double flipped_gradient_tolerance = 1e-2;

/* A gradient that is 0 in theory is compared with this share of the branch's largest. */
static const double gradient_floor = 1e-3;

typedef struct {
    const golden_set *golden;
    const golden_run *run;
    golden_report *report;
    const char *branch;
    test_network test;
    agr_network *network;
    double factor; /* on tolerances */
    int64_t n_images;
    float *images;
    float *labels[MAX_HEADS];
    const float *label_pointers[MAX_HEADS];
    uint8_t *mask[AGR_NETWORK_MAX_LAYERS];
    size_t n_signs_differ;     /* from run->signs, in step 1 */
    agr_draw_address *address; /* never looked at where masks are given */
} golden_trial;

static float *floats_of(const golden_array *array)
{
    float *x = malloc(array->count * sizeof *x);
    assert_non_null(x);
    for (size_t i = 0; i < array->count; i++)
        x[i] = (float)array->data[i];
    return x;
}

/* ---- setting up ---- */

static void open_network(golden_trial *trial)
{
    const golden_array *text = golden_find(trial->golden, "network/%s", trial->branch);
    const golden_array *x = golden_find(trial->golden, "data/x");
    if (text == NULL || x == NULL)
        fail_msg("no network '%s' or no images in the golden", trial->branch);
    trial->n_images = x->shape[0];
    const test_network_want want = {
        .yaml = text->text,
        .name = trial->branch,
        .input = {x->shape[1], x->shape[2], x->shape[3]},
        .max_images = trial->n_images,
        .micro_batch = trial->run->micro_batch,
        .n_threads = trial->run->n_threads,
        .conv_algorithm = trial->run->conv_algorithm,
    };
    test_network_open(&trial->test, &want);
    trial->network = trial->test.network;
    trial->images = floats_of(x);
    trial->address = calloc((size_t)trial->n_images, sizeof *trial->address);
    for (int h = 0; h < agr_network_n_heads(trial->network); h++) {
        const agr_head *head = agr_network_head(trial->network, h);
        const golden_array *labels = golden_find(trial->golden, "data/%s", head->target);
        assert_non_null(labels);
        trial->labels[h] = floats_of(labels);
        trial->label_pointers[h] = trial->labels[h];
    }
}

static void close_network(golden_trial *trial)
{
    for (int i = 0; i < AGR_NETWORK_MAX_LAYERS; i++)
        free(trial->mask[i]);
    for (int h = 0; h < MAX_HEADS; h++)
        free(trial->labels[h]);
    free(trial->images);
    free(trial->address);
    test_network_close(&trial->test);
}

static void load_weights(golden_trial *trial)
{
    for (int i = 0; i < agr_network_n_parameters(trial->network); i++) {
        const agr_parameter *parameter = agr_network_parameter(trial->network, i);
        const int layer = agr_network_parameter_layer(trial->network, i);
        const char *name = agr_network_layer(trial->network, layer)->name;
        const golden_array *array = golden_find(trial->golden, "init/%s/%s", name, parameter->name);
        if (array == NULL || array->count != parameter->count)
            fail_msg("no fitting array 'init/%s/%s'", name, parameter->name);
        for (size_t k = 0; k < array->count; k++)
            parameter->value[k] = (float)array->data[k];
    }
    agr_network_clear_slots(trial->network);
    agr_network_parameters_changed(trial->network);
}

static void load_masks(golden_trial *trial, int step)
{
    for (int i = 0; i < agr_network_n_layers(trial->network); i++) {
        agr_layer *layer = agr_network_layer_for_test(trial->network, i);
        if (strcmp(layer->kind->name, "dropout") != 0)
            continue;
        const golden_array *array =
            golden_find(trial->golden, "masks/step%d/%s", step, layer->name);
        if (array == NULL) /* a reference without dropout: its layers have rate 0 */
            continue;
        free(trial->mask[i]);
        trial->mask[i] = malloc(array->count);
        for (size_t k = 0; k < array->count; k++)
            trial->mask[i][k] = array->data[k] != 0;
        layer->mask = trial->mask[i];
    }
}

static agr_network_batch batch_of(const golden_trial *trial)
{
    return (agr_network_batch){.shard = agr_shard_whole(trial->n_images, trial->run->micro_batch),
                               .images = trial->images,
                               .labels = trial->label_pointers,
                               .address = trial->address};
}

/* ---- comparing ---- */

static void compare_outputs(golden_trial *trial, const char *what, const char *prefix,
                            double tolerance)
{
    for (int h = 0; h < agr_network_n_heads(trial->network); h++) {
        const agr_head *head = agr_network_head(trial->network, h);
        const golden_array *array = golden_find(trial->golden, "%s/%s", prefix, head->name);
        if (array == NULL)
            continue;
        golden_compare(trial->report, what, array->name, agr_network_predictions(trial->network, h),
                       array->data, array->count, tolerance);
    }
}

static void compare_losses(golden_trial *trial, const char *what, const char *prefix, int index,
                           const agr_head_sums *sums, double tolerance)
{
    for (int h = 0; h < agr_network_n_heads(trial->network); h++) {
        const agr_head *head = agr_network_head(trial->network, h);
        const golden_array *array = golden_find(trial->golden, "%s%s", prefix, head->name);
        if (array != NULL)
            golden_compare_number(trial->report, what, array->name,
                                  agr_metric_value(&agr_metrics[0], &sums[h]), array->data[index],
                                  tolerance);
    }
}

/* A layer behind may have written over it in place. */
static bool was_overwritten(const agr_network *network, int layer)
{
    const float *data = network->stage[layer].y.data;
    for (int i = layer + 1; i < network->n_stages; i++)
        if (network->stage[i].y.data == data &&
            (network->stage[i].layer.kind->abilities & AGR_PASSES_MEMORY_ON) == 0)
            return true;
    return false;
}

static void form_output(const golden_trial *trial, int i, float *y)
{
    const agr_stage *stage = &trial->network->stage[i];
    agr_view_form(NULL, stage->y, stage->layer.out, trial->n_images, y);
}

static size_t output_count(const golden_trial *trial, int i)
{
    return (size_t)(trial->n_images * agr_extent_size(trial->network->stage[i].layer.out));
}

/* Position inside its window of the element that a max-pool picks for output element `at`. */
static uint8_t picked_position(const agr_layer *pool, const float *x, size_t at)
{
    const agr_extent in = pool->in, out = pool->out;
    const int64_t window = in.height / out.height, c = (int64_t)at % out.channels;
    const int64_t pixel = (int64_t)at / out.channels, j = pixel % out.width;
    const int64_t row = pixel / out.width, i = row % out.height, n = row / out.height;
    int64_t best = 0;
    float largest = -INFINITY;
    for (int64_t k = 0; k < window * window; k++) {
        const int64_t h = i * window + k / window, w = j * window + k % window;
        const float value = x[((n * in.height + h) * in.width + w) * in.channels + c];
        best = value > largest ? k : best;
        largest = fmaxf(largest, value);
    }
    return (uint8_t)best;
}

/* What the derivative of layer i switches on: positive outputs, the picks of a max-pool. */
static uint8_t *switches_of(const golden_trial *trial, int i)
{
    const agr_layer *layer = &trial->network->stage[i].layer;
    const bool pools = strcmp(layer->kind->name, "max_pooling2d") == 0 && i > 0;
    const size_t n = output_count(trial, i);
    const int from = pools ? i - 1 : i;
    float *y = malloc(output_count(trial, from) * sizeof *y);
    uint8_t *switches = malloc(n);
    form_output(trial, from, y);
    for (size_t k = 0; k < n; k++)
        switches[k] = pools ? picked_position(layer, y, k) : y[k] > 0;
    free(y);
    return switches;
}

/* Takes down the switches of all layers that have some, or counts those that differ. */
static void compare_signs(golden_trial *trial)
{
    golden_signs *signs = trial->run->signs;
    const agr_network *network = trial->network;
    assert_true(network->n_stages <= GOLDEN_MAX_LINES);
    for (int i = 0; signs != NULL && i < network->n_stages; i++) {
        const unsigned abilities = network->stage[i].layer.kind->abilities;
        if ((abilities & (AGR_LOOKS_AT_OUTPUT | AGR_GIVES_POOLED)) == 0)
            continue;
        uint8_t *switches = switches_of(trial, i);
        if (signs->state[i] == NULL) {
            signs->state[i] = switches;
            continue;
        }
        for (size_t k = 0; k < output_count(trial, i); k++)
            trial->n_signs_differ += signs->state[i][k] != switches[k];
        free(switches);
    }
}

void golden_signs_release(golden_signs *signs)
{
    for (int i = 0; i < GOLDEN_MAX_LINES; i++)
        free(signs->state[i]);
    memset(signs, 0, sizeof *signs);
}

static void compare_activations(golden_trial *trial)
{
    const agr_network *network = trial->network;
    for (int i = 0; i < network->n_stages; i++) {
        const agr_layer *layer = &network->stage[i].layer;
        const golden_array *array = golden_find(trial->golden, "train1/act/%s", layer->name);
        if (array == NULL || was_overwritten(network, i))
            continue;
        float *y = malloc(array->count * sizeof *y);
        agr_view_form(NULL, network->stage[i].y, layer->out, trial->n_images, y);
        golden_compare(trial->report, "activations, step 1", array->name, y, array->data,
                       array->count, activation_tolerance * trial->factor);
        free(y);
    }
}

static double largest_gradient(const golden_trial *trial)
{
    const agr_network_slabs slabs = agr_network_slabs_of(trial->network);
    double largest = 0;
    for (size_t i = 0; i < slabs.n_floats; i++)
        largest = fmax(largest, fabs((double)slabs.gradient[i]));
    return largest;
}

static void compare_gradients(golden_trial *trial)
{
    const double floor = gradient_floor * largest_gradient(trial);
    for (int i = 0; i < agr_network_n_parameters(trial->network); i++) {
        const agr_parameter *parameter = agr_network_parameter(trial->network, i);
        const int layer = agr_network_parameter_layer(trial->network, i);
        const golden_array *array =
            golden_find(trial->golden, "grads/%s/%s",
                        agr_network_layer(trial->network, layer)->name, parameter->name);
        if (array == NULL)
            continue;
        double difference = 0, largest = floor;
        for (size_t k = 0; k < array->count; k++) {
            const double d = fabs((double)parameter->gradient.row[k] - array->data[k]);
            difference = d <= difference ? difference : d;
            largest = fmax(largest, fabs(array->data[k]));
        }
        double tolerance = gradient_tolerance;
        if (trial->run->gradient_tolerance != NULL)
            tolerance = trial->run->gradient_tolerance(array->name, trial->run->context);
        if (trial->n_signs_differ == 0)
            golden_note(trial->report, "gradients, step 1", array->name, difference / largest,
                        tolerance * trial->factor);
        else
            golden_note(trial->report, "gradients, step 1, other ReLU or max", array->name,
                        difference / largest, fmax(tolerance, flipped_gradient_tolerance));
    }
}

/* Moving statistics whole; weights where the gradient is clear of noise (elsewhere Adam turns noise
 * into a step of its own), in units of the learning rate. */
static void compare_weights(golden_trial *trial, double learning_rate)
{
    for (int i = 0; i < agr_network_n_parameters(trial->network); i++) {
        const agr_parameter *parameter = agr_network_parameter(trial->network, i);
        const int layer = agr_network_parameter_layer(trial->network, i);
        const char *name = agr_network_layer(trial->network, layer)->name;
        const golden_array *array =
            golden_find(trial->golden, "step1/weights/%s/%s", name, parameter->name);
        const golden_array *gradient =
            golden_find(trial->golden, "grads/%s/%s", name, parameter->name);
        if (array != NULL && parameter->role == AGR_PARAMETER_STATE)
            golden_compare(trial->report, "moving statistics, step 1", array->name,
                           parameter->value, array->data, array->count, moving_tolerance);
        if (array == NULL || gradient == NULL)
            continue;
        double largest = 0, worst = 0;
        for (size_t k = 0; k < gradient->count; k++)
            largest = fmax(largest, fabs(gradient->data[k]));
        for (size_t k = 0; k < array->count; k++)
            if (fabs(gradient->data[k]) > fmax(1e-2 * largest, 1e-4))
                worst = fmax(worst, fabs((double)parameter->value[k] - array->data[k]));
        golden_note(trial->report, "weights after step 1, share of the rate", array->name,
                    worst / learning_rate, weight_tolerance);
    }
}

/* ---- running ---- */

static void infer(golden_trial *trial, const char *what, const char *prefix, double tolerance)
{
    agr_error err;
    const agr_network_batch batch = batch_of(trial);
    assert_ok(
        agr_network_forward(trial->network, &batch, AGR_FORWARD_INFER, agr_reducer_local(), &err),
        err);
    compare_outputs(trial, what, prefix, tolerance);
}

static agr_optimiser optimiser_of(double lr, double decay)
{
    return (agr_optimiser){.kind = agr_optimiser_find("adam"),
                           .schedule = {.kind = AGR_SCHEDULE_KERAS, .lr = lr, .decay = decay},
                           .beta_1 = 0.9,
                           .beta_2 = 0.999,
                           .epsilon = 1e-7};
}

static void step(golden_trial *trial, int k, agr_head_sums *sums)
{
    agr_error err;
    const agr_network_batch batch = batch_of(trial);
    agr_reducer *reducer = agr_reducer_local();
    load_masks(trial, k);
    assert_ok(agr_network_forward(trial->network, &batch, AGR_FORWARD_TRAIN, reducer, &err), err);
    assert_ok(agr_network_loss(trial->network, &batch, reducer, sums, &err), err);
    if (k == 1) {
        trial->n_signs_differ = 0;
        compare_signs(trial);
        compare_activations(trial);
    }
    assert_ok(agr_network_backward(trial->network, &batch, reducer, &err), err);
}

static void train(golden_trial *trial)
{
    const agr_optimiser optimiser = optimiser_of(0.005, 1e-4);
    agr_optimiser_state state = {0};
    load_weights(trial);
    infer(trial, "inference before training", "infer_init", output_tolerance * trial->factor);
    for (int k = 1; k <= N_STEPS; k++) {
        agr_head_sums sums[MAX_HEADS];
        step(trial, k, sums);
        compare_losses(trial, "losses, lr 0.005", "history/loss_", k - 1, sums, history_tolerance);
        if (k == 1) {
            compare_outputs(trial, "outputs, step 1", "train1/outputs",
                            output_tolerance * trial->factor);
            compare_losses(trial, "losses, step 1", "train1/loss_", 0, sums,
                           output_tolerance * trial->factor);
            compare_gradients(trial);
        }
        agr_optimiser_apply(&optimiser, &state, trial->network);
        if (k == 1)
            compare_weights(trial, 0.005);
    }
}

static void chain(golden_trial *trial)
{
    const agr_optimiser optimiser = optimiser_of(1e-5, 2e-7);
    agr_optimiser_state state = {0};
    const agr_head *head = agr_network_head(trial->network, 0);
    if (golden_find(trial->golden, "chain/loss_%s", head->name) == NULL)
        return;
    load_weights(trial);
    for (int k = 1; k <= N_STEPS; k++) {
        agr_head_sums sums[MAX_HEADS];
        step(trial, k, sums);
        compare_losses(trial, "losses, chain at lr 1e-5", "chain/loss_", k - 1, sums,
                       chain_tolerance);
        agr_optimiser_apply(&optimiser, &state, trial->network);
    }
    infer(trial, "inference after the chain", "chain/infer_final", chain_tolerance);
}

void golden_check_branch(const golden_set *golden, const char *branch, const golden_run *run,
                         golden_report *report)
{
    golden_trial trial = {.golden = golden,
                          .run = run,
                          .report = report,
                          .branch = branch,
                          .factor = run->tolerance_factor > 0 ? run->tolerance_factor : 1};
    agr_kernels_select(run->isa);
    open_network(&trial);
    assert_true(agr_network_n_heads(trial.network) <= MAX_HEADS);
    train(&trial);
    chain(&trial);
    close_network(&trial);
}
