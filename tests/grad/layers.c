/*
 * Every row of the layer table against finite differences.
 *
 * The scalar is L = sum r * y with random r (with r = 1 a correct batch norm has a gradient of 0
 * and the check would compare noise), added in double. x and the parameters are moved by +-h one by
 * one. Where a move changes which elements of y are 0 or which one a max-pool picks, L has a kink
 * and the element is left out; most must remain.
 */
#include <agr/base/size.h>
#include <agr/nn/layer.h>

#include "test_network.h"
#include "test.h"

enum { N_IMAGES = 5, MICRO_BATCH = 2 };

typedef struct {
    const char *kind;
    const char *options; /* "key=value key=value" */
    agr_extent in;
    bool flat;
    bool affine;        /* x comes with scale and shift; dx is then with respect to their result */
    bool pooled;        /* dy comes with a window of 2 */
    bool affine_dy;     /* dy comes with a batch norm's scale, slope and offset */
    bool wide;          /* x on a grid wider than 2 h, so that no max changes */
    bool finds_no_kink; /* every element must be checked */
} layer_case;

static const layer_case cases[] = {
    {"conv2d", "filters=5", {6, 7, 3}, .finds_no_kink = true},
    {"conv2d", "filters=4 activation=relu", {5, 6, 3}},
    {"conv2d", "filters=20 activation=relu", {8, 9, 18}},
    {"conv2d", "filters=3 kernel_size=5", {6, 5, 2}, .finds_no_kink = true},
    {"conv2d", "filters=3 kernel_size=1 activation=relu", {4, 5, 6}},
    {"conv2d", "filters=4 activation=relu", {6, 6, 3}, .affine = true},
    {"conv2d", "filters=4", {6, 7, 3}, .pooled = true, .finds_no_kink = true},
    {"conv2d", "filters=4", {5, 7, 3}, .affine_dy = true, .finds_no_kink = true},
    {"conv2d", "filters=4 activation=relu", {7, 6, 3}, .pooled = true, .affine_dy = true},
    {"depthwise_conv2d", "activation=relu", {7, 6, 5}},
    {"depthwise_conv2d", "", {5, 6, 3}, .affine = true, .finds_no_kink = true},
    {"depthwise_conv2d", "", {6, 7, 3}, .pooled = true, .affine_dy = true, .finds_no_kink = true},
    {"batch_normalization", "", {5, 6, 3}, .finds_no_kink = true},
    {"batch_normalization", "epsilon=0.1", {1, 1, 7}, .flat = true, .finds_no_kink = true},
    {"batch_normalization", "", {6, 5, 4}, .pooled = true, .finds_no_kink = true},
    {"activation", "activation=linear", {3, 4, 2}, .finds_no_kink = true},
    {"activation", "activation=relu", {3, 4, 5}},
    {"activation", "activation=relu", {3, 4, 5}, .affine = true},
    {"activation", "activation=sigmoid", {1, 1, 9}, .flat = true, .finds_no_kink = true},
    {"activation", "activation=softmax", {1, 1, 6}, .flat = true, .finds_no_kink = true},
    {"max_pooling2d", "pool_size=2", {7, 6, 3}, .wide = true, .finds_no_kink = true},
    {"max_pooling2d", "pool_size=3", {7, 9, 5}, .wide = true, .finds_no_kink = true},
    {"max_pooling2d", "pool_size=2", {4, 6, 4}, .wide = true, .affine = true},
    {"global_average_pooling2d", "", {4, 5, 6}, .finds_no_kink = true},
    {"global_average_pooling2d", "", {3, 3, 4}, .affine = true, .finds_no_kink = true},
    {"dropout", "rate=0.4", {4, 5, 3}, .finds_no_kink = true},
    {"flatten", "", {3, 4, 2}, .finds_no_kink = true},
    {"dense", "units=6", {1, 1, 10}, .flat = true, .finds_no_kink = true},
    {"dense", "units=1", {1, 1, 37}, .flat = true, .finds_no_kink = true},
    {"dense", "units=9 activation=relu", {1, 1, 21}, .flat = true},
    {"thresholds", "units=6", {1, 1, 1}, .flat = true, .finds_no_kink = true},
    {"resize", "height=4 width=9", {6, 5, 3}, .finds_no_kink = true},
    {"resize", "height=3 width=2", {6, 5, 3}, .affine = true, .finds_no_kink = true},
};

enum { N_CASES = sizeof cases / sizeof *cases };

/* ---- a layer on its own ---- */

