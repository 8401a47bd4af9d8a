#include "mpi_test.h"

#include <agr/base/clock.h>
#include <agr/comm/mailbox.h>
#include <agr/comm/wait.h>

#include <signal.h>
#include <unistd.h>

static agr_error err;
static pid_t process_of[64];

typedef struct {
    int stopped; /* the rank that is made to stand still */
    int n_of_it; /* notices that name it */
    int n_all;
    char text[512];
} notices;

static void on_stall(void *context, int stalled_rank, const char *text)
{
    notices *seen = context;
    seen->n_all++;
    if (stalled_rank != seen->stopped)
        return;
    seen->n_of_it++;
    snprintf(seen->text, sizeof seen->text, "%s", text);
}

/* Once it was named the stopped rank may go on, so that the test can end: also when it had only been
 * slow, and stops after that. */
static agr_status let_it_go_on(void *context, agr_error *error)
{
    const notices *seen = context;
    (void)error;
    if (seen->n_of_it > 0)
        kill(process_of[seen->stopped], SIGCONT);
    return AGR_OK;
}

static void stop_a_rank(int stopped, notices *seen)
{
    const int rank = agr_world_rank(test_world);
    agr_group *world = agr_world_group(test_world);
    agr_mailbox *mailbox;
    const agr_mailbox_plan plan = {.max_bytes = 64, .n_outgoing = 2, .n_queued = 4};
    assert_ok(agr_mailbox_create(test_world, &plan, &mailbox, &err), err);
    const pid_t mine = getpid();
    agr_gathered all;
    assert_ok(agr_group_gather_all(world, &mine, sizeof mine, &all, &err), err);
    memcpy(process_of, all.bytes, all.begin[all.n_parts]);
    agr_gathered_release(&all);

    *seen = (notices){.stopped = stopped};
    agr_mailbox_watch(mailbox, &(agr_watch){.period_s = 0.5, .notice = on_stall, .context = seen});
    agr_wait_add_poll(test_world, let_it_go_on, seen);
    assert_ok(agr_group_barrier(world, &err), err);
    if (rank == stopped)
        raise(SIGSTOP);
    assert_ok(agr_group_barrier(world, &err), err);
    agr_wait_remove_poll(test_world, let_it_go_on, seen);
    agr_mailbox_watch(mailbox, NULL);
    agr_mailbox_destroy(mailbox);
}

static void test_rank_0_names_the_stopped_rank(void **state)
{
    (void)state;
    notices seen;
    const int last = agr_world_size(test_world) - 1;
    stop_a_rank(last, &seen);
    if (agr_world_rank(test_world) != 0)
        return;
    char name[32];
    snprintf(name, sizeof name, "rank %d (%s) is stalled", last, agr_world_host(test_world));
    assert_true(seen.n_of_it >= 1);
    assert_non_null(strstr(seen.text, name));
    assert_non_null(strstr(seen.text, "waits for all ranks to arrive"));
}

static void test_the_others_name_rank_0(void **state)
{
    (void)state;
    notices seen;
    stop_a_rank(0, &seen);
    agr_group *world = agr_world_group(test_world);
    int64_t n_notices = agr_world_rank(test_world) == 0 ? 0 : seen.n_of_it;
    assert_ok(agr_group_sum(world, &n_notices, 1, &err), err);
    assert_true(n_notices >= 1);
}

/* The longest time in which this rank did not look at its mail. */
typedef struct {
    double last_s, longest_s;
} gauge;

static agr_status measure_gap(void *context, agr_error *error)
{
    gauge *g = context;
    (void)error;
    const double now_s = agr_clock_s();
    g->longest_s = fmax(g->longest_s, now_s - g->last_s);
    g->last_s = now_s;
    return AGR_OK;
}

/* Rank 1 computes for several periods, and looks at its mail meanwhile. Returns whether every rank
 * looked at its mail often enough to be left in peace: the machine may have had other plans. */
static bool work_and_poll(double period_s, notices *seen)
{
    agr_mailbox *mailbox;
    agr_group *world = agr_world_group(test_world);
    const agr_mailbox_plan plan = {.max_bytes = 64, .n_outgoing = 2, .n_queued = 4};
    assert_ok(agr_mailbox_create(test_world, &plan, &mailbox, &err), err);
    const double begin_s = agr_clock_s();
    gauge g = {.last_s = begin_s};
    *seen = (notices){.stopped = -1};
    agr_wait_add_poll(test_world, measure_gap, &g);
    agr_mailbox_watch(mailbox,
                      &(agr_watch){.period_s = period_s, .notice = on_stall, .context = seen});
    while (agr_world_rank(test_world) == 1 && agr_clock_s() - begin_s < 4 * period_s) {
        agr_clock_sleep_s(1e-3);
        assert_ok(agr_mailbox_poll(mailbox, &err), err);
        measure_gap(&g, &err);
    }
    assert_ok(agr_group_barrier(world, &err), err);
    agr_mailbox_watch(mailbox, NULL);
    measure_gap(&g, &err);
    agr_wait_remove_poll(test_world, measure_gap, &g);
    int64_t n_late = g.longest_s > period_s / 2;
    assert_ok(agr_group_sum(world, &n_late, 1, &err), err);
    agr_mailbox_destroy(mailbox);
    return n_late == 0;
}

static void test_a_busy_rank_that_polls_is_left_in_peace(void **state)
{
    (void)state;
    notices seen;
    double period_s = 0.1;
    while (!work_and_poll(period_s, &seen))
        period_s *= 2;
    assert_int_equal(seen.n_all, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rank_0_names_the_stopped_rank),
        cmocka_unit_test(test_the_others_name_rank_0),
        cmocka_unit_test(test_a_busy_rank_that_polls_is_left_in_peace),
    };
    return test_run_in_world("watchdog", tests, sizeof tests / sizeof tests[0]);
}
