/* Networks that take turns in one workspace say and learn what each does in its own, whatever lies there. */
#include <agr/nn/optimiser.h>

#include "openblas.h"
#include "test.h"
#include "test_network.h"

enum { SIZE = 15, N_IMAGES = 5, N_NETWORKS = 2, MAX_OUTPUTS = N_IMAGES * 8, N_TURNS = 6 };

static const char *const yaml[N_NETWORKS] = {
    "layers: ["
    "{depthwise_conv2d: {activation: relu}}, {batch_normalization: {}},"
    "{conv2d: {filters: 7, activation: relu}}, {batch_normalization: {}},"
    "{max_pooling2d: {pool_size: 2}}, {dropout: {rate: 0.3}}, {conv2d: {filters: 20}},"
    "{batch_normalization: {}}, {activation: {activation: relu}}, {flatten: {}}],"
    "heads: [{name: a, target: x, loss: mse, weight: 1,"
    "         layers: [{dense: {name: a_dense, units: 1}}]},"
    "        {name: b, target: y, loss: sparse_categorical_crossentropy, weight: 1,"
    "         layers: [{dense: {name: b_dense, units: 3}}, {batch_normalization: {}}]}]",
    "layers: ["
    "{resize: {height: 13, width: 17}}, {conv2d: {filters: 17, activation: relu}}, "
    "{batch_normalization: {}},"
    "{global_average_pooling2d: {}}, {dense: {units: 1}}],"
    "heads: [{name: c, target: x, loss: mse, weight: 1}]",
};

static float images[N_IMAGES * SIZE * SIZE * 3];

typedef enum { TO_SAY, TO_LEARN } purpose;

static void open_network(test_network *test, int y, agr_conv_algorithm algorithm, purpose what_for)
{
    const agr_target target[] = {{.name = "x", .n_classes = -1}, {.name = "y", .n_classes = 3}};
    const test_network_want want = {.yaml = yaml[y],
                                    .input = {SIZE, SIZE, 3},
                                    .max_images = N_IMAGES,
                                    .micro_batch = 2,
                                    .inference = what_for == TO_SAY,
                                    .seed = 3 + (uint64_t)y,
                                    .conv_algorithm = algorithm,
                                    .targets = target,
                                    .n_targets = 2};
    test_network_open(test, &want);
}

/* What all heads say of the images, one after the other. */
static size_t ask(agr_network *network, float said[MAX_OUTPUTS])
{
    agr_error err;
    size_t n = 0;
    const agr_network_batch batch = {.shard = agr_shard_whole(N_IMAGES, 2), .images = images};
    assert_ok(agr_network_forward(network, &batch, AGR_FORWARD_INFER, agr_reducer_local(), &err),
              err);
    for (int h = 0; h < agr_network_n_heads(network); h++) {
        const size_t n_here = (size_t)(N_IMAGES * agr_network_head(network, h)->loss.n_columns);
        memcpy(said + n, agr_network_predictions(network, h), n_here * sizeof *said);
        n += n_here;
    }
    return n;
}

static void move_together(test_network test[N_NETWORKS], agr_workspace *workspace)
{
    agr_error err;
    size_t most = 0;
    for (int y = 0; y < N_NETWORKS; y++) {
        const size_t wanted = agr_network_memory_of_workspace(&test[y].memory);
        most = wanted > most ? wanted : most;
    }
    assert_ok(agr_workspace_reserve(workspace, most, &err), err);
    for (int y = 0; y < N_NETWORKS; y++) {
        test[y].plan.workspace = workspace;
        assert_ok(agr_network_plan(test[y].network, &test[y].plan, NULL, &err), err);
    }
}

/* Bytes that no sum can bear, where another network was before this one. */
static void spoil(agr_workspace *workspace, const agr_network *next)
{
    if (workspace->tenant != next)
        memset(workspace->arena.memory, 0xFF, workspace->arena.capacity_bytes);
}

/* Whose turn it is: sometimes the same one's twice. */
static int whose(int turn)
{
    return turn % 3 % N_NETWORKS;
}

