#include "mpi_test.h"

#include <agr/base/clock.h>
#include <agr/comm/mailbox.h>
#include <agr/comm/team.h>
#include <agr/comm/wait.h>

#include <unistd.h>

enum { MICRO_BATCH = 2, MAX_MICRO_BATCHES = 16, MAX_WIDTH = 2048 };

static const int64_t batch_sizes[] = {32, 31, 16, 5, 2, 1};
enum { N_BATCH_SIZES = sizeof batch_sizes / sizeof batch_sizes[0] };

static agr_team *team;
static agr_error err;

static int make_team(void **state)
{
    (void)state;
    const int size = agr_world_size(test_world);
    int *ranks = calloc((size_t)size, sizeof *ranks);
    assert_non_null(ranks);
    for (int i = 0; i < size; i++)
        ranks[i] = size - 1 - i; /* not the world's order: a team has ranks of its own */
    const agr_team_limits limits = {"test", MAX_MICRO_BATCHES, MAX_WIDTH};
    assert_ok(agr_team_create(test_world, ranks, size, 3, &limits, &team, &err), err);
    free(ranks);
    return 0;
}

static int drop_team(void **state)
{
    (void)state;
    agr_team_destroy(team);
    return 0;
}

static void fill_leaves(double *leaves, const agr_shard *shard, int64_t width, uint32_t stream)
{
    for (int64_t i = 0; i < shard->count * width; i++)
        leaves[i] = test_random(stream, (uint64_t)(shard->first * width + i));
}

static void test_sums_have_the_local_bits(void **state)
{
    (void)state;
    static double leaves[MAX_MICRO_BATCHES * MAX_WIDTH], total[MAX_WIDTH], expected[MAX_WIDTH];
    const int64_t widths[] = {1, 3, 256, MAX_WIDTH};
    agr_reducer *reducer = agr_team_reducer(team), *local = agr_reducer_local();
    for (int b = 0; b < N_BATCH_SIZES; b++) {
        for (int w = 0; w < 4; w++) {
            const int64_t width = widths[w];
            const agr_shard whole = agr_shard_whole(batch_sizes[b], MICRO_BATCH);
            fill_leaves(leaves, &whole, width, (uint32_t)b);
            assert_ok(local->ops->sum(local, &whole, leaves, width, expected, &err), err);
            const agr_shard mine = agr_team_shard(team, batch_sizes[b], MICRO_BATCH);
            fill_leaves(leaves, &mine, width, (uint32_t)b);
            assert_ok(reducer->ops->sum(reducer, &mine, leaves, width, total, &err), err);
            assert_memory_equal(total, expected, (size_t)width * sizeof *total);
        }
    }
}

static int log2_of(int n)
{
    int rounds = 0;
    while (1 << rounds < n)
        rounds++;
    return rounds;
}

static agr_sent_count all_sent(agr_sent_kind kind)
{
    const agr_sent traffic = agr_team_sent(team);
    const agr_sent_count *sent = traffic.sent[kind];
    return (agr_sent_count){sent[0].messages + sent[1].messages, sent[0].bytes + sent[1].bytes};
}

/* One message a round, of a few rows: not one to each. */
static void test_sums_take_few_messages(void **state)
{
    (void)state;
    enum { WIDTH = 5, N = 3 };
    double leaves[MAX_MICRO_BATCHES * WIDTH], total[WIDTH];
    const int size = agr_team_size(team), rounds = log2_of(size);
    agr_reducer *reducer = agr_team_reducer(team);
    const agr_shard mine = agr_team_shard(team, 2 * MAX_MICRO_BATCHES, MICRO_BATCH);
    for (int i = 0; i < N; i++) {
        fill_leaves(leaves, &mine, WIDTH, 1);
        assert_ok(reducer->ops->sum(reducer, &mine, leaves, WIDTH, total, &err), err);
    }
    const agr_sent_count sums = all_sent(AGR_SENT_SUMS);
    assert_true(size == 1 || mine.count == 0 || sums.messages > 0);
    assert_true(sums.messages <= N * rounds);
    assert_true(sums.bytes <= N * rounds * 4 * log2_of(MAX_MICRO_BATCHES) * WIDTH * 8);
    agr_control decision;
    assert_ok(agr_team_decide(team, AGR_CONTROL_GO, &decision, &err), err);
    assert_int_equal(all_sent(AGR_SENT_SUMS).messages, sums.messages + rounds);
}

