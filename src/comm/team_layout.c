/* Who of a team holds which subtrees of a batch, alone and with its neighbours on a node. */
#include "team_impl.h"

#include <stdlib.h>

agr_status agr_team_find_groups(agr_team *team, agr_error *err)
{
    team_groups *groups = &team->groups;
    const int size = team->group.size, *world_rank = team->group.world_rank;
    const int64_t *node_of = team->group.world->node_of;
    groups->first = calloc((size_t)size + 1, sizeof *groups->first);
    groups->of_member = calloc((size_t)size, sizeof *groups->of_member);
    if (groups->first == NULL || groups->of_member == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate the groups of a team");
    for (int m = 0; m < size; m++) {
        if (m == 0 || node_of[world_rank[m]] != node_of[world_rank[m - 1]])
            groups->first[groups->n++] = m;
        groups->of_member[m] = groups->n - 1;
    }
    groups->first[groups->n] = size;
    groups->mine = groups->of_member[team->group.rank];
    groups->my_size = groups->first[groups->mine + 1] - groups->first[groups->mine];
    for (int g = 0; g < groups->n; g++) {
        const int members = groups->first[g + 1] - groups->first[g];
        groups->n_slices = members > groups->n_slices ? members : groups->n_slices;
    }
    groups->n_owned = (groups->n_slices + groups->my_size - 1) / groups->my_size;
    return AGR_OK;
}

/* The subtrees of the members [first, end): they hold consecutive leaves. */
static int cover_members(int64_t n_leaves, int size, int first, int end, agr_tree_node *node)
{
    int64_t begin_leaf, end_leaf, unused;
    agr_tree_split(n_leaves, size, first, &begin_leaf, &unused);
    agr_tree_split(n_leaves, size, end - 1, &unused, &end_leaf);
    return end_leaf > begin_leaf ? agr_tree_cover(n_leaves, begin_leaf, end_leaf - begin_leaf, node)
                                 : 0;
}

void agr_team_lay_out(agr_team *team, int64_t n_leaves)
{
    tree_layout *l = &team->layout;
    const team_groups *groups = &team->groups;
    const int size = team->group.size;
    if (l->n_leaves == n_leaves)
        return;
    AGR_ASSERT(n_leaves >= 1 && n_leaves <= team->max_micro_batches);
    AGR_ASSERT(!team->is_open); /* chunks on their way follow the layout */
    l->first[0] = l->group_first[0] = 0;
    for (int m = 0; m < size; m++)
        l->first[m + 1] =
            l->first[m] + cover_members(n_leaves, size, m, m + 1, l->node + l->first[m]);
    for (int g = 0; g < groups->n; g++)
        l->group_first[g + 1] =
            l->group_first[g] + cover_members(n_leaves, size, groups->first[g],
                                              groups->first[g + 1],
                                              l->group_node + l->group_first[g]);
    l->n_leaves = n_leaves;
}

/* Of one batch size. */
static team_rows count_rows(const agr_team *team, int64_t n_leaves)
{
    agr_tree_node cover[AGR_TREE_MAX_DEPTH];
    const team_groups *groups = &team->groups;
    team_rows rows = {0};
    for (int m = 0; m < team->group.size; m++) {
        const int n = cover_members(n_leaves, team->group.size, m, m + 1, cover);
        rows.of_all += n;
        rows.of_my_group += groups->of_member[m] == groups->mine ? n : 0;
        rows.of_member = n > rows.of_member ? n : rows.of_member;
    }
    for (int g = 0; g < groups->n; g++) {
        const int n = cover_members(n_leaves, team->group.size, groups->first[g],
                                    groups->first[g + 1], cover);
        rows.of_groups += n;
        rows.of_my_cover = g == groups->mine ? n : rows.of_my_cover;
    }
    return rows;
}

static void raise_to(int *most, int n)
{
    *most = n > *most ? n : *most;
}

team_rows agr_team_count_rows(const agr_team *team)
{
    team_rows most = {0};
    for (int64_t n = 1; n <= team->max_micro_batches; n++) {
        const team_rows rows = count_rows(team, n);
        raise_to(&most.of_all, rows.of_all);
        raise_to(&most.of_member, rows.of_member);
        raise_to(&most.of_my_group, rows.of_my_group);
        raise_to(&most.of_my_cover, rows.of_my_cover);
        raise_to(&most.of_groups, rows.of_groups);
    }
    return most;
}
