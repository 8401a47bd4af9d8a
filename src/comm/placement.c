#include <agr/comm/placement.h>

#include <agr/base/size.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MAX_BRANCHES = AGR_PLACEMENT_MAX_BRANCHES };

/* What is searched through: all sizes of so many teams, all cuts of so many branches. Beyond, the
 * search would take longer than it saves (16 branches on 1,000 ranks: minutes on every rank). */
enum { MAX_SEARCHED_TEAMS = 3, MAX_CUT_BRANCHES = 6 };

/* Times that differ by less are the same. */
#define SAME 1e-9

/* A team more may cost this: branches in teams of their own never wait for each other's epochs. */
#define WORTH_OF_A_TEAM 1.01

/* ---- the pace of a team ---- */

static int64_t micro_batches(const agr_placement_branch *branch)
{
    return (branch->batch + branch->micro_batch - 1) / branch->micro_batch;
}

static double speed(const agr_placement_input *input, int threads)
{
    return threads < 2 ? 1 : threads / (1 + input->thread_loss * (1 + (threads - 2) / 8.0));
}

double agr_placement_step_ms(const agr_placement_input *input, int branch, int n_computing,
                             int threads)
{
    const agr_placement_branch *b = &input->branch[branch];
    const int64_t n = micro_batches(b);
    const int64_t fullest =
        agr_min_i64((n + n_computing - 1) / n_computing * b->micro_batch, b->batch);
    return (double)fullest * b->image_ms / speed(input, threads) +
           (n_computing > 1 ? input->exchange_ms : 0);
}

/* Seconds to train all that these branches have left. */
static double work_s(const agr_placement_input *input, const int *branch, int n_branches,
                     int n_computing, int threads)
{
    double seconds = 0;
    for (int i = 0; i < n_branches; i++) {
        const agr_placement_branch *b = &input->branch[branch[i]];
        seconds += b->images_left / (double)b->batch *
                   agr_placement_step_ms(input, branch[i], n_computing, threads) / 1000;
    }
    return seconds;
}

/* How many ranks with so many threads find cores: whole nodes first, then the rest. */
static int n_ranks_that_fit(const agr_placement_input *input, int n_ranks, double cores,
                            int threads)
{
    const int n_full = n_ranks / input->ranks_per_node;
    const double node_cores = cores / n_ranks * input->ranks_per_node;
    const double rest_cores = cores - n_full * node_cores;
    const double fit =
        n_full * floor(node_cores / threads + SAME) + floor(rest_cores / threads + SAME);
    return (int)fmin(fit, n_ranks);
}

agr_layout agr_placement_layout(const agr_placement_input *input, const int *branch, int n_branches,
                                int n_ranks, double cores)
{
    const int fewest = input->threads > 0 ? input->threads : 1;
    const int most_threads = input->threads > 0 ? input->threads : input->cores_per_node;
    agr_layout best = {.n_computing = 1, .threads = fewest};
    double best_s = work_s(input, branch, n_branches, 1, fewest);
    for (int threads = fewest; threads <= most_threads && threads <= cores + SAME; threads++) {
        const int most = n_ranks_that_fit(input, n_ranks, cores, threads);
        const int candidate[2] = {1, most}; /* more ranks are slower only than a single one */
        for (int i = 0; i < 2 && most > 0; i++) {
            const double seconds = work_s(input, branch, n_branches, candidate[i], threads);
            if (seconds < best_s * (1 - SAME)) {
                best = (agr_layout){.n_computing = candidate[i], .threads = threads};
                best_s = seconds;
            }
        }
    }
    while (best.n_computing > 1 && work_s(input, branch, n_branches, best.n_computing - 1,
                                          best.threads) <= best_s * (1 + SAME))
        best.n_computing--;
    best.step_ms = agr_placement_step_ms(input, branch[0], best.n_computing, best.threads);
    return best;
}

/* ---- the run, simulated ---- */

typedef struct {
    int n_ranks;
    double cores;
    agr_layout layout;
    double left;    /* part of its work still to do, 1 .. 0 */
    double whole_s; /* time for all its work at its present pace */
} team_run;

static double slowness(double cores)
{
    return cores < 1 ? 1 / cores : 1; /* ranks that share a core take turns */
}

static void set_pace(const agr_placement_input *input, const agr_placement_team *team,
                     team_run *run)
{
    run->layout = agr_placement_layout(input, team->branch, team->n_branches, run->n_ranks,
                                       fmax(run->cores, 1));
    run->whole_s = work_s(input, team->branch, team->n_branches, run->layout.n_computing,
                          run->layout.threads) *
                   slowness(run->cores);
}

