/** Networks from a few lines of YAML, for tests of the room nn and above. */
#ifndef AGR_TEST_SUPPORT_NETWORK_H
#define AGR_TEST_SUPPORT_NETWORK_H

#include <agr/base/pool.h>
#include <agr/nn/network.h>

/** What a test wants; zero means: 1 thread, the whole batch, Keras' dropout and momentum. */
typedef struct {
    const char *yaml; /* "layers: [...], heads: [...]", YAML flow style, of one branch */
    const char *name; /* of the branch; NULL: "test" */
    agr_extent input;
    int64_t max_images, micro_batch;
    int part, n_parts; /* n_parts 0: 1 */
    int n_threads;     /* 0: 1 */
    bool inference;    /* no gradients */
    bool averages;
    double label_smoothing;
    uint64_t seed;
    const agr_layer_kind *const *kinds;
    agr_conv_algorithm conv_algorithm;
    const agr_target *targets;
    int n_targets;
} test_network_want;

typedef struct {
    agr_config config;
    agr_pool *pool;
    agr_network *network;
    agr_network_plan_options plan;
    agr_network_memory memory;
} test_network;

/** Configures, creates, plans and initialises; fails the test when that fails. */
void test_network_open(test_network *test, const test_network_want *want);
void test_network_close(test_network *test);

/** The parameter "layer/name", failing the test when there is none. */
const agr_parameter *test_network_parameter(const agr_network *network, const char *layer,
                                            const char *name);

/** n numbers in [low, high), a function of seed alone. */
void test_fill(float *x, size_t n, uint64_t seed, double low, double high);

#endif
