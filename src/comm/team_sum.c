/* Small exchanges of a team, in log2(size) rounds of one message each: ordered sums of doubles, and the
 * control word. */
#include "team_impl.h"

#include <agr/base/size.h>

#include <string.h>

/*
 * A run is the ranks [first, first + length) around the circle, and the maximal subtrees of their leaves:
 * a few, in order, those from leaf 0 on behind where the circle closes. In round k every rank holds the run
 * of 2^k ranks from itself on (`doubled`) and receives that of the rank 2^k further, which makes it
 * 2^(k+1). Any other number of ranks is a sum of powers of two, so a second run (`summed`) grows by
 * `doubled` whenever that bit of the size is set; both come in one message.
 */

/* The subtrees of the ranks [first, first + length). */
static int nodes_of(const agr_team *team, int64_t n_leaves, int first, int length,
                    agr_tree_node *node)
{
    const int size = team->group.size;
    const int last = first + length < size ? first + length : size;
    int64_t begin, end, unused;
    if (length == 0)
        return 0;
    agr_tree_split(n_leaves, size, first, &begin, &unused);
    agr_tree_split(n_leaves, size, last - 1, &unused, &end);
    int n = end > begin ? agr_tree_cover(n_leaves, begin, end - begin, node) : 0;
    if (first + length > size) {
        agr_tree_split(n_leaves, size, first + length - size - 1, &unused, &end);
        n += end > 0 ? agr_tree_cover(n_leaves, 0, end, node + n) : 0;
    }
    return n;
}

static bool begins_at_leaf_0(agr_tree_node node)
{
    return node.index == 0;
}

/* Appends the run that follows, whose rows these are, and folds what has come together. */
static void append(const agr_team *team, int64_t n_leaves, sum_run *run, int length,
                   const double *rows, int64_t width)
{
    const int next = (run->first + run->length) % team->group.size;
    agr_tree_node *node = run->node;
    const int n_more = nodes_of(team, n_leaves, next, length, node + run->n_nodes);
    memcpy(run->rows + run->n_nodes * width, rows, (size_t)(n_more * width) * sizeof *rows);
    const int n = run->n_nodes + n_more;
    int close = 1; /* where the circle does */
    while (close < n && !begins_at_leaf_0(node[close]))
        close++;
    int kept = n > 0 ? agr_tree_fold(n_leaves, node, close < n ? close : n, run->rows, width) : 0;
    if (close < n) {
        double *behind = run->rows + close * width;
        const int n_behind = agr_tree_fold(n_leaves, node + close, n - close, behind, width);
        memmove(run->rows + kept * width, behind, (size_t)(n_behind * width) * sizeof *behind);
        kept += n_behind;
    }
    run->length += length;
    run->n_nodes = nodes_of(team, n_leaves, run->first, run->length, node);
    AGR_ASSERT(run->n_nodes == kept);
}

static agr_status swap(agr_team *team, int distance, int n_sent, int n_received, agr_error *err)
{
    const int me = team->group.rank, size = team->group.size;
    MPI_Request request[2];
    int n = 0, code = MPI_SUCCESS;
    if (n_received > 0)
        code = MPI_Irecv(team->received, n_received, MPI_DOUBLE, (me + distance) % size, TAG_SUM,
                         team->group.comm, &request[n++]);
    if (n_sent > 0 && code == MPI_SUCCESS)
        code = team_send(team, AGR_SENT_SUMS, team->sent, n_sent, MPI_DOUBLE,
                         (me + size - distance) % size, TAG_SUM, &request[n++]);
    AGR_TRY(agr_mpi_check(code, "exchanging sums", err));
    return agr_wait_requests(team->group.world, AGR_WAIT_EXCHANGE, team->sum_what, request, n, err);
}

