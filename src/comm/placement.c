/* The planner: searches the placement with the earliest end among those that are worth a look. */
#include "placement_impl.h"

#include <stdlib.h>

/* What is searched through: all sizes of so many teams, all cuts of so many branches. Beyond, the
 * search would take longer than it saves (16 branches on 1,000 ranks: minutes on every rank). */
enum { MAX_SEARCHED_TEAMS = 3, MAX_CUT_BRANCHES = 6 };

/* A team more may cost this: branches in teams of their own never wait for each other's epochs. */
#define WORTH_OF_A_TEAM 1.01

typedef struct {
    const agr_placement_input *input;
    int n_ranks;         /* to be used, all of them */
    agr_placement *best; /* [MAX_BRANCHES + 1] for each number of teams; end_s is infinite: none */
    agr_placement trial; /* its teams have branches; sizes are being tried */
} search;

static bool is_better(const agr_placement *a, const agr_placement *b)
{
    if (fabs(a->end_s - b->end_s) > SAME * b->end_s)
        return a->end_s < b->end_s;
    if (a->n_teams != b->n_teams)
        return a->n_teams > b->n_teams;
    return a->n_ranks_used < b->n_ranks_used;
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

/* Tries sizes for the teams i, i + 1, ...; the first team gets what is left. */
static void try_sizes(search *s, int i, int n_left)
{
    if (i == s->trial.n_teams) {
        s->trial.team[0].n_ranks = n_left;
        try_trial(s);
        return;
    }
    const int n_after = s->trial.n_teams - i - 1; /* teams still to serve, and the first */
    for (int n = 1; n <= n_left - n_after - 1; n++) {
        if (!is_useful_size(s, &s->trial.team[i], n))
            continue;
        s->trial.team[i].n_ranks = n;
        try_sizes(s, i + 1, n_left - n);
    }
}

static int most_useful_ranks(const search *s, const agr_placement_team *team)
{
    int64_t most = 1;
    for (int i = 0; i < team->n_branches; i++)
        most = agr_max_i64(most, placement_micro_batches(&s->input->branch[team->branch[i]]));
    return (int)agr_min_i64(most, s->n_ranks);
}

/* Each rank in turn to the team that would work longest, of those that can use one more. */
static void share_ranks(search *s)
{
    agr_placement *trial = &s->trial;
    for (int i = 0; i < trial->n_teams; i++)
        trial->team[i].n_ranks = 1;
    for (int n_left = s->n_ranks - trial->n_teams; n_left > 0; n_left--) {
        int longest = 0;
        double longest_s = -1;
        for (int i = 0; i < trial->n_teams; i++) {
            const agr_placement_team *team = &trial->team[i];
            const bool is_full = team->n_ranks >= most_useful_ranks(s, team);
            const double seconds = is_full ? 0
                                           : placement_work_s(s->input, team->branch,
                                                              team->n_branches, team->n_ranks, 1);
            if (seconds > longest_s) {
                longest = i;
                longest_s = seconds;
            }
        }
        trial->team[longest].n_ranks++;
    }
    try_trial(s);
}

static void size_teams(search *s)
{
    if (s->trial.n_teams <= MAX_SEARCHED_TEAMS)
        try_sizes(s, 1, s->n_ranks);
    else
        share_ranks(s);
}

/* The team with the most work leads: it has rank 0 and what is left over. */
static void sort_teams(const agr_placement_input *input, agr_placement *placement)
{
    for (int i = 1; i < placement->n_teams; i++) {
        const agr_placement_team moved = placement->team[i];
        int at = i;
        for (; at > 0 && placement_team_work_s(input, &placement->team[at - 1]) <
                             placement_team_work_s(input, &moved);
             at--)
            placement->team[at] = placement->team[at - 1];
        placement->team[at] = moved;
    }
}

static void add_branch(agr_placement_team *team, int branch)
{
    int at = team->n_branches++;
    for (; at > 0 && team->branch[at - 1] > branch; at--)
        team->branch[at] = team->branch[at - 1];
    team->branch[at] = branch;
}

/* Unfinished branches, most work first. */
static int sort_branches(const agr_placement_input *input, int *sorted)
{
    int n = 0;
    for (int b = 0; b < input->n_branches; b++) {
        if (input->branch[b].images_left <= 0)
            continue;
        int at = n++;
        for (; at > 0 && placement_work_s(input, &sorted[at - 1], 1, 1, 1) <
                             placement_work_s(input, &b, 1, 1, 1);
             at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = b;
    }
    return n;
}

/* Teams of neighbours in the order of work: bit i of `cuts` set means that a team ends behind i. */
static void try_cuts(search *s, const int *sorted, int n, unsigned cuts)
{
    s->trial = (agr_placement){.n_teams = 1};
    for (int i = 0; i < n; i++) {
        add_branch(&s->trial.team[s->trial.n_teams - 1], sorted[i]);
        s->trial.n_teams += (int)(cuts >> i & 1);
    }
    sort_teams(s->input, &s->trial);
    size_teams(s);
}

/* Each branch in turn to the team that has the least work so far. */
static void try_even_teams(search *s, const int *sorted, int n, int n_teams)
{
    s->trial = (agr_placement){.n_teams = n_teams};
    for (int i = 0; i < n; i++) {
        int least = 0;
        for (int t = 1; t < n_teams; t++)
            if (placement_team_work_s(s->input, &s->trial.team[t]) <
                placement_team_work_s(s->input, &s->trial.team[least]))
                least = t;
        add_branch(&s->trial.team[least], sorted[i]);
    }
    sort_teams(s->input, &s->trial);
    size_teams(s);
}

/* The best placement that gives a place to exactly n_ranks ranks. */
static void plan_exactly(const agr_placement_input *input, int n_ranks, agr_placement *by_teams,
                         agr_placement *best)
{
    int sorted[MAX_BRANCHES];
    const int n = sort_branches(input, sorted);
    search s = {.input = input, .n_ranks = n_ranks, .best = by_teams};
    for (int i = 0; i <= MAX_BRANCHES; i++)
        s.best[i].end_s = INFINITY;
    for (unsigned cuts = 0; n > 0 && n <= MAX_CUT_BRANCHES && cuts < 1U << (n - 1); cuts++)
        if (1 + __builtin_popcount(cuts) <= n_ranks)
            try_cuts(&s, sorted, n, cuts);
    for (int n_teams = 1; n_teams <= n && n_teams <= n_ranks; n_teams++)
        if (n_teams <= MAX_SEARCHED_TEAMS || n_teams == n || n_teams == n_ranks)
            try_even_teams(&s, sorted, n, n_teams);
    *best = (agr_placement){0};
    double earliest_s = INFINITY;
    for (int i = 1; i <= n; i++)
        earliest_s = fmin(earliest_s, s.best[i].end_s);
    for (int i = 1; i <= n; i++)
        if (s.best[i].end_s <= earliest_s * WORTH_OF_A_TEAM)
            *best = s.best[i];
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
    for (int b = 0; b < input->n_branches; b++)
        AGR_TRY(check_branch(&input->branch[b], err));
    return AGR_OK;
}

/* The best that uses so many ranks, for from <= n <= input->n_ranks. */
static agr_status plan_best(const agr_placement_input *input, int from, agr_placement *placement,
                            agr_error *err)
{
    AGR_TRY(agr_placement_check(input, err));
    agr_placement *by_teams = calloc(MAX_BRANCHES + 1, sizeof *by_teams);
    if (by_teams == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory");
    for (int n = from; n <= input->n_ranks; n++) {
        agr_placement exactly;
        plan_exactly(input, n, by_teams, &exactly);
        if (n == from || is_better(&exactly, placement))
            *placement = exactly;
    }
    free(by_teams);
    return AGR_OK;
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