static void test_the_largest_word_decides(void **state)
{
    (void)state;
    for (int asking = 0; asking < agr_team_size(team); asking++) {
        const bool asks = agr_team_rank(team) == asking;
        agr_control decision;
        assert_ok(
            agr_team_decide(team, asks ? AGR_CONTROL_STOP : AGR_CONTROL_ADMIT, &decision, &err),
            err);
        assert_int_equal(decision, AGR_CONTROL_STOP);
        assert_ok(agr_team_decide(team, asks ? AGR_CONTROL_ADMIT : AGR_CONTROL_GO, &decision, &err),
                  err);
        assert_int_equal(decision, AGR_CONTROL_ADMIT);
        assert_ok(agr_team_decide(team, AGR_CONTROL_GO, &decision, &err), err);
        assert_int_equal(decision, AGR_CONTROL_GO);
    }
}

/* Folds rows of floats of consecutive leaves in place, as a network does with its slots. */
static int fold_leaves(float *rows, size_t stride, int64_t n_leaves, int64_t first, int64_t count)
{
    agr_tree tree = agr_tree_begin(n_leaves);
    for (int64_t leaf = first; leaf < first + count; leaf++) {
        float *top = rows + (size_t)tree.depth * stride;
        memmove(top, rows + (size_t)(leaf - first) * stride, stride * sizeof *top);
        for (int due = agr_tree_push_leaf(&tree, leaf); due > 0; due--, top -= stride)
            for (size_t j = 0; j < stride; j++)
                (top - stride)[j] += top[j];
    }
    return tree.depth;
}

static void fill_rows(float *rows, size_t stride, const agr_shard *shard, uint32_t stream)
{
    for (size_t i = 0; i < (size_t)shard->count * stride; i++)
        rows[i] = (float)test_random(stream, (size_t)shard->first * stride + i);
}

/* Announces the gradient from its end, as a backward pass does,
 * in ranges of very different sizes. */
static void announce(agr_reducer *reducer, size_t stride, size_t longest, int late_rank)
{
    size_t end = stride, range = 1;
    while (end > 0) {
        const size_t count = range < end ? range : end;
        end -= count;
        assert_ok(reducer->ops->gradient_ready(reducer, end, count, &err), err);
        assert_ok(reducer->ops->progress(reducer, &err), err);
        if (agr_team_rank(team) == late_rank)
            usleep(3000);
        range = range * 3 + 1;
        if (range > longest)
            range = 1;
    }
}

static void check_gradient(size_t stride, size_t longest, int64_t n_images, int late_rank)
{
    float *expected = malloc(MAX_MICRO_BATCHES * stride * sizeof *expected);
    float *slots = malloc((MAX_MICRO_BATCHES + 1) * stride * sizeof *slots);
    assert_non_null(expected);
    assert_non_null(slots);
    const agr_shard whole = agr_shard_whole(n_images, MICRO_BATCH);
    const int64_t n = agr_shard_micro_batches(&whole);
    fill_rows(expected, stride, &whole, 9);
    assert_int_equal(fold_leaves(expected, stride, n, 0, n), 1);

    const agr_shard mine = agr_team_shard(team, n_images, MICRO_BATCH);
    memset(slots, 0xff, (MAX_MICRO_BATCHES + 1) * stride * sizeof *slots);
    fill_rows(slots, stride, &mine, 9);
    fold_leaves(slots, stride, n, mine.first, mine.count);
    agr_reducer *reducer = agr_team_reducer(team);
    assert_ok(reducer->ops->gradient_open(reducer, &mine, slots, stride, &err), err);
    announce(reducer, stride, longest, late_rank);
    /* A small sum in the middle of it, as the last layers' batch norm takes. */
    double leaves[MAX_MICRO_BATCHES], total;
    for (int64_t i = 0; i < mine.count; i++)
        leaves[i] = 1;
    assert_ok(reducer->ops->sum(reducer, &mine, leaves, 1, &total, &err), err);
    assert_true(total == (double)n);
    assert_ok(reducer->ops->gradient_close(reducer, &err), err);
    assert_memory_equal(slots, expected, stride * sizeof *slots);
    free(expected);
    free(slots);
}

static void test_gradients_have_the_local_bits(void **state)
{
    (void)state;
    for (int b = 0; b < N_BATCH_SIZES; b++) {
        check_gradient(3, 2, batch_sizes[b], -1);
        check_gradient(40000, 20000, batch_sizes[b], -1);
    }
}

static void test_long_gradients_in_many_chunks(void **state)
{
    (void)state;
    check_gradient(1500017, 900000, 32, -1);
    check_gradient(300001, 30000, 31, -1);
}

static void test_a_late_rank_changes_nothing(void **state)
{
    (void)state;
    check_gradient(100001, 8000, 31, agr_team_size(team) - 1);
}

