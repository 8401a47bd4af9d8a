/* A run, simulated: teams work at their pace, and who has finished gives its ranks to others. */
#include "placement_impl.h"

typedef struct {
    int n_ranks;
    double cores;
    agr_layout layout;
    double left;                     /* part of its work still to do, 1 .. 0 */
    double whole_s;                  /* time for all its work at its present pace */
    double left_after[MAX_BRANCHES]; /* when the team's i-th branch ends */
} team_run;

double placement_slowness(const agr_layout *layout, double cores)
{
    return fmax(1, layout->n_computing * layout->threads / cores); /* they take turns */
}

static void set_pace(const agr_placement_input *input, const agr_placement_team *team,
                     team_run *run)
{
    run->whole_s = placement_work_s(input, team->branch, team->n_branches, run->layout.n_computing,
                                    run->layout.threads) *
                   placement_slowness(&run->layout, run->cores);
}

static void choose_pace(const agr_placement_input *input, const agr_placement_team *team,
                        team_run *run)
{
    run->layout = agr_placement_layout(input, team->branch, team->n_branches, run->n_ranks,
                                       fmax(run->cores, 1));
    set_pace(input, team, run);
}

/* Ranks named by hand share their team's cores, however few those are. */
static agr_layout layout_by_hand(const agr_placement_input *input, const agr_placement_team *team)
{
    const int share = (int)fmax(1, floor(team->cores / team->n_ranks + SAME));
    const int threads = input->threads > 0 ? input->threads : share;
    return (agr_layout){.n_computing = team->n_ranks,
                        .threads = threads,
                        .by_hand = true,
                        .step_ms =
                            agr_placement_step_ms(input, team->branch[0], team->n_ranks, threads)};
}

/* A team trains its branches a round of epochs at a time: one that has less left than others ends when
 * those have trained as many images as it. */
static void place_ends(const agr_placement_input *input, const agr_placement_team *team,
                       team_run *run)
{
    const double whole_s = placement_team_work_s(input, team);
    for (int i = 0; i < team->n_branches; i++) {
        double until_s = 0;
        for (int j = 0; j < team->n_branches; j++) {
            const double left = input->branch[team->branch[j]].images_left;
            const double trained = fmin(left, input->branch[team->branch[i]].images_left);
            if (trained > 0)
                until_s += placement_work_s(input, &team->branch[j], 1, 1, 1) * trained / left;
        }
        run->left_after[i] = whole_s > 0 ? 1 - until_s / whole_s : 1;
    }
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
        choose_pace(input, &placement->team[i], &run[i]);
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
        choose_pace(input, &placement->team[longest], &joined);
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

/* Those of a team's branches that end while it goes from `before` of its work left to what it has now. */
static void note_ends(const agr_placement_team *team, const team_run *run, double before,
                      double now_s, agr_placement *placement)
{
    for (int i = 0; i < team->n_branches; i++)
        if (run->left_after[i] < before && run->left_after[i] >= run->left - SAME)
            placement->branch_end_s[team->branch[i]] =
                now_s + (before - run->left_after[i]) * run->whole_s;
}

/* Runs from now_s until the next team ends; returns the time that takes, or 0 when all have ended. */
static double run_to_next_end(agr_placement *placement, team_run *run, double now_s)
{
    double next_s = 0;
    for (int i = 0; i < placement->n_teams; i++)
        if (run[i].left > 0 && (next_s <= 0 || left_s(&run[i]) < next_s))
            next_s = left_s(&run[i]);
    for (int i = 0; i < placement->n_teams && next_s > 0; i++) {
        if (run[i].left <= 0)
            continue;
        const double before = run[i].left, remains_s = left_s(&run[i]) - next_s;
        run[i].left = remains_s > SAME * run[i].whole_s ? remains_s / run[i].whole_s : 0;
        note_ends(&placement->team[i], &run[i], before, now_s, placement);
    }
    return next_s;
}

static void begin(const agr_placement_input *input, agr_placement *placement, team_run *run)
{
    placement->one_rank_s = 0;
    for (int b = 0; b < MAX_BRANCHES; b++)
        placement->branch_end_s[b] = 0;
    for (int i = 0; i < placement->n_teams; i++) {
        agr_placement_team *team = &placement->team[i];
        run[i] = (team_run){.n_ranks = team->n_ranks, .cores = team->cores, .layout = team->layout};
        if (team->n_ranks > 0)
            set_pace(input, team, &run[i]);
        place_ends(input, team, &run[i]);
        run[i].left = run[i].whole_s > 0 ? 1 : 0;
        team->end_s = 0;
        placement->one_rank_s += placement_team_work_s(input, team);
    }
}

void placement_run(const agr_placement_input *input, agr_placement *placement, int free_ranks,
                   double free_cores)
{
    team_run run[MAX_BRANCHES];
    begin(input, placement, run);
    double now_s = 0, elapsed_s;
    int most_busy = busy_threads(placement, run);
    while ((elapsed_s = run_to_next_end(placement, run, now_s)) > 0) {
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
    placement->efficiency =
        placement->speedup / fmax(1, fmin(most_busy, placement_total_cores(input, input->n_ranks)));
}

void placement_predict(const agr_placement_input *input, agr_placement *placement, int free_ranks)
{
    for (int i = 0; i < placement->n_teams; i++) {
        agr_placement_team *team = &placement->team[i];
        team->layout = placement->by_hand
                           ? layout_by_hand(input, team)
                           : agr_placement_layout(input, team->branch, team->n_branches,
                                                  team->n_ranks, fmax(team->cores, 1));
    }
    placement_run(input, placement, free_ranks, 0);
}