/* One round: doubled has 2^k ranks, `distance`. */
static agr_status exchange_runs(agr_team *team, int64_t n_leaves, int distance, int64_t width,
                                agr_error *err)
{
    sum_run *doubled = &team->doubled, *summed = &team->summed;
    const int size = team->group.size, from = (team->group.rank + distance) % size;
    const bool doubles = 2 * distance <= size, adds = (size & distance) != 0;
    const int summed_length = summed->length;
    agr_tree_node node[MAX_RUN_NODES];
    const int theirs = doubles ? nodes_of(team, n_leaves, from, distance, node) : 0;
    const int added = adds ? nodes_of(team, n_leaves, from, summed_length, node) : 0;
    int64_t n_sent = 0;
    if (doubles) {
        n_sent = doubled->n_nodes * width;
        memcpy(team->sent, doubled->rows, (size_t)n_sent * sizeof *team->sent);
    }
    if (adds) {
        const int64_t n = summed->n_nodes * width;
        memcpy(team->sent + n_sent, summed->rows, (size_t)n * sizeof *team->sent);
        n_sent += n;
    }
    AGR_TRY(swap(team, distance, (int)n_sent, (int)((theirs + added) * width), err));
    if (adds) {
        *summed = (sum_run){.first = doubled->first, .rows = summed->rows};
        append(team, n_leaves, summed, distance, doubled->rows, width);
        append(team, n_leaves, summed, summed_length, team->received + theirs * width, width);
    }
    if (doubles)
        append(team, n_leaves, doubled, distance, team->received, width);
    return AGR_OK;
}

/* From the run of all ranks: what lies behind the close of the circle comes first. */
static void fold_total(agr_team *team, int64_t n_leaves, const sum_run *all, int64_t width,
                       double *total)
{
    int close = 1;
    while (close < all->n_nodes && !begins_at_leaf_0(all->node[close]))
        close++;
    agr_tree_node node[MAX_RUN_NODES];
    const int n_behind = close < all->n_nodes ? all->n_nodes - close : 0;
    const int n_before = all->n_nodes - n_behind;
    memcpy(node, all->node + n_before, (size_t)n_behind * sizeof *node);
    memcpy(node + n_behind, all->node, (size_t)n_before * sizeof *node);
    memcpy(team->received, all->rows + n_before * width,
           (size_t)(n_behind * width) * sizeof *total);
    memcpy(team->received + n_behind * width, all->rows,
           (size_t)(n_before * width) * sizeof *total);
    agr_tree_fold(n_leaves, node, all->n_nodes, team->received, width);
    memcpy(total, team->received, (size_t)width * sizeof *total);
}

agr_status agr_team_sum(agr_reducer *self, const agr_shard *shard, double *leaves, int64_t width,
                        double *total, agr_error *err)
{
    agr_team *team = (agr_team *)self;
    const int me = team->group.rank, size = team->group.size;
    int64_t begin, end;
    const int64_t n_leaves = agr_shard_micro_batches(shard);
    agr_tree_split(n_leaves, size, me, &begin, &end);
    AGR_ASSERT(shard->first == begin && shard->count == end - begin);
    AGR_ASSERT(width <= team->max_width && n_leaves <= team->max_micro_batches);
    if (shard->count > 0)
        agr_tree_fold(n_leaves, team->leaf + shard->first, (int)shard->count, leaves, width);
    team->summed = (sum_run){.first = me, .rows = team->summed.rows};
    team->doubled = (sum_run){.first = me, .rows = team->doubled.rows};
    append(team, n_leaves, &team->doubled, 1, leaves, width);
    for (int distance = 1; distance < size; distance *= 2)
        AGR_TRY(exchange_runs(team, n_leaves, distance, width, err));
    const bool is_power_of_2 = (size & (size - 1)) == 0;
    fold_total(team, n_leaves, is_power_of_2 ? &team->doubled : &team->summed, width, total);
    return AGR_OK;
}

agr_status agr_team_decide(agr_team *team, agr_control mine, agr_control *decision, agr_error *err)
{
    const int me = team->group.rank, size = team->group.size;
    int largest = (int)mine;
    for (int distance = 1; distance < size; distance *= 2) {
        int word;
        MPI_Request request[2];
        const int from = (me + distance) % size, to = (me + size - distance) % size;
        int code = MPI_Irecv(&word, 1, MPI_INT, from, TAG_WORD, team->group.comm, &request[0]);
        if (code == MPI_SUCCESS)
            code = team_send(team, AGR_SENT_SUMS, &largest, 1, MPI_INT, to, TAG_WORD, &request[1]);
        AGR_TRY(agr_mpi_check(code, "exchanging control words", err));
        AGR_TRY(agr_wait_requests(team->group.world, AGR_WAIT_EXCHANGE, team->sum_what, request, 2,
                                  err));
        largest = word > largest ? word : largest;
    }
    *decision = (agr_control)largest;
    return AGR_OK;
}
