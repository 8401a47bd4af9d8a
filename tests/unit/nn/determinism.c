/* The first promise, inside one process: the same bits for any number of threads, for any division
 * of the batch into parts (empty ones too), with the kernels of any instruction set, and after
 * planning anew. */
#include <agr/kernels/isa.h>
#include <agr/nn/optimiser.h>

#include "team.h"
#include "test.h"
#include "test_network.h"

enum { N_IMAGES = 9, MICRO_BATCH = 2, N_STEPS = 3, HEIGHT = 20, WIDTH = 23 };

static const char two_heads[] =
    "layers: ["
    "{depthwise_conv2d: {activation: relu}}, {batch_normalization: {}},"
    "{conv2d: {filters: 16, activation: relu}}, {batch_normalization: {}},"
    "{max_pooling2d: {pool_size: 3}}, {dropout: {rate: 0.25}},"
    "{conv2d: {filters: 20, activation: relu}}, {batch_normalization: {}},"
    "{max_pooling2d: {pool_size: 2}}, {flatten: {}},"
    "{dense: {name: shared, units: 13, activation: relu}}, {batch_normalization: {}}],"
    "heads: [{name: number, target: a, loss: mse, weight: 0.1,"
    "         layers: [{dense: {name: number_dense, units: 1}}]},"
    "        {name: class, target: b, loss: sparse_categorical_crossentropy, weight: 1,"
    "         layers: [{dense: {name: class_dense, units: 4}}]}]";

static const char one_head[] =
    "layers: ["
    "{conv2d: {filters: 18, activation: relu}}, {batch_normalization: {}},"
    "{max_pooling2d: {pool_size: 2}}, {dropout: {rate: 0.25}},"
    "{conv2d: {filters: 17, kernel_size: 5, activation: relu}}, {batch_normalization: {}},"
    "{global_average_pooling2d: {}}, {dense: {units: 7}}],"
    "heads: [{name: number, target: a, loss: mean_variance, weight: 1}]";

static const char thresholds[] =
    "layers: [{conv2d: {filters: 5, activation: relu}}, {global_average_pooling2d: {}},"
    " {dense: {units: 1}}, {thresholds: {units: 6}}],"
    "heads: [{name: number, target: a, loss: coral, weight: 1}]";

/* ---- one part's training ---- */

typedef struct {
    const char *yaml;
    fake_team *team;
    int part, n_parts, n_threads;
    bool plans_anew;     /* after the first step */
    uint8_t *parameters; /* values, m, v, state at the end; owned */
    size_t n_bytes;
    agr_head_sums sums[2];
} training;

static float images[N_IMAGES * HEIGHT * WIDTH * 3];
static const float numbers[N_IMAGES] = {1, 5, 3, 2, NAN, 6, 4, 0, 2};
static const float classes[N_IMAGES] = {0, 3, NAN, 1, 2, 3, NAN, 0, 1};

static void keep_bytes(training *job, const agr_network *network)
{
    const agr_network_slabs slabs = agr_network_slabs_of(network);
    const size_t slab = slabs.n_floats * sizeof(float),
                 state = slabs.n_state_floats * sizeof(float);
    job->n_bytes = 3 * slab + state;
    job->parameters = malloc(job->n_bytes);
    memcpy(job->parameters, slabs.values, slab);
    memcpy(job->parameters + slab, slabs.slot[0], slab);
    memcpy(job->parameters + 2 * slab, slabs.slot[1], slab);
    memcpy(job->parameters + 3 * slab, slabs.state, state);
}

static void *train(void *context)
{
    training *job = context;
    agr_error err;
    test_network test;
    const test_network_want want = {.yaml = job->yaml,
                                    .input = {HEIGHT, WIDTH, 3},
                                    .max_images = N_IMAGES,
                                    .micro_batch = MICRO_BATCH,
                                    .part = job->part,
                                    .n_parts = job->n_parts,
                                    .n_threads = job->n_threads,
                                    .seed = 5};
    test_network_open(&test, &want);
    agr_reducer *reducer =
        job->team != NULL ? &job->team->part[job->part].reducer : agr_reducer_local();
    const agr_optimiser optimiser = {.kind = agr_optimiser_find("adam"),
                                     .schedule = {.kind = AGR_SCHEDULE_KERAS, .lr = 0.01},
                                     .beta_1 = 0.9,
                                     .beta_2 = 0.999,
                                     .epsilon = 1e-7,
                                     .clip_norm = 0.5};
    agr_optimiser_state state = {0};
    agr_draw_address address[N_IMAGES];
    for (int k = 0; k < N_STEPS; k++) {
        /* The last step's batch is shorter. */
        const agr_shard shard = agr_network_shard(&test.plan, k == N_STEPS - 1 ? 5 : N_IMAGES);
        const int64_t first = agr_shard_first_image(&shard);
        for (int i = 0; i < N_IMAGES; i++)
            address[i] = (agr_draw_address){.epoch = (uint32_t)k, .sample = (uint32_t)i};
        const float *const labels[] = {numbers + first, classes + first};
        const agr_network_batch batch = {.shard = shard,
                                         .images = images + first * HEIGHT * WIDTH * 3,
                                         .labels = labels,
                                         .address = address + first};
        assert_ok(agr_network_forward(test.network, &batch, AGR_FORWARD_TRAIN, reducer, &err), err);
        assert_ok(agr_network_loss(test.network, &batch, reducer, job->sums, &err), err);
        assert_ok(agr_network_backward(test.network, &batch, reducer, &err), err);
        agr_optimiser_apply(&optimiser, &state, test.network);
        if (job->plans_anew && k == 0)
            assert_ok(agr_network_plan(test.network, &test.plan, NULL, &err), err);
    }
    keep_bytes(job, test.network);
    test_network_close(&test);
    return NULL;
}

