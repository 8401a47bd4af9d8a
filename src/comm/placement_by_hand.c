/* A placement that somebody wrote down: "age:8,gender:2,race:2". */
#include "placement_impl.h"

#include <stdio.h>
#include <string.h>

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
    placement_settle(input, placement);
    placement_predict(input, placement, input->n_ranks - placement->n_ranks_used);
    return AGR_OK;
}
