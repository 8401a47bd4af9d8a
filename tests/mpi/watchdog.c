#include "mpi_test.h"

#include <agr/comm/mailbox.h>
#include <agr/comm/wait.h>

#include <signal.h>
#include <unistd.h>

static agr_error err;
static pid_t process_of[64];

typedef struct {
    int n_notices;
    int stalled_rank;
    char text[512];
} notices;

/* Notes the stalled rank, and lets it go on so that the test can end. */
static void on_stall(void *context, int stalled_rank, const char *text)
{
    notices *seen = context;
    seen->n_notices++;
    seen->stalled_rank = stalled_rank;
    snprintf(seen->text, sizeof seen->text, "%s", text);
    kill(process_of[stalled_rank], SIGCONT);
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

    *seen = (notices){.stalled_rank = -1};
    agr_mailbox_watch(mailbox, 0.5, on_stall, seen);
    assert_ok(agr_group_barrier(world, &err), err);
    if (rank == stopped)
        raise(SIGSTOP);
    assert_ok(agr_group_barrier(world, &err), err);
    agr_mailbox_watch(mailbox, 0, NULL, NULL);
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
    snprintf(name, sizeof name, "rank %d is stalled", last);
    assert_int_equal(seen.n_notices, 1);
    assert_int_equal(seen.stalled_rank, last);
    assert_non_null(strstr(seen.text, name));
    assert_non_null(strstr(seen.text, "waits for all ranks to arrive"));
}

static void test_the_others_name_rank_0(void **state)
{
    (void)state;
    notices seen;
    stop_a_rank(0, &seen);
    agr_group *world = agr_world_group(test_world);
    int64_t n_notices = agr_world_rank(test_world) == 0 ? 0 : seen.n_notices;
    if (n_notices > 0)
        assert_int_equal(seen.stalled_rank, 0);
    assert_ok(agr_group_sum(world, &n_notices, 1, &err), err);
    assert_true(n_notices >= 1);
}

/* A rank that computes longer than the period but looks at its mail is not stalled. */
static void test_a_busy_rank_that_polls_is_left_in_peace(void **state)
{
    (void)state;
    notices seen = {0};
    agr_mailbox *mailbox;
    const agr_mailbox_plan plan = {.max_bytes = 64, .n_outgoing = 2, .n_queued = 4};
    assert_ok(agr_mailbox_create(test_world, &plan, &mailbox, &err), err);
    agr_mailbox_watch(mailbox, 0.5, on_stall, &seen);
    for (int i = 0; agr_world_rank(test_world) == 1 && i < 150; i++) {
        usleep(10000);
        assert_ok(agr_mailbox_poll(mailbox, &err), err);
    }
    assert_ok(agr_group_barrier(agr_world_group(test_world), &err), err);
    agr_mailbox_destroy(mailbox);
    assert_int_equal(seen.n_notices, 0);
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
