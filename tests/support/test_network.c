#include "test_network.h"

#include <agr/base/random.h>

#include "test.h"

void test_fill(float *x, size_t n, uint64_t seed, double low, double high)
{
    const agr_random_key key = agr_random_key_make(seed, AGR_RANDOM_TEST, 0);
    for (size_t i = 0; i < n; i++) {
        const agr_random_block random = agr_random_at(key, (uint32_t)i, 0, 0, 0);
        x[i] = (float)(low + (high - low) * agr_random_double(random.word[0], random.word[1]));
    }
}

void test_network_open(test_network *test, const test_network_want *want)
{
    agr_error err;
    const char *name = want->name != NULL ? want->name : "test";
    const size_t size = strlen(want->yaml) + strlen(name) + 64;
    char *yaml = malloc(size);
    assert_non_null(yaml);
    snprintf(yaml, size, "branches: {%s: {%s}}\n", name, want->yaml);
    *test = (test_network){0};
    assert_ok(agr_config_parse(&test->config, yaml, strlen(yaml), "test.yaml", NULL, 0, &err), err);
    free(yaml);
    const agr_network_options options = {.input = want->input,
                                         .layers = {.seed = want->seed,
                                                    .dropout = (double)NAN,
                                                    .bn_momentum = (double)NAN,
                                                    .conv_algorithm = want->conv_algorithm},
                                         .label_smoothing = want->label_smoothing,
                                         .targets = want->targets,
                                         .n_targets = want->n_targets,
                                         .kinds = want->kinds};
    assert_ok(agr_network_create(&test->config.branch[0], &options, &test->network, &err), err);
    assert_ok(agr_pool_create(want->n_threads > 0 ? want->n_threads : 1, &test->pool, &err), err);
    test->plan = (agr_network_plan_options){.max_images = want->max_images,
                                            .micro_batch = want->micro_batch,
                                            .part = want->part,
                                            .n_parts = want->n_parts > 0 ? want->n_parts : 1,
                                            .training = !want->inference,
                                            .n_slots = want->inference ? 0 : 2,
                                            .averages = want->averages,
                                            .pool = test->pool};
    assert_ok(agr_network_plan(test->network, &test->plan, &test->memory, &err), err);
    agr_network_initialise(test->network, want->seed);
}

void test_network_close(test_network *test)
{
    agr_network_destroy(test->network);
    agr_pool_destroy(test->pool);
    agr_config_release(&test->config);
}

const agr_parameter *test_network_parameter(const agr_network *network, const char *layer,
                                            const char *name)
{
    for (int i = 0; i < agr_network_n_parameters(network); i++) {
        const agr_parameter *parameter = agr_network_parameter(network, i);
        const int owner = agr_network_parameter_layer(network, i);
        if (strcmp(parameter->name, name) == 0 &&
            strcmp(agr_network_layer(network, owner)->name, layer) == 0)
            return parameter;
    }
    fail_msg("no parameter '%s' in layer '%s'", name, layer);
    return NULL;
}
