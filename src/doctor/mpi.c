/* The MPI library, and in which order its ranks lie on the hosts. */
#include "probe_impl.h"

#include <agr/comm/library.h>
#include <stdio.h>
#include <string.h>

/* Neighbours in rank should be neighbours in place: teams are made of neighbours. */
static bool are_in_order(const probe_gathering *g)
{
    for (int r = 1; r < agr_world_size(g->world); r++)
        if (g->host[r] < g->host[r - 1])
            return false;
    return true;
}

static void count_of_hosts(const probe_gathering *g, int *fewest, int *most)
{
    *fewest = agr_world_size(g->world);
    *most = 0;
    for (int h = 0; h < g->n_hosts; h++) {
        int n = 0;
        for (int r = 0; r < agr_world_size(g->world); r++)
            n += g->host[r] == h;
        *fewest = n < *fewest ? n : *fewest;
        *most = n > *most ? n : *most;
    }
}

static void look_at_order(const probe_gathering *g, agr_findings *findings)
{
    int fewest, most;
    count_of_hosts(g, &fewest, &most);
    if (!are_in_order(g)) {
        agr_finding *finding =
            agr_findings_add(findings, AGR_HEALTH_WARNING,
                             "ranks are dealt out over the hosts in turn: teams will talk between "
                             "hosts where they could inside one");
        agr_finding_remedy(finding, "mpirun --map-by slot, srun --distribution=block");
    }
    if (fewest < most) {
        agr_finding *finding = agr_findings_add(findings, AGR_HEALTH_WARNING,
                                                "hosts have from %d to %d ranks", fewest, most);
        agr_finding_remedy(finding,
                           "as many on each: mpirun --map-by ppr:%d:node, sbatch "
                           "--ntasks-per-node=%d",
                           most, most);
    }
}

agr_status probe_mpi(probe_gathering *g, agr_findings *findings, agr_error *err)
{
    enum { LIBRARY_BYTES = 128 };
    char mine[LIBRARY_BYTES] = "", first[LIBRARY_BYTES];
    agr_mpi_describe(mine, sizeof mine);
    memcpy(first, mine, sizeof first);
    AGR_TRY(agr_group_broadcast(agr_world_group(g->world), 0, first, sizeof first, err));
    int64_t differs = strcmp(mine, first) != 0;
    AGR_TRY(agr_group_max(agr_world_group(g->world), &differs, 1, err));
    if (agr_world_rank(g->world) != 0)
        return AGR_OK;
    const int n_ranks = agr_world_size(g->world);
    const int64_t n_slots = doctor_number("OMPI_UNIVERSE_SIZE");
    char slots[48] = "";
    if (n_slots > 0)
        snprintf(slots, sizeof slots, ", %lld slot%s", (long long)n_slots, n_slots > 1 ? "s" : "");
    agr_findings_add(findings, AGR_HEALTH_OK, "%s, %d rank%s on %d host%s%s", first, n_ranks,
                     n_ranks > 1 ? "s" : "", g->n_hosts, g->n_hosts > 1 ? "s" : "", slots);
    if (differs) {
        agr_finding *finding = agr_findings_add(findings, AGR_HEALTH_PROBLEM,
                                                "hosts have MPI libraries of different versions");
        agr_finding_remedy(finding, "install the same version everywhere");
    }
    look_at_order(g, findings);
    return AGR_OK;
}
