/* A rank's crew: the team it is in, and what it has there of its own. crew.c makes teams, changes and
 * ends them; turn.c has them work. */
#ifndef AGR_TRAIN_CREW_IMPL_H
#define AGR_TRAIN_CREW_IMPL_H

#include "interval_impl.h"
#include "mail_impl.h"
#include "outbox_impl.h"

#include <agr/comm/cores.h>
#include <agr/comm/placement.h>

enum { MAX_BRANCHES = AGR_PLACEMENT_MAX_BRANCHES };

/* What every team of this rank begins with. Borrowed. */
typedef struct {
    const agr_run_options *options;
    agr_world *world;
    const agr_cores *cores;
    const agr_training_set *set;
    const agr_placement_input *input;
    const agr_placement *placement;
    const char *resume_from; /* "" when this run starts */
} crew_plan;

/* Where a branch's pace is measured from: the beginning of its epoch, or of this team. */
typedef struct {
    double at_s;
    int64_t n_done; /* training images of the epoch */
} pace_mark;

typedef struct {
    crew_plan plan;
    rank_mail *mail; /* borrowed */
    agr_team *team;  /* NULL while this rank is in none */
    agr_pool *pool;
    agr_halving_verdicts verdicts; /* that all ranks of the team know */
    bool has_trained;              /* it was in some team */
    int n_trainees;
    agr_trainee *trainee[MAX_BRANCHES];
    agr_trainee_room room;        /* that they take turns in */
    outbox *outbox[MAX_BRANCHES]; /* the leader's */
    double epoch_began_s[MAX_BRANCHES];
    pace_mark paced_from[MAX_BRANCHES];
    double images_per_s[MAX_BRANCHES]; /* training images; 0: not measured yet */
    double posted_s;                   /* when rank 0 was last sent the states */
    write_cost post_cost;              /* of two such posts */
    double paced_s;                    /* when rank 0 last heard how far this team is */
} crew;

/* Enters the team that the placement has for this rank, if it computes from the start. */
agr_status crew_form(crew *c, agr_error *err);

/* A rank that was called: joins and receives the leader's state. */
agr_status crew_join(crew *c, agr_error *err);

/* The team has decided to admit: its leader says whom; who is in the new list changes over. */
agr_status crew_change(crew *c, agr_error *err);

/* What the leader last heard of train.halving, for all ranks of the team. Collective over it. */
agr_status crew_share_verdicts(crew *c, agr_error *err);

/* Sends all branches' states to rank 0 (the leader does). */
agr_status crew_post(crew *c, bool write_soon, agr_error *err);

/* All branches have ended (AGR_MAIL_FINISHED) or a stop was asked for (MAIL_STOPPED): the leader
 * sends what there is and says so; everybody is idle then. */
agr_status crew_end(crew *c, int kind, agr_error *err);

/* Frees what this rank had of a team: nothing after an orderly end. */
void crew_forget(crew *c);

/* ---- turn.c ---- */

/* One unit of work of the branch that is furthest behind and what it brings about, a short rest when
 * all branches wait for rivals in other teams, or the end of the team when all have ended. Collective
 * over the team. */
agr_status crew_take_turn(crew *c, agr_error *err);

#endif
