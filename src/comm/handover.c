/* Rank 0's book of teams and free ranks, and how a team changes its members. */
#include <agr/comm/handover.h>

#include "placement_impl.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    int n_ranks; /* that compute */
    int rank[AGR_TEAM_MAX_RANKS];
    int threads;
    double cores;
    bool is_finished;
    bool has_offer;
    agr_invitation offer; /* open */
    int refused_free;     /* free ranks at the last refusal; 0: none since something changed */
} board_team;

struct agr_board {
    agr_placement_input input;
    agr_placement placement;
    board_team team[AGR_PLACEMENT_MAX_BRANCHES];
    int n_free;
    int *free_rank; /* [n_ranks], ascending, owned */
    double free_cores;
    bool has_finished; /* some team */
    int32_t next_tag;
};

static const size_t invitation_head_bytes = offsetof(agr_invitation, rank);

size_t agr_invitation_bytes(const agr_invitation *invitation)
{
    return invitation_head_bytes + (size_t)invitation->n_ranks * sizeof invitation->rank[0];
}

agr_status agr_invitation_read(const agr_mail *mail, agr_invitation *invitation, agr_error *err)
{
    *invitation = (agr_invitation){0};
    if (mail->n_bytes <= sizeof *invitation && mail->n_bytes >= invitation_head_bytes) {
        memcpy(invitation, mail->payload, mail->n_bytes);
        if (invitation->n_ranks >= 1 && invitation->n_ranks <= AGR_TEAM_MAX_RANKS &&
            agr_invitation_bytes(invitation) == mail->n_bytes)
            return AGR_OK;
    }
    return agr_error_set(err, AGR_FORMAT,
                         "mail from rank %d: expected an invitation, found %zu "
                         "bytes of something else",
                         mail->from, mail->n_bytes);
}

static bool contains(const int *ranks, int n, int rank)
{
    for (int i = 0; i < n; i++)
        if (ranks[i] == rank)
            return true;
    return false;
}

static agr_status mail_invitation(agr_mailbox *mailbox, int to, int kind,
                                  const agr_invitation *invitation, agr_error *err)
{
    return agr_mailbox_send(mailbox, to, kind, invitation, agr_invitation_bytes(invitation), err);
}

static agr_status call_joiners(agr_mailbox *mailbox, agr_team *team,
                               const agr_invitation *invitation, agr_error *err)
{
    const agr_group *old = agr_team_group(team);
    for (int i = 0; i < invitation->n_ranks; i++) {
        bool is_member = false;
        for (int m = 0; m < agr_group_size(old); m++)
            is_member = is_member || agr_group_world_rank(old, m) == invitation->rank[i];
        if (!is_member)
            AGR_TRY(mail_invitation(mailbox, invitation->rank[i], AGR_MAIL_COME, invitation, err));
    }
    return mail_invitation(mailbox, 0, AGR_MAIL_ACCEPTED, invitation, err);
}

agr_status agr_team_admit(agr_world *world, agr_mailbox *mailbox, agr_team **team,
                          agr_invitation *invitation, const agr_team_limits *limits, agr_error *err)
{
    if (agr_team_rank(*team) == 0)
        AGR_TRY(call_joiners(mailbox, *team, invitation, err));
    AGR_TRY(agr_group_broadcast(agr_team_group(*team), 0, invitation, sizeof *invitation, err));
    agr_team_destroy(*team);
    *team = NULL;
    if (!contains(invitation->rank, invitation->n_ranks, agr_world_rank(world)))
        return AGR_OK;
    return agr_team_join(world, invitation, limits, team, err);
}

agr_status agr_team_join(agr_world *world, const agr_invitation *invitation,
                         const agr_team_limits *limits, agr_team **team, agr_error *err)
{
    return agr_team_create(world, invitation->rank, invitation->n_ranks, invitation->tag, limits,
                           team, err);
}

static void set_free(agr_board *board, int rank)
{
    int at = board->n_free++;
    for (; at > 0 && board->free_rank[at - 1] > rank; at--)
        board->free_rank[at] = board->free_rank[at - 1];
    board->free_rank[at] = rank;
}

static void take(agr_board *board, int rank)
{
    for (int i = 0; i < board->n_free; i++) {
        if (board->free_rank[i] != rank)
            continue;
        board->n_free--;
        memmove(&board->free_rank[i], &board->free_rank[i + 1],
                (size_t)(board->n_free - i) * sizeof *board->free_rank);
        return;
    }
}

