/**
 * A team: the ranks that train one list of branches together, as one communicator, and the ordered
 * sums over them.
 *
 * A global batch is cut into micro-batches; member r of a team of n holds the contiguous run
 * agr_tree_split(micro-batches, n, r). Its reducer adds in the order of agr/base/tree.h and so
 * gives the bits of agr_reducer_local(), whatever n is.
 *
 * **Sums** (`sum`): ceil(log2(size)) rounds of one message a rank. Each rank folds its maximal
 * subtrees; in every round it receives those of as many ranks further on as it has already, and
 * folds what has come together. The arithmetic is repeated on every rank.
 *
 * **Gradients** (`gradient_*`): announced ranges are cut into chunks, a chunk into one slice per
 * rank. Each rank sends its subtrees' part of a slice to the slice's owner; the owner folds in tree
 * order and sends the total to all. Everything is nonblocking and several chunks are on their way
 * at once, under the rest of the backward pass; `progress` (and every wait) moves them on.
 *
 * All memory is planned by agr_team_create(); nothing of ours allocates in a step. In a team of one
 * rank every function is the local one and costs nothing.
 */
#ifndef AGR_COMM_TEAM_H
#define AGR_COMM_TEAM_H

#include <agr/base/error.h>
#include <agr/base/reducer.h>
#include <agr/comm/group.h>
#include <agr/comm/world.h>

enum {
    AGR_TEAM_MAX_RANKS = 1024,
    AGR_TEAM_MAX_MICRO_BATCHES = 4096,
    AGR_TEAM_MAX_TAG = 32000 /* tags of agr_team_create() are 0 .. this */
};

typedef struct agr_team agr_team;

/** What a team must be able to do, over all its branches. */
typedef struct {
    const char *name;          /* for messages: "age", "gender+race"; borrowed during the call */
    int64_t max_micro_batches; /* of a global batch, 1 .. AGR_TEAM_MAX_MICRO_BATCHES */
    int64_t max_width;         /* doubles of a row of `sum` */
} agr_team_limits;

/**
 * Forms a team of these ranks of the world (distinct; the first is the leader). Its members first
 * gather without blocking, under the watchdog; only then do they enter MPI_Comm_create_group.
 *
 * Collective over the ranks listed, all with the same list, tag and limits; nobody else takes part.
 * Two teams that are formed at the same time and share a rank need different tags.
 * Caller destroys. AGR_MPI, AGR_MEMORY, AGR_INPUT (limits).
 */
agr_status agr_team_create(agr_world *world, const int *world_rank, int n_ranks, int tag,
                           const agr_team_limits *limits, agr_team **team, agr_error *err);

/** Frees the team. No gradient may be open. NULL is accepted. Collective over the team. */
void agr_team_destroy(agr_team *team);

int agr_team_rank(const agr_team *team);
int agr_team_size(const agr_team *team);

/** The team as a group, for agreements and broadcasts between steps. Borrowed from the team. */
agr_group *agr_team_group(agr_team *team);

/** This rank's part of a global batch. Not collective. */
agr_shard agr_team_shard(const agr_team *team, int64_t n_images, int64_t micro_batch);

/** The team's reducer; shards given to it come from agr_team_shard(). Borrowed from the team. */
agr_reducer *agr_team_reducer(agr_team *team);

/** What this rank has sent to the team so far, by what it was for and where it went. */
typedef enum { AGR_SENT_SUMS, AGR_SENT_GRADIENTS, AGR_SENT_KINDS } agr_sent_kind;

typedef struct {
    int64_t messages, bytes;
} agr_sent_count;

typedef struct {
    agr_sent_count sent[AGR_SENT_KINDS][2]; /* [kind][0]: within the node; [1]: to other nodes */
} agr_sent;

agr_sent agr_team_sent(const agr_team *team);

/** What each rank asks for at the end of a step; the largest number becomes the team's decision. */
typedef enum {
    AGR_CONTROL_GO,
    AGR_CONTROL_NEWS,  /* the leader has heard something that all must know */
    AGR_CONTROL_ADMIT, /* ranks wait to join: end the round here */
    AGR_CONTROL_STOP   /* a stop was asked for: snapshot, then leave */
} agr_control;

/** The small exchange that ends every training step and validation batch: *decision = the largest
 * of all ranks' `mine`, the same on every rank. Collective over the team. AGR_MPI. */
agr_status agr_team_decide(agr_team *team, agr_control mine, agr_control *decision, agr_error *err);

#endif