typedef struct {
    const layer_case *test;
    agr_layer layer;
    agr_arena arena;
    agr_options options;
    agr_shard shard;
    agr_pass pass;
    agr_draw_address address[N_IMAGES];
    float *x, *y, *r, *room; /* x as the layer sees it when not affine */
    float *scale, *shift;    /* of x */
    float *upstream;         /* what dy is made of: [pooled out] */
    uint8_t *argmax;         /* of dy */
    float *dy_x, *dy_scale, *dy_slope, *dy_offset;
    float *dx, *formed_dy;
} layer_rig;

static size_t in_count(const layer_rig *rig)
{
    return (size_t)(N_IMAGES * agr_extent_size(rig->layer.in));
}

static size_t out_count(const layer_rig *rig)
{
    return (size_t)(N_IMAGES * agr_extent_size(rig->layer.out));
}

static void read_options(agr_options *options, const char *text)
{
    *options = (agr_options){.subject = "the layer", .source = "test.yaml", .line = 1};
    char key[AGR_CONFIG_KIND_BYTES], value[AGR_CONFIG_NAME_BYTES];
    int used;
    while (sscanf(text, " %31[^= ]=%63s%n", key, value, &used) == 2) {
        agr_option *option = &options->option[options->n_options++];
        strcpy(option->key, key);
        strcpy(option->value, value);
        text += used;
    }
}

static void take_memory(layer_rig *rig)
{
    agr_error err;
    agr_layer *layer = &rig->layer;
    agr_layer_plan plan = {.arena = &rig->arena,
                           .training = true,
                           .micro_batch = MICRO_BATCH,
                           .max_micro_batches = rig->shard.count,
                           .max_images = rig->shard.count * MICRO_BATCH,
                           .n_threads = 2};
    if (layer->kind->plan != NULL)
        assert_ok(layer->kind->plan(layer, &plan, &err), err);
    const size_t in = in_count(rig), out = out_count(rig);
    const size_t channels = (size_t)agr_max_i64(layer->in.channels, layer->out.channels);
    float **const floats[] = {&rig->x, &rig->room, &rig->dx};
    for (int i = 0; i < 3; i++)
        *floats[i] = agr_layer_keep(&plan, in);
    float **const outs[] = {&rig->y, &rig->r, &rig->upstream, &rig->dy_x, &rig->formed_dy};
    for (int i = 0; i < 5; i++)
        *outs[i] = agr_layer_keep(&plan, out);
    float **const vectors[] = {&rig->scale, &rig->shift, &rig->dy_scale, &rig->dy_slope,
                               &rig->dy_offset};
    for (int i = 0; i < 5; i++)
        *vectors[i] = agr_layer_keep(&plan, channels);
    rig->argmax = agr_arena_take(&rig->arena, out, 1);
    for (int p = 0; p < layer->n_parameters; p++) {
        layer->parameter[p].value = agr_layer_keep(&plan, layer->parameter[p].count);
        layer->parameter[p].gradient.row = agr_layer_keep(&plan, layer->parameter[p].count);
    }
    rig->pass.work = agr_layer_keep(&plan, plan.work_floats);
    const size_t n_sums = 2 * channels * (size_t)(rig->shard.count + 1);
    rig->pass.sums = agr_arena_take(&rig->arena, n_sums, sizeof(double));
    rig->pass.totals = agr_arena_take(&rig->arena, n_sums, sizeof(double));
}

/* Values on a grid of 0.1 in a random order; 0 is not among them. */
static void fill_grid(float *x, size_t n, uint64_t seed)
{
    int64_t *order = malloc(n * sizeof *order);
    assert_non_null(order);
    agr_random_permutation(agr_random_key_make(seed, AGR_RANDOM_TEST, 1), 0, (int64_t)n, order);
    for (size_t i = 0; i < n; i++)
        x[i] = 0.1f * ((float)order[i] - (float)n / 2 + 0.4f);
    free(order);
}

