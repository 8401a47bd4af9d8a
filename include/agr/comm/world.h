/**
 * The world: every rank of this run, started once and stopped once.
 *
 * This room is the only one that knows MPI; its headers show none of it. `rank` and `size` mean MPI
 * ranks of the world unless a function says otherwise. MPI is used from one thread, the one that
 * called agr_world_start().
 */
#ifndef AGR_COMM_WORLD_H
#define AGR_COMM_WORLD_H

#include <agr/base/cpu.h>
#include <agr/base/error.h>
#include <agr/comm/group.h>

typedef struct agr_world agr_world;

/**
 * Starts MPI (MPI_THREAD_FUNNELED). A program started without mpirun is a world of one rank. Call
 * it once a process, before any other function of this room.
 *
 * Collective over all processes of the run. Caller stops.
 * AGR_MPI when MPI cannot be started. AGR_USAGE when N processes were started that do not know of
 * each other (srun without PMIx): each would believe to be alone and write the same files.
 */
agr_status agr_world_start(agr_world **world, agr_error *err);

/** Waits for every rank (asleep, not spinning), ends MPI and frees the world. NULL is accepted.
 * Collective over the world. */
void agr_world_stop(agr_world *world);

/** Ends every process of the run now, without a word from the others: for failures that a step
 * cannot survive. Logs one block that names this rank, its host and the cause, then MPI_Abort: the
 * launcher kills the other ranks. world may be NULL (not started yet): then the process exits.
 * Not collective. */
_Noreturn void agr_world_abort(agr_world *world, const agr_error *err);

int agr_world_rank(const agr_world *world);
int agr_world_size(const agr_world *world);

/** This rank's place among the ranks of its node, and how many those are. */
int agr_world_node_rank(const agr_world *world);
int agr_world_node_size(const agr_world *world);

/** The most ranks that any node of the world has. */
int agr_world_ranks_per_node(const agr_world *world);

/** Name of this rank's node. Borrowed from the world. */
const char *agr_world_host(const agr_world *world);

/** All ranks of the world, for agr_group_...() functions. Borrowed from the world. */
agr_group *agr_world_group(agr_world *world);

/** The ranks of this rank's node. Borrowed from the world. */
agr_group *agr_world_node_group(agr_world *world);

/** The instruction set that every rank has: the minimum of agr_isa_choose() over the world.
 * Collective over the world. AGR_USAGE, on all ranks, when AGR_ISA is wrong on one. */
agr_status agr_world_lowest_isa(agr_world *world, agr_isa *isa, agr_error *err);

#endif
