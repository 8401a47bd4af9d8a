/* The exchange of gradients: chunks on their way while the backward pass goes on. */
#include "team_impl.h"

#include <agr/base/size.h>

#include <string.h>

/* Columns folded at a time: all rows of a block stay in the first-level cache. */
enum { FOLD_BLOCK = 1024 };

static float_range slice_of(const agr_team *team, const chunk_flight *flight, int member)
{
    int64_t begin, end;
    agr_split_range((int64_t)flight->chunk.count, team->group.size, member, &begin, &end);
    return (float_range){flight->chunk.offset + (size_t)begin, (size_t)(end - begin)};
}

typedef struct {
    agr_team *team;
    chunk_flight *flight;
    int code;
} poster;

static void post_send(poster *p, const float *from, size_t count, int to)
{
    if (count == 0 || p->code != MPI_SUCCESS)
        return;
    p->code = MPI_Isend(from, (int)count, MPI_FLOAT, to, p->flight->tag, p->team->group.comm,
                        &p->flight->request[p->flight->n_requests++]);
}

static void post_receive(poster *p, float *into, size_t count, int from)
{
    if (count == 0 || p->code != MPI_SUCCESS)
        return;
    p->code = MPI_Irecv(into, (int)count, MPI_FLOAT, from, p->flight->tag, p->team->group.comm,
                        &p->flight->request[p->flight->n_requests++]);
}

/* Where row `row` (of the whole team's rows) of the slice that I own lies: in my slot,
 * or received. */
static float *slice_row(const agr_team *team, const chunk_flight *flight, float_range mine, int row)
{
    const int me = team->group.rank, first = team->layout.first[me];
    const int end = team->layout.first[me + 1];
    if (row >= first && row < end)
        return team->slots + (size_t)(row - first) * team->stride + mine.offset;
    const int received = row < first ? row : row - (end - first);
    return flight->rows + (size_t)received * mine.count;
}

static agr_status post_partials(agr_team *team, chunk_flight *flight, agr_error *err)
{
    const int me = team->group.rank, size = team->group.size;
    const float_range mine = slice_of(team, flight, me);
    poster p = {team, flight, MPI_SUCCESS};
    flight->phase = FLIGHT_PARTIALS;
    flight->n_requests = 0;
    for (int step = 1; step < size; step++) {
        const int from = (me + size - step) % size;
        for (int row = team->layout.first[from]; row < team->layout.first[from + 1]; row++)
            post_receive(&p, slice_row(team, flight, mine, row), mine.count, from);
    }
    for (int step = 1; step < size; step++) {
        const int owner = (me + step) % size;
        const float_range theirs = slice_of(team, flight, owner);
        for (int row = 0; row < rows_of(team, me); row++)
            post_send(&p, team->slots + (size_t)row * team->stride + theirs.offset, theirs.count,
                      owner);
    }
    return agr_mpi_check(p.code, "exchanging gradients", err);
}

/* All partial sums of my slice are here and all of mine are sent: what the others still send me
 * is totals, and they may now overwrite slot 0. */
static agr_status post_totals(agr_team *team, chunk_flight *flight, agr_error *err)
{
    const int me = team->group.rank, size = team->group.size;
    const float_range mine = slice_of(team, flight, me);
    poster p = {team, flight, MPI_SUCCESS};
    flight->phase = FLIGHT_TOTALS;
    flight->n_requests = 0;
    flight->tag++;
    for (int step = 1; step < size; step++) {
        const int owner = (me + size - step) % size;
        const float_range theirs = slice_of(team, flight, owner);
        post_receive(&p, team->slots + theirs.offset, theirs.count, owner);
    }
    for (int step = 1; step < size; step++)
        post_send(&p, team->slots + mine.offset, mine.count, (me + step) % size);
    return agr_mpi_check(p.code, "exchanging gradients", err);
}

static void add_onto(float *restrict sum, const float *restrict addend, size_t n)
{
    for (size_t j = 0; j < n; j++)
        sum[j] += addend[j];
}

/* Sums the rows of my slice in tree order, in place, and leaves the total in slot 0. */
static void fold_slice(agr_team *team, chunk_flight *flight)
{
    const float_range mine = slice_of(team, flight, team->group.rank);
    const int n_rows = team->layout.first[team->group.size];
    float *total = team->slots + mine.offset;
    for (size_t begin = 0; begin < mine.count; begin += FOLD_BLOCK) {
        const size_t left = mine.count - begin, n = left < FOLD_BLOCK ? left : FOLD_BLOCK;
        float *stack[AGR_TREE_MAX_DEPTH];
        agr_tree tree = agr_tree_begin(team->layout.n_leaves);
        for (int row = 0; row < n_rows; row++) {
            float **top = &stack[tree.depth];
            *top = slice_row(team, flight, mine, row) + begin;
            for (int due = agr_tree_push(&tree, team->layout.node[row]); due > 0; due--, top--)
                add_onto(top[-1], top[0], n);
        }
        if (stack[0] != total + begin)
            memcpy(total + begin, stack[0], n * sizeof *total);
    }
}

