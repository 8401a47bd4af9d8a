/* Which ranks and cores each team of a placement has. */
#include "placement_impl.h"

double placement_node_cores(const agr_placement_input *input, int node)
{
    const int here = input->n_ranks - node * input->ranks_per_node;
    if (node == 0 || here >= input->ranks_per_node)
        return input->cores_per_node;
    return (double)input->cores_per_node * here / input->ranks_per_node;
}

double placement_total_cores(const agr_placement_input *input, int n_ranks)
{
    const int last = (n_ranks - 1) / input->ranks_per_node;
    return (double)last * input->cores_per_node + placement_node_cores(input, last);
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
        work[i] = placement_team_work_s(input, &placement->team[i]);
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

void placement_settle(const agr_placement_input *input, agr_placement *placement)
{
    int n_ranks = 0;
    for (int i = 0; i < placement->n_teams; i++) {
        placement->team[i].first_rank = n_ranks;
        n_ranks += placement->team[i].n_ranks;
    }
    placement->n_ranks_used = n_ranks;
    if (n_ranks == 0)
        return;
    const double cores = placement_total_cores(input, n_ranks);
    if (cores < n_ranks)
        share_few_cores(placement, cores);
    else if (n_ranks <= input->ranks_per_node)
        share_many_cores(input, placement, (int)cores);
    else
        for (int i = 0; i < placement->n_teams; i++)
            placement->team[i].cores = cores * placement->team[i].n_ranks / n_ranks;
}
