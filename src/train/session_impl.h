/* One rank's part in a run. */
#ifndef AGR_TRAIN_SESSION_IMPL_H
#define AGR_TRAIN_SESSION_IMPL_H

#include "run_impl.h"

enum { MAX_BRANCHES = AGR_PLACEMENT_MAX_BRANCHES, NO_TEAM = -1 };

typedef struct {
    const agr_run_options *options;
    agr_world *world;
    agr_mailbox *mailbox;
    agr_cores cores;
    agr_training_set set;
    agr_placement_input input;
    agr_placement placement;
    char resume_from[AGR_PATH_BYTES]; /* "" when this run starts */

    /* The team this rank is in; team is NULL while it is idle. */
    int team_index;
    agr_team *team;
    agr_pool *pool;
    int n_trainees;
    agr_trainee *trainee[MAX_BRANCHES];
    outbox *outbox[MAX_BRANCHES]; /* the leader's */
    double posted_s;
    double epoch_began_s[MAX_BRANCHES];
    double paced_s; /* when rank 0 last heard how far this team is */

    agr_invitation invitation; /* a leader's open offer, or what an idle rank was called to */
    bool is_invited;
    bool is_told_to_stop;
    bool has_asked; /* rank 0 knows that this rank was asked to stop */
    bool farewell;

    /* Rank 0's. */
    agr_run_folder *folder;
    registrar *registrar;
    bool serving; /* mail is being read: a wait inside must not read on */
} session;

static inline bool session_leads(const session *s)
{
    return s->team != NULL && agr_team_rank(s->team) == 0;
}

/* Is this rank to stop? Asked by signal or clock, or told by rank 0. */
bool session_is_to_stop(const session *s);

/* ---- mail.c ---- */

/* Reads what has come; rank 0 does what is due. */
agr_status session_serve(session *s, agr_error *err);

/* Sleeps until there is mail or, on rank 0, something due; then serves. */
agr_status session_wait_for_work(session *s, agr_error *err);

/* Rank 0 reads its books' mail in every wait: a leader that waits for its snapshot to be fetched
 * may be the one that rank 0 waits for. An agr_wait_poll. */
agr_status session_keep_books(void *context, agr_error *err);

/* Says no to an offer. */
agr_status session_refuse(session *s, const agr_invitation *offer, agr_error *err);

/* ---- team.c ---- */

/* Enters the team that the placement has for this rank, if it computes from the start. */
agr_status session_form_first_team(session *s, agr_error *err);

/* An idle rank that was called: joins and receives the leader's state. */
agr_status session_join_team(session *s, agr_error *err);

/* The team has decided to admit: its leader says whom; who is in the new list changes over. */
agr_status session_change_team(session *s, agr_error *err);

/* Sends all branches' states to rank 0 (the leader does). */
agr_status session_post(session *s, bool write_soon, agr_error *err);

/* All branches have ended (AGR_MAIL_FINISHED) or a stop was asked for (MAIL_STOPPED): the leader
 * sends what there is and says so; everybody is idle then. */
agr_status session_end_team(session *s, int kind, agr_error *err);

/* Frees what this rank had of a team: nothing after an orderly end. */
void session_forget_team(session *s);

#endif
