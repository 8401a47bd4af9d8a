/* Forms teams and plans their memory. */
#include "team_impl.h"

#include <agr/base/size.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const agr_reducer_ops team_operations = {
    .sum = agr_team_sum,
    .gradient_open = agr_team_gradient_open,
    .gradient_ready = agr_team_gradient_ready,
    .progress = agr_team_gradient_progress,
    .gradient_close = agr_team_gradient_close,
};

static size_t divide(size_t n, int n_parts)
{
    return (n + (size_t)n_parts - 1) / (size_t)n_parts;
}

/* Messages of the busiest phase of a chunk: of the slices that I own and of those that I do not. */
static size_t most_requests(const agr_team *team)
{
    const team_groups *groups = &team->groups;
    const team_rows *rows = &team->max_rows;
    const int gathers = rows->of_member * groups->n_slices + rows->of_my_group * groups->n_owned;
    const int crosses = (rows->of_groups + rows->of_my_cover * groups->n) * groups->n_owned;
    const int returns = 2 * groups->n * groups->n_owned;
    const int shares = groups->n_slices + groups->my_size * groups->n_owned;
    const int first = gathers > crosses ? gathers : crosses;
    const int second = returns > shares ? returns : shares;
    return (size_t)(first > second ? first : second);
}

static void plan_flights(agr_team *team)
{
    agr_arena *memory = &team->memory;
    const team_rows *rows = &team->max_rows;
    const size_t n_owned = (size_t)team->groups.n_owned;
    const size_t slice = divide(CHUNK_FLOATS, team->groups.n_slices);
    team->longest_gathered = (size_t)rows->of_my_group * slice;
    team->longest_crossed = (size_t)rows->of_groups * divide(slice, team->groups.n);
    team->row =
        agr_arena_take(memory, (size_t)rows->of_all + (size_t)rows->of_groups, sizeof *team->row);
    for (int i = 0; i < N_FLIGHTS; i++) {
        chunk_flight *flight = &team->flights[i];
        flight->request = agr_arena_take(memory, most_requests(team), sizeof *flight->request);
        flight->rows =
            agr_arena_take(memory, n_owned * team->longest_gathered, sizeof *flight->rows);
        flight->crossed =
            agr_arena_take(memory, n_owned * team->longest_crossed, sizeof *flight->crossed);
        flight->kept = agr_arena_take(memory, n_owned * AGR_TREE_MAX_DEPTH, sizeof *flight->kept);
    }
}

static void plan(agr_team *team)
{
    agr_arena *memory = &team->memory;
    const team_rows *rows = &team->max_rows;
    const size_t size = (size_t)team->group.size;
    tree_layout *l = &team->layout;
    l->first = agr_arena_take(memory, size + 1, sizeof *l->first);
    l->node = agr_arena_take(memory, (size_t)rows->of_all, sizeof *l->node);
    l->group_first = agr_arena_take(memory, (size_t)team->groups.n + 1, sizeof *l->group_first);
    l->group_node = agr_arena_take(memory, (size_t)rows->of_groups, sizeof *l->group_node);
    team->leaf = agr_arena_take(memory, (size_t)team->max_micro_batches, sizeof *team->leaf);
    const size_t runs = 2 * (size_t)team->run_rows * (size_t)team->max_width;
    team->doubled.rows = agr_arena_take(memory, runs, sizeof(double));
    team->summed.rows = agr_arena_take(memory, runs, sizeof(double));
    team->sent = agr_arena_take(memory, runs, sizeof(double));
    team->received = agr_arena_take(memory, runs, sizeof(double));
    plan_flights(team);
}

/* A run is two pieces, and a piece climbs and falls: two subtrees a level at most. */
static int most_run_rows(int64_t max_leaves)
{
    int levels = 1;
    while (1LL << levels < max_leaves)
        levels++;
    return 2 * 2 * levels;
}

static agr_status plan_memory(agr_team *team, agr_error *err)
{
    team->run_rows = most_run_rows(team->max_micro_batches);
    AGR_TRY(agr_team_find_groups(team, err));
    team->max_rows = agr_team_count_rows(team);
    plan(team);
    AGR_TRY(agr_arena_allocate(&team->memory, err));
    plan(team);
    agr_arena_seal(&team->memory);
    for (int64_t i = 0; i < team->max_micro_batches; i++)
        team->leaf[i] = (agr_tree_node){0, (int32_t)i};
    return AGR_OK;
}

static agr_status check_limits(int n_ranks, int tag, const agr_team_limits *limits, agr_error *err)
{
    AGR_ASSERT(n_ranks >= 1 && tag >= 0 && tag <= AGR_TEAM_MAX_TAG);
    AGR_ASSERT(limits->max_micro_batches >= 1 && limits->max_width >= 0);
    if (n_ranks > AGR_TEAM_MAX_RANKS)
        return agr_error_set(err, AGR_INPUT, "team '%s': expected at most %d ranks, found %d",
                             limits->name, AGR_TEAM_MAX_RANKS, n_ranks);
    if (limits->max_micro_batches > AGR_TEAM_MAX_MICRO_BATCHES) {
        agr_error_set(
            err, AGR_INPUT, "team '%s': expected at most %d micro-batches in a batch, found %lld",
            limits->name, AGR_TEAM_MAX_MICRO_BATCHES, (long long)limits->max_micro_batches);
        return agr_error_hint(err, "a smaller data.batch_size or a larger data.micro_batch");
    }
    return AGR_OK;
}