/* Where the ranks of a node hold whole subtrees, it sends to other nodes what a ring over nodes would. */
static void test_nodes_send_what_a_ring_would(void **state)
{
    (void)state;
    enum { STRIDE = 1 << 16, MAX_NODES = 16 };
    const char *ranks_of_node = getenv("AGR_NODE_RANKS");
    const int size = agr_team_size(team), n = ranks_of_node != NULL ? atoi(ranks_of_node) : size;
    const int n_nodes = (size + n - 1) / n;
    const int64_t before = agr_team_sent(team).sent[AGR_SENT_GRADIENTS][1].bytes;
    check_gradient(STRIDE, STRIDE, 2 * MAX_MICRO_BATCHES, -1);
    int64_t bytes[MAX_NODES] = {0};
    bytes[agr_world_rank(test_world) / n] =
        agr_team_sent(team).sent[AGR_SENT_GRADIENTS][1].bytes - before;
    assert_ok(agr_group_sum(agr_world_group(test_world), bytes, n_nodes, &err), err);
    const double ring = 2.0 * (n_nodes - 1) / n_nodes * STRIDE * sizeof(float);
    for (int i = 0; i < n_nodes; i++) {
        assert_true(n_nodes == 1 || bytes[i] > 0);
        if (n_nodes == 1 || size % n == 0)
            assert_true((double)bytes[i] <= 1.2 * ring);
    }
}

typedef struct {
    agr_mailbox *mailbox;
    double since_s; /* when this rank was first seen waiting; 0: not yet */
} waiter;

/* Tells rank 0, once, that this rank waits. */
static agr_status say_that_it_waits(void *context, agr_error *error)
{
    waiter *w = context;
    if (w->since_s > 0)
        return AGR_OK;
    w->since_s = agr_clock_s();
    return agr_mailbox_send(w->mailbox, 0, AGR_MAIL_USER, NULL, 0, error);
}

/* Returns when all others wait, and have done so for a while. */
static void let_them_wait(agr_mailbox *mailbox)
{
    agr_mail mail;
    for (int i = 1; i < agr_world_size(test_world); i++) {
        assert_ok(test_wait_for_mail(mailbox, &err), err);
        assert_true(agr_mailbox_next(mailbox, &mail));
        agr_mailbox_drop(mailbox);
    }
    agr_clock_sleep_s(0.01);
}

/* Rank 0 comes when all others are known to wait: from when they were seen to until it came, at
 * least, is in their books. */
static void test_waiting_is_booked(void **state)
{
    (void)state;
    agr_control decision;
    waiter w = {0};
    const bool waits = agr_world_rank(test_world) != 0;
    const agr_mailbox_plan plan = {.max_bytes = 16, .n_outgoing = 1, .n_queued = 64};
    assert_ok(agr_mailbox_create(test_world, &plan, &w.mailbox, &err), err);
    agr_wait_reset_times(test_world);
    if (waits)
        agr_wait_add_poll(test_world, say_that_it_waits, &w);
    else
        let_them_wait(w.mailbox);
    double came_s = agr_clock_s();
    assert_ok(agr_team_decide(team, AGR_CONTROL_GO, &decision, &err), err);
    const agr_wait_times times = agr_wait_read_times(test_world);
    agr_wait_remove_poll(test_world, say_that_it_waits, &w);
    assert_ok(agr_group_broadcast(agr_world_group(test_world), 0, &came_s, sizeof came_s, &err),
              err);
    const double waited_s = times.waiting_s[AGR_WAIT_EXCHANGE];
    assert_true(times.elapsed_s >= waited_s);
    if (waits) {
        assert_true(came_s - w.since_s >= 0.01);
        assert_true(waited_s >= came_s - w.since_s);
    }
    agr_mailbox_destroy(w.mailbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_sums_have_the_local_bits, make_team, drop_team),
        cmocka_unit_test_setup_teardown(test_sums_take_few_messages, make_team, drop_team),
        cmocka_unit_test_setup_teardown(test_the_largest_word_decides, make_team, drop_team),
        cmocka_unit_test_setup_teardown(test_gradients_have_the_local_bits, make_team, drop_team),
        cmocka_unit_test_setup_teardown(test_long_gradients_in_many_chunks, make_team, drop_team),
        cmocka_unit_test_setup_teardown(test_a_late_rank_changes_nothing, make_team, drop_team),
        cmocka_unit_test_setup_teardown(test_nodes_send_what_a_ring_would, make_team, drop_team),
        cmocka_unit_test_setup_teardown(test_waiting_is_booked, make_team, drop_team),
    };
    return test_run_in_world("reducer", tests, sizeof tests / sizeof tests[0]);
}
