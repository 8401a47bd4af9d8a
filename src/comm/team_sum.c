#include "team_impl.h"

#include <agr/base/size.h>

#include <string.h>

/* One exchange: every rank's rows of doubles, and one word more when `carries_word`, to every rank.
 * The rows of member r lie at rows + first[r] * width + r * carries_word, the word behind them. */
typedef struct {
    agr_team *team;
    int64_t width;
    int carries_word;
} exchange;

static double *region(const exchange *e, int member)
{
    return e->team->rows + e->team->layout.first[member] * e->width +
           (int64_t)member * e->carries_word;
}

static int region_doubles(const exchange *e, int member)
{
    return (int)(rows_of(e->team, member) * e->width) + e->carries_word;
}

static agr_status post(const exchange *e, int *n_requests, agr_error *err)
{
    agr_team *team = e->team;
    const int me = team->group.rank, size = team->group.size;
    const int mine = region_doubles(e, me);
    int n = 0, code = MPI_SUCCESS;
    for (int step = 1; step < size && code == MPI_SUCCESS; step++) {
        const int from = (me + size - step) % size, count = region_doubles(e, from);
        if (count > 0)
            code = MPI_Irecv(region(e, from), count, MPI_DOUBLE, from, TAG_SUM, team->group.comm,
                             &team->request[n++]);
    }
    for (int step = 1; step < size && code == MPI_SUCCESS && mine > 0; step++) {
        code = MPI_Isend(region(e, me), mine, MPI_DOUBLE, (me + step) % size, TAG_SUM,
                         team->group.comm, &team->request[n++]);
        team->sent_bytes += mine * (int64_t)sizeof(double);
    }
    *n_requests = n;
    return agr_mpi_check(code, "exchanging sums", err);
}

/* Closes the gaps that the words left between the rows, and folds what all ranks sent. */
static void fold(const exchange *e, double *total)
{
    const tree_layout *layout = &e->team->layout;
    const int size = e->team->group.size;
    for (int member = 1; e->carries_word && member < size; member++)
        memmove(e->team->rows + layout->first[member] * e->width, region(e, member),
                (size_t)(rows_of(e->team, member) * e->width) * sizeof *total);
    agr_tree_fold(layout->n_leaves, layout->node, layout->first[size], e->team->rows, e->width);
    memcpy(total, e->team->rows, (size_t)e->width * sizeof *total);
}

static agr_status run(const exchange *e, const agr_shard *shard, double *leaves, double *total,
                      double *word, agr_error *err)
{
    agr_team *team = e->team;
    const int me = team->group.rank;
    int64_t begin, end;
    const int64_t n_leaves = agr_shard_micro_batches(shard);
    agr_split_range(n_leaves, team->group.size, me, &begin, &end);
    AGR_ASSERT(shard->first == begin && shard->count == end - begin);
    AGR_ASSERT(e->width <= team->max_width);
    agr_team_lay_out(team, n_leaves);

    if (shard->count > 0 && e->width > 0) {
        agr_tree_fold(n_leaves, team->leaf + shard->first, (int)shard->count, leaves, e->width);
        memcpy(region(e, me), leaves, (size_t)(rows_of(team, me) * e->width) * sizeof *leaves);
    }
    if (e->carries_word)
        region(e, me)[rows_of(team, me) * e->width] = *word;
    int n_requests;
    AGR_TRY(post(e, &n_requests, err));
    AGR_TRY(agr_wait_requests(team->group.world, AGR_WAIT_EXCHANGE, team->sum_what, team->request,
                              n_requests, err));
    for (int member = 0; e->carries_word && member < team->group.size; member++) {
        const double theirs = region(e, member)[rows_of(team, member) * e->width];
        *word = theirs > *word ? theirs : *word;
    }
    if (e->width > 0)
        fold(e, total);
    return AGR_OK;
}

agr_status agr_team_sum(agr_reducer *self, const agr_shard *shard, double *leaves, int64_t width,
                        double *total, agr_error *err)
{
    const exchange e = {.team = (agr_team *)self, .width = width};
    return run(&e, shard, leaves, total, NULL, err);
}

agr_status agr_team_step_end(agr_team *team, const agr_shard *shard, double *leaves, int64_t width,
                             double *total, agr_control mine, agr_control *decision, agr_error *err)
{
    *decision = mine;
    if (team->group.size == 1) {
        agr_reducer *local = agr_reducer_local();
        return width > 0 ? local->ops->sum(local, shard, leaves, width, total, err) : AGR_OK;
    }
    const exchange e = {.team = team, .width = width, .carries_word = 1};
    double word = (double)mine;
    AGR_TRY(run(&e, shard, leaves, total, &word, err));
    *decision = (agr_control)(int)word;
    return AGR_OK;
}
