/* The exchange of gradients: what is announced is cut into chunks, which are on their way while the backward
 * pass goes on. */
#include "team_impl.h"

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
        const int tag = TAG_CHUNK + N_FLIGHT_PHASES * team->next_tag;
        team->next_tag = (team->next_tag + 1) % N_CHUNK_TAGS;
        AGR_TRY(chunk_start(team, flight, next_chunk(team), tag, err));
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
        AGR_TRY(chunk_advance(team, &team->flights[i], err));
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
