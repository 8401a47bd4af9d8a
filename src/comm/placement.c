/* The planner: searches the placement with the earliest end among those that are worth a look. */
#include "placement_impl.h"

#include <stdlib.h>

/* What is searched through: of few branches all cuts into teams, and all sizes of up to three teams; of
 * more branches this many evenly filled teams. Beyond, the search would take longer than it saves (16
 * branches on 1,000 ranks: minutes on every rank). */
enum { FEW_BRANCHES = 6, MAX_SEARCHED_TEAMS = 3, FEW_TEAMS = 8 };

/* Below it every number of ranks is tried, above it every second, third, ... */
enum { DENSE_RANKS = 128 };

/* A team more may cost this: branches in teams of their own never wait for each other's epochs. */
#define WORTH_OF_A_TEAM 1.01

typedef struct {
    const agr_placement_input *input;
    double work_s[MAX_BRANCHES]; /* of each branch, on one rank with one thread */
    double all_work_s;
    int n, sorted[MAX_BRANCHES]; /* the unfinished ones, most work first */
    int n_ranks;                 /* to be used, all of them */
    agr_placement *best; /* [MAX_BRANCHES + 1] for each number of teams; end_s is infinite: none */
    agr_placement trial; /* its teams have branches; sizes are being tried */
} search;

/* Of one with fewer ranks: it is as fast, or worth the teams that it has less. */
static bool is_better(const agr_placement *fewer, const agr_placement *best)
{
    if (fewer->n_teams < best->n_teams)
        return fewer->end_s * WORTH_OF_A_TEAM < best->end_s;
    return fewer->end_s <= best->end_s * (1 + SAME);
}

static void try_trial(search *s)
{
    agr_placement candidate = s->trial;
    placement_settle(s->input, &candidate);
    placement_predict(s->input, &candidate, 0);
    if (candidate.end_s < s->best[candidate.n_teams].end_s)
        s->best[candidate.n_teams] = candidate;
}

/* One rank more is of use only where the fullest rank gets fewer micro-batches. */
static bool is_useful_size(const search *s, const agr_placement_team *team, int n_ranks)
{
    for (int i = 0; i < team->n_branches; i++) {
        const int64_t n = placement_micro_batches(&s->input->branch[team->branch[i]]);
        if (n_ranks == 1 || (n + n_ranks - 1) / n_ranks < (n + n_ranks - 2) / (n_ranks - 1))
            return true;
    }
    return false;
}

static int most_useful_ranks(const search *s, const agr_placement_team *team)
{
    int64_t most = 1;
    for (int i = 0; i < team->n_branches; i++)
        most = agr_max_i64(most, placement_micro_batches(&s->input->branch[team->branch[i]]));
    return (int)agr_min_i64(most, s->n_ranks);
}

/* Tries sizes for the teams i, i + 1, ...; the first team gets what is left. */
static void try_sizes(search *s, int i, int n_left)
{
    if (i == s->trial.n_teams) {
        s->trial.team[0].n_ranks = n_left;
        try_trial(s);
        return;
    }
    const int n_after = s->trial.n_teams - i - 1; /* teams still to serve, and the first */
    const int most = most_useful_ranks(s, &s->trial.team[i]);
    for (int n = 1; n <= n_left - n_after - 1 && n <= most; n++) {
        if (!is_useful_size(s, &s->trial.team[i], n))
            continue;
        s->trial.team[i].n_ranks = n;
        try_sizes(s, i + 1, n_left - n);
    }
}

/* How long a team would work with the ranks it has and their share of the cores. */
static double need_s(const search *s, const agr_placement_team *team)
{
    const double share = placement_total_cores(s->input, s->n_ranks) / s->n_ranks;
    const agr_layout layout = agr_placement_layout(s->input, team->branch, team->n_branches,
                                                   team->n_ranks, fmax(1, team->n_ranks * share));
    return placement_work_s(s->input, team->branch, team->n_branches, layout.n_computing,
                            layout.threads);
}

/* Each rank in turn to the team that needs it most. */
static void share_ranks(search *s)
{
    agr_placement *trial = &s->trial;
    double needs_s[MAX_BRANCHES];
    for (int i = 0; i < trial->n_teams; i++) {
        trial->team[i].n_ranks = 1;
        needs_s[i] = need_s(s, &trial->team[i]);
    }
    for (int n_left = s->n_ranks - trial->n_teams; n_left > 0; n_left--) {
        int neediest = 0;
        for (int i = 1; i < trial->n_teams; i++)
            if (needs_s[i] > needs_s[neediest])
                neediest = i;
        trial->team[neediest].n_ranks++;
        needs_s[neediest] = need_s(s, &trial->team[neediest]);
    }
    try_trial(s);
}

