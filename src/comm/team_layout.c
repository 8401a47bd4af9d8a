/* Who of a team holds which subtrees of a batch. */
#include "team_impl.h"

#include <agr/base/size.h>

#include <string.h>

static int lay_out(int64_t n_leaves, int size, int *first, agr_tree_node *node)
{
    int n_rows = 0;
    for (int member = 0; member < size; member++) {
        int64_t begin, end;
        agr_tree_node cover[AGR_TREE_MAX_DEPTH];
        agr_split_range(n_leaves, size, member, &begin, &end);
        const int n = end > begin ? agr_tree_cover(n_leaves, begin, end - begin, cover) : 0;
        if (first != NULL) {
            first[member] = n_rows;
            memcpy(node + n_rows, cover, (size_t)n * sizeof *node);
        }
        n_rows += n;
    }
    if (first != NULL)
        first[size] = n_rows;
    return n_rows;
}

void agr_team_lay_out(agr_team *team, int64_t n_leaves)
{
    if (team->layout.n_leaves == n_leaves)
        return;
    AGR_ASSERT(n_leaves >= 1 && n_leaves <= team->max_micro_batches);
    AGR_ASSERT(!team->is_open); /* chunks on their way follow the layout */
    lay_out(n_leaves, team->group.size, team->layout.first, team->layout.node);
    team->layout.n_leaves = n_leaves;
}

int agr_team_count_rows(int64_t max_leaves, int size)
{
    int most = 0;
    for (int64_t n = 1; n <= max_leaves; n++) {
        const int rows = lay_out(n, size, NULL, NULL);
        most = rows > most ? rows : most;
    }
    return most;
}
