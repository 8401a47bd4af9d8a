/* Small exchanges of a team: ordered sums of doubles, and the control word. Every rank sends what it
 * has to every other rank, and all compute the same from it. */
#include "team_impl.h"

#include <agr/base/size.h>

#include <string.h>

/* Where the rows of a member lie, and how many doubles they are. */
static double *region(const agr_team *team, int member, int64_t width)
{
    return team->rows + team->layout.first[member] * width;
}

static int region_doubles(const agr_team *team, int member, int64_t width)
{
    return (int)(rows_of(team, member) * width);
}

static agr_status exchange_rows(agr_team *team, int64_t width, agr_error *err)
{
    const int me = team->group.rank, size = team->group.size;
    const int mine = region_doubles(team, me, width);
    int n = 0, code = MPI_SUCCESS;
    for (int step = 1; step < size && code == MPI_SUCCESS; step++) {
        const int from = (me + size - step) % size, count = region_doubles(team, from, width);
        if (count > 0)
            code = MPI_Irecv(region(team, from, width), count, MPI_DOUBLE, from, TAG_SUM,
                             team->group.comm, &team->request[n++]);
    }
    for (int step = 1; step < size && code == MPI_SUCCESS && mine > 0; step++)
        code = MPI_Isend(region(team, me, width), mine, MPI_DOUBLE, (me + step) % size, TAG_SUM,
                         team->group.comm, &team->request[n++]);
    AGR_TRY(agr_mpi_check(code, "exchanging sums", err));
    return agr_wait_requests(team->group.world, AGR_WAIT_EXCHANGE, team->sum_what, team->request, n,
                             err);
}

agr_status agr_team_sum(agr_reducer *self, const agr_shard *shard, double *leaves, int64_t width,
                        double *total, agr_error *err)
{
    agr_team *team = (agr_team *)self;
    const int me = team->group.rank;
    int64_t begin, end;
    const int64_t n_leaves = agr_shard_micro_batches(shard);
    agr_split_range(n_leaves, team->group.size, me, &begin, &end);
    AGR_ASSERT(shard->first == begin && shard->count == end - begin);
    AGR_ASSERT(width <= team->max_width);
    agr_team_lay_out(team, n_leaves);

    if (shard->count > 0) {
        agr_tree_fold(n_leaves, team->leaf + shard->first, (int)shard->count, leaves, width);
        memcpy(region(team, me, width), leaves,
               (size_t)region_doubles(team, me, width) * sizeof *leaves);
    }
    AGR_TRY(exchange_rows(team, width, err));
    agr_tree_fold(n_leaves, team->layout.node, team->layout.first[team->group.size], team->rows,
                  width);
    memcpy(total, team->rows, (size_t)width * sizeof *total);
    return AGR_OK;
}

agr_status agr_team_decide(agr_team *team, agr_control mine, agr_control *decision, agr_error *err)
{
    const int me = team->group.rank, size = team->group.size;
    *decision = mine;
    if (size == 1)
        return AGR_OK;
    int n = 0, code = MPI_SUCCESS;
    team->word[me] = (int)mine;
    for (int step = 1; step < size && code == MPI_SUCCESS; step++) {
        const int from = (me + size - step) % size;
        code = MPI_Irecv(&team->word[from], 1, MPI_INT, from, TAG_WORD, team->group.comm,
                         &team->request[n++]);
    }
    for (int step = 1; step < size && code == MPI_SUCCESS; step++)
        code = MPI_Isend(&team->word[me], 1, MPI_INT, (me + step) % size, TAG_WORD,
                         team->group.comm, &team->request[n++]);
    AGR_TRY(agr_mpi_check(code, "exchanging control words", err));
    AGR_TRY(agr_wait_requests(team->group.world, AGR_WAIT_EXCHANGE, team->sum_what, team->request,
                              n, err));
    for (int member = 0; member < size; member++)
        if (team->word[member] > (int)*decision)
            *decision = (agr_control)team->word[member];
    return AGR_OK;
}