static void take_turns(agr_conv_algorithm algorithm)
{
    test_network test[N_NETWORKS];
    agr_workspace workspace;
    float alone[N_NETWORKS][MAX_OUTPUTS], together[MAX_OUTPUTS];
    size_t n[N_NETWORKS];
    test_fill(images, sizeof images / sizeof *images, 1, 0, 1);
    for (int y = 0; y < N_NETWORKS; y++) {
        open_network(&test[y], y, algorithm, TO_SAY);
        n[y] = ask(test[y].network, alone[y]);
    }
    move_together(test, &workspace);
    for (int turn = 0; turn < N_TURNS; turn++) {
        const int y = whose(turn);
        spoil(&workspace, test[y].network);
        assert_int_equal(ask(test[y].network, together), n[y]);
        assert_memory_equal(together, alone[y], n[y] * sizeof *together);
    }
    for (int y = 0; y < N_NETWORKS; y++)
        test_network_close(&test[y]);
    agr_workspace_release(&workspace);
}

static void turns_change_no_bit(void **state)
{
    (void)state;
    take_turns(AGR_CONV_DIRECT);
    take_turns(AGR_CONV_WINOGRAD);
    take_turns(AGR_CONV_IM2COL);
}

/* ---- training ---- */

/* A step of a network; the gradient's norm counts in it. */
static void learn(agr_network *network, agr_optimiser_state *state)
{
    static const float numbers[N_IMAGES] = {1, 2, 0.5F, -1, 0}, classes[N_IMAGES] = {0, 2, 1, 1, 0};
    static const float *const labels[2] = {numbers, classes};
    const agr_optimiser optimiser = {.kind = agr_optimiser_find("adam"),
                                     .schedule = {.kind = AGR_SCHEDULE_KERAS, .lr = 0.01},
                                     .beta_1 = 0.9,
                                     .beta_2 = 0.99,
                                     .epsilon = 1e-7,
                                     .clip_norm = 0.1};
    agr_draw_address address[N_IMAGES] = {{0}};
    agr_head_sums sums[AGR_MAX_HEADS];
    agr_error err;
    for (int i = 0; i < N_IMAGES; i++)
        address[i] = (agr_draw_address){.epoch = (uint32_t)state->step, .sample = (uint32_t)i};
    const agr_network_batch batch = {.shard = agr_shard_whole(N_IMAGES, 2),
                                     .images = images,
                                     .labels = labels,
                                     .address = address};
    agr_reducer *reducer = agr_reducer_local();
    assert_ok(agr_network_forward(network, &batch, AGR_FORWARD_TRAIN, reducer, &err), err);
    assert_ok(agr_network_loss(network, &batch, reducer, sums, &err), err);
    assert_ok(agr_network_backward(network, &batch, reducer, &err), err);
    agr_optimiser_apply(&optimiser, state, network);
}

static void assert_same_model(const agr_network *one, const agr_network *other)
{
    const agr_network_slabs a = agr_network_slabs_of(one), b = agr_network_slabs_of(other);
    assert_memory_equal(a.values, b.values, a.n_floats * sizeof(float));
    assert_memory_equal(a.state, b.state, a.n_state_floats * sizeof(float));
    for (int s = 0; s < 2; s++)
        assert_memory_equal(a.slot[s], b.slot[s], a.n_floats * sizeof(float));
}

static void learn_in_turns(agr_conv_algorithm algorithm)
{
    test_network alone[N_NETWORKS], together[N_NETWORKS];
    agr_optimiser_state alone_at[N_NETWORKS] = {{0}}, together_at[N_NETWORKS] = {{0}};
    agr_workspace workspace;
    test_fill(images, sizeof images / sizeof *images, 1, 0, 1);
    for (int y = 0; y < N_NETWORKS; y++) {
        open_network(&alone[y], y, algorithm, TO_LEARN);
        open_network(&together[y], y, algorithm, TO_LEARN);
    }
    move_together(together, &workspace);
    for (int turn = 0; turn < N_TURNS; turn++) {
        const int y = whose(turn);
        learn(alone[y].network, &alone_at[y]);
        spoil(&workspace, together[y].network);
        learn(together[y].network, &together_at[y]);
        assert_same_model(alone[y].network, together[y].network);
    }
    for (int y = 0; y < N_NETWORKS; y++) {
        test_network_close(&alone[y]);
        test_network_close(&together[y]);
    }
    agr_workspace_release(&workspace);
}

static void turns_teach_the_same(void **state)
{
    (void)state;
    learn_in_turns(AGR_CONV_DIRECT);
    learn_in_turns(AGR_CONV_WINOGRAD);
    learn_in_turns(AGR_CONV_IM2COL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(turns_change_no_bit),
                                       cmocka_unit_test(turns_teach_the_same)};
    return cmocka_run_group_tests(tests, test_load_openblas, NULL);
}
