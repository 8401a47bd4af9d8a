/* Reads a rank's mail between steps, and takes the rank from one standing to the next. */
#include "mail_impl.h"

#include <agr/base/clock.h>
#include <agr/comm/wait.h>
#include <string.h>

static bool is_to_end(void *context)
{
    return mail_is_to_stop(context);
}

agr_status mail_open(rank_mail *m, const agr_run_options *options, agr_world *world, agr_error *err)
{
    const agr_mailbox_plan plan = {
        .max_bytes = sizeof(agr_epoch_report) > sizeof(agr_invitation) ? sizeof(agr_epoch_report)
                                                                       : sizeof(agr_invitation),
        .n_outgoing = 32,
        .n_queued = 32 + 4 * agr_world_size(world),
    };
    m->options = options;
    m->world = world;
    AGR_TRY(agr_mailbox_create(world, &plan, &m->mailbox, err));
    const agr_watch watch = {.period_s = options->config->comm.stall_after,
                             .abort_after_s = options->config->comm.abort_after,
                             .is_to_end = is_to_end,
                             .context = m};
    agr_mailbox_watch(m->mailbox, &watch);
    return AGR_OK;
}

bool mail_is_to_stop(const rank_mail *m)
{
    const agr_run_options *options = m->options;
    return m->is_told_to_stop || (options->stop != NULL && *options->stop != 0) ||
           (options->deadline_s > 0 && agr_clock_s() >= options->deadline_s);
}

/* ---- where this rank stands ---- */

void mail_enter_team(rank_mail *m, int team, bool leads)
{
    AGR_ASSERT(m->standing == RANK_IDLE || m->standing == RANK_CALLED);
    m->team = team;
    m->standing = leads ? RANK_LEADER : RANK_MEMBER;
}

void mail_grow_team(rank_mail *m)
{
    if (m->standing == RANK_OFFERED)
        m->standing = RANK_LEADER;
}

static agr_status refuse(rank_mail *m, const agr_invitation *offer, agr_error *err)
{
    return agr_mailbox_send(m->mailbox, 0, AGR_MAIL_REFUSED, offer, agr_invitation_bytes(offer),
                            err);
}

agr_status mail_leave_team(rank_mail *m, agr_error *err)
{
    const bool has_offer = m->standing == RANK_OFFERED;
    m->standing = RANK_IDLE;
    return has_offer ? refuse(m, &m->invitation, err) : AGR_OK;
}

/* An offer is for the leader of the team it names; one that comes too late is refused. */
static agr_status receive_offer(rank_mail *m, const agr_mail *mail, agr_error *err)
{
    agr_invitation offer;
    AGR_TRY(agr_invitation_read(mail, &offer, err));
    if (m->standing != RANK_LEADER || m->team != offer.team)
        return refuse(m, &offer, err);
    m->invitation = offer;
    m->standing = RANK_OFFERED;
    return AGR_OK;
}

static agr_status receive_call(rank_mail *m, const agr_mail *mail, agr_error *err)
{
    AGR_ASSERT(m->standing == RANK_IDLE); /* only free ranks are offered, one team at a time */
    m->standing = RANK_CALLED;
    return agr_invitation_read(mail, &m->invitation, err);
}

static void receive_verdicts(rank_mail *m, const agr_mail *mail)
{
    AGR_ASSERT(mail->n_bytes == sizeof m->verdicts);
    memcpy(&m->verdicts, mail->payload, sizeof m->verdicts);
    m->has_verdicts = true;
}

/* ---- reading ---- */

static agr_status receive(rank_mail *m, const agr_mail *mail, agr_error *err)
{
    bool taken = false;
    if (m->registrar != NULL)
        AGR_TRY(registrar_receive(m->registrar, mail, &taken, err));
    if (taken)
        return AGR_OK;
    switch (mail->kind) {
    case AGR_MAIL_OFFER:
        return receive_offer(m, mail, err);
    case AGR_MAIL_COME:
        return receive_call(m, mail, err);
    case MAIL_VERDICTS:
        receive_verdicts(m, mail);
        return AGR_OK;
    case MAIL_STOP:
        m->is_told_to_stop = true;
        return AGR_OK;
    case AGR_MAIL_FAREWELL:
        m->standing = RANK_DISMISSED;
        return AGR_OK;
    default:
        return agr_error_set(err, AGR_MPI, "mail of unknown kind %d from rank %d", mail->kind,
                             mail->from);
    }
}

