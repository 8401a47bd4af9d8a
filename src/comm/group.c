/* Barriers, broadcasts, gatherings and verdicts of a group, all through the one wait. */
#include "comm_impl.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One MPI call counts in int; longer byte strings travel in pieces of this size. */
enum { PIECE_BYTES = 1 << 30 };

static agr_status list_world_ranks(agr_group *group, agr_error *err)
{
    group->world_rank = malloc((size_t)group->size * sizeof *group->world_rank);
    int *own = malloc((size_t)group->size * sizeof *own);
    if (group->world_rank == NULL || own == NULL) {
        free(own);
        return agr_error_set(err, AGR_MEMORY, "cannot allocate a group of %d ranks", group->size);
    }
    for (int i = 0; i < group->size; i++)
        own[i] = i;
    MPI_Group members, world_members;
    MPI_Comm_group(group->comm, &members);
    MPI_Comm_group(MPI_COMM_WORLD, &world_members);
    const int code =
        MPI_Group_translate_ranks(members, group->size, own, world_members, group->world_rank);
    MPI_Group_free(&members);
    MPI_Group_free(&world_members);
    free(own);
    return agr_mpi_check(code, "naming the ranks of a group", err);
}

agr_status agr_group_init(agr_group *group, agr_world *world, MPI_Comm comm, agr_error *err)
{
    *group = (agr_group){.world = world, .comm = comm};
    AGR_TRY(agr_mpi_check(MPI_Comm_set_errhandler(comm, MPI_ERRORS_RETURN), "making a group", err));
    AGR_TRY(agr_mpi_check(MPI_Comm_rank(comm, &group->rank), "making a group", err));
    AGR_TRY(agr_mpi_check(MPI_Comm_size(comm, &group->size), "making a group", err));
    return list_world_ranks(group, err);
}

