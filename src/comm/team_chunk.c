/*
 * A chunk of the gradients on its way: first inside the nodes, then between them.
 *
 * A *group* is consecutive members on one node. A chunk is cut into as many slices as the largest group
 * has members, and a slice into one part for each group. Of a slice every group has an owner.
 *
 *     gather   members send their subtrees' slice to the owner in their group, who folds them
 *     cross    owners send what is left of it to the slice's owners in the other groups, each its part;
 *              who folds that has the total of a part
 *     return   owners send these totals to each other
 *     share    owners send the slice to the members of their group
 *
 * On a single node nothing crosses; where every group is one member nothing is gathered or shared. Between
 * nodes goes what a ring over nodes would send, once for each subtree that a group holds.
 */
#include "team_impl.h"

#include <agr/base/size.h>

#include <string.h>

/* Columns folded at a time: all rows of a block stay in the first-level cache. */
enum { FOLD_BLOCK = 1024 };

static float_range cut(float_range range, int n_parts, int index)
{
    int64_t begin, end;
    agr_split_range((int64_t)range.count, n_parts, index, &begin, &end);
    return (float_range){range.offset + (size_t)begin, (size_t)(end - begin)};
}

static float_range slice_of(const agr_team *team, const chunk_flight *flight, int slice)
{
    return cut(flight->chunk, team->groups.n_slices, slice);
}

/* What the owner in group g has to add up of a slice. */
static float_range part_of(const agr_team *team, const chunk_flight *flight, int slice, int g)
{
    return cut(slice_of(team, flight, slice), team->groups.n, g);
}

static int owner_of(const team_groups *groups, int slice, int g)
{
    return groups->first[g] + slice % (groups->first[g + 1] - groups->first[g]);
}

static bool is_mine(const agr_team *team, int slice)
{
    return owner_of(&team->groups, slice, team->groups.mine) == team->group.rank;
}

/* ---- posting ---- */

typedef struct {
    agr_team *team;
    chunk_flight *flight;
    int code;
} poster;

static void post_send(poster *p, const float *from, size_t count, int to)
{
    if (count == 0 || p->code != MPI_SUCCESS)
        return;
    p->code = team_send(p->team, AGR_SENT_GRADIENTS, from, (int)count, MPI_FLOAT, to,
                        p->flight->tag, &p->flight->request[p->flight->n_requests++]);
}

static void post_receive(poster *p, float *into, size_t count, int from)
{
    if (count == 0 || p->code != MPI_SUCCESS)
        return;
    p->code = MPI_Irecv(into, (int)count, MPI_FLOAT, from, p->flight->tag, p->team->group.comm,
                        &p->flight->request[p->flight->n_requests++]);
}

static poster begin_phase(agr_team *team, chunk_flight *flight, flight_phase phase)
{
    flight->phase = phase;
    flight->n_requests = 0;
    flight->tag = flight->first_tag + (int)phase;
    return (poster){team, flight, MPI_SUCCESS};
}

/* ---- gather ---- */

/* Where row `row` of my group lies of a slice that I own: in my slots, or received. */
static float *gathered_row(const agr_team *team, const chunk_flight *flight, int slice, int row)
{
    const tree_layout *l = &team->layout;
    const int me = team->group.rank, first = l->first[me], end = l->first[me + 1];
    const float_range range = slice_of(team, flight, slice);
    if (row >= first && row < end)
        return team->slots + (size_t)(row - first) * team->stride + range.offset;
    const int begin = l->first[team->groups.first[team->groups.mine]];
    const int received = row < first ? row - begin : row - begin - (end - first);
    return flight->rows + team->longest_gathered * (size_t)(slice / team->groups.my_size) +
           (size_t)received * range.count;
}

static agr_status gather(agr_team *team, chunk_flight *flight, agr_error *err)
{
    const team_groups *groups = &team->groups;
    const tree_layout *l = &team->layout;
    const int me = team->group.rank, first = groups->first[groups->mine];
    poster p = begin_phase(team, flight, FLIGHT_GATHERS);
    for (int slice = 0; slice < groups->n_slices; slice++) {
        const float_range range = slice_of(team, flight, slice);
        const int owner = owner_of(groups, slice, groups->mine);
        for (int row = 0; row < rows_of(team, me) && owner != me; row++)
            post_send(&p, team->slots + (size_t)row * team->stride + range.offset, range.count,
                      owner);
        for (int m = first; m < first + groups->my_size && owner == me; m++)
            for (int row = l->first[m]; row < l->first[m + 1] && m != me; row++)
                post_receive(&p, gathered_row(team, flight, slice, row), range.count, m);
    }
    return agr_mpi_check(p.code, "exchanging gradients", err);
}

