/**
 * A group: ranks that can talk together (the world, a node, a team), and what they do in phases of
 * set-up: wait for each other, share bytes and numbers, leave with one verdict.
 *
 * Every function here is **Collective over the group**: all its ranks call it, in the same order.
 * It waits through the one wait (wait.h), so a slow rank costs the others no processor time and
 * mail is received meanwhile. These are conveniences for phases, not for steps: they may allocate.
 * All may fail with AGR_MPI; then the group is lost and the run should end (agr_world_abort).
 */
#ifndef AGR_COMM_GROUP_H
#define AGR_COMM_GROUP_H

#include <agr/base/error.h>
#include <stddef.h>
#include <stdint.h>

typedef struct agr_group agr_group;

/** This rank's place in the group, and the group's size. Not collective. */
int agr_group_rank(const agr_group *group);
int agr_group_size(const agr_group *group);

/** The world's rank of a member of the group. Not collective. */
int agr_group_world_rank(const agr_group *group, int member);

agr_status agr_group_barrier(agr_group *group, agr_error *err);

/** bytes of `root` replace those of the others. n_bytes must agree on all ranks; any size. */
agr_status agr_group_broadcast(agr_group *group, int root, void *bytes, size_t n_bytes,
                               agr_error *err);

/** What agr_group_gather() collected. {0} on the ranks that receive nothing. */
typedef struct {
    int n_parts; /* size of the group */
    char *bytes; /* owned: all parts, in order of rank, without gaps */
    size_t
        *begin; /* owned: part i is bytes[begin[i]] .. bytes[begin[i + 1]); n_parts + 1 entries */
} agr_gathered;

/** Collects each rank's bytes on `root`; sizes may differ from rank to rank. Caller releases. */
agr_status agr_group_gather(agr_group *group, int root, const void *bytes, size_t n_bytes,
                            agr_gathered *all, agr_error *err);

/** As agr_group_gather(), on every rank. */
agr_status agr_group_gather_all(agr_group *group, const void *bytes, size_t n_bytes,
                                agr_gathered *all, agr_error *err);

void agr_gathered_release(agr_gathered *all);

/** Replaces each value[i] by its minimum, maximum or sum over the ranks. Whole numbers only: sums
 * of floating-point numbers have an order and belong to the reducer (team.h). */
agr_status agr_group_min(agr_group *group, int64_t *value, int n_values, agr_error *err);
agr_status agr_group_max(agr_group *group, int64_t *value, int n_values, agr_error *err);
agr_status agr_group_sum(agr_group *group, int64_t *value, int n_values, agr_error *err);

/**
 * Ends a phase with one verdict. Each rank brings its own status (and, when that is not AGR_OK, the
 * text in *err); all leave with the status and text of the lowest rank that failed, or with AGR_OK.
 * Stands around the phase's one call, never inside `if (rank == 0)`:
 *
 *     const agr_status mine = open_my_part(path, err);
 *     AGR_TRY(agr_agree(group, mine, err));
 *
 * The group has more than one rank: the text gets "rank N: " in front. AGR_STOPPED counts as a
 * failure with the words it came with. err may not be NULL.
 */
agr_status agr_agree(agr_group *group, agr_status mine, agr_error *err);

/** As agr_agree(); *failed_rank (rank in the group) is the one whose verdict all share, or -1. */
agr_status agr_agree_who(agr_group *group, agr_status mine, int *failed_rank, agr_error *err);

#endif