static void fill_numbers(layer_rig *rig)
{
    const agr_layer *layer = &rig->layer;
    const size_t channels = (size_t)agr_max_i64(layer->in.channels, layer->out.channels);
    if (rig->test->wide)
        fill_grid(rig->x, in_count(rig), 1);
    else
        test_fill(rig->x, in_count(rig), 1, -1, 1);
    test_fill(rig->upstream, out_count(rig), 2, -1, 1);
    test_fill(rig->dy_x, out_count(rig), 3, -1, 1);
    test_fill(rig->scale, channels, 4, 0.5, 1.5);
    test_fill(rig->shift, channels, 5, -0.5, 0.5);
    rig->scale[0] = -rig->scale[0]; /* a batch norm's gamma may be negative */
    test_fill(rig->dy_scale, channels, 6, -1, 1);
    test_fill(rig->dy_slope, channels, 7, -1, 1);
    test_fill(rig->dy_offset, channels, 8, -1, 1);
    for (size_t i = 0; i < out_count(rig); i++)
        rig->argmax[i] = (uint8_t)(i * 7 % 5 % 4);
    for (int p = 0; p < layer->n_parameters; p++)
        test_fill(layer->parameter[p].value, layer->parameter[p].count, 10 + (uint64_t)p, -0.8,
                  0.8);
    for (int i = 0; i < N_IMAGES; i++)
        rig->address[i] = (agr_draw_address){.epoch = 3, .sample = (uint32_t)(100 + i)};
}

static void rig_open(layer_rig *rig, const layer_case *test, agr_pool *pool)
{
    agr_error err;
    memset(rig, 0, sizeof *rig);
    agr_layer *layer = &rig->layer;
    rig->test = test;
    layer->kind = agr_layer_kind_find(agr_layer_kinds, test->kind);
    assert_non_null(layer->kind);
    strcpy(layer->name, "layer");
    layer->in = layer->out = test->in;
    layer->flat_in = layer->flat_out = test->flat;
    layer->wants_dx = true;
    layer->own = calloc(1, layer->kind->own_bytes + 1);
    assert_non_null(layer->own);
    read_options(&rig->options, test->options);
    const agr_layer_settings settings = {
        .salt = "test", .seed = 7, .dropout = (double)NAN, .bn_momentum = (double)NAN};
    assert_ok(layer->kind->configure(layer, &rig->options, &settings, &err), err);
    assert_ok(agr_options_finish(&rig->options, &err), err);
    rig->shard = agr_shard_whole(N_IMAGES, MICRO_BATCH);
    rig->pass = (agr_pass){.pool = pool,
                           .shard = &rig->shard,
                           .n_images = N_IMAGES,
                           .mode = AGR_FORWARD_TRAIN,
                           .reducer = agr_reducer_local(),
                           .address = rig->address};
    take_memory(rig);
    assert_ok(agr_arena_allocate(&rig->arena, &err), err);
    take_memory(rig);
    fill_numbers(rig);
}

static void rig_close(layer_rig *rig)
{
    agr_arena_release(&rig->arena);
    free(rig->layer.own);
}

/* Runs forward and forms y. */
static void run_forward(layer_rig *rig)
{
    agr_error err;
    agr_layer *layer = &rig->layer;
    if (layer->kind->prepare != NULL)
        layer->kind->prepare(layer, rig->pass.pool);
    agr_view x = {.data = rig->x};
    if (rig->test->affine) {
        x.scale = rig->scale;
        x.shift = rig->shift;
    }
    agr_view y;
    assert_ok(layer->kind->forward(layer, &rig->pass, x, &y, &err), err);
    agr_view_form(rig->pass.pool, y, layer->out, N_IMAGES, rig->y);
}

static double scalar(layer_rig *rig)
{
    run_forward(rig);
    double sum = 0;
    for (size_t i = 0; i < out_count(rig); i++)
        sum += (double)rig->r[i] * (double)rig->y[i];
    return sum;
}

/* What the gradient view given to backward means is r. */
static agr_gradient_view upstream_view(layer_rig *rig)
{
    agr_gradient_view dy = agr_gradient_plain(rig->upstream);
    if (rig->test->pooled) {
        dy.window = 2;
        dy.argmax = rig->argmax;
    }
    if (rig->test->affine_dy) {
        dy.x = rig->dy_x;
        dy.scale = rig->dy_scale;
        dy.slope = rig->dy_slope;
        dy.offset = rig->dy_offset;
    }
    agr_gradient_form(rig->pass.pool, &dy, rig->layer.out, N_IMAGES, rig->r);
    return dy;
}

static void run_backward(layer_rig *rig, const agr_gradient_view *dy)
{
    agr_error err;
    agr_gradient_view dx;
    assert_ok(rig->layer.kind->backward(&rig->layer, &rig->pass, dy, rig->room, &dx, &err), err);
    agr_gradient_form(rig->pass.pool, &dx, rig->layer.in, N_IMAGES, rig->dx);
}

/* ---- differences ---- */

typedef struct {
    double worst;   /* |difference - gradient| */
    double largest; /* |gradient| */
    size_t n_checked, n_left_out;
} tally;

