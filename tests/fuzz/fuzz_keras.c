/* A Keras model from anyone: refused with a line, or read into the network that the good ones of the corpus are of. */
#include "fuzz.h"
#include "scratch_file.h"

#include <agr/export/import.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char yaml[] = "branches: {tiny: {layers: [{conv2d: {name: conv2d, filters: 2, "
                           "kernel_size: 3, activation: relu}}, "
                           "{batch_normalization: {name: norm}}, {flatten: {name: flatten}}, "
                           "{dense: {name: dense, units: 1}}], "
                           "heads: [{name: tiny_output, target: size, loss: mse, weight: 1}]}}\n";

static void expect(bool truth)
{
    if (!truth)
        abort();
}

static agr_network *make_network(agr_config *config)
{
    const agr_network_plan_options plan = {.max_images = 1, .micro_batch = 1, .n_parts = 1};
    agr_network_memory memory;
    agr_network *network;
    agr_error err;
    expect(agr_config_parse(config, yaml, strlen(yaml), "yaml", NULL, 0, &err) == AGR_OK);
    const agr_network_options options =
        agr_network_options_from(config, (agr_extent){.height = 4, .width = 4, .channels = 3});
    expect(agr_network_create(&config->branch[0], &options, &network, &err) == AGR_OK);
    expect(agr_network_plan(network, &plan, &memory, &err) == AGR_OK);
    return network;
}

static bool read_model(agr_import *import, agr_error *err)
{
    agr_config config;
    agr_preprocessing preprocessing;
    agr_checkpoint_head head = {.name = "tiny_output", .label_min = (double)NAN};
    agr_network *network = make_network(&config);
    const bool is_good = agr_import_preprocessing(import, &preprocessing, err) == AGR_OK &&
                         agr_import_weights(import, network, err) == AGR_OK &&
                         agr_import_head(import, "tiny", &head, err) == AGR_OK;
    for (int c = 0; is_good && c < head.n_classes; c++)
        expect(head.classes[c] != NULL);
    for (int p = 0; is_good && p < agr_network_n_parameters(network); p++)
        expect(isfinite(agr_network_parameter(network, p)->value[0]));
    agr_network_destroy(network);
    agr_config_release(&config);
    return is_good;
}

bool fuzz_read(const uint8_t *data, size_t n_bytes)
{
    char path[SCRATCH_PATH_BYTES];
    agr_error err = {0};
    agr_import *import;
    scratch_file_make(data, n_bytes, path);
    bool is_good = agr_import_open(path, &import, &err) == AGR_OK;
    if (is_good) {
        is_good = read_model(import, &err);
        agr_import_close(import);
    }
    expect(is_good || err.text[0] != '\0');
    scratch_file_remove(path);
    return is_good;
}