agr_status agr_group_init_alone(agr_group *group, agr_world *world, agr_error *err)
{
    *group = (agr_group){.world = world, .comm = MPI_COMM_NULL, .size = 1};
    group->world_rank = malloc(sizeof *group->world_rank);
    if (group->world_rank == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate a group of one rank");
    group->world_rank[0] = world->group.rank;
    return AGR_OK;
}

void agr_group_release(agr_group *group)
{
    if (group->comm != MPI_COMM_NULL)
        MPI_Comm_free(&group->comm);
    free(group->world_rank);
    group->world_rank = NULL;
}

int agr_group_rank(const agr_group *group)
{
    return group->rank;
}

int agr_group_size(const agr_group *group)
{
    return group->size;
}

int agr_group_world_rank(const agr_group *group, int member)
{
    AGR_ASSERT(member >= 0 && member < group->size);
    return group->world_rank[member];
}

static agr_status finish(agr_group *group, int code, const char *what, MPI_Request *request,
                         agr_error *err)
{
    AGR_TRY(agr_mpi_check(code, what, err));
    return agr_wait_requests(group->world, AGR_WAIT_PHASE, what, request, 1, err);
}

agr_status agr_group_barrier(agr_group *group, agr_error *err)
{
    if (group->size == 1)
        return AGR_OK;
    MPI_Request request;
    const int code = MPI_Ibarrier(group->comm, &request);
    return finish(group, code, "all ranks to arrive", &request, err);
}

static int piece_bytes(size_t left)
{
    return (int)(left < PIECE_BYTES ? left : PIECE_BYTES);
}

agr_status agr_group_broadcast(agr_group *group, int root, void *bytes, size_t n_bytes,
                               agr_error *err)
{
    for (size_t done = 0; group->size > 1 && done < n_bytes; done += PIECE_BYTES) {
        MPI_Request request;
        const int code = MPI_Ibcast((char *)bytes + done, piece_bytes(n_bytes - done), MPI_BYTE,
                                    root, group->comm, &request);
        AGR_TRY(finish(group, code, "a broadcast", &request, err));
    }
    return AGR_OK;
}

static agr_status reduce(agr_group *group, int64_t *value, int n_values, MPI_Op operation,
                         agr_error *err)
{
    if (group->size == 1)
        return AGR_OK;
    MPI_Request request;
    const int code = MPI_Iallreduce(MPI_IN_PLACE, value, n_values, MPI_INT64_T, operation,
                                    group->comm, &request);
    return finish(group, code, "numbers of all ranks", &request, err);
}

agr_status agr_group_min(agr_group *group, int64_t *value, int n_values, agr_error *err)
{
    return reduce(group, value, n_values, MPI_MIN, err);
}

agr_status agr_group_max(agr_group *group, int64_t *value, int n_values, agr_error *err)
{
    return reduce(group, value, n_values, MPI_MAX, err);
}

agr_status agr_group_sum(agr_group *group, int64_t *value, int n_values, agr_error *err)
{
    return reduce(group, value, n_values, MPI_SUM, err);
}

static agr_status send_bytes(agr_group *group, int to, const char *bytes, size_t n_bytes,
                             agr_error *err)
{
    for (size_t done = 0; done < n_bytes; done += PIECE_BYTES) {
        MPI_Request request;
        const int code = MPI_Isend(bytes + done, piece_bytes(n_bytes - done), MPI_BYTE, to,
                                   TAG_GROUP_BYTES, group->comm, &request);
        AGR_TRY(finish(group, code, "gathered bytes", &request, err));
    }
    return AGR_OK;
}

static agr_status receive_bytes(agr_group *group, int from, char *bytes, size_t n_bytes,
                                agr_error *err)
{
    for (size_t done = 0; done < n_bytes; done += PIECE_BYTES) {
        MPI_Request request;
        const int code = MPI_Irecv(bytes + done, piece_bytes(n_bytes - done), MPI_BYTE, from,
                                   TAG_GROUP_BYTES, group->comm, &request);
        AGR_TRY(finish(group, code, "gathered bytes", &request, err));
    }
    return AGR_OK;
}

/* Every rank learns where each part begins; bytes is allocated where `receives`. */
static agr_status plan_gather(agr_group *group, size_t n_bytes, bool receives, agr_gathered *all,
                              agr_error *err)
{
    const size_t n = (size_t)group->size;
    *all = (agr_gathered){.n_parts = group->size};
    int64_t *size_of = calloc(n, sizeof *size_of);
    all->begin = calloc(n + 1, sizeof *all->begin);
    agr_status status = AGR_OK;
    if (size_of == NULL || all->begin == NULL)
        status = agr_error_set(err, AGR_MEMORY, "cannot allocate a list of %d ranks", group->size);
    AGR_TRY_GOTO(status, agr_agree(group, status, err), done);
    size_of[group->rank] = (int64_t)n_bytes;
    AGR_TRY_GOTO(status, agr_group_sum(group, size_of, group->size, err), done);
    for (size_t i = 0; i < n; i++)
        all->begin[i + 1] = all->begin[i] + (size_t)size_of[i];
    if (receives) {
        all->bytes = malloc(all->begin[n] + 1);
        if (all->bytes == NULL)
            status =
                agr_error_set(err, AGR_MEMORY, "cannot allocate %zu gathered bytes", all->begin[n]);
    }
    status = agr_agree(group, status, err);
done:
    free(size_of);
    return status;
}

static agr_status collect(agr_group *group, int root, const void *bytes, size_t n_bytes,
                          agr_gathered *all, agr_error *err)
{
    if (group->rank != root)
        return send_bytes(group, root, bytes, n_bytes, err);
    if (n_bytes > 0)
        memcpy(all->bytes + all->begin[root], bytes, n_bytes);
    for (int from = 0; from < group->size; from++) {
        const size_t begin = all->begin[from], size = all->begin[from + 1] - begin;
        if (from != root)
            AGR_TRY(receive_bytes(group, from, all->bytes + begin, size, err));
    }
    return AGR_OK;
}

agr_status agr_group_gather(agr_group *group, int root, const void *bytes, size_t n_bytes,
                            agr_gathered *all, agr_error *err)
{
    agr_status status = plan_gather(group, n_bytes, group->rank == root, all, err);
    if (status == AGR_OK)
        status = collect(group, root, bytes, n_bytes, all, err);
    if (status != AGR_OK || group->rank != root)
        agr_gathered_release(all);
    return status;
}

agr_status agr_group_gather_all(agr_group *group, const void *bytes, size_t n_bytes,
                                agr_gathered *all, agr_error *err)
{
    agr_status status = plan_gather(group, n_bytes, true, all, err);
    if (status == AGR_OK)
        status = collect(group, 0, bytes, n_bytes, all, err);
    if (status == AGR_OK)
        status = agr_group_broadcast(group, 0, all->bytes, all->begin[group->size], err);
    if (status != AGR_OK)
        agr_gathered_release(all);
    return status;
}

void agr_gathered_release(agr_gathered *all)
{
    free(all->bytes);
    free(all->begin);
    *all = (agr_gathered){0};
}

agr_status agr_agree_who(agr_group *group, agr_status mine, int *failed_rank, agr_error *err)
{
    int64_t lowest = mine != AGR_OK ? group->rank : group->size;
    agr_error shared = {0};
    if (mine != AGR_OK)
        shared = *err;
    shared.status = mine;
    *failed_rank = -1;
    AGR_TRY(agr_group_min(group, &lowest, 1, err));
    if (lowest == group->size)
        return AGR_OK;
    *failed_rank = (int)lowest;
    if (group->size == 1)
        return mine;
    AGR_TRY(agr_group_broadcast(group, *failed_rank, &shared, sizeof shared, err));
    *err = shared;
    agr_error_context(err, "rank %d", group->world_rank[lowest]);
    return shared.status;
}

agr_status agr_agree(agr_group *group, agr_status mine, agr_error *err)
{
    int failed_rank;
    return agr_agree_who(group, mine, &failed_rank, err);
}
