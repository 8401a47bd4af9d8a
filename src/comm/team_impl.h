/** A team from the inside: shared by team.c (forming), team_sum.c and team_gradient.c. */
#ifndef AGR_COMM_TEAM_IMPL_H
#define AGR_COMM_TEAM_IMPL_H

#include "comm_impl.h"

#include <agr/base/arena.h>
#include <agr/comm/team.h>

/** Consecutive members on one node, and how gradients are divided over them (team_chunk.c). */
typedef struct {
    int n;
    int mine, my_size; /* the group of this rank, and its members */
    int n_slices;      /* of a chunk: members of the largest group */
    int n_owned;       /* slices that this rank owns at most */
    int *first;        /* [n + 1] members; owned */
    int *of_member;    /* [size]; owned */
} team_groups;

/** Who holds which maximal subtrees of a tree of n_leaves: member m has node[first[m]] up to
 * node[first[m + 1]], in leaf order; the members of a group together have likewise group_node.
 * Recomputed when n_leaves changes. */
typedef struct {
    int64_t n_leaves;
    int *first;                /* [size + 1] */
    agr_tree_node *node;       /* [rows.of_all] */
    int *group_first;          /* [groups + 1] */
    agr_tree_node *group_node; /* [rows.of_groups] */
} tree_layout;

/** The most rows, subtrees, over all batch sizes: of all members; of one member; of the members of my
 * group; what those are together; and what all groups have. */
typedef struct {
    int of_all, of_member, of_my_group, of_my_cover, of_groups;
} team_rows;

enum {
    CHUNK_FLOATS = 1 << 18,  /* 1 MB: long enough for bandwidth, short enough to overlap */
    GATHER_FLOATS = 1 << 14, /* adjacent announcements are joined until they are worth a message */
    N_FLIGHTS = 4,           /* chunks on their way at once */
    N_PENDING = 128          /* ranges announced and not yet on their way */
};

typedef struct {
    size_t offset;
    size_t count;
} float_range;

typedef enum {
    FLIGHT_FREE,
    FLIGHT_GATHERS,
    FLIGHT_CROSSES,
    FLIGHT_RETURNS,
    FLIGHT_SHARES,
    N_FLIGHT_PHASES
} flight_phase;

/** One chunk on its way. */
typedef struct {
    flight_phase phase;
    float_range chunk;
    int first_tag, tag;
    int n_requests;
    MPI_Request *request;
    float *rows;    /* of my group's other members, in their order; [n_owned][longest_gathered] */
    float *crossed; /* of the other groups, in their order; [n_owned][longest_crossed] */
    float **kept;   /* rows of my group's subtrees; [n_owned][AGR_TREE_MAX_DEPTH] */
} chunk_flight;

/** The subtrees of consecutive ranks, around the circle (team_sum.c). */
enum { MAX_RUN_NODES = 4 * AGR_TREE_MAX_DEPTH }; /* of two runs: each has two pieces */
typedef struct {
    int first, length; /* ranks */
    int n_nodes;
    agr_tree_node node[MAX_RUN_NODES];
    double *rows; /* [n_nodes][width]; room for 2 * run_rows */
} sum_run;

struct agr_team {
    agr_reducer reducer; /* first: a reducer of ours is a team */
    agr_group group;
    int64_t max_micro_batches;
    int64_t max_width;
    team_groups groups;
    team_rows max_rows;
    agr_arena memory;
    tree_layout layout;

    /* sums */
    char sum_what[96];
    agr_tree_node *leaf; /* [max_micro_batches] */
    int run_rows;        /* that a run has at most */
    sum_run doubled, summed;
    double *sent, *received; /* [2 * run_rows][max_width] */
    agr_sent traffic;

    /* gradients */
    char gradient_what[96];
    bool is_open;
    float *slots;
    size_t stride;
    float_range gathering;          /* announced, adjacent, still too short */
    float_range pending[N_PENDING]; /* a ring, oldest first; the oldest may be partly started */
    int first_pending;
    int n_pending;
    int next_tag;
    size_t longest_gathered, longest_crossed; /* floats */
    float **row;                              /* that are being added up */
    chunk_flight flights[N_FLIGHTS];
};

enum { TAG_SUM = 1, TAG_WORD = 2, TAG_CHUNK = 16, N_CHUNK_TAGS = 1 << 12 };

/** MPI_Isend, counted. */
int team_send(agr_team *team, agr_sent_kind kind, const void *from, int count, MPI_Datatype type,
              int to, int tag, MPI_Request *request);

/** Finds the groups. AGR_MEMORY. */
agr_status agr_team_find_groups(agr_team *team, agr_error *err);

team_rows agr_team_count_rows(const agr_team *team);

/** Makes team->layout the one of n_leaves. */
void agr_team_lay_out(agr_team *team, int64_t n_leaves);

/** Rows that a member has in the present layout. */
static inline int rows_of(const agr_team *team, int member)
{
    return team->layout.first[member + 1] - team->layout.first[member];
}

/* The reducer's functions; see agr/base/reducer.h. */
agr_status agr_team_sum(agr_reducer *self, const agr_shard *shard, double *leaves, int64_t width,
                        double *total, agr_error *err);
agr_status agr_team_gradient_open(agr_reducer *self, const agr_shard *shard, float *slots,
                                  size_t stride, agr_error *err);
agr_status agr_team_gradient_ready(agr_reducer *self, size_t offset, size_t count, agr_error *err);
agr_status agr_team_gradient_progress(agr_reducer *self, agr_error *err);
agr_status agr_team_gradient_close(agr_reducer *self, agr_error *err);

/** agr_team_gradient_progress() as every wait calls it. */
agr_status agr_team_gradient_poll(void *team, agr_error *err);

/** Sends a chunk on its way; its messages have tags from `tag` on, N_FLIGHT_PHASES of them. */
agr_status chunk_start(agr_team *team, chunk_flight *flight, float_range chunk, int tag,
                       agr_error *err);

/** Takes it as far as it goes without waiting. */
agr_status chunk_advance(agr_team *team, chunk_flight *flight, agr_error *err);

#endif
