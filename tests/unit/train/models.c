/* Models brought back from a checkpoint: numbers that cannot be are named with branch and layer. */
#include "test.h"
#include "test_network.h"

#include <agr/train/models.h>

enum { SIZE = 8 };

static const char yaml[] =
    "branches: {eyes: {layers: [{flatten: {}}, {dense: {name: first, units: 3}},"
    "{dense: {name: last, units: 1}}],"
    "heads: [{name: o, target: eyes, loss: binary_crossentropy}]}}";

/* A checkpoint of one untrained branch in which one number of a layer is another. */
static void write_checkpoint(const char *path, const char *layer, float number)
{
    agr_error err;
    agr_config config;
    agr_network *network;
    agr_network_memory memory;
    agr_network_state state;
    agr_text text = {0};
    assert_ok(agr_config_parse(&config, yaml, strlen(yaml), "test", NULL, 0, &err), err);
    agr_config_yaml(&config, AGR_CONFIG_PLAIN, &text);
    const agr_network_options options =
        agr_network_options_from(&config, (agr_extent){SIZE, SIZE, 3});
    const agr_network_plan_options plan = {.max_images = 1, .micro_batch = 1, .n_parts = 1};
    assert_ok(agr_network_create(&config.branch[0], &options, &network, &err), err);
    assert_ok(agr_network_state_create(network, NULL, &state, &err), err);
    assert_ok(agr_network_plan(network, &plan, &memory, &err), err);
    agr_network_initialise(network, 1);
    agr_network_state_point(&state, network);
    test_network_parameter(network, layer, "kernel")->value[1] = number;
    const agr_checkpoint_head head = {.name = "o", .target = "eyes"};
    const agr_checkpoint_branch branch = {
        .name = "eyes", .n_heads = 1, .heads = &head, .preprocessing = "height=8 width=8"};
    const agr_checkpoint_update update = {
        .branch = "eyes", .slot = "latest", .state = &state.weights, .parts = AGR_PARTS_MODEL};
    const agr_checkpoint_info info = {.config = text.data, .kernel_set = "", .versions = ""};
    assert_ok(agr_checkpoint_write(path, &info, &branch, 1, &update, 1, &err), err);
    agr_network_destroy(network);
    agr_network_state_release(&state);
    agr_config_release(&config);
    agr_text_release(&text);
}

static agr_status open_models(const char *path, agr_models *models, agr_error *err)
{
    const agr_models_request request = {path, "latest", NULL};
    const agr_status status = agr_models_open(models, &request, err);
    return status != AGR_OK ? status : agr_models_plan(models, 1, 0, 1, NULL, err);
}

static void test_weights_that_are_no_numbers(void **state)
{
    (void)state;
    char folder[256], path[300];
    agr_error err;
    agr_models models;
    test_folder_make(folder);
    snprintf(path, sizeof path, "%s/model.h5", folder);
    write_checkpoint(path, "last", INFINITY);
    assert_fails(open_models(path, &models, &err), AGR_INPUT, err,
                 "branch 'eyes': layer 'last': kernel: expected finite numbers, found inf");
    agr_models_release(&models);
    test_folder_remove(folder);
}

/* Weights that are numbers, and too large for what is done with them. */
static void test_predictions_that_overflow(void **state)
{
    (void)state;
    char folder[256], path[300];
    agr_error err;
    agr_models models;
    float image[SIZE * SIZE * 3];
    for (int i = 0; i < SIZE * SIZE * 3; i++)
        image[i] = 1;
    test_folder_make(folder);
    snprintf(path, sizeof path, "%s/model.h5", folder);
    for (int overflows = 0; overflows < 2; overflows++) {
        write_checkpoint(path, "first", overflows ? 3e38f : 1.0f);
        assert_ok(open_models(path, &models, &err), err);
        agr_network *network = models.model[0].network;
        const agr_network_batch batch = {
            .shard = agr_shard_whole(1, models.config.data.micro_batch), .images = image};
        test_network_parameter(network, "first", "bias")->value[1] = overflows ? 3e38f : 0;
        agr_network_parameters_changed(network);
        assert_ok(
            agr_network_forward(network, &batch, AGR_FORWARD_INFER, agr_reducer_local(), &err),
            err);
        if (!overflows) {
            assert_ok(agr_network_check_predictions(network, &err), err);
        } else {
            assert_fails(agr_network_check_predictions(network, &err), AGR_NUMERIC, err,
                         "branch 'eyes': head 'o': expected finite predictions");
            assert_non_null(strstr(err.hint, "layer 'first' is the first"));
        }
        agr_models_release(&models);
    }
    test_folder_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_weights_that_are_no_numbers),
        cmocka_unit_test(test_predictions_that_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
