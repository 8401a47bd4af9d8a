/* What a team sends goes through here, and is counted. */
#include "team_impl.h"

int team_send(agr_team *team, agr_sent_kind kind, const void *from, int count, MPI_Datatype type,
              int to, int tag, MPI_Request *request)
{
    int size_bytes;
    MPI_Type_size(type, &size_bytes);
    const agr_world *world = team->group.world;
    const int *world_rank = team->group.world_rank;
    const bool leaves = world->node_of[world_rank[to]] != world->node_of[world->group.rank];
    agr_sent_count *count_of = &team->traffic.sent[kind][leaves];
    count_of->messages++;
    count_of->bytes += (int64_t)count * size_bytes;
    return MPI_Isend(from, count, type, to, tag, team->group.comm, request);
}

agr_sent agr_team_sent(const agr_team *team)
{
    return team->traffic;
}