static void assert_same(const training *a, const training *b)
{
    assert_int_equal(a->n_bytes, b->n_bytes);
    if (memcmp(a->parameters, b->parameters, a->n_bytes) != 0)
        fail_msg("%s, %d threads, part %d of %d: other bits than one thread with the whole batch",
                 agr_isa_name(agr_kernels_isa()), b->n_threads, b->part, b->n_parts);
    assert_memory_equal(a->sums, b->sums, sizeof a->sums);
}

static training train_alone(const char *yaml)
{
    training job = {.yaml = yaml, .n_parts = 1, .n_threads = 1};
    train(&job);
    return job;
}

static int make_images(void **state)
{
    (void)state;
    test_fill(images, sizeof images / sizeof *images, 1, 0, 1);
    return 0;
}

/* ---- tests ---- */

static void threads_change_no_bit(void **state)
{
    (void)state;
    const char *const yamls[] = {two_heads, one_head, thresholds};
    for (int y = 0; y < 2; y++) {
        training alone = train_alone(yamls[y]);
        for (int n_threads = 2; n_threads <= 3; n_threads++) {
            training threaded = {.yaml = yamls[y], .n_parts = 1, .n_threads = n_threads};
            train(&threaded);
            assert_same(&alone, &threaded);
            free(threaded.parameters);
        }
        free(alone.parameters);
    }
}

static void parts_change_no_bit(void **state)
{
    (void)state;
    const char *const yamls[] = {two_heads, one_head, thresholds};
    for (int y = 0; y < 2; y++) {
        training alone = train_alone(yamls[y]);
        for (int n_parts = 2; n_parts <= TEAM_MAX_PARTS; n_parts++) { /* 5 micro-batches */
            fake_team team;
            pthread_t thread[TEAM_MAX_PARTS];
            training jobs[TEAM_MAX_PARTS];
            team_open(&team, n_parts);
            for (int p = 0; p < n_parts; p++) {
                jobs[p] = (training){.yaml = yamls[y],
                                     .team = &team,
                                     .part = p,
                                     .n_parts = n_parts,
                                     .n_threads = 1 + p % 2};
                assert_int_equal(pthread_create(&thread[p], NULL, train, &jobs[p]), 0);
            }
            for (int p = 0; p < n_parts; p++) {
                pthread_join(thread[p], NULL);
                assert_same(&alone, &jobs[p]);
                free(jobs[p].parameters);
            }
            team_close(&team);
        }
        free(alone.parameters);
    }
}

static void instruction_sets_change_no_bit(void **state)
{
    (void)state;
    const char *const yamls[] = {two_heads, one_head, thresholds};
    for (int y = 0; y < 2; y++) {
        agr_kernels_select(AGR_ISA_GENERIC);
        training generic = train_alone(yamls[y]);
        for (int isa = AGR_ISA_GENERIC + 1; isa <= (int)agr_isa_detect(); isa++) {
            agr_kernels_select((agr_isa)isa);
            training other = train_alone(yamls[y]);
            assert_same(&generic, &other);
            free(other.parameters);
        }
        free(generic.parameters);
    }
}

static void planning_anew_changes_no_bit(void **state)
{
    (void)state;
    training alone = train_alone(two_heads);
    training again = {.yaml = two_heads, .n_parts = 1, .n_threads = 1, .plans_anew = true};
    train(&again);
    assert_same(&alone, &again);
    free(again.parameters);
    free(alone.parameters);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_change_no_bit),
        cmocka_unit_test(parts_change_no_bit),
        cmocka_unit_test(instruction_sets_change_no_bit),
        cmocka_unit_test(planning_anew_changes_no_bit),
    };
    return cmocka_run_group_tests(tests, make_images, NULL);
}
