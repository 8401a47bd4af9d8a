/**
 * Which cores the ranks of a node may use, and who gets how many of them.
 */
#ifndef AGR_COMM_CORES_H
#define AGR_COMM_CORES_H

#include <agr/base/error.h>
#include <agr/comm/world.h>
#include <stdbool.h>
#include <stddef.h>

/** What the launcher gave this node's ranks. */
typedef struct {
    int n_own; /* cores in this rank's affinity mask (or its container's quota, or n_granted, if lower) */
    int n_node;    /* cores in the union of the masks of the node's ranks (same bounds) */
    int n_online;  /* cores of the machine */
    int n_granted; /* that a batch system gives each rank (SLURM_CPUS_PER_TASK), whether or not it
                      confines them to so many; 0: it does not say */
    bool
        is_bound; /* the launcher holds this rank to some cores and need not (Open MPI 4 says so) */
    bool disjoint; /* every core belongs to one rank alone (mpirun --bind-to core) */
    int n_hosts;
    int n_node_smallest; /* minimum of n_node over the nodes: what a plan can count on */
    int n_node_largest;
} agr_cores;

/** Gathers the affinity masks. Collective over the world.
 * Also tells the wait whether it may spin. */
agr_status agr_cores_gather(agr_world *world, agr_cores *cores, agr_error *err);

/** Lets this rank's threads run on every core that the launcher gave to its node: for a rank that
 * computes with more threads than its own mask has cores, while others of its node sleep. Threads
 * started afterwards inherit it. Not collective; after agr_cores_gather(). Does nothing where the
 * system refuses: fewer cores, the same bits. */
void agr_cores_share_node(agr_world *world);

/** What follows "using ", with who allows no more where that is known: "2 cores"; "2 of 64 cores;
 * --bind-to none uses all"; "12 of 64 cores (SLURM_CPUS_PER_TASK=4)"; "2 cores on each of 3 hosts".
 * Not collective. */
void agr_cores_describe(const agr_cores *cores, char *text, size_t n_bytes);

#endif