/* Same zeros in y before and after a move: no kink of a ReLU between them. */
static bool same_zeros(const float *a, const float *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((a[i] == 0) != (b[i] == 0))
            return false;
    return true;
}

/* dL / d value[i] against gradient[i]; factor turns it into the gradient of what it is
 * scaled by. */
static void check_element(layer_rig *rig, float *value, double gradient, double factor, double h,
                          tally *outcome)
{
    float *before = rig->formed_dy;
    const float kept = *value;
    const float above = kept + (float)h, below = kept - (float)h;
    *value = above;
    const double up = scalar(rig);
    memcpy(before, rig->y, out_count(rig) * sizeof *before);
    *value = below;
    const double down = scalar(rig);
    *value = kept;
    const bool kink = !same_zeros(before, rig->y, out_count(rig));
    if (kink) {
        outcome->n_left_out++;
        return;
    }
    const double difference = (up - down) / ((double)above - (double)below) / factor;
    outcome->worst = fmax(outcome->worst, fabs(difference - gradient));
    outcome->largest = fmax(outcome->largest, fabs(gradient));
    outcome->n_checked++;
}

static void judge(const layer_case *test, const char *what, tally outcome)
{
    const double tolerance = 2e-3 * outcome.largest + 1e-4;
    if (!(outcome.worst <= tolerance))
        fail_msg("%s (%s): %s: expected differences within %.2g of the gradient, found %.2g",
                 test->kind, test->options, what, tolerance, outcome.worst);
    if (outcome.n_checked < outcome.n_left_out || (test->finds_no_kink && outcome.n_left_out > 0))
        fail_msg("%s (%s): %s: only %zu elements checked, %zu left out", test->kind, test->options,
                 what, outcome.n_checked, outcome.n_left_out);
}

/* Near kinks a smaller step meets fewer of them; elsewhere a larger one has less rounding. */
static double step_of(const layer_case *test)
{
    return test->finds_no_kink ? 0.01 : 0.002;
}

static void check_input(layer_rig *rig)
{
    const agr_gradient_view dy = upstream_view(rig);
    const int64_t channels = rig->layer.in.channels;
    run_forward(rig);
    run_backward(rig, &dy);
    float *dx = malloc(in_count(rig) * sizeof *dx);
    assert_non_null(dx);
    memcpy(dx, rig->dx, in_count(rig) * sizeof *dx);
    tally outcome = {0};
    for (size_t i = 0; i<in_count(rig); i += in_count(rig)> 400 ? 7 : 1) {
        const double factor = rig->test->affine ? (double)rig->scale[(int64_t)i % channels] : 1.0;
        check_element(rig, &rig->x[i], (double)dx[i], factor, step_of(rig->test), &outcome);
    }
    free(dx);
    judge(rig->test, "x", outcome);
}

static void check_parameter(layer_rig *rig, agr_parameter *parameter)
{
    tally outcome = {0};
    float *gradient = malloc(parameter->count * sizeof *gradient);
    assert_non_null(gradient);
    memcpy(gradient, parameter->gradient.row, parameter->count * sizeof *gradient);
    for (size_t i = 0; i<parameter->count; i += parameter->count> 200 ? 13 : 1)
        check_element(rig, &parameter->value[i], (double)gradient[i], 1, step_of(rig->test),
                      &outcome);
    free(gradient);
    judge(rig->test, parameter->name, outcome);
}

static void every_case_has_the_gradient_of_its_differences(void **state)
{
    (void)state;
    agr_error err;
    agr_pool *pool;
    assert_ok(agr_pool_create(2, &pool, &err), err);
    for (int c = 0; c < N_CASES; c++) {
        layer_rig rig;
        rig_open(&rig, &cases[c], pool);
        check_input(&rig);
        for (int p = 0; p < rig.layer.n_parameters; p++)
            if (rig.layer.parameter[p].role == AGR_PARAMETER_TRAINED)
                check_parameter(&rig, &rig.layer.parameter[p]);
        rig_close(&rig);
    }
    agr_pool_destroy(pool);
}

static void every_row_has_a_case(void **state)
{
    (void)state;
    for (int k = 0; agr_layer_kinds[k] != NULL; k++) {
        bool found = false;
        for (int c = 0; c < N_CASES; c++)
            found = found || strcmp(cases[c].kind, agr_layer_kinds[k]->name) == 0;
        if (!found)
            fail_msg("layer '%s' has no gradient check", agr_layer_kinds[k]->name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_has_a_case),
        cmocka_unit_test(every_case_has_the_gradient_of_its_differences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
