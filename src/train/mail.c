#include "session_impl.h"

#include <agr/comm/wait.h>

agr_status session_refuse(session *s, const agr_invitation *offer, agr_error *err)
{
    return agr_mailbox_send(s->mailbox, 0, AGR_MAIL_REFUSED, offer, agr_invitation_bytes(offer),
                            err);
}

/* An offer is for the leader of the team it names; one that comes too late is refused. */
static agr_status receive_offer(session *s, const agr_mail *mail, agr_error *err)
{
    agr_invitation offer;
    AGR_TRY(agr_invitation_read(mail, &offer, err));
    if (!session_leads(s) || s->team_index != offer.team || s->is_invited)
        return session_refuse(s, &offer, err);
    s->invitation = offer;
    s->is_invited = true;
    return AGR_OK;
}

static agr_status receive(session *s, const agr_mail *mail, agr_error *err)
{
    bool taken = false;
    if (s->registrar != NULL)
        AGR_TRY(registrar_receive(s->registrar, mail, &taken, err));
    if (taken)
        return AGR_OK;
    switch (mail->kind) {
    case AGR_MAIL_OFFER:
        return receive_offer(s, mail, err);
    case AGR_MAIL_COME:
        s->is_invited = true;
        return agr_invitation_read(mail, &s->invitation, err);
    case MAIL_STOP:
        s->is_told_to_stop = true;
        return AGR_OK;
    case AGR_MAIL_FAREWELL:
        s->farewell = true;
        return AGR_OK;
    default:
        return agr_error_set(err, AGR_MPI, "mail of unknown kind %d from rank %d", mail->kind,
                             mail->from);
    }
}

static agr_status say_farewell(session *s, agr_error *err)
{
    for (int rank = 1; rank < agr_world_size(s->world); rank++)
        AGR_TRY(agr_mailbox_send(s->mailbox, rank, AGR_MAIL_FAREWELL, NULL, 0, err));
    s->farewell = true;
    return AGR_OK;
}

static agr_status read_mail(session *s, agr_error *err)
{
    agr_mail mail;
    agr_status status = AGR_OK;
    s->serving = true;
    while (status == AGR_OK && agr_mailbox_next(s->mailbox, &mail)) {
        status = receive(s, &mail, err);
        agr_mailbox_drop(s->mailbox);
    }
    s->serving = false;
    return status;
}

agr_status session_keep_books(void *context, agr_error *err)
{
    session *s = context;
    agr_mail mail;
    bool taken, has_room;
    if (s->serving)
        return AGR_OK;
    for (;;) {
        AGR_TRY(registrar_has_room(s->registrar, &has_room, err));
        if (!has_room || !agr_mailbox_next(s->mailbox, &mail))
            return AGR_OK;
        AGR_TRY(registrar_receive(s->registrar, &mail, &taken, err));
        if (!taken)
            return AGR_OK;
        agr_mailbox_drop(s->mailbox);
    }
}

agr_status session_serve(session *s, agr_error *err)
{
    AGR_TRY(agr_mailbox_poll(s->mailbox, err));
    AGR_TRY(read_mail(s, err));
    if (s->registrar == NULL)
        return AGR_OK;
    AGR_TRY(registrar_work(s->registrar, err));
    /* What it sent to this very rank (an offer, a stop) counts from this step on. */
    AGR_TRY(agr_mailbox_poll(s->mailbox, err));
    AGR_TRY(read_mail(s, err));
    if (registrar_is_done(s->registrar) && !s->farewell)
        AGR_TRY(say_farewell(s, err));
    return AGR_OK;
}

/* A team that is asked to stop does, and its leader's word reaches the others. An idle rank can
 * only pass the request on. */
static bool must_ask(const session *s)
{
    return !s->has_asked && session_is_to_stop(s);
}

static agr_status has_something_to_do(void *context, bool *done, agr_error *err)
{
    session *s = context;
    agr_mail mail;
    (void)err;
    *done = agr_mailbox_next(s->mailbox, &mail) || must_ask(s) ||
            (s->registrar != NULL &&
             (registrar_has_work(s->registrar) || registrar_is_done(s->registrar)));
    return AGR_OK;
}

agr_status session_wait_for_work(session *s, agr_error *err)
{
    AGR_TRY(agr_wait(s->world, AGR_WAIT_IDLE, "work", has_something_to_do, s, err));
    if (must_ask(s)) {
        s->has_asked = true;
        AGR_TRY(agr_mailbox_send(s->mailbox, 0, MAIL_ASKED, NULL, 0, err));
    }
    return session_serve(s, err);
}
