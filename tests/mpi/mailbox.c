#include "mpi_test.h"

#include <agr/base/clock.h>
#include <agr/comm/mailbox.h>
#include <agr/comm/wait.h>

enum { KIND_NUMBER = AGR_MAIL_USER, KIND_SNAPSHOT, KIND_END };

static agr_mailbox *mailbox;
static agr_error err;

static int open_mailbox(void **state)
{
    (void)state;
    const agr_mailbox_plan plan = {.max_bytes = 256, .n_outgoing = 4, .n_queued = 8};
    assert_ok(agr_mailbox_create(test_world, &plan, &mailbox, &err), err);
    return 0;
}

static int close_mailbox(void **state)
{
    (void)state;
    agr_mailbox_destroy(mailbox);
    return 0;
}

static agr_mail next_mail(void)
{
    agr_mail mail;
    assert_ok(test_wait_for_mail(mailbox, &err), err);
    assert_true(agr_mailbox_next(mailbox, &mail));
    return mail;
}

/* More messages than all slots and queues hold, from every rank, rank 0 included. */
static void test_messages_of_each_sender_arrive_in_order(void **state)
{
    (void)state;
    enum { N = 50 };
    const int size = agr_world_size(test_world), rank = agr_world_rank(test_world);
    int n_sent = 0, n_received = 0, next[64] = {0};
    while (n_sent < N || (rank == 0 && n_received < N * size)) {
        if (n_sent < N && agr_mailbox_has_slot(mailbox)) {
            const int payload[2] = {rank, n_sent++};
            assert_ok(agr_mailbox_send(mailbox, 0, KIND_NUMBER, payload, sizeof payload, &err),
                      err);
        }
        assert_ok(agr_mailbox_poll(mailbox, &err), err);
        agr_mail mail;
        if (!agr_mailbox_next(mailbox, &mail))
            continue;
        int payload[2];
        assert_int_equal(mail.n_bytes, sizeof payload);
        memcpy(payload, mail.payload, sizeof payload);
        assert_int_equal(mail.kind, KIND_NUMBER);
        assert_int_equal(payload[0], mail.from);
        assert_int_equal(payload[1], next[mail.from]);
        assert_int_equal(mail.sequence, next[mail.from]++);
        agr_mailbox_drop(mailbox);
        n_received++;
    }
    assert_int_equal(n_received, rank == 0 ? N * size : 0);
}

static void test_rank_0_answers_everyone(void **state)
{
    (void)state;
    const int size = agr_world_size(test_world), rank = agr_world_rank(test_world);
    if (rank == 0)
        for (int to = 0; to < size; to++)
            assert_ok(agr_mailbox_send(mailbox, to, KIND_END, NULL, 0, &err), err);
    const agr_mail mail = next_mail();
    assert_int_equal(mail.kind, KIND_END);
    assert_int_equal(mail.from, 0);
    assert_int_equal(mail.n_bytes, 0);
    agr_mailbox_drop(mailbox);
}

static size_t snapshot_bytes(int rank)
{
    return ((size_t)20 << 20) + (size_t)rank * 12345 + 1;
}

static char snapshot_byte(int rank, size_t i)
{
    return (char)(i * 2654435761U >> 13 ^ (size_t)rank);
}

static void check_snapshot(const agr_mail *mail)
{
    assert_int_equal(mail->kind, KIND_SNAPSHOT);
    assert_int_equal(mail->large_bytes, snapshot_bytes(mail->from));
    char *bytes = malloc(mail->large_bytes);
    assert_non_null(bytes);
    int transfer;
    assert_ok(agr_mailbox_fetch(mailbox, mail, bytes, &transfer, &err), err);
    assert_ok(agr_mailbox_finish(mailbox, transfer, &err), err);
    for (size_t i = 0; i < mail->large_bytes; i++)
        if (bytes[i] != snapshot_byte(mail->from, i))
            fail_msg("rank %d: byte %zu is wrong", mail->from, i);
    free(bytes);
}

/* Every rank lends 20 MB and goes on; rank 0 takes them one after the other. */
static void test_snapshots_move_while_the_sender_works(void **state)
{
    (void)state;
    const int size = agr_world_size(test_world), rank = agr_world_rank(test_world);
    const size_t n_bytes = snapshot_bytes(rank);
    char *bytes = malloc(n_bytes);
    assert_non_null(bytes);
    for (size_t i = 0; i < n_bytes; i++)
        bytes[i] = snapshot_byte(rank, i);
    int transfer;
    assert_ok(agr_mailbox_send_large(mailbox, 0, KIND_SNAPSHOT, &rank, sizeof rank, bytes, n_bytes,
                                     &transfer, &err),
              err);
    for (int i = 0; rank == 0 && i < size; i++) {
        const agr_mail mail = next_mail();
        check_snapshot(&mail);
        agr_mailbox_drop(mailbox);
    }
    while (!agr_mailbox_is_moved(mailbox, transfer)) {
        assert_ok(agr_mailbox_poll(mailbox, &err), err);
        agr_clock_sleep_s(1e-3);
    }
    free(bytes);
}

static void test_unread_mail_is_dropped_at_the_end(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++)
        assert_ok(agr_mailbox_send(mailbox, 0, KIND_NUMBER, &i, sizeof i, &err), err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_messages_of_each_sender_arrive_in_order, open_mailbox,
                                        close_mailbox),
        cmocka_unit_test_setup_teardown(test_rank_0_answers_everyone, open_mailbox, close_mailbox),
        cmocka_unit_test_setup_teardown(test_snapshots_move_while_the_sender_works, open_mailbox,
                                        close_mailbox),
        cmocka_unit_test_setup_teardown(test_unread_mail_is_dropped_at_the_end, open_mailbox,
                                        close_mailbox),
    };
    return test_run_in_world("mailbox", tests, sizeof tests / sizeof tests[0]);
}
