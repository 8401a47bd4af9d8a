/** A team from the inside: shared by team.c (forming), team_sum.c and team_gradient.c. */
#ifndef AGR_COMM_TEAM_IMPL_H
#define AGR_COMM_TEAM_IMPL_H

#include "comm_impl.h"

#include <agr/base/arena.h>
#include <agr/comm/team.h>

/** Who holds which maximal subtrees of a tree of n_leaves: rank r has node[first[r]] up to
 * node[first[r + 1]], in leaf order. Recomputed when n_leaves changes. */
typedef struct {
    int64_t n_leaves;
    int *first;          /* [size + 1] */
    agr_tree_node *node; /* [max_rows] */
} tree_layout;

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

typedef enum { FLIGHT_FREE, FLIGHT_PARTIALS, FLIGHT_TOTALS } flight_phase;

/** One chunk on its way. */
typedef struct {
    flight_phase phase;
    float_range chunk;
    int tag;
    int n_requests;
    MPI_Request *request;
    float *rows; /* the others' subtrees of my slice, in order of rank; [max_rows][slice] */
} chunk_flight;

struct agr_team {
    agr_reducer reducer; /* first: a reducer of ours is a team */
    agr_group group;
    int64_t max_micro_batches;
    int64_t max_width;
    int max_rows; /* subtrees of all ranks together, over all batch sizes */
    agr_arena memory;
    tree_layout layout;

    /* sums */
    char sum_what[96];
    agr_tree_node *leaf; /* [max_micro_batches] */
    double *rows;        /* [max_rows][max_width] */
    int *word;           /* [size] control words */
    MPI_Request *request;

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
    chunk_flight flights[N_FLIGHTS];
};

enum { TAG_SUM = 1, TAG_WORD = 2, TAG_CHUNK = 16, N_CHUNK_TAGS = 1 << 12 };

/** Subtrees that all ranks together hold at most, over all batches of up to max_leaves. */
int agr_team_count_rows(int64_t max_leaves, int size);

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

/** Floats of the longest slice that a rank owns. */
static inline size_t longest_slice(int size)
{
    return (CHUNK_FLOATS + (size_t)size - 1) / (size_t)size;
}

#endif