static void size_teams(search *s)
{
    if (s->trial.n_teams <= MAX_SEARCHED_TEAMS && s->n <= FEW_BRANCHES)
        try_sizes(s, 1, s->n_ranks);
    else
        share_ranks(s);
}

static double team_work_s(const search *s, const agr_placement_team *team)
{
    double seconds = 0;
    for (int i = 0; i < team->n_branches; i++)
        seconds += s->work_s[team->branch[i]];
    return seconds;
}

/* The team with the most work leads: it has rank 0 and what is left over. */
static void sort_teams(search *s)
{
    agr_placement *trial = &s->trial;
    for (int i = 1; i < trial->n_teams; i++) {
        const agr_placement_team moved = trial->team[i];
        const double moved_s = team_work_s(s, &moved);
        int at = i;
        for (; at > 0 && team_work_s(s, &trial->team[at - 1]) < moved_s; at--)
            trial->team[at] = trial->team[at - 1];
        trial->team[at] = moved;
    }
}

static void add_branch(agr_placement_team *team, int branch)
{
    int at = team->n_branches++;
    for (; at > 0 && team->branch[at - 1] > branch; at--)
        team->branch[at] = team->branch[at - 1];
    team->branch[at] = branch;
}

static void sort_branches(search *s)
{
    for (int b = 0; b < s->input->n_branches; b++) {
        s->work_s[b] = placement_work_s(s->input, &b, 1, 1, 1);
        if (s->input->branch[b].images_left <= 0)
            continue;
        s->all_work_s += s->work_s[b];
        int at = s->n++;
        for (; at > 0 && s->work_s[s->sorted[at - 1]] < s->work_s[b]; at--)
            s->sorted[at] = s->sorted[at - 1];
        s->sorted[at] = b;
    }
}

/* Teams of neighbours in the order of work: bit i of `cuts` set means that a team ends behind i. */
static void try_cuts(search *s, unsigned cuts)
{
    s->trial = (agr_placement){.n_teams = 1};
    for (int i = 0; i < s->n; i++) {
        add_branch(&s->trial.team[s->trial.n_teams - 1], s->sorted[i]);
        s->trial.n_teams += (int)(cuts >> i & 1);
    }
    sort_teams(s);
    size_teams(s);
}

/* Each branch in turn to the team that has the least work so far. */
static void try_even_teams(search *s, int n_teams)
{
    double so_far_s[MAX_BRANCHES] = {0};
    s->trial = (agr_placement){.n_teams = n_teams};
    for (int i = 0; i < s->n; i++) {
        int least = 0;
        for (int t = 1; t < n_teams; t++)
            if (so_far_s[t] < so_far_s[least])
                least = t;
        add_branch(&s->trial.team[least], s->sorted[i]);
        so_far_s[least] += s->work_s[s->sorted[i]];
    }
    sort_teams(s);
    size_teams(s);
}

/* Few teams, as many as there are branches or ranks, and one for each branch that is more than a rank's
 * share of the work with one or two for all the others. */
static bool is_worth_a_try(const search *s, int n_teams)
{
    int n_heavy = 0;
    while (n_heavy < s->n && s->work_s[s->sorted[n_heavy]] > s->all_work_s / s->n_ranks)
        n_heavy++;
    return n_teams <= FEW_TEAMS || n_teams == s->n || n_teams == s->n_ranks ||
           n_teams == n_heavy + 1 || n_teams == n_heavy + 2;
}

/* The best placement that gives a place to exactly n_ranks ranks. */
static void plan_exactly(search *s, int n_ranks, agr_placement *best)
{
    s->n_ranks = n_ranks;
    for (int i = 0; i <= MAX_BRANCHES; i++)
        s->best[i].end_s = INFINITY;
    for (unsigned cuts = 0; s->n > 0 && s->n <= FEW_BRANCHES && cuts < 1U << (s->n - 1); cuts++)
        if (1 + __builtin_popcount(cuts) <= n_ranks)
            try_cuts(s, cuts);
    for (int n_teams = 1; n_teams <= s->n && n_teams <= n_ranks; n_teams++)
        if (is_worth_a_try(s, n_teams))
            try_even_teams(s, n_teams);
    *best = (agr_placement){0};
    double earliest_s = INFINITY;
    for (int i = 1; i <= s->n; i++)
        earliest_s = fmin(earliest_s, s->best[i].end_s);
    for (int i = 1; i <= s->n; i++)
        if (s->best[i].end_s <= earliest_s * WORTH_OF_A_TEAM)
            *best = s->best[i];
}

