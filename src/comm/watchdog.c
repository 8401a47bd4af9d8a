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
    if (mailbox->watch.set.notice != NULL)
        mailbox->watch.set.notice(mailbox->watch.set.context, stalled_rank, text);
}

/* Nobody will hear from this rank again: ends the run, when it was silent long enough. */
static void give_up(agr_mailbox *mailbox, int stalled_rank, double named_s)
{
    const watchdog *watch = &mailbox->watch;
    const agr_watch *set = &watch->set;
    const double silent_s = agr_clock_s() - named_s;
    const bool is_to_end = set->is_to_end != NULL && set->is_to_end(set->context);
    if (!is_to_end && (set->abort_after_s <= 0 || silent_s < set->abort_after_s))
        return;
    agr_error err;
    agr_error_set(&err, AGR_STOPPED, "rank %d (%s) is still stalled, %.3g s after it was named%s",
                  stalled_rank, watch->host[stalled_rank], silent_s,
                  is_to_end ? ", and the run is to end" : "");
    agr_error_hint(&err, "go on from the last checkpoint with --resume; comm.abort_after says how "
                         "long to wait");
    comm_end_launcher_later();
    agr_world_abort(mailbox->world, &err);
}

static agr_status call_roll(agr_mailbox *mailbox, int waiter, const watch_word *complaint,
                            agr_error *err)
{
    watchdog *watch = &mailbox->watch;
    const int size = mailbox->world->group.size;
    if (watch->is_calling || watch->set.period_s <= 0)
        return AGR_OK;
    watch->is_calling = true;
    watch->deadline_s = agr_clock_s() + watch->set.period_s;
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
        if (watch->heard[rank] || watch->named_s[rank] > 0)
            continue;
        char text[512];
        snprintf(
            text, sizeof text,
            "rank %d (%s) is stalled: it has not answered for %.3g s, while rank %d (%s) waits "
            "for %s (stopped, or its node, network or file system hangs)",
            rank, watch->host[rank], watch->set.period_s, watch->waiter, watch->host[watch->waiter],
            watch->complaint.what);
        watch->named_s[rank] = agr_clock_s();
        watch->n_named++;
        give_notice(mailbox, rank, text);
    }
}

static void hear(watchdog *watch, int rank)
{
    watch->heard[rank] = true;
    if (watch->named_s[rank] <= 0)
        return;
    agr_log_info("rank %d goes on", rank);
    watch->named_s[rank] = 0;
    watch->n_named--;
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
    if (watch->complained_s > 0)
        give_up(mailbox, 0, watch->complained_s);
    if (watch->complained_s > 0 || now_s - watch->asked_s < watch->set.period_s * 0.99)
        return;
    char text[512];
    snprintf(text, sizeof text,
             "rank 0 (%s) is stalled: it has not answered for %.3g s, while rank %d (%s) waits for "
             "%s (stopped, or its node, network or file system hangs)",
             watch->host[0], now_s - watch->asked_s, mailbox->world->group.rank,
             agr_world_host(mailbox->world), what);
    watch->complained_s = now_s;
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
        if (watch->complained_s > 0)
            agr_log_info("rank 0 goes on");
        watch->asked_s = 0;
        watch->complained_s = 0;
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

static agr_status learn_hosts(agr_mailbox *mailbox, agr_error *err)
{
    char mine[WATCH_HOST_BYTES];
    agr_gathered all;
    snprintf(mine, sizeof mine, "%s", agr_world_host(mailbox->world));
    AGR_TRY(agr_group_gather_all(&mailbox->world->group, mine, sizeof mine, &all, err));
    memcpy(mailbox->watch.host, all.bytes, all.begin[all.n_parts]);
    agr_gathered_release(&all);
    return AGR_OK;
}

agr_status agr_watchdog_open(agr_mailbox *mailbox, agr_error *err)
{
    for (int rank = 0; rank < mailbox->world->group.size; rank++)
        mailbox->watch.send[rank] = MPI_REQUEST_NULL;
    AGR_TRY(learn_hosts(mailbox, err));
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
    for (int rank = 1; watch->n_named > 0 && rank < mailbox->world->group.size; rank++)
        if (watch->named_s[rank] > 0)
            give_up(mailbox, rank, watch->named_s[rank]);
    return AGR_OK;
}

void agr_mailbox_watch(agr_mailbox *mailbox, const agr_watch *watch)
{
    mailbox->watch.set = watch != NULL ? *watch : (agr_watch){0};
    agr_wait_set_watchdog(mailbox->world, mailbox->watch.set.period_s, waited_long, mailbox);
}
