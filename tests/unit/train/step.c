/* The step alone, on made-up pictures: no ranks but threads that stand for parts of a team. */
#include "team.h"
#include "test.h"

#include <agr/train/stand_in.h>
#include <agr/train/step.h>

enum { N = 9, SIDE = 8, MICRO_BATCH = 2, MAX_FLOATS = 8192 };

static const char yaml[] =
    "{seed: 3, data: {batch_size: 9, micro_batch: 2}, optimizer: {lr: 0.01}, branches: {b: "
    "{layers: ["
    "  {conv2d: {filters: 8, activation: relu}}, {batch_normalization: {}},"
    "  {max_pooling2d: {pool_size: 2}}, {dropout: {rate: 0.25}}, {flatten: {}}], heads: ["
    "  {name: tall, target: height, loss: mse, weight: 0.01, layers: [{dense: {units: 1}}]},"
    "  {name: kind, target: kind, loss: sparse_categorical_crossentropy, weight: 1,"
    "   layers: [{dense: {name: kinds, units: 4}}]}]}}}";

static const int64_t sample[N] = {4, 0, 6, 2, 8, 5, 3, 1, 7};

static agr_config config;
static agr_stand_in stand_in;

static int open_set(void **state)
{
    (void)state;
    agr_error err;
    assert_ok(agr_config_parse(&config, yaml, strlen(yaml), "test.yaml", NULL, 0, &err), err);
    assert_ok(agr_stand_in_create(&config, N, SIDE, SIDE, &stand_in, &err), err);
    return 0;
}

static int close_set(void **state)
{
    (void)state;
    agr_stand_in_release(&stand_in);
    agr_config_release(&config);
    return 0;
}

/* ---- one part of a team, with all it needs for a step ---- */

typedef struct {
    agr_network *network;
    agr_feed *feed;
    agr_optimiser optimiser;
    agr_optimiser_state position;
    agr_step step;
    agr_head_sums sums[AGR_MAX_HEADS];
    agr_update update;
} learner;

static void open_learner(learner *l, agr_reducer *reducer, int part, int n_parts)
{
    agr_error err;
    agr_target target[AGR_MAX_LABELS];
    const agr_network_options options =
        agr_training_set_network_options(&stand_in.set, &config, target);
    *l = (learner){.optimiser = agr_optimiser_from_config(&config, 100)};
    const agr_network_plan_options plan = {.max_images = N,
                                           .micro_batch = MICRO_BATCH,
                                           .part = part,
                                           .n_parts = n_parts,
                                           .training = true,
                                           .n_slots = l->optimiser.kind->n_slots};
    assert_ok(agr_network_create(&config.branch[0], &options, &l->network, &err), err);
    assert_ok(agr_network_plan(l->network, &plan, NULL, &err), err);
    agr_network_initialise(l->network, 3);
    assert_ok(agr_feed_create(&config, &stand_in.set, l->network, &l->feed, &err), err);
    assert_ok(agr_feed_plan(l->feed, NULL, &err), err);
    l->step = (agr_step){.network = l->network,
                         .feed = l->feed,
                         .reducer = reducer,
                         .optimiser = &l->optimiser,
                         .optimiser_state = &l->position};
}

static void close_learner(learner *l)
{
    agr_feed_destroy(l->feed);
    agr_network_destroy(l->network);
}

static agr_batch batch_of(int64_t first, int64_t n, int64_t epoch)
{
    return (agr_batch){.sample = sample + first, .n_samples = n, .epoch = epoch};
}

static void train(learner *l, int64_t epoch)
{
    agr_error err;
    const agr_batch batch = batch_of(0, N, epoch);
    assert_ok(agr_step_train(&l->step, &batch, l->sums, &l->update, &err), err);
}

/* Everything that learning changes: weights, what the optimiser remembers, moving statistics. */
typedef struct {
    size_t n;
    float value[MAX_FLOATS];
} memory;

static void add_floats(memory *m, const float *floats, size_t n)
{
    assert_true(m->n + n <= MAX_FLOATS);
    memcpy(m->value + m->n, floats, n * sizeof *floats);
    m->n += n;
}

static void remember(const learner *l, memory *m)
{
    const agr_network_slabs slabs = agr_network_slabs_of(l->network);
    m->n = 0;
    add_floats(m, slabs.values, slabs.n_floats);
    for (int i = 0; i < l->optimiser.kind->n_slots; i++)
        add_floats(m, slabs.slot[i], slabs.n_floats);
    add_floats(m, slabs.state, slabs.n_state_floats);
}

static bool is_same(const memory *a, const memory *b)
{
    return a->n == b->n && memcmp(a->value, b->value, a->n * sizeof *a->value) == 0;
}

/* ---- alone ---- */

static memory before, after, other;

static void test_a_step_changes_all_that_learns(void **state)
{
    (void)state;
    learner l;
    open_learner(&l, agr_reducer_local(), 0, 1);
    remember(&l, &before);
    train(&l, 0);
    remember(&l, &after);
    assert_false(is_same(&before, &after));
    assert_int_equal(l.position.step, 1);
    assert_true(l.update.learning_rate > 0);
    for (int h = 0; h < 2; h++)
        assert_true(l.sums[h].sum[AGR_SUM_LABELLED] == N);
    train(&l, 0);
    assert_int_equal(l.position.step, 2);
    for (int h = 0; h < 2; h++)
        assert_true(l.sums[h].sum[AGR_SUM_LABELLED] == 2 * N); /* they add up */
    close_learner(&l);
}

