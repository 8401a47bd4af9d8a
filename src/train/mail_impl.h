/*
 * A rank's mail, and where the rank stands in the run by it:
 *
 *     idle    --COME-->  called  --enters-->  member or leader
 *     idle    --enters (the first team)-->    member or leader
 *     leader  --OFFER--> offered --grows-->   leader
 *     member, leader, offered    --leaves-->  idle
 *     idle    --FAREWELL--> dismissed
 *
 * Rank 0 beside that reads its books' mail, and does what is due in them.
 */
#ifndef AGR_TRAIN_MAIL_IMPL_H
#define AGR_TRAIN_MAIL_IMPL_H

#include "registrar_impl.h"

#include <agr/train/halving.h>

typedef enum {
    RANK_IDLE,     /* in no team, and called to none */
    RANK_CALLED,   /* in no team, and called to the one of `invitation` */
    RANK_MEMBER,   /* in a team that another rank leads */
    RANK_LEADER,   /* leads a team */
    RANK_OFFERED,  /* leads a team that may become the one of `invitation` */
    RANK_DISMISSED /* nothing is left to do */
} rank_standing;

typedef struct {
    const agr_run_options *options;
    agr_world *world;
    agr_mailbox *mailbox;
    registrar *registrar; /* rank 0's books; NULL elsewhere */
    rank_standing standing;
    int32_t team; /* index of the team this rank is in */
    agr_invitation invitation;
    agr_halving_verdicts verdicts; /* the last that rank 0 sent */
    bool has_verdicts;             /* that the team does not know of yet */
    bool is_told_to_stop;
    bool has_asked;  /* rank 0 knows that this rank was asked to stop */
    bool is_reading; /* a wait inside must not read on */
} rank_mail;

/* Opens the mailbox. Collective over the world. */
agr_status mail_open(rank_mail *m, const agr_run_options *options, agr_world *world,
                     agr_error *err);

/* Rank 0's books, to be kept from now on, and in every wait: a leader that waits for its snapshot to
 * be fetched may be the one that rank 0 waits for. Borrowed until the mail is closed. */
void mail_keep_books(rank_mail *m, registrar *books);

/* Collective over the world, unless it was never opened. */
void mail_close(rank_mail *m);

/* Is this rank to stop? Asked by signal or clock, or told by rank 0. */
bool mail_is_to_stop(const rank_mail *m);

/* Reads what has come; rank 0 does what is due. */
agr_status mail_serve(rank_mail *m, agr_error *err);

/* Sleeps until there is mail or, on rank 0, something due; then serves. */
agr_status mail_wait_for_work(rank_mail *m, agr_error *err);

/* Sleeps until there is mail or something to do, but only a moment: the ranks of a team that waits
 * for other teams still meet after each of these. Then serves. */
agr_status mail_rest(rank_mail *m, agr_error *err);

/* ---- where this rank stands ---- */

static inline bool mail_leads(const rank_mail *m)
{
    return m->standing == RANK_LEADER || m->standing == RANK_OFFERED;
}

/* It is in a team now. */
void mail_enter_team(rank_mail *m, int team, bool leads);

/* The team is about to become the one of the invitation: the offer, if this rank has it, is answered
 * by that. */
void mail_grow_team(rank_mail *m);

/* It is in no team any more. Says no to an offer that is still open. */
agr_status mail_leave_team(rank_mail *m, agr_error *err);

#endif
