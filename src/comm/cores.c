/* Gathers the affinity masks of a node's ranks. */
#include <agr/comm/cores.h>

#include "comm_impl.h"

#include <agr/base/log.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void read_own_mask(cpu_set_t *mask)
{
    CPU_ZERO(mask);
    if (sched_getaffinity(0, sizeof *mask, mask) == 0)
        return;
    for (size_t cpu = 0; cpu < (size_t)agr_cpu_online() && cpu < CPU_SETSIZE; cpu++)
        CPU_SET(cpu, mask);
}

/* The union of the node's masks; false in *disjoint as soon as two share a core. */
static void unite(const agr_gathered *masks, cpu_set_t *united, bool *disjoint)
{
    CPU_ZERO(united);
    *disjoint = true;
    for (int i = 0; i < masks->n_parts; i++) {
        cpu_set_t mask, common;
        memcpy(&mask, masks->bytes + masks->begin[i], sizeof mask);
        CPU_AND(&common, united, &mask);
        if (CPU_COUNT(&common) > 0)
            *disjoint = false;
        CPU_OR(united, united, &mask);
    }
}

/* What Slurm gives each task; a plugin may or may not confine it to that. */
static int granted_cores(void)
{
    const char *value = getenv("SLURM_CPUS_PER_TASK");
    const int cores = value != NULL ? atoi(value) : 0;
    return cores > 0 ? cores : 0;
}

static int at_most(int cores, int limit)
{
    return limit > 0 && limit < cores ? limit : cores;
}

/* The hosts, and how many cores the poorest and the richest of them have. */
static agr_status compare_hosts(agr_world *world, agr_cores *cores, agr_error *err)
{
    int64_t smallest = cores->n_node, largest = cores->n_node, n_hosts = world->node.rank == 0;
    AGR_TRY(agr_group_min(&world->group, &smallest, 1, err));
    AGR_TRY(agr_group_max(&world->group, &largest, 1, err));
    AGR_TRY(agr_group_sum(&world->group, &n_hosts, 1, err));
    cores->n_node_smallest = (int)smallest;
    cores->n_node_largest = (int)largest;
    cores->n_hosts = (int)n_hosts;
    return AGR_OK;
}

agr_status agr_cores_gather(agr_world *world, agr_cores *cores, agr_error *err)
{
    cpu_set_t own;
    read_own_mask(&own);
    agr_gathered masks;
    AGR_TRY(agr_group_gather_all(&world->node, &own, sizeof own, &masks, err));
    *cores = (agr_cores){.n_own = agr_cpu_available(),
                         .n_online = agr_cpu_online(),
                         .n_granted = granted_cores(),
                         .is_bound = getenv("OMPI_MCA_orte_bound_at_launch") != NULL};
    unite(&masks, &world->node_mask, &cores->disjoint);
    agr_gathered_release(&masks);
    world->has_node_mask = true;
    cores->n_node = CPU_COUNT(&world->node_mask);
    if (cores->n_own < CPU_COUNT(&own) && cores->n_own < cores->n_node)
        cores->n_node = cores->n_own; /* a container's quota holds for all its processes together */
    cores->n_own = at_most(cores->n_own, cores->n_granted);
    cores->n_node = at_most(cores->n_node, cores->n_granted * world->node.size);
    agr_wait_allow_spinning(world, world->node.size <= cores->n_node);
    return compare_hosts(world, cores, err);
}

void agr_cores_share_node(agr_world *world)
{
    if (!world->has_node_mask)
        return;
    if (sched_setaffinity(0, sizeof world->node_mask, &world->node_mask) != 0)
        agr_log_debug("cores of the node cannot be shared: %s", strerror(errno));
}

void agr_cores_describe(const agr_cores *cores, char *text, size_t n_bytes)
{
    char of[32] = "", hosts[48] = "", why[64] = "";
    const bool is_part = cores->n_node < cores->n_online;
    if (is_part)
        snprintf(of, sizeof of, " of %d", cores->n_online);
    if (cores->n_hosts > 1)
        snprintf(hosts, sizeof hosts, " on each of %d hosts", cores->n_hosts);
    /* An affinity mask from elsewhere has a reason of its own. */
    if (is_part && cores->is_bound)
        snprintf(why, sizeof why, "; --bind-to none uses all");
    else if (is_part && cores->n_granted > 0)
        snprintf(why, sizeof why, " (SLURM_CPUS_PER_TASK=%d)", cores->n_granted);
    const int n = cores->n_hosts > 1 ? cores->n_node_smallest : cores->n_node;
    const bool varies = cores->n_hosts > 1 && cores->n_node_largest > n;
    snprintf(text, n_bytes, "%d%s%s core%s%s%s", n, varies ? " or more" : "", of,
             n == 1 && !is_part && !varies ? "" : "s", hosts, why);
}
