/* Finds the rank that neither works nor waits: those who wait long ask, and rank 0 calls the
 * roll. */
#include "mailbox_impl.h"

#include <agr/base/clock.h>
#include <agr/base/log.h>

#include <stdio.h>
#include <string.h>

/* Drops the word when the last one to this rank has not even left: he will be named anyway. */
static agr_status say(agr_mailbox *mailbox, int to, watch_word word, agr_error *err)
{
    watchdog *watch = &mailbox->watch;
    int left = 1;
    if (mailbox->is_closing)
        return AGR_OK;
    AGR_TRY(agr_mpi_check(MPI_Test(&watch->send[to], &left, MPI_STATUS_IGNORE),
                          "asking after a rank", err));
    if (!left)
        return AGR_OK;
    watch->outgoing[to] = word;
    mailbox->n_posted[to]++;
    return agr_mpi_check(MPI_Isend(&watch->outgoing[to], sizeof word, MPI_BYTE, to, TAG_WATCH,
                                   mailbox->comm, &watch->send[to]),
                         "asking after a rank", err);
}

static void give_notice(agr_mailbox *mailbox, int stalled_rank, const char *text)
{
    agr_log_warning("%s", text);
    if (mailbox->watch.notice != NULL)
        mailbox->watch.notice(mailbox->watch.context, stalled_rank, text);
}

static agr_status call_roll(agr_mailbox *mailbox, int waiter, const watch_word *complaint,
                            agr_error *err)
{
    watchdog *watch = &mailbox->watch;
    const int size = mailbox->world->group.size;
    if (watch->is_calling || watch->period_s <= 0)
        return AGR_OK;
    watch->is_calling = true;
    watch->deadline_s = agr_clock_s() + watch->period_s;
    watch->waiter = waiter;
    watch->complaint = *complaint;
    watch->heard[0] = true;
    for (int rank = 1; rank < size; rank++) {
        watch->heard[rank] = false;
        AGR_TRY(say(mailbox, rank, (watch_word){.word = WATCH_CALL}, err));
    }
    return AGR_OK;
}

static void name_stalled(agr_mailbox *mailbox)
{
    watchdog *watch = &mailbox->watch;
    for (int rank = 1; rank < mailbox->world->group.size; rank++) {
        if (watch->heard[rank] || watch->named[rank])
            continue;
        char text[512];
        snprintf(text, sizeof text,
                 "rank %d is stalled: it has not answered for %.3g s, while rank %d waits for %s "
                 "(stopped, or its node or file system hangs)",
                 rank, watch->period_s, watch->waiter, watch->complaint.what);
        watch->named[rank] = true;
        give_notice(mailbox, rank, text);
    }
}

static void hear(watchdog *watch, int rank)
{
    watch->heard[rank] = true;
    if (watch->named[rank])
        agr_log_info("rank %d goes on", rank);
    watch->named[rank] = false;
}

/* Inside a wait: errors of MPI will come up in the wait itself. */
static void waited_long(void *context, const char *what, double waited_s)
{
    agr_mailbox *mailbox = context;
    watchdog *watch = &mailbox->watch;
    agr_error ignored;
    watch_word word = {.word = WATCH_WAITING, .waited_s = (float)waited_s};
    snprintf(word.what, sizeof word.what, "%s", what);
    if (mailbox->world->group.rank == 0) {
        call_roll(mailbox, 0, &word, &ignored);
        return;
    }
    say(mailbox, 0, word, &ignored);
    const double now_s = agr_clock_s();
    if (watch->asked_s <= 0)
        watch->asked_s = now_s;
    if (watch->complained || now_s - watch->asked_s < watch->period_s * 0.99)
        return;
    char text[512];
    snprintf(text, sizeof text,
             "rank 0 is stalled: it has not answered for %.3g s, while rank %d waits for %s "
             "(stopped, or its node or file system hangs)",
             now_s - watch->asked_s, mailbox->world->group.rank, what);
    watch->complained = true;
    give_notice(mailbox, 0, text);
}

static agr_status understand(agr_mailbox *mailbox, int from, agr_error *err)
{
    watchdog *watch = &mailbox->watch;
    const watch_word word = watch->incoming;
    switch (word.word) {
    case WATCH_WAITING:
        hear(watch, from);
        if (watch->is_calling) /* he was called before he asked; he must know that rank 0 lives */
            return say(mailbox, from, (watch_word){.word = WATCH_CALL}, err);
        return call_roll(mailbox, from, &word, err);
    case WATCH_CALL:
        watch->asked_s = 0;
        watch->complained = false;
        return say(mailbox, 0, (watch_word){.word = WATCH_HERE}, err);
    case WATCH_HERE:
        hear(watch, from);
        return AGR_OK;
    }
    return AGR_OK;
}

static agr_status open_receive(agr_mailbox *mailbox, agr_error *err)
{
    watchdog *watch = &mailbox->watch;
    return agr_mpi_check(MPI_Irecv(&watch->incoming, sizeof watch->incoming, MPI_BYTE,
                                   MPI_ANY_SOURCE, TAG_WATCH, mailbox->comm, &watch->receive),
                         "opening the mailbox", err);
}

agr_status agr_watchdog_open(agr_mailbox *mailbox, agr_error *err)
{
    for (int rank = 0; rank < mailbox->world->group.size; rank++)
        mailbox->watch.send[rank] = MPI_REQUEST_NULL;
    return open_receive(mailbox, err);
}

void agr_watchdog_close(agr_mailbox *mailbox)
{
    watchdog *watch = &mailbox->watch;
    MPI_Cancel(&watch->receive);
    MPI_Wait(&watch->receive, MPI_STATUS_IGNORE);
    for (int rank = 0; rank < mailbox->world->group.size; rank++)
        MPI_Wait(&watch->send[rank], MPI_STATUS_IGNORE); /* it has been received */
}

agr_status agr_watchdog_poll(agr_mailbox *mailbox, agr_error *err)
{
    watchdog *watch = &mailbox->watch;
    for (;;) {
        int arrived = 0;
        MPI_Status status;
        AGR_TRY(agr_mpi_check(MPI_Test(&watch->receive, &arrived, &status), "receiving mail", err));
        if (!arrived)
            break;
        mailbox->n_arrived++;
        AGR_TRY(understand(mailbox, status.MPI_SOURCE, err));
        AGR_TRY(open_receive(mailbox, err));
    }
    if (watch->is_calling && !mailbox->is_closing && agr_clock_s() >= watch->deadline_s) {
        watch->is_calling = false;
        name_stalled(mailbox);
    }
    return AGR_OK;
}

void agr_mailbox_watch(agr_mailbox *mailbox, double period_s, agr_stall_notice *notice,
                       void *context)
{
    mailbox->watch.period_s = period_s;
    mailbox->watch.notice = notice;
    mailbox->watch.context = context;
    agr_wait_set_watchdog(mailbox->world, period_s, waited_long, mailbox);
}