static void test_the_sums_are_those_by_the_weights_before(void **state)
{
    (void)state;
    agr_error err;
    learner l, twin;
    const agr_batch batch = batch_of(0, N, 0);
    open_learner(&l, agr_reducer_local(), 0, 1);
    open_learner(&twin, agr_reducer_local(), 0, 1);
    const agr_network_batch fed = agr_feed_fill(twin.feed, &batch, AGR_FEED_AUGMENTED);
    assert_ok(agr_step_gradient(&twin.step, &fed, twin.sums, &err), err);
    train(&l, 0);
    assert_memory_equal(l.sums, twin.sums, 2 * sizeof l.sums[0]);
    close_learner(&l);
    close_learner(&twin);
}

static void test_what_is_drawn_depends_on_the_epoch_alone(void **state)
{
    (void)state;
    memory *const result[3] = {&before, &after, &other};
    const int64_t epoch[3] = {4, 4, 5};
    for (int i = 0; i < 3; i++) {
        learner l;
        open_learner(&l, agr_reducer_local(), 0, 1);
        train(&l, epoch[i]);
        remember(&l, result[i]);
        close_learner(&l);
    }
    assert_true(is_same(&before, &after));
    assert_false(is_same(&before, &other));
}

static void test_judging_changes_nothing(void **state)
{
    (void)state;
    agr_error err;
    learner l;
    agr_shard judged;
    agr_head_sums once[AGR_MAX_HEADS] = {{.sum = {0}}};
    const agr_batch batch = batch_of(0, 5, 0), later = batch_of(0, 5, 7);
    open_learner(&l, agr_reducer_local(), 0, 1);
    train(&l, 0);
    remember(&l, &before);
    assert_ok(agr_step_judge(&l.step, &batch, once, &judged, &err), err);
    assert_int_equal(agr_shard_images(&judged), 5);
    assert_true(once[0].sum[AGR_SUM_LABELLED] == 5);
    agr_head_sums twice[AGR_MAX_HEADS] = {{.sum = {0}}};
    assert_ok(agr_step_judge(&l.step, &later, twice, NULL, &err), err);
    remember(&l, &after);
    assert_true(is_same(&before, &after));
    assert_memory_equal(once, twice, 2 * sizeof once[0]); /* pictures as they are, in any epoch */
    assert_int_equal(l.position.step, 1);
    close_learner(&l);
}

static void test_a_label_that_cannot_be_one_is_refused_before_the_update(void **state)
{
    (void)state;
    agr_error err;
    learner l;
    const agr_batch batch = batch_of(0, N, 0);
    float *kind = (float *)(uintptr_t)stand_in.set.label[1].values;
    const float was = kind[3];
    open_learner(&l, agr_reducer_local(), 0, 1);
    remember(&l, &before);
    kind[3] = 4;
    const agr_status status = agr_step_train(&l.step, &batch, l.sums, &l.update, &err);
    kind[3] = was;
    assert_fails(status, AGR_INPUT, err, "expected a whole number from 0 to 3, found 4");
    remember(&l, &after);
    assert_int_equal(l.position.step, 0);
    assert_memory_equal(before.value, after.value,
                        agr_network_slabs_of(l.network).n_floats * sizeof(float));
    close_learner(&l);
}

/* ---- in a team ---- */

typedef struct {
    team_part *part;
    memory result;
    agr_head_sums sums[AGR_MAX_HEADS];
} member;

static void *train_as_member(void *argument)
{
    member *m = argument;
    learner l;
    open_learner(&l, &m->part->reducer, m->part->part, m->part->team->n_parts);
    for (int64_t epoch = 0; epoch < 3; epoch++)
        train(&l, epoch);
    remember(&l, &m->result);
    memcpy(m->sums, l.sums, sizeof m->sums);
    close_learner(&l);
    return NULL;
}

static void test_every_member_of_a_team_has_the_bits_of_one_alone(void **state)
{
    (void)state;
    static member members[TEAM_MAX_PARTS];
    learner alone;
    open_learner(&alone, agr_reducer_local(), 0, 1);
    for (int64_t epoch = 0; epoch < 3; epoch++)
        train(&alone, epoch);
    remember(&alone, &before);
    for (int n_parts = 2; n_parts <= 6; n_parts++) {
        fake_team team;
        pthread_t thread[TEAM_MAX_PARTS];
        team_open(&team, n_parts);
        for (int i = 0; i < n_parts; i++) {
            members[i] = (member){.part = &team.part[i]};
            assert_int_equal(pthread_create(&thread[i], NULL, train_as_member, &members[i]), 0);
        }
        for (int i = 0; i < n_parts; i++)
            pthread_join(thread[i], NULL);
        for (int i = 0; i < n_parts; i++) {
            assert_true(is_same(&before, &members[i].result));
            assert_memory_equal(alone.sums, members[i].sums, 2 * sizeof alone.sums[0]);
        }
        team_close(&team);
    }
    close_learner(&alone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_step_changes_all_that_learns),
        cmocka_unit_test(test_the_sums_are_those_by_the_weights_before),
        cmocka_unit_test(test_what_is_drawn_depends_on_the_epoch_alone),
        cmocka_unit_test(test_judging_changes_nothing),
        cmocka_unit_test(test_a_label_that_cannot_be_one_is_refused_before_the_update),
        cmocka_unit_test(test_every_member_of_a_team_has_the_bits_of_one_alone),
    };
    return cmocka_run_group_tests(tests, open_set, close_set);
}
