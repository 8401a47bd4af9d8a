/* Our code allocates nothing inside a step. The linker leads every allocation of our objects here
 * (--wrap); those of the C library and of OpenBLAS are their own. */
#include <agr/nn/optimiser.h>

#include "test.h"
#include "test_network.h"

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

enum { N_IMAGES = 7, SIZE = 24 };

static const char every_layer[] =
    "layers: [{resize: {height: 20, width: 22}}, {depthwise_conv2d: {activation: relu}},"
    "{batch_normalization: {}}, {conv2d: {filters: 16, activation: relu}},"
    "{batch_normalization: {}}, {max_pooling2d: {pool_size: 2}}, {dropout: {rate: 0.3}},"
    "{conv2d: {filters: 24, activation: relu}}, {batch_normalization: {}},"
    "{conv2d: {filters: 8, kernel_size: 1}}, {activation: {activation: sigmoid}},"
    "{max_pooling2d: {pool_size: 3}}],"
    "heads: [{name: a, target: a, loss: cross_entropy, weight: 1,"
    "         layers: [{flatten: {}}, {dense: {name: da, units: 9}}]},"
    "        {name: b, target: b, loss: binary_crossentropy, weight: 1,"
    "         layers: [{global_average_pooling2d: {}}, {dense: {name: db, units: 1}}]}]";

static void a_step_allocates_nothing(void **state)
{
    (void)state;
    agr_error err;
    test_network test;
    const test_network_want want = {.yaml = every_layer,
                                    .input = {SIZE, SIZE, 3},
                                    .max_images = N_IMAGES,
                                    .micro_batch = 2,
                                    .n_threads = 2};
    test_network_open(&test, &want);
    static float images[N_IMAGES * SIZE * SIZE * 3];
    test_fill(images, sizeof images / sizeof *images, 1, 0, 1);
    const float a[N_IMAGES] = {0, 1, 2, 3, 4, 5, 8}, b[N_IMAGES] = {0, 1, 0, 1, 1, NAN, 0};
    const float *const labels[] = {a, b};
    const agr_draw_address address[N_IMAGES] = {{0}};
    const agr_network_batch batch = {.shard = agr_shard_whole(N_IMAGES, 2),
                                     .images = images,
                                     .labels = labels,
                                     .address = address};
    const agr_optimiser optimiser = {.kind = agr_optimiser_find("adam"),
                                     .schedule = {.kind = AGR_SCHEDULE_CONSTANT, .lr = 1e-3},
                                     .beta_1 = 0.9,
                                     .beta_2 = 0.999,
                                     .epsilon = 1e-7,
                                     .clip_norm = 1};
    agr_optimiser_state optimiser_state = {0};
    agr_head_sums sums[2];
    agr_reducer *reducer = agr_reducer_local();
    long before = 0;
    assert_true(n_allocations > 0); /* the wrapping works: the plan was counted */
    for (int step = 0; step < 3; step++) {
        before = step == 1 ? n_allocations : before;
        assert_ok(agr_network_forward(test.network, &batch, AGR_FORWARD_TRAIN, reducer, &err), err);
        assert_ok(agr_network_loss(test.network, &batch, reducer, sums, &err), err);
        assert_ok(agr_network_backward(test.network, &batch, reducer, &err), err);
        agr_optimiser_apply(&optimiser, &optimiser_state, test.network);
        assert_ok(agr_network_forward(test.network, &batch, AGR_FORWARD_INFER, reducer, &err), err);
        agr_network_predictions(test.network, 1);
    }
    assert_int_equal(n_allocations - before, 0);
    test_network_close(&test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_step_allocates_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