static void take_team(agr_board *board, int index)
{
    const agr_placement_team *planned = &board->placement.team[index];
    board_team *team = &board->team[index];
    int *all = board->free_rank + planned->first_rank; /* still in order: rank i at i */
    team->n_ranks =
        agr_placement_computing(&board->input, all, planned->n_ranks, &planned->layout, team->rank);
    team->threads = planned->layout.threads;
    team->cores = planned->cores;
}

agr_status agr_board_create(const agr_placement_input *input, const agr_placement *placement,
                            agr_board **board_out, agr_error *err)
{
    *board_out = NULL;
    agr_board *board = calloc(1, sizeof *board);
    int *free_rank = calloc((size_t)input->n_ranks, sizeof *free_rank);
    if (board == NULL || free_rank == NULL) {
        free(board);
        free(free_rank);
        return agr_error_set(err, AGR_MEMORY, "cannot allocate the book of the teams");
    }
    board->input = *input;
    board->placement = *placement;
    board->free_rank = free_rank;
    board->next_tag = placement->n_teams; /* the first teams have their indices */
    for (int rank = 0; rank < input->n_ranks; rank++)
        set_free(board, rank);
    for (int i = 0; i < placement->n_teams; i++)
        take_team(board, i);
    for (int i = 0; i < placement->n_teams; i++)
        for (int j = 0; j < board->team[i].n_ranks; j++)
            take(board, board->team[i].rank[j]);
    *board_out = board;
    return AGR_OK;
}

void agr_board_destroy(agr_board *board)
{
    if (board == NULL)
        return;
    free(board->free_rank);
    free(board);
}

/* Something has changed: what was refused or not worth while may be welcome now. */
static void forget_refusals(agr_board *board)
{
    for (int i = 0; i < board->placement.n_teams; i++)
        board->team[i].refused_free = 0;
}

void agr_board_progress(agr_board *board, int branch, double images_left)
{
    AGR_ASSERT(branch >= 0 && branch < board->input.n_branches);
    board->input.branch[branch].images_left = images_left > 0 ? images_left : 0;
}

void agr_board_finished(agr_board *board, int index)
{
    AGR_ASSERT(index >= 0 && index < board->placement.n_teams);
    board_team *team = &board->team[index];
    if (team->is_finished)
        return;
    team->is_finished = board->has_finished = true;
    for (int i = 0; i < team->n_ranks; i++)
        set_free(board, team->rank[i]);
    team->n_ranks = 0;
    board->free_cores += team->cores;
    for (int j = 0; j < board->placement.team[index].n_branches; j++)
        board->input.branch[board->placement.team[index].branch[j]].images_left = 0;
    forget_refusals(board);
}

/* Seconds until a team has finished all its branches. */
static double left_s(const agr_board *board, int index, int n_ranks, int threads)
{
    const agr_placement_team *planned = &board->placement.team[index];
    double seconds = 0;
    for (int j = 0; j < planned->n_branches; j++) {
        const agr_placement_branch *b = &board->input.branch[planned->branch[j]];
        seconds += b->images_left / (double)b->batch *
                   agr_placement_step_ms(&board->input, planned->branch[j], n_ranks, threads) /
                   1000;
    }
    return seconds;
}

/* What team `index` would be with the free ranks; false when that is no faster. */
static bool enlarge(const agr_board *board, int index, agr_invitation *offer)
{
    const agr_placement_team *planned = &board->placement.team[index];
    const board_team *team = &board->team[index];
    int candidate[2 * AGR_TEAM_MAX_RANKS], computing[2 * AGR_TEAM_MAX_RANKS], n = 0;
    for (int i = 0; i < team->n_ranks; i++)
        candidate[n++] = team->rank[i];
    for (int i = 0; i < board->n_free && i < AGR_TEAM_MAX_RANKS; i++)
        candidate[n++] = board->free_rank[i];
    agr_layout layout = agr_placement_layout(&board->input, planned->branch, planned->n_branches, n,
                                             team->cores + board->free_cores);
    if (layout.n_computing > AGR_TEAM_MAX_RANKS)
        layout.n_computing = AGR_TEAM_MAX_RANKS;
    n = agr_placement_computing(&board->input, candidate, n, &layout, computing);
    if (left_s(board, index, n, layout.threads) >=
        left_s(board, index, team->n_ranks, team->threads) * 0.999)
        return false;
    *offer = (agr_invitation){.team = index, .threads = layout.threads, .n_ranks = n};
    for (int i = 0; i < n; i++)
        offer->rank[i] = computing[i];
    return true;
}