/* Ranks named by hand share their team's cores, however few those are. */
static void set_pace_by_hand(const agr_placement_input *input, const agr_placement_team *team,
                             team_run *run)
{
    const int share = (int)fmax(1, floor(run->cores / run->n_ranks + SAME));
    const int threads = input->threads > 0 ? input->threads : share;
    run->layout = (agr_layout){.n_computing = run->n_ranks, .threads = threads, .by_hand = true};
    run->layout.step_ms = agr_placement_step_ms(input, team->branch[0], run->n_ranks, threads);
    run->whole_s = work_s(input, team->branch, team->n_branches, run->n_ranks, threads) *
                   fmax(1, run->n_ranks * threads / run->cores);
}

static double left_s(const team_run *run)
{
    return run->left * run->whole_s;
}

/* Cores of the free ranks first complete the parts of cores that others share with them. */
static void complete_shared_cores(const agr_placement_input *input, const agr_placement *placement,
                                  team_run *run, double *free_cores)
{
    for (int i = 0; i < placement->n_teams; i++) {
        if (run[i].left <= 0 || run[i].cores >= 1 || *free_cores <= 0)
            continue;
        const double given = fmin(*free_cores, 1 - run[i].cores);
        run[i].cores += given;
        *free_cores -= given;
        set_pace(input, &placement->team[i], &run[i]);
    }
}

/* Gives the free ranks to the team with the most time left that gets faster by it. */
static void hand_over(const agr_placement_input *input, const agr_placement *placement,
                      team_run *run, int *free_ranks, double *free_cores)
{
    bool refused[MAX_BRANCHES] = {false};
    while (*free_ranks > 0) {
        int longest = -1;
        for (int i = 0; i < placement->n_teams; i++)
            if (run[i].left > 0 && !refused[i] &&
                (longest < 0 || left_s(&run[i]) > left_s(&run[longest])))
                longest = i;
        if (longest < 0)
            return;
        team_run joined = run[longest];
        joined.n_ranks += *free_ranks;
        joined.cores += *free_cores;
        set_pace(input, &placement->team[longest], &joined);
        if (joined.whole_s < run[longest].whole_s * (1 - SAME)) {
            run[longest] = joined;
            *free_ranks = 0;
            *free_cores = 0;
        } else {
            refused[longest] = true;
        }
    }
}

static int busy_threads(const agr_placement *placement, const team_run *run)
{
    int n = 0;
    for (int i = 0; i < placement->n_teams; i++)
        if (run[i].left > 0)
            n += run[i].layout.n_computing * run[i].layout.threads;
    return n;
}

/* Runs until the next team ends; returns the time that takes, or 0 when all have ended. */
static double run_to_next_end(const agr_placement *placement, team_run *run)
{
    double next_s = 0;
    for (int i = 0; i < placement->n_teams; i++)
        if (run[i].left > 0 && (next_s <= 0 || left_s(&run[i]) < next_s))
            next_s = left_s(&run[i]);
    for (int i = 0; i < placement->n_teams && next_s > 0; i++) {
        if (run[i].left <= 0)
            continue;
        const double remains_s = left_s(&run[i]) - next_s;
        run[i].left = remains_s > SAME * run[i].whole_s ? remains_s / run[i].whole_s : 0;
    }
    return next_s;
}

static double total_cores(const agr_placement_input *input)
{
    const int n_nodes = (input->n_ranks + input->ranks_per_node - 1) / input->ranks_per_node;
    return (double)n_nodes * input->cores_per_node;
}

/* Fills in the times of a placement whose teams, ranks and cores are set. */
static void predict(const agr_placement_input *input, agr_placement *placement, int free_ranks)
{
    team_run run[MAX_BRANCHES];
    placement->one_rank_s = 0;
    for (int i = 0; i < placement->n_teams; i++) {
        agr_placement_team *team = &placement->team[i];
        run[i] = (team_run){.n_ranks = team->n_ranks, .cores = team->cores};
        if (placement->by_hand)
            set_pace_by_hand(input, team, &run[i]);
        else
            set_pace(input, team, &run[i]);
        run[i].left = run[i].whole_s > 0 ? 1 : 0;
        team->layout = run[i].layout;
        team->end_s = 0;
        placement->one_rank_s += work_s(input, team->branch, team->n_branches, 1, 1);
    }
    double now_s = 0, elapsed_s, free_cores = 0;
    int most_busy = busy_threads(placement, run);
    while ((elapsed_s = run_to_next_end(placement, run)) > 0) {
        now_s += elapsed_s;
        for (int i = 0; i < placement->n_teams; i++) {
            if (run[i].left > 0 || run[i].n_ranks == 0)
                continue;
            placement->team[i].end_s = now_s;
            free_ranks += run[i].n_ranks;
            free_cores += run[i].cores;
            run[i].n_ranks = 0;
        }
        complete_shared_cores(input, placement, run, &free_cores);
        hand_over(input, placement, run, &free_ranks, &free_cores);
        const int busy = busy_threads(placement, run);
        most_busy = busy > most_busy ? busy : most_busy;
    }
    placement->end_s = now_s;
    placement->speedup = now_s > 0 ? placement->one_rank_s / now_s : 1;
    placement->efficiency = placement->speedup / fmax(1, fmin(most_busy, total_cores(input)));
}