static agr_status advance(agr_team *team, chunk_flight *flight, agr_error *err)
{
    while (flight->phase != FLIGHT_FREE) {
        int complete = 0;
        AGR_TRY(agr_mpi_check(
            MPI_Testall(flight->n_requests, flight->request, &complete, MPI_STATUSES_IGNORE),
            "exchanging gradients", err));
        if (!complete)
            return AGR_OK;
        if (flight->phase == FLIGHT_TOTALS) {
            flight->phase = FLIGHT_FREE;
        } else {
            fold_slice(team, flight);
            AGR_TRY(post_totals(team, flight, err));
        }
    }
    return AGR_OK;
}

/* Cuts the next chunk from the oldest pending range; the same chunks on every rank, whenever it
 * comes to them. */
static float_range next_chunk(agr_team *team)
{
    float_range *oldest = &team->pending[team->first_pending];
    float_range chunk = *oldest;
    if (chunk.count > CHUNK_FLOATS)
        chunk.count = CHUNK_FLOATS;
    oldest->offset += chunk.count;
    oldest->count -= chunk.count;
    if (oldest->count == 0) {
        team->first_pending = (team->first_pending + 1) % N_PENDING;
        team->n_pending--;
    }
    return chunk;
}

static agr_status start_chunks(agr_team *team, agr_error *err)
{
    for (int i = 0; i < N_FLIGHTS && team->n_pending > 0; i++) {
        chunk_flight *flight = &team->flights[i];
        if (flight->phase != FLIGHT_FREE)
            continue;
        flight->chunk = next_chunk(team);
        flight->tag = TAG_CHUNK + 2 * team->next_tag;
        team->next_tag = (team->next_tag + 1) % N_CHUNK_TAGS;
        AGR_TRY(post_partials(team, flight, err));
    }
    return AGR_OK;
}

static bool is_landed(const agr_team *team)
{
    for (int i = 0; i < N_FLIGHTS; i++)
        if (team->flights[i].phase != FLIGHT_FREE)
            return false;
    return team->n_pending == 0;
}

agr_status agr_team_gradient_progress(agr_reducer *self, agr_error *err)
{
    agr_team *team = (agr_team *)self;
    for (int i = 0; i < N_FLIGHTS; i++)
        AGR_TRY(advance(team, &team->flights[i], err));
    return start_chunks(team, err);
}

agr_status agr_team_gradient_poll(void *team, agr_error *err)
{
    return ((agr_team *)team)->is_open ? agr_team_gradient_progress(team, err) : AGR_OK;
}

static agr_status test_room(void *context, bool *done, agr_error *err)
{
    *done = ((agr_team *)context)->n_pending < N_PENDING;
    return *done ? AGR_OK : agr_team_gradient_progress(context, err);
}

static agr_status test_landed(void *context, bool *done, agr_error *err)
{
    AGR_TRY(agr_team_gradient_progress(context, err));
    *done = is_landed(context);
    return AGR_OK;
}

static agr_status enqueue(agr_team *team, float_range range, agr_error *err)
{
    if (range.count == 0)
        return AGR_OK;
    if (team->n_pending == N_PENDING)
        AGR_TRY(agr_wait(team->group.world, AGR_WAIT_EXCHANGE, team->gradient_what, test_room, team,
                         err));
    team->pending[(team->first_pending + team->n_pending) % N_PENDING] = range;
    team->n_pending++;
    return start_chunks(team, err);
}

agr_status agr_team_gradient_open(agr_reducer *self, const agr_shard *shard, float *slots,
                                  size_t stride, agr_error *err)
{
    agr_team *team = (agr_team *)self;
    (void)err;
    AGR_ASSERT(!team->is_open);
    agr_team_lay_out(team, agr_shard_micro_batches(shard));
    team->slots = slots;
    team->stride = stride;
    team->gathering = (float_range){0};
    team->is_open = true;
    return AGR_OK;
}

agr_status agr_team_gradient_ready(agr_reducer *self, size_t offset, size_t count, agr_error *err)
{
    agr_team *team = (agr_team *)self;
    float_range *gathering = &team->gathering;
    AGR_ASSERT(team->is_open && offset + count <= team->stride);
    const bool follows = gathering->offset + gathering->count == offset;
    const bool precedes = offset + count == gathering->offset;
    if (gathering->count > 0 && !follows && !precedes) {
        AGR_TRY(enqueue(team, *gathering, err));
        gathering->count = 0;
    }
    if (gathering->count == 0 || precedes)
        gathering->offset = offset;
    gathering->count += count;
    if (gathering->count < GATHER_FLOATS)
        return AGR_OK;
    const float_range complete = *gathering;
    gathering->count = 0;
    return enqueue(team, complete, err);
}

agr_status agr_team_gradient_close(agr_reducer *self, agr_error *err)
{
    agr_team *team = (agr_team *)self;
    AGR_ASSERT(team->is_open);
    AGR_TRY(enqueue(team, team->gathering, err));
    AGR_TRY(agr_wait(team->group.world, AGR_WAIT_EXCHANGE, team->gradient_what, test_landed, team,
                     err));
    team->is_open = false;
    return AGR_OK;
}
