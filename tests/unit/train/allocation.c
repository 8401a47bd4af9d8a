/* Our code allocates nothing inside a step. The linker leads every allocation of our objects here
 * (--wrap); those of the C library and of OpenBLAS are their own. */
#include "test.h"

#include <agr/train/stand_in.h>
#include <agr/train/step.h>

static long n_allocations;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);

void *__wrap_malloc(size_t size)
{
    __atomic_add_fetch(&n_allocations, 1, __ATOMIC_RELAXED);
    return __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    __atomic_add_fetch(&n_allocations, 1, __ATOMIC_RELAXED);
    return __real_calloc(n, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    __atomic_add_fetch(&n_allocations, 1, __ATOMIC_RELAXED);
    return __real_realloc(memory, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    __atomic_add_fetch(&n_allocations, 1, __ATOMIC_RELAXED);
    return __real_aligned_alloc(alignment, size);
}

enum { N_IMAGES = 7, SIZE = 24, N_THREADS = 2 };

/* Every layer, two heads, a gradient that is clipped, pictures that are varied. */
static const char yaml[] =
    "{optimizer: {clip_norm: 1}, augment: {contrast: 0.2, erase: 0.5, mixup: 0.4},"
    " data: {batch_size: 7, micro_batch: 2}, branches: {every_layer: {"
    "layers: [{resize: {height: 20, width: 22}}, {depthwise_conv2d: {activation: relu}},"
    "{batch_normalization: {}}, {conv2d: {filters: 16, activation: relu}},"
    "{batch_normalization: {}}, {max_pooling2d: {pool_size: 2}}, {dropout: {rate: 0.3}},"
    "{conv2d: {filters: 24, activation: relu}}, {batch_normalization: {}},"
    "{conv2d: {filters: 8, kernel_size: 1}}, {activation: {activation: sigmoid}},"
    "{max_pooling2d: {pool_size: 3}}],"
    "heads: [{name: a, target: a, loss: cross_entropy, weight: 1,"
    "         layers: [{flatten: {}}, {dense: {name: da, units: 9}}]},"
    "        {name: b, target: b, loss: binary_crossentropy, weight: 1,"
    "         layers: [{global_average_pooling2d: {}}, {dense: {name: db, units: 1}}]}]}}}";

static void plan_step(agr_step *step, const agr_config *config, const agr_training_set *set,
                      agr_pool *pool)
{
    agr_error err;
    agr_target target[AGR_MAX_LABELS];
    const agr_network_options options = agr_training_set_network_options(set, config, target);
    const agr_network_plan_options plan = {.max_images = N_IMAGES,
                                           .micro_batch = config->data.micro_batch,
                                           .n_parts = 1,
                                           .training = true,
                                           .n_slots = step->optimiser->kind->n_slots,
                                           .pool = pool};
    assert_ok(agr_network_create(&config->branch[0], &options, &step->network, &err), err);
    assert_ok(agr_network_plan(step->network, &plan, NULL, &err), err);
    agr_network_initialise(step->network, 1);
    assert_ok(agr_feed_create(config, set, step->network, &step->feed, &err), err);
    assert_ok(agr_feed_plan(step->feed, NULL, &err), err);
}

static void a_step_allocates_nothing(void **state)
{
    (void)state;
    agr_error err;
    agr_config config;
    agr_stand_in data;
    agr_pool *pool;
    assert_ok(agr_config_parse(&config, yaml, strlen(yaml), "test.yaml", NULL, 0, &err), err);
    assert_ok(agr_stand_in_create(&config, N_IMAGES, SIZE, SIZE, &data, &err), err);
    assert_ok(agr_pool_create(N_THREADS, &pool, &err), err);
    const agr_optimiser optimiser = agr_optimiser_from_config(&config, 3);
    agr_optimiser_state optimiser_state = {0};
    agr_step step = {.reducer = agr_reducer_local(),
                     .optimiser = &optimiser,
                     .optimiser_state = &optimiser_state};
    plan_step(&step, &config, &data.set, pool);

    const agr_batch batch = {.sample = data.sample, .n_samples = N_IMAGES};
    agr_head_sums sums[AGR_MAX_HEADS] = {0};
    agr_update update;
    long before = 0;
    assert_true(n_allocations > 0); /* the wrapping works: the plan was counted */
    for (int i = 0; i < 3; i++) {
        before = i == 1 ? n_allocations : before;
        assert_ok(agr_step_train(&step, &batch, sums, &update, &err), err);
        assert_ok(agr_step_judge(&step, &batch, sums, NULL, &err), err);
    }
    assert_int_equal(n_allocations - before, 0);
    assert_int_equal(optimiser_state.step, 3);

    agr_feed_destroy(step.feed);
    agr_network_destroy(step.network);
    agr_pool_destroy(pool);
    agr_stand_in_release(&data);
    agr_config_release(&config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_step_allocates_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