/* ---- cores for teams ---- */

static double team_work_s(const agr_placement_input *input, const agr_placement_team *team)
{
    return work_s(input, team->branch, team->n_branches, 1, 1);
}

/* More ranks than cores: the first team (the most work) keeps whole cores, the others share. */
static void share_few_cores(agr_placement *placement, double cores)
{
    int n_others = 0;
    for (int i = 1; i < placement->n_teams; i++)
        n_others += placement->team[i].n_ranks;
    agr_placement_team *first = &placement->team[0];
    if (n_others == 0) {
        first->cores = cores;
        return;
    }
    const double share = cores / (first->n_ranks + n_others);
    first->cores = cores >= 2 ? fmin(first->n_ranks, cores - 1) : share * first->n_ranks;
    for (int i = 1; i < placement->n_teams; i++) {
        agr_placement_team *team = &placement->team[i];
        team->cores = (cores - first->cores) * team->n_ranks / n_others;
    }
}

/* One node: a core for each rank, the others in proportion to the teams' work. */
static void share_many_cores(const agr_placement_input *input, agr_placement *placement, int cores)
{
    double work[MAX_BRANCHES], all_work = 0;
    for (int i = 0; i < placement->n_teams; i++) {
        placement->team[i].cores = placement->team[i].n_ranks;
        cores -= placement->team[i].n_ranks;
        work[i] = team_work_s(input, &placement->team[i]);
        all_work += work[i];
    }
    const int spare = cores;
    for (; cores > 0; cores--) {
        int neediest = 0;
        double widest = -INFINITY;
        for (int i = 0; i < placement->n_teams; i++) {
            const agr_placement_team *team = &placement->team[i];
            const double share = all_work > 0 ? work[i] / all_work : 0;
            const double gap = share * spare - (team->cores - team->n_ranks);
            if (gap > widest) {
                widest = gap;
                neediest = i;
            }
        }
        placement->team[neediest].cores++;
    }
}

/* Gives the teams their ranks in order and their cores; their sizes are set. */
static void settle(const agr_placement_input *input, agr_placement *placement)
{
    int n_ranks = 0;
    for (int i = 0; i < placement->n_teams; i++) {
        placement->team[i].first_rank = n_ranks;
        n_ranks += placement->team[i].n_ranks;
    }
    placement->n_ranks_used = n_ranks;
    if (n_ranks == 0)
        return;
    const agr_placement_input used = {.n_ranks = n_ranks,
                                      .ranks_per_node = input->ranks_per_node,
                                      .cores_per_node = input->cores_per_node};
    const double cores = total_cores(&used);
    if (cores < n_ranks)
        share_few_cores(placement, cores);
    else if (n_ranks <= input->ranks_per_node)
        share_many_cores(input, placement, (int)cores);
    else
        for (int i = 0; i < placement->n_teams; i++)
            placement->team[i].cores = cores * placement->team[i].n_ranks / n_ranks;
}

/* ---- the search ---- */

typedef struct {
    const agr_placement_input *input;
    int n_ranks; /* to be used, all of them */
    agr_placement
        best[MAX_BRANCHES + 1]; /* for each number of teams; end_s is infinite: none yet */
    agr_placement trial;        /* its teams have branches; sizes are being tried */
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
    settle(s->input, &candidate);
    predict(s->input, &candidate, 0);
    if (candidate.end_s < s->best[candidate.n_teams].end_s)
        s->best[candidate.n_teams] = candidate;
}

