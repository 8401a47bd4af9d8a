/* Networks that take turns in one workspace say what each says in its own, whatever lies there. */
#include "openblas.h"
#include "test.h"
#include "test_network.h"

enum { SIZE = 15, N_IMAGES = 5, N_NETWORKS = 2, MAX_OUTPUTS = N_IMAGES * 8 };

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

static void open_network(test_network *test, int y, agr_conv_algorithm algorithm)
{
    const agr_target target[] = {{.name = "x", .n_classes = -1}, {.name = "y", .n_classes = 3}};
    const test_network_want want = {.yaml = yaml[y],
                                    .input = {SIZE, SIZE, 3},
                                    .max_images = N_IMAGES,
                                    .micro_batch = 2,
                                    .inference = true,
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
        const size_t wanted = test[y].memory.activations + test[y].memory.work;
        most = wanted > most ? wanted : most;
    }
    assert_ok(agr_workspace_reserve(workspace, most, &err), err);
    for (int y = 0; y < N_NETWORKS; y++) {
        test[y].plan.workspace = workspace;
        assert_ok(agr_network_plan(test[y].network, &test[y].plan, NULL, &err), err);
    }
}

static void take_turns(agr_conv_algorithm algorithm)
{
    test_network test[N_NETWORKS];
    agr_workspace workspace;
    float alone[N_NETWORKS][MAX_OUTPUTS], together[MAX_OUTPUTS];
    size_t n[N_NETWORKS];
    test_fill(images, sizeof images / sizeof *images, 1, 0, 1);
    for (int y = 0; y < N_NETWORKS; y++) {
        open_network(&test[y], y, algorithm);
        n[y] = ask(test[y].network, alone[y]);
    }
    move_together(test, &workspace);
    for (int turn = 0; turn < 6; turn++) { /* sometimes the same one twice */
        const int y = turn % 3 % N_NETWORKS;
        if (workspace.tenant != test[y].network) /* bytes that no sum can bear */
            memset(workspace.arena.memory, 0xFF, workspace.arena.capacity_bytes);
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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(turns_change_no_bit)};
    return cmocka_run_group_tests(tests, test_load_openblas, NULL);
}