static bool may_be_asked(const agr_board *board, int index)
{
    const board_team *team = &board->team[index];
    return !team->is_finished && !team->has_offer && team->refused_free != board->n_free + 1;
}

/* The free ranks may be offered to one team at a time: what it refuses goes to the next. */
static bool is_offering(const agr_board *board)
{
    for (int i = 0; i < board->placement.n_teams; i++)
        if (board->team[i].has_offer)
            return true;
    return false;
}

bool agr_board_offer(agr_board *board, agr_invitation *offer)
{
    bool tried[AGR_PLACEMENT_MAX_BRANCHES] = {false};
    if (board->n_free == 0 || is_offering(board) || board->next_tag > AGR_TEAM_MAX_TAG)
        return false;
    if (board->placement.by_hand && !board->has_finished)
        return false; /* who was not named sleeps until then */
    for (;;) {
        int longest = -1;
        double longest_s = 0;
        for (int i = 0; i < board->placement.n_teams; i++) {
            const double seconds =
                left_s(board, i, board->team[i].n_ranks > 0 ? board->team[i].n_ranks : 1,
                       board->team[i].threads);
            if (!tried[i] && may_be_asked(board, i) && seconds > longest_s) {
                longest = i;
                longest_s = seconds;
            }
        }
        if (longest < 0)
            return false;
        tried[longest] = true;
        if (enlarge(board, longest, offer)) {
            offer->tag = board->next_tag++;
            board->team[longest].has_offer = true;
            board->team[longest].offer = *offer;
            return true;
        }
    }
}

static void accept(agr_board *board, board_team *team)
{
    const agr_invitation *offer = &team->offer;
    for (int i = 0; i < offer->n_ranks; i++)
        take(board, offer->rank[i]);
    for (int i = 0; i < team->n_ranks; i++)
        if (!contains(offer->rank, offer->n_ranks, team->rank[i]))
            set_free(board, team->rank[i]);
    team->n_ranks = offer->n_ranks;
    memcpy(team->rank, offer->rank, (size_t)offer->n_ranks * sizeof *team->rank);
    team->threads = offer->threads;
    team->cores += board->free_cores;
    board->free_cores = 0;
    forget_refusals(board);
}

void agr_board_answered(agr_board *board, int32_t tag, bool accepted)
{
    for (int i = 0; i < board->placement.n_teams; i++) {
        board_team *team = &board->team[i];
        if (!team->has_offer || team->offer.tag != tag)
            continue;
        team->has_offer = false;
        if (accepted && !team->is_finished)
            accept(board, team);
        else
            team->refused_free = board->n_free + 1;
    }
}

int agr_board_leader(const agr_board *board, int team)
{
    AGR_ASSERT(team >= 0 && team < board->placement.n_teams);
    const board_team *t = &board->team[team];
    return t->n_ranks > 0 ? t->rank[0] : -1;
}

/* ---- what is to be expected ---- */

static const board_team *team_of(const agr_board *board, int branch)
{
    for (int i = 0; i < board->placement.n_teams; i++)
        for (int j = 0; j < board->placement.team[i].n_branches; j++)
            if (board->placement.team[i].branch[j] == branch)
                return &board->team[i];
    return NULL; /* it had nothing left when the run began */
}

int agr_board_ranks(const agr_board *board, int branch)
{
    const board_team *team = team_of(board, branch);
    return team != NULL ? team->n_ranks : 0;
}

static agr_layout layout_of(const board_team *team)
{
    return (agr_layout){.n_computing = team->n_ranks, .threads = team->threads};
}

double agr_board_step_ms(const agr_board *board, int branch)
{
    const board_team *team = team_of(board, branch);
    if (team == NULL || team->n_ranks == 0)
        return 0;
    const agr_layout layout = layout_of(team);
    return agr_placement_step_ms(&board->input, branch, team->n_ranks, team->threads) *
           placement_slowness(&layout, team->cores);
}

void agr_board_predict(const agr_board *board, const agr_placement_input *input,
                       agr_placement *prediction)
{
    *prediction = board->placement;
    for (int i = 0; i < prediction->n_teams; i++) {
        prediction->team[i].n_ranks = board->team[i].n_ranks;
        prediction->team[i].cores = board->team[i].cores;
        prediction->team[i].layout = layout_of(&board->team[i]);
    }
    placement_run(input, prediction, board->n_free, board->free_cores);
}