/* One rank more is of use only where the fullest rank gets fewer micro-batches. */
static bool is_useful_size(const search *s, const agr_placement_team *team, int n_ranks)
{
    for (int i = 0; i < team->n_branches; i++) {
        const int64_t n = micro_batches(&s->input->branch[team->branch[i]]);
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
        most = agr_max_i64(most, micro_batches(&s->input->branch[team->branch[i]]));
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
            const double seconds =
                is_full ? 0 : work_s(s->input, team->branch, team->n_branches, team->n_ranks, 1);
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
        for (; at > 0 && team_work_s(input, &placement->team[at - 1]) < team_work_s(input, &moved);
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
        for (; at > 0 && work_s(input, &sorted[at - 1], 1, 1, 1) < work_s(input, &b, 1, 1, 1); at--)
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
            if (team_work_s(s->input, &s->trial.team[t]) <
                team_work_s(s->input, &s->trial.team[least]))
                least = t;
        add_branch(&s->trial.team[least], sorted[i]);
    }
    sort_teams(s->input, &s->trial);
    size_teams(s);
}

/* The best placement that gives a place to exactly n_ranks ranks. */
static void plan_exactly(const agr_placement_input *input, int n_ranks, agr_placement *best)
{
    int sorted[MAX_BRANCHES];
    const int n = sort_branches(input, sorted);
    search s = {.input = input, .n_ranks = n_ranks};
    for (int i = 0; i <= MAX_BRANCHES; i++)
        s.best[i].end_s = INFINITY;
    for (unsigned cuts = 0; n > 0 && n <= MAX_CUT_BRANCHES && cuts < 1U << (n - 1); cuts++)
        if (1 + __builtin_popcount(cuts) <= n_ranks)
            try_cuts(&s, sorted, n, cuts);
    for (int n_teams = 1; n_teams <= n && n_teams <= n_ranks; n_teams++)
        if (n_teams <= MAX_SEARCHED_TEAMS || n_teams == n)
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

/* Calls plan_exactly() for 1 .. n_ranks and keeps the better; end_s may be NULL. */
static void climb(const agr_placement_input *input, int n_ranks, agr_placement *best, double *end_s)
{
    for (int n = 1; n <= n_ranks; n++) {
        agr_placement exactly;
        plan_exactly(input, n, &exactly);
        if (n == 1 || is_better(&exactly, best))
            *best = exactly;
        if (end_s != NULL)
            end_s[n - 1] = best->end_s;
    }
}

agr_status agr_placement_plan(const agr_placement_input *input, agr_placement *placement,
                              agr_error *err)
{
    AGR_TRY(agr_placement_check(input, err));
    climb(input, input->n_ranks, placement, NULL);
    return AGR_OK;
}

agr_status agr_placement_staircase(const agr_placement_input *input, int n_ranks, double *end_s,
                                   agr_error *err)
{
    AGR_TRY(agr_placement_check(input, err));
    agr_placement best;
    climb(input, n_ranks, &best, end_s);
    return AGR_OK;
}

/* ---- by hand ---- */

static int find_branch(const agr_placement_input *input, const char *name, size_t length)
{
    for (int b = 0; b < input->n_branches; b++)
        if (strlen(input->branch[b].name) == length &&
            memcmp(input->branch[b].name, name, length) == 0)
            return b;
    return -1;
}

static int team_of(const agr_placement *placement, int branch)
{
    for (int i = 0; i < placement->n_teams; i++)
        for (int j = 0; j < placement->team[i].n_branches; j++)
            if (placement->team[i].branch[j] == branch)
                return i;
    return -1;
}

static agr_status parse_names(const char *names, size_t length, const agr_placement_input *input,
                              agr_placement *placement, agr_error *err)
{
    agr_placement_team *team = &placement->team[placement->n_teams++];
    for (const char *end = names + length; names <= end;) {
        const size_t n = strcspn(names, "+:");
        const int branch = find_branch(input, names, n);
        if (branch < 0) {
            agr_error_set(err, AGR_USAGE, "--placement: no branch '%.*s'", (int)n, names);
            return agr_error_hint(err, "the branches of this run: see 'plan'");
        }
        if (team_of(placement, branch) >= 0)
            return agr_error_set(err, AGR_USAGE, "--placement: branch '%.*s' stands there twice",
                                 (int)n, names);
        team->branch[team->n_branches++] = branch;
        names += n + 1;
    }
    return AGR_OK;
}

/* One "name+name:ranks" of the list. */
static agr_status parse_team(const char *item, size_t length, const agr_placement_input *input,
                             agr_placement *placement, agr_error *err)
{
    const char *colon = memchr(item, ':', length);
    int n_ranks = 0, n_read = 0;
    if (colon == NULL || sscanf(colon + 1, "%6d%n", &n_ranks, &n_read) != 1 ||
        colon + 1 + n_read != item + length || n_ranks < 1)
        return agr_error_set(err, AGR_USAGE,
                             "--placement: expected 'branch:ranks' with at least 1 rank, found "
                             "'%.*s'",
                             (int)length, item);
    if (placement->n_teams == MAX_BRANCHES)
        return agr_error_set(err, AGR_USAGE, "--placement: more than %d teams", MAX_BRANCHES);
    AGR_TRY(parse_names(item, (size_t)(colon - item), input, placement, err));
    placement->team[placement->n_teams - 1].n_ranks = n_ranks;
    return AGR_OK;
}

static void one_per_rank(const agr_placement_input *input, agr_placement *placement)
{
    for (int b = 0; b < input->n_branches; b++) {
        agr_placement_team *team = &placement->team[placement->n_teams++];
        *team = (agr_placement_team){.n_branches = 1, .branch = {b}, .n_ranks = 1};
    }
}

static agr_status check_complete(const agr_placement_input *input, const agr_placement *placement,
                                 agr_error *err)
{
    int n_ranks = 0;
    for (int i = 0; i < placement->n_teams; i++)
        n_ranks += placement->team[i].n_ranks;
    if (n_ranks > input->n_ranks) {
        agr_error_set(err, AGR_USAGE, "--placement: it needs %d ranks, found %d", n_ranks,
                      input->n_ranks);
        return agr_error_hint(err, "mpirun -np %d, or two branches in one team: 'a+b:1'", n_ranks);
    }
    for (int b = 0; b < input->n_branches; b++)
        if (team_of(placement, b) < 0)
            return agr_error_set(err, AGR_USAGE, "--placement: branch '%s' has no ranks",
                                 input->branch[b].name);
    return AGR_OK;
}

agr_status agr_placement_parse(const char *text, const agr_placement_input *input,
                               agr_placement *placement, agr_error *err)
{
    AGR_TRY(agr_placement_check(input, err));
    *placement = (agr_placement){.by_hand = true};
    if (strcmp(text, "one-per-rank") == 0) {
        one_per_rank(input, placement);
    } else {
        for (const char *item = text;;) {
            const size_t length = strcspn(item, ",");
            AGR_TRY(parse_team(item, length, input, placement, err));
            if (item[length] == '\0')
                break;
            item += length + 1;
        }
    }
    AGR_TRY(check_complete(input, placement, err));
    settle(input, placement);
    predict(input, placement, input->n_ranks - placement->n_ranks_used);
    return AGR_OK;
}

/* ---- what a placement means ---- */

int agr_placement_computing(const agr_placement_input *input, const int *world_rank, int n_ranks,
                            const agr_layout *layout, int *computing)
{
    const int per_node = input->cores_per_node / layout->threads;
    const int most = layout->by_hand ? n_ranks : per_node > 1 ? per_node : 1;
    int n = 0;
    for (int i = 0; i < n_ranks && n < layout->n_computing; i++) {
        int n_here = 0;
        for (int j = 0; j < n; j++)
            n_here += computing[j] / input->ranks_per_node == world_rank[i] / input->ranks_per_node;
        if (n_here < most)
            computing[n++] = world_rank[i];
    }
    return n;
}

void agr_placement_describe(const agr_placement_input *input, const agr_placement *placement,
                            char *text, int n_bytes)
{
    int at = 0;
    text[0] = '\0';
    for (int i = 0; i < placement->n_teams; i++) {
        const agr_placement_team *team = &placement->team[i];
        for (int j = 0; j < team->n_branches && at < n_bytes; j++)
            at += snprintf(text + at, (size_t)(n_bytes - at), "%s%s",
                           j > 0   ? "+"
                           : i > 0 ? "; "
                                   : "",
                           input->branch[team->branch[j]].name);
        if (at < n_bytes && team->n_ranks == 1)
            at += snprintf(text + at, (size_t)(n_bytes - at), ": rank %d", team->first_rank);
        else if (at < n_bytes)
            at += snprintf(text + at, (size_t)(n_bytes - at), ": ranks %d-%d", team->first_rank,
                           team->first_rank + team->n_ranks - 1);
        if (at < n_bytes)
            at += snprintf(text + at, (size_t)(n_bytes - at), " (%d x %d thread%s)",
                           team->layout.n_computing, team->layout.threads,
                           team->layout.threads == 1 ? "" : "s");
    }
}