/* Everyone tells the leader 'I am here', and the leader tells everyone 'all are'. MPI's own call
 * waits inside MPI, where no mail is received and no watchdog looks; after this nobody waits in it
 * for a rank that is still computing. */
static agr_status gather_members(agr_world *world, const int *world_rank, int n_ranks, int tag,
                                 const char *what, agr_error *err)
{
    MPI_Comm comm = world->group.comm;
    const bool leads = world_rank[0] == world->group.rank;
    const int n_partners = leads ? n_ranks - 1 : 1;
    MPI_Request *request = malloc((size_t)n_partners * sizeof *request);
    if (request == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate the start of a team");
    for (int i = 0; i < n_partners; i++)
        request[i] = MPI_REQUEST_NULL;
    const int *partner = leads ? world_rank + 1 : world_rank;
    agr_status status = AGR_OK;
    for (int round = 0; round < 2 && status == AGR_OK; round++) {
        const bool receives = leads == (round == 0);
        int code = MPI_SUCCESS;
        for (int i = 0; i < n_partners && code == MPI_SUCCESS; i++)
            code = receives ? MPI_Irecv(NULL, 0, MPI_BYTE, partner[i], TAG_TEAM_GATHERS + tag, comm,
                                        &request[i])
                            : MPI_Isend(NULL, 0, MPI_BYTE, partner[i], TAG_TEAM_GATHERS + tag, comm,
                                        &request[i]);
        status = agr_mpi_check(code, "gathering a team", err);
        if (status == AGR_OK)
            status = agr_wait_requests(world, AGR_WAIT_PHASE, what, request, n_partners, err);
    }
    free(request);
    return status;
}

static agr_status form_group(agr_team *team, agr_world *world, const int *world_rank, int n_ranks,
                             int tag, agr_error *err)
{
    if (n_ranks == 1)
        return agr_group_init_alone(&team->group, world, err);
    AGR_TRY(gather_members(world, world_rank, n_ranks, tag, team->sum_what, err));
    MPI_Group everyone, members;
    MPI_Comm comm = MPI_COMM_NULL;
    MPI_Comm_group(world->group.comm, &everyone);
    int code = MPI_Group_incl(everyone, n_ranks, world_rank, &members);
    if (code == MPI_SUCCESS) {
        code = MPI_Comm_create_group(world->group.comm, members, TAG_TEAM_FORMS + tag, &comm);
        MPI_Group_free(&members);
    }
    MPI_Group_free(&everyone);
    AGR_TRY(agr_mpi_check(code, "forming a team", err));
    return agr_group_init(&team->group, world, comm, err);
}

agr_status agr_team_create(agr_world *world, const int *world_rank, int n_ranks, int tag,
                           const agr_team_limits *limits, agr_team **team_out, agr_error *err)
{
    *team_out = NULL;
    AGR_TRY(check_limits(n_ranks, tag, limits, err));
    agr_team *team = calloc(1, sizeof *team);
    if (team == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate team '%s'", limits->name);
    team->reducer.ops = &team_operations;
    team->group = (agr_group){.world = world, .comm = MPI_COMM_NULL};
    team->max_micro_batches = limits->max_micro_batches;
    team->max_width = limits->max_width;
    snprintf(team->sum_what, sizeof team->sum_what, "team '%s'", limits->name);
    snprintf(team->gradient_what, sizeof team->gradient_what, "the gradients of team '%s'",
             limits->name);
    agr_status status = form_group(team, world, world_rank, n_ranks, tag, err);
    if (status == AGR_OK && n_ranks > 1) {
        status = agr_agree(&team->group, plan_memory(team, err), err);
        agr_wait_add_poll(world, agr_team_gradient_poll, team);
    }
    if (status != AGR_OK) {
        agr_team_destroy(team);
        return status;
    }
    *team_out = team;
    return AGR_OK;
}

void agr_team_destroy(agr_team *team)
{
    if (team == NULL)
        return;
    AGR_ASSERT(!team->is_open);
    agr_wait_remove_poll(team->group.world, agr_team_gradient_poll, team);
    agr_group_release(&team->group);
    agr_arena_release(&team->memory);
    free(team->groups.first);
    free(team->groups.of_member);
    free(team);
}

int agr_team_rank(const agr_team *team)
{
    return team->group.rank;
}

int agr_team_size(const agr_team *team)
{
    return team->group.size;
}

agr_group *agr_team_group(agr_team *team)
{
    return &team->group;
}

agr_shard agr_team_shard(const agr_team *team, int64_t n_images, int64_t micro_batch)
{
    agr_shard shard = {.n_images = n_images, .micro_batch = micro_batch};
    int64_t end;
    agr_tree_split(agr_shard_micro_batches(&shard), team->group.size, team->group.rank,
                   &shard.first, &end);
    shard.count = end - shard.first;
    return shard;
}

agr_reducer *agr_team_reducer(agr_team *team)
{
    return team->group.size > 1 ? &team->reducer : agr_reducer_local();
}