static void add_onto(float *restrict sum, const float *restrict addend, size_t n)
{
    for (size_t j = 0; j < n; j++)
        sum[j] += addend[j];
}

/* Adds up rows of consecutive subtrees in place, in the tree's order. What is left are the rows of the
 * maximal subtrees: kept[0], ... Returns how many. */
static int fold(int64_t n_leaves, const agr_tree_node *node, int n_rows, float *const *row,
                size_t count, float **kept)
{
    int depth = 0;
    for (size_t begin = 0; begin < count || begin == 0; begin += FOLD_BLOCK) {
        const size_t left = count - begin, n = left < FOLD_BLOCK ? left : FOLD_BLOCK;
        agr_tree tree = agr_tree_begin(n_leaves);
        for (int i = 0; i < n_rows; i++) {
            float **top = &kept[tree.depth];
            *top = row[i];
            for (int due = agr_tree_push(&tree, node[i]); due > 0; due--, top--)
                add_onto(top[-1] + begin, top[0] + begin, n);
        }
        depth = tree.depth;
    }
    return depth;
}

static void fold_gathered(agr_team *team, chunk_flight *flight)
{
    const team_groups *groups = &team->groups;
    const tree_layout *l = &team->layout;
    const int begin = l->first[groups->first[groups->mine]];
    const int n_rows = l->first[groups->first[groups->mine + 1]] - begin;
    for (int slice = 0; slice < groups->n_slices; slice++) {
        if (!is_mine(team, slice))
            continue;
        for (int i = 0; i < n_rows; i++)
            team->row[i] = gathered_row(team, flight, slice, begin + i);
        fold(l->n_leaves, l->node + begin, n_rows, team->row, slice_of(team, flight, slice).count,
             flight->kept + slice / groups->my_size * AGR_TREE_MAX_DEPTH);
    }
}

/* ---- cross ---- */

/* Where row `row` of the groups lies of my part of a slice that I own. */
static float *crossed_row(const agr_team *team, const chunk_flight *flight, int slice, int row)
{
    const team_groups *groups = &team->groups;
    const int first = team->layout.group_first[groups->mine];
    const int end = team->layout.group_first[groups->mine + 1];
    const float_range range = slice_of(team, flight, slice);
    const float_range part = part_of(team, flight, slice, groups->mine);
    if (row >= first && row < end)
        return flight->kept[slice / groups->my_size * AGR_TREE_MAX_DEPTH + row - first] +
               (part.offset - range.offset);
    const int received = row < first ? row : row - (end - first);
    return flight->crossed + team->longest_crossed * (size_t)(slice / groups->my_size) +
           (size_t)received * part.count;
}

static agr_status cross(agr_team *team, chunk_flight *flight, agr_error *err)
{
    const team_groups *groups = &team->groups;
    const tree_layout *l = &team->layout;
    const int n_kept = l->group_first[groups->mine + 1] - l->group_first[groups->mine];
    poster p = begin_phase(team, flight, FLIGHT_CROSSES);
    for (int slice = 0; slice < groups->n_slices; slice++) {
        if (!is_mine(team, slice))
            continue;
        float *const *kept = flight->kept + slice / groups->my_size * AGR_TREE_MAX_DEPTH;
        const float_range range = slice_of(team, flight, slice);
        const float_range mine = part_of(team, flight, slice, groups->mine);
        for (int step = 1; step < groups->n; step++) {
            const int from = (groups->mine + groups->n - step) % groups->n;
            const int to = (groups->mine + step) % groups->n;
            const float_range theirs = part_of(team, flight, slice, to);
            for (int row = l->group_first[from]; row < l->group_first[from + 1]; row++)
                post_receive(&p, crossed_row(team, flight, slice, row), mine.count,
                             owner_of(groups, slice, from));
            for (int row = 0; row < n_kept; row++)
                post_send(&p, kept[row] + (theirs.offset - range.offset), theirs.count,
                          owner_of(groups, slice, to));
        }
    }
    return agr_mpi_check(p.code, "exchanging gradients", err);
}