/* No placement of n ranks ends before all their cores have shared the work without a loss. */
static double earliest_end_s(const search *s, int n_ranks)
{
    return s->all_work_s / placement_total_cores(s->input, n_ranks);
}

static agr_status check_branch(const agr_placement_branch *b, agr_error *err)
{
    if (!(b->image_ms > 0 && isfinite(b->image_ms)))
        return agr_error_set(err, AGR_INPUT,
                             "branch '%s': expected a cost above 0 ms an image, found %g", b->name,
                             b->image_ms);
    if (!(b->images_left >= 0 && isfinite(b->images_left)))
        return agr_error_set(err, AGR_INPUT,
                             "branch '%s': expected 0 or more images left, found %g", b->name,
                             b->images_left);
    if (b->batch < 1 || b->micro_batch < 1)
        return agr_error_set(err, AGR_INPUT,
                             "branch '%s': expected a batch and micro-batch of at least 1 image, "
                             "found %lld and %lld",
                             b->name, (long long)b->batch, (long long)b->micro_batch);
    return AGR_OK;
}

agr_status agr_placement_check(const agr_placement_input *input, agr_error *err)
{
    if (input->n_branches < 1 || input->n_branches > MAX_BRANCHES)
        return agr_error_set(err, AGR_INPUT, "placement: expected 1 to %d branches, found %d",
                             MAX_BRANCHES, input->n_branches);
    if (input->n_ranks < 1 || input->ranks_per_node < 1 || input->cores_per_node < 1)
        return agr_error_set(err, AGR_INPUT,
                             "placement: expected at least one rank, one rank a node and one core "
                             "a node, found %d, %d and %d",
                             input->n_ranks, input->ranks_per_node, input->cores_per_node);
    const agr_link *inside = &input->links.inside, *between = &input->links.between;
    if (!(inside->bytes_per_s > 0 && between->bytes_per_s > 0 && inside->round_trip_s >= 0 &&
          between->round_trip_s >= 0))
        return agr_error_set(err, AGR_INPUT,
                             "placement: expected links above 0 bytes a second, found %g and %g",
                             inside->bytes_per_s, between->bytes_per_s);
    for (int b = 0; b < input->n_branches; b++)
        AGR_TRY(check_branch(&input->branch[b], err));
    return AGR_OK;
}

/* The best that uses so many ranks, for from <= n <= input->n_ranks. The most ranks are tried first, and
 * fewer only as long as they could be as fast. */
static agr_status plan_best(const agr_placement_input *input, int from, agr_placement *placement,
                            agr_error *err)
{
    AGR_TRY(agr_placement_check(input, err));
    search *s = calloc(1, sizeof *s);
    agr_placement *by_teams = calloc(MAX_BRANCHES + 1, sizeof *by_teams);
    if (s != NULL && by_teams != NULL) {
        s->input = input;
        s->best = by_teams;
        sort_branches(s);
        plan_exactly(s, input->n_ranks, placement);
        for (int n = input->n_ranks - 1;
             n >= from && earliest_end_s(s, n) <= placement->end_s * (1 + SAME);
             n -= 1 + n / DENSE_RANKS) {
            agr_placement exactly;
            plan_exactly(s, n, &exactly);
            if (is_better(&exactly, placement))
                *placement = exactly;
        }
    }
    const bool is_done = s != NULL && by_teams != NULL;
    free(by_teams);
    free(s);
    return is_done ? AGR_OK : agr_error_set(err, AGR_MEMORY, "cannot allocate memory");
}

agr_status agr_placement_plan(const agr_placement_input *input, agr_placement *placement,
                              agr_error *err)
{
    return plan_best(input, 1, placement, err);
}

agr_status agr_placement_plan_all(const agr_placement_input *input, agr_placement *placement,
                                  agr_error *err)
{
    return plan_best(input, input->n_ranks, placement, err);
}
