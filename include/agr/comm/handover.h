/**
 * Hand-over: ranks whose branches are finished join the branch with the most work left.
 *
 * The conversation, by mail:
 *
 *     leader  -> rank 0     FINISHED     "team T has finished its branches"; its ranks are idle now
 *     leader  -> rank 0     PROGRESS     "branch B has this much left" (each epoch, or more often)
 *     rank 0  -> leader     OFFER        "your team could be these ranks, with so many threads"
 *     leader  -> rank 0     REFUSED      (its team is about to end, to stop, or cannot), or
 *     leader  -> joiners    COME         after its team agreed (AGR_CONTROL_ADMIT), and
 *     leader  -> rank 0     ACCEPTED     the same, for the books
 *
 * Only those who said or heard COME enter agr_team_create() with the invitation's ranks and tag:
 * nobody ever waits for a rank that was not asked or did not agree. Who is to join is idle: asleep
 * until mail comes, which may also be FAREWELL: nothing left to do.
 *
 * This header holds the words (mail payloads) and rank 0's book-keeping (agr_board), which is pure:
 * it decides, the caller mails. What joiners must receive (weights, moments, position) is
 * training's affair: broadcast over agr_team_group() of the new team, the leader being member 0.
 */
#ifndef AGR_COMM_HANDOVER_H
#define AGR_COMM_HANDOVER_H

#include <agr/base/error.h>
#include <agr/comm/mailbox.h>
#include <agr/comm/placement.h>
#include <agr/comm/team.h>

enum {
    AGR_MAIL_FINISHED = AGR_MAIL_HANDOVER, /* int32_t team */
    AGR_MAIL_PROGRESS,                     /* agr_progress */
    AGR_MAIL_OFFER,                        /* agr_invitation */
    AGR_MAIL_REFUSED,                      /* agr_invitation */
    AGR_MAIL_COME,                         /* agr_invitation */
    AGR_MAIL_ACCEPTED,                     /* agr_invitation */
    AGR_MAIL_FAREWELL                      /* nothing */
};

typedef struct {
    int32_t branch;
    int32_t reserved;
    double images_left;
} agr_progress;

/** A team to be: the old team's computing ranks that stay come first (the leader is the first),
 * then the joiners. */
typedef struct {
    int32_t team;    /* index of the team that grows (placement order) */
    int32_t tag;     /* for agr_team_create(); never used twice in a run */
    int32_t threads; /* of each rank */
    int32_t n_ranks;
    int32_t rank[AGR_TEAM_MAX_RANKS];
} agr_invitation;

/** Bytes of an invitation worth sending. */
size_t agr_invitation_bytes(const agr_invitation *invitation);

/** Reads an invitation from a mail. AGR_FORMAT when it cannot be one. */
agr_status agr_invitation_read(const agr_mail *mail, agr_invitation *invitation, agr_error *err);

/** Rebuilds a team as the leader's invitation says, after its step decided AGR_CONTROL_ADMIT: the
 * leader mails COME to those who join and ACCEPTED to rank 0, the old team is dissolved, and the
 * new one is formed. *team is the new team, or NULL on a rank that is no longer in it (it is idle
 * then). *invitation is significant on the leader and received by the others. Collective over the
 * old team, and for the ranks invited over the new one (they call agr_team_join()). */
agr_status agr_team_admit(agr_world *world, agr_mailbox *mailbox, agr_team **team,
                          agr_invitation *invitation, const agr_team_limits *limits,
                          agr_error *err);

/** The joiner's side, when COME has been received. */
agr_status agr_team_join(agr_world *world, const agr_invitation *invitation,
                         const agr_team_limits *limits, agr_team **team, agr_error *err);

typedef struct agr_board agr_board;

/** The book on rank 0 for a run that starts with this placement. Caller destroys. */
agr_status agr_board_create(const agr_placement_input *input, const agr_placement *placement,
                            agr_board **board, agr_error *err);
void agr_board_destroy(agr_board *board);

/** A leader reports what a branch has left. */
void agr_board_progress(agr_board *board, int branch, double images_left);

/** A team has finished its branches: its ranks are free. An offer that it did not answer is still
 * to be answered (it will refuse). */
void agr_board_finished(agr_board *board, int team);

/** True when some free ranks should be offered now: *offer is to be mailed to
 * agr_board_leader(offer->team). At most one offer a team is open; a refused one is repeated when
 * something has changed since. */
bool agr_board_offer(agr_board *board, agr_invitation *offer);

/** The answer to an offer. Accepted: its ranks belong to the team from now on, those that left it
 * are free. */
void agr_board_answered(agr_board *board, int32_t tag, bool accepted);

/** Ranks that compute for this branch now; 0 when its team has finished. */
int agr_board_ranks(const agr_board *board, int branch);

/** What a training step of this branch takes by the planner's model, with the ranks it has now. */
double agr_board_step_ms(const agr_board *board, int branch);

/** The rest of the run from the teams as they are now: times of *prediction count from now on. What
 * branches cost and have left is `input`'s. */
void agr_board_predict(const agr_board *board, const agr_placement_input *input,
                       agr_placement *prediction);

/** World rank of a team's leader; -1 when it has finished. */
int agr_board_leader(const agr_board *board, int team);

#endif