/* The total of my parts, into slot 0. */
static void fold_crossed(agr_team *team, chunk_flight *flight)
{
    const team_groups *groups = &team->groups;
    const tree_layout *l = &team->layout;
    const int n_rows = l->group_first[groups->n];
    for (int slice = 0; slice < groups->n_slices; slice++) {
        if (!is_mine(team, slice))
            continue;
        const float_range part = part_of(team, flight, slice, groups->mine);
        float *kept[AGR_TREE_MAX_DEPTH], *total = team->slots + part.offset;
        for (int i = 0; i < n_rows; i++)
            team->row[i] = crossed_row(team, flight, slice, i);
        fold(l->n_leaves, l->group_node, n_rows, team->row, part.count, kept);
        if (kept[0] != total)
            memcpy(total, kept[0], part.count * sizeof *total);
    }
}

/* ---- return, share ---- */

/* All partial sums of my parts are here and all of mine are sent: what the others still send me is
 * totals, and they may now overwrite slot 0. */
static agr_status return_totals(agr_team *team, chunk_flight *flight, agr_error *err)
{
    const team_groups *groups = &team->groups;
    poster p = begin_phase(team, flight, FLIGHT_RETURNS);
    for (int slice = 0; slice < groups->n_slices; slice++) {
        if (!is_mine(team, slice))
            continue;
        const float_range mine = part_of(team, flight, slice, groups->mine);
        for (int step = 1; step < groups->n; step++) {
            const int from = (groups->mine + groups->n - step) % groups->n;
            const int to = (groups->mine + step) % groups->n;
            const float_range theirs = part_of(team, flight, slice, from);
            post_receive(&p, team->slots + theirs.offset, theirs.count,
                         owner_of(groups, slice, from));
            post_send(&p, team->slots + mine.offset, mine.count, owner_of(groups, slice, to));
        }
    }
    return agr_mpi_check(p.code, "exchanging gradients", err);
}

static agr_status share(agr_team *team, chunk_flight *flight, agr_error *err)
{
    const team_groups *groups = &team->groups;
    const int me = team->group.rank, first = groups->first[groups->mine];
    poster p = begin_phase(team, flight, FLIGHT_SHARES);
    for (int slice = 0; slice < groups->n_slices; slice++) {
        const float_range range = slice_of(team, flight, slice);
        const int owner = owner_of(groups, slice, groups->mine);
        if (owner != me)
            post_receive(&p, team->slots + range.offset, range.count, owner);
        for (int m = first; m < first + groups->my_size && owner == me; m++)
            if (m != me)
                post_send(&p, team->slots + range.offset, range.count, m);
    }
    return agr_mpi_check(p.code, "exchanging gradients", err);
}

/* ---- the way ---- */

agr_status chunk_start(agr_team *team, chunk_flight *flight, float_range chunk, int tag,
                       agr_error *err)
{
    flight->chunk = chunk;
    flight->first_tag = tag;
    return gather(team, flight, err);
}

static agr_status next_phase(agr_team *team, chunk_flight *flight, agr_error *err)
{
    switch (flight->phase) {
    case FLIGHT_GATHERS:
        fold_gathered(team, flight);
        return cross(team, flight, err);
    case FLIGHT_CROSSES:
        fold_crossed(team, flight);
        return return_totals(team, flight, err);
    case FLIGHT_RETURNS:
        return share(team, flight, err);
    case FLIGHT_SHARES:
    case FLIGHT_FREE:
    case N_FLIGHT_PHASES:
        flight->phase = FLIGHT_FREE;
    }
    return AGR_OK;
}

agr_status chunk_advance(agr_team *team, chunk_flight *flight, agr_error *err)
{
    while (flight->phase != FLIGHT_FREE) {
        int complete = 0;
        AGR_TRY(agr_mpi_check(
            MPI_Testall(flight->n_requests, flight->request, &complete, MPI_STATUSES_IGNORE),
            "exchanging gradients", err));
        if (!complete)
            return AGR_OK;
        AGR_TRY(next_phase(team, flight, err));
    }
    return AGR_OK;
}