static agr_status read_mail(rank_mail *m, agr_error *err)
{
    agr_mail mail;
    agr_status status = AGR_OK;
    m->is_reading = true;
    while (status == AGR_OK && agr_mailbox_next(m->mailbox, &mail)) {
        status = receive(m, &mail, err);
        agr_mailbox_drop(m->mailbox);
    }
    m->is_reading = false;
    return status;
}

static agr_status say_farewell(rank_mail *m, agr_error *err)
{
    for (int rank = 1; rank < agr_world_size(m->world); rank++)
        AGR_TRY(agr_mailbox_send(m->mailbox, rank, AGR_MAIL_FAREWELL, NULL, 0, err));
    m->standing = RANK_DISMISSED;
    return AGR_OK;
}

agr_status mail_serve(rank_mail *m, agr_error *err)
{
    AGR_TRY(agr_mailbox_poll(m->mailbox, err));
    AGR_TRY(read_mail(m, err));
    if (m->registrar == NULL)
        return AGR_OK;
    AGR_TRY(registrar_work(m->registrar, err));
    /* What it sent to this very rank (an offer, a stop) counts from this step on. */
    AGR_TRY(agr_mailbox_poll(m->mailbox, err));
    AGR_TRY(read_mail(m, err));
    if (registrar_is_done(m->registrar) && m->standing != RANK_DISMISSED)
        AGR_TRY(say_farewell(m, err));
    return AGR_OK;
}

/* A team that is asked to stop does, and its leader's word reaches the others. An idle rank can
 * only pass the request on. */
static bool must_ask(const rank_mail *m)
{
    return !m->has_asked && mail_is_to_stop(m);
}

static agr_status has_something_to_do(void *context, bool *done, agr_error *err)
{
    const rank_mail *m = context;
    agr_mail mail;
    (void)err;
    *done = agr_mailbox_next(m->mailbox, &mail) || must_ask(m) ||
            (m->registrar != NULL &&
             (registrar_has_work(m->registrar) || registrar_is_done(m->registrar)));
    return AGR_OK;
}

agr_status mail_wait_for_work(rank_mail *m, agr_error *err)
{
    AGR_TRY(agr_wait(m->world, AGR_WAIT_IDLE, "work", has_something_to_do, m, err));
    if (must_ask(m)) {
        m->has_asked = true;
        AGR_TRY(agr_mailbox_send(m->mailbox, 0, MAIL_ASKED, NULL, 0, err));
    }
    return mail_serve(m, err);
}

#define REST_S 0.02

typedef struct {
    const rank_mail *mail;
    double until_s;
} rest;

static agr_status is_rested(void *context, bool *done, agr_error *err)
{
    const rest *r = context;
    const rank_mail *m = r->mail;
    agr_mail mail;
    (void)err;
    *done = agr_mailbox_next(m->mailbox, &mail) || mail_is_to_stop(m) ||
            (m->registrar != NULL && registrar_has_work(m->registrar)) ||
            agr_clock_s() >= r->until_s;
    return AGR_OK;
}

agr_status mail_rest(rank_mail *m, agr_error *err)
{
    rest r = {m, agr_clock_s() + REST_S};
    AGR_TRY(agr_wait(m->world, AGR_WAIT_IDLE, "verdicts at a rung", is_rested, &r, err));
    return mail_serve(m, err);
}

/* ---- the books, in every wait ---- */

static agr_status read_books_mail(void *context, agr_error *err)
{
    rank_mail *m = context;
    agr_mail mail;
    bool taken, has_room;
    if (m->is_reading)
        return AGR_OK;
    for (;;) {
        AGR_TRY(archive_has_room(registrar_archive(m->registrar), &has_room, err));
        if (!has_room || !agr_mailbox_next(m->mailbox, &mail))
            return AGR_OK;
        AGR_TRY(registrar_receive(m->registrar, &mail, &taken, err));
        if (!taken)
            return AGR_OK;
        agr_mailbox_drop(m->mailbox);
    }
}

void mail_keep_books(rank_mail *m, registrar *books)
{
    m->registrar = books;
    agr_wait_add_poll(m->world, read_books_mail, m);
}

void mail_close(rank_mail *m)
{
    if (m->registrar != NULL)
        agr_wait_remove_poll(m->world, read_books_mail, m);
    m->registrar = NULL;
    agr_mailbox_destroy(m->mailbox);
}
