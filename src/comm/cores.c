/* Gathers the affinity masks of a node's ranks. */
#include <agr/comm/cores.h>

#include "comm_impl.h"

#include <agr/base/log.h>

#include <errno.h>
#include <stdio.h>
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

agr_status agr_cores_gather(agr_world *world, agr_cores *cores, agr_error *err)
{
    cpu_set_t own;
    read_own_mask(&own);
    agr_gathered masks;
    AGR_TRY(agr_group_gather_all(&world->node, &own, sizeof own, &masks, err));
    *cores = (agr_cores){.n_own = agr_cpu_available(), .n_online = agr_cpu_online()};
    unite(&masks, &world->node_mask, &cores->disjoint);
    agr_gathered_release(&masks);
    world->has_node_mask = true;
    cores->n_node = CPU_COUNT(&world->node_mask);
    if (cores->n_own < CPU_COUNT(&own) && cores->n_own < cores->n_node)
        cores->n_node = cores->n_own; /* a container's quota holds for all its processes together */
    agr_wait_allow_spinning(world, world->node.size <= cores->n_node);
    int64_t smallest = cores->n_node;
    AGR_TRY(agr_group_min(&world->group, &smallest, 1, err));
    cores->n_node_smallest = (int)smallest;
    return AGR_OK;
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
    if (cores->n_node < cores->n_online)
        snprintf(text, n_bytes, "%d of %d cores; --bind-to none uses all", cores->n_node,
                 cores->n_online);
    else
        snprintf(text, n_bytes, "%d core%s", cores->n_node, cores->n_node == 1 ? "" : "s");
}
