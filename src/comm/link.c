/* Messages to and fro, timed by the lower of two ranks. */
#include <agr/comm/link.h>

#include "comm_impl.h"

#include <agr/base/clock.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TURNS = 64, MIN_TURNS = 3, SHORT_BYTES = 8, LONG_BYTES = 1 << 20 };

#define PAIR_S 0.02 /* of measuring one pair when a run begins */

/* The first byte of a message says whether others follow. */
enum { MORE, LAST };

typedef struct {
    agr_world *world;
    int partner;
    bool leads;
    char *bytes; /* [LONG_BYTES] */
} line;

static agr_status wait_for(line *l, int code, MPI_Request *request, agr_error *err)
{
    AGR_TRY(agr_mpi_check(code, "measuring the network", err));
    return agr_wait_requests(l->world, AGR_WAIT_EXCHANGE, "the network's measure", request, 1, err);
}

static agr_status send(line *l, int n_bytes, agr_error *err)
{
    MPI_Request request;
    const int code = MPI_Isend(l->bytes, n_bytes, MPI_BYTE, l->partner, TAG_LINK,
                               l->world->group.comm, &request);
    return wait_for(l, code, &request, err);
}

static agr_status receive(line *l, int n_bytes, agr_error *err)
{
    MPI_Request request;
    const int code = MPI_Irecv(l->bytes, n_bytes, MPI_BYTE, l->partner, TAG_LINK,
                               l->world->group.comm, &request);
    return wait_for(l, code, &request, err);
}

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The leader decides when it is enough: the clock is its own. */
static agr_status lead(line *l, int n_bytes, double limit_s, double *median_s, agr_error *err)
{
    double turn_s[MAX_TURNS];
    const double begin_s = agr_clock_s();
    int n = 0;
    for (bool last = false; !last;) {
        const double turn_begin_s = agr_clock_s();
        last = n + 1 == MAX_TURNS || (n + 1 >= MIN_TURNS && turn_begin_s - begin_s > limit_s);
        l->bytes[0] = last ? LAST : MORE;
        AGR_TRY(send(l, n_bytes, err));
        AGR_TRY(receive(l, n_bytes, err));
        turn_s[n++] = agr_clock_s() - turn_begin_s;
    }
    qsort(turn_s, (size_t)n, sizeof *turn_s, compare_doubles);
    *median_s = turn_s[n / 2];
    return AGR_OK;
}

static agr_status follow(line *l, int n_bytes, agr_error *err)
{
    for (bool last = false; !last;) {
        AGR_TRY(receive(l, n_bytes, err));
        last = l->bytes[0] == LAST;
        AGR_TRY(send(l, n_bytes, err));
    }
    return AGR_OK;
}

static agr_status take_turns(line *l, int n_bytes, double limit_s, double *median_s, agr_error *err)
{
    return l->leads ? lead(l, n_bytes, limit_s, median_s, err) : follow(l, n_bytes, err);
}

static agr_status measure(line *l, double limit_s, agr_link *link, agr_error *err)
{
    double long_s = 1;
    AGR_TRY(take_turns(l, SHORT_BYTES, limit_s / 2, &link->round_trip_s, err));
    AGR_TRY(take_turns(l, LONG_BYTES, limit_s / 2, &long_s, err));
    link->bytes_per_s = 2.0 * LONG_BYTES / long_s;
    if (l->leads)
        memcpy(l->bytes, link, sizeof *link);
    AGR_TRY(l->leads ? send(l, sizeof *link, err) : receive(l, sizeof *link, err));
    memcpy(link, l->bytes, sizeof *link);
    return AGR_OK;
}

agr_status agr_link_measure(agr_world *world, int partner, double limit_s, agr_link *link,
                            agr_error *err)
{
    line l = {world, partner, world->group.rank < partner, calloc(1, LONG_BYTES)};
    *link = (agr_link){0};
    if (l.bytes == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate a message of %d bytes", LONG_BYTES);
    const agr_status status = measure(&l, limit_s, link, err);
    free(l.bytes);
    return status;
}

/* ---- a whole run's ---- */

/* Slowness, so that the most of all ranks is that of the slowest pair; 0: not measured. */
enum { ROUND_TRIP_NS, PS_PER_KIB, N_FIGURES };

static agr_status measure_pair(agr_world *world, int partner, int64_t slow[N_FIGURES],
                               agr_error *err)
{
    agr_link link;
    AGR_TRY(agr_link_measure(world, partner, PAIR_S, &link, err));
    slow[ROUND_TRIP_NS] = (int64_t)(link.round_trip_s * 1e9) + 1;
    slow[PS_PER_KIB] = (int64_t)(1024e12 / link.bytes_per_s) + 1;
    return AGR_OK;
}

static agr_status measure_pairs(agr_world *world, int64_t *inside, int64_t *between, agr_error *err)
{
    const int me = world->group.rank, size = world->group.size;
    const int per_node = agr_world_ranks_per_node(world);
    const int node = me / per_node, place = me % per_node;
    const int neighbour = place == 0 ? me + 1 : me - 1;
    const int other = node % 2 == 0 ? me + per_node : me - per_node;
    if (per_node > 1 && place < 2 && neighbour < size)
        AGR_TRY(measure_pair(world, neighbour, inside, err));
    return place == 0 && other < size ? measure_pair(world, other, between, err) : AGR_OK;
}

static void keep(const int64_t slow[N_FIGURES], agr_link *link)
{
    if (slow[ROUND_TRIP_NS] > 0)
        *link = (agr_link){(double)slow[ROUND_TRIP_NS] * 1e-9, 1024e12 / (double)slow[PS_PER_KIB]};
}

agr_status agr_links_measure(agr_world *world, agr_links *links, agr_error *err)
{
    int64_t slow[2 * N_FIGURES] = {0}, *inside = slow, *between = slow + N_FIGURES;
    AGR_TRY(agr_agree(&world->group, measure_pairs(world, inside, between, err), err));
    AGR_TRY(agr_group_max(&world->group, slow, 2 * N_FIGURES, err));
    keep(inside, &links->inside);
    keep(between, &links->between);
    return AGR_OK;
}
