/**
 * The state of a branch, and a flat copy of it.
 *
 * An agr_state describes where a branch's numbers live: named float tensors and named values. Train
 * fills one by pointing into its slabs. An agr_snapshot is a copy of all those numbers with their
 * names and shapes in one block of memory: it is what a leader sends to rank 0, what rank 0 writes
 * to the checkpoint, and what a joining rank receives.
 *
 *     agr_snapshot_create(&state, "age", &snapshot, err);       once, when a team forms: one malloc
 *     agr_snapshot_take(snapshot, &state);                 each time: copies, allocates nothing
 *     send the agr_snapshot_size_bytes(snapshot) bytes at agr_snapshot_bytes(snapshot)
 *     ... on the other side, in a malloc'ed block:
 *     agr_snapshot_adopt(bytes, size_bytes, &snapshot, err);
 *     agr_snapshot_restore(snapshot, &state, err);
 */
#ifndef AGR_STORE_SNAPSHOT_H
#define AGR_STORE_SNAPSHOT_H

#include <agr/base/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { AGR_NAME_BYTES = 64, AGR_TENSOR_MAX_RANK = 6 };

/** What a tensor is; also its place in a slot of the checkpoint file. */
typedef enum {
    AGR_TENSOR_WEIGHT,   /* weights/<layer>/<parameter>, moving statistics included */
    AGR_TENSOR_ADAM_M,   /* optimizer/m/<layer>/<parameter>: a slot of the optimiser, as are */
    AGR_TENSOR_ADAM_V,   /* optimizer/v/<layer>/<parameter> */
    AGR_TENSOR_MOMENTUM, /* optimizer/momentum/<layer>/<parameter> */
    AGR_TENSOR_EMA,      /* ema/<layer>/<parameter> */
    AGR_TENSOR_KIND_COUNT
} agr_tensor_kind;

/** "weights", "optimizer/m", "optimizer/v", "optimizer/momentum", "ema". */
const char *agr_tensor_kind_path(agr_tensor_kind kind);

/** The kind of an optimiser's slot: of "m", the one whose path is "optimizer/m". There must be one
 * (asserts). */
agr_tensor_kind agr_tensor_kind_of_slot(const char *slot);

/** A named tensor. Names are filled by agr_state_name(), which refuses what does not fit. */
typedef struct {
    agr_tensor_kind kind;
    int32_t rank; /* number of dimensions, 1..AGR_TENSOR_MAX_RANK */
    int64_t shape[AGR_TENSOR_MAX_RANK];
    char layer[AGR_NAME_BYTES];
    char parameter[AGR_NAME_BYTES];
    float *data; /* shape[0] * ... * shape[rank-1] floats, borrowed */
} agr_tensor;

typedef enum { AGR_VALUE_INT64, AGR_VALUE_DOUBLE } agr_value_type;

/** A named row of whole numbers or doubles: epoch, adam_step, running sums, best values. In the
 * file each is a dataset <slot>/<name>, a scalar when count is 1 and [count] otherwise; no name may
 * be "weights", "optimizer" or "ema" or hold a '/'. */
typedef struct {
    char name[AGR_NAME_BYTES];
    agr_value_type type;
    int32_t count;    /* >= 1 */
    void *data;       /* int64_t[count] or double[count], borrowed */
    bool is_optional; /* a file without it leaves the data as they are */
} agr_value;

/** Where the state of a branch lives. Everything is borrowed. */
typedef struct {
    int n_layers;
    char (*layers)[AGR_NAME_BYTES]; /* every layer of the network, in its order */
    int n_tensors;
    agr_tensor *tensors;
    int n_values;
    agr_value *values;
} agr_state;

/** Copies a name into one of the fields above; AGR_INPUT when it is empty,
 * too long or holds a '/'. */
agr_status agr_state_name(char field[AGR_NAME_BYTES], const char *name, agr_error *err);

/** Elements of a tensor. */
size_t agr_tensor_count(const agr_tensor *tensor);

/** The value of this name, NULL when there is none. */
const agr_value *agr_state_find_value(const agr_state *state, const char *name);

/** The first number of the value of this name; `otherwise` when there is none. */
int64_t agr_state_int64(const agr_state *state, const char *name, int64_t otherwise);

/* ---- snapshots ---- */

typedef struct agr_snapshot agr_snapshot;

/** Plans and allocates the block for states shaped like this one; the numbers are still 0 (take
 * copies them). Caller destroys. AGR_MEMORY; AGR_INPUT when the names are not fit or not unique. */
agr_status agr_snapshot_create(const agr_state *state, const char *branch, agr_snapshot **snapshot,
                               agr_error *err);

/** NULL is accepted. */
void agr_snapshot_destroy(agr_snapshot *snapshot);

/** Copies the state's numbers in. `state` must be shaped as the one the snapshot was created from
 * (a broken invariant otherwise: asserts). Allocates nothing. */
void agr_snapshot_take(agr_snapshot *snapshot, const agr_state *state);

/** Copies the numbers out to the tensors and values of the state, found by name, after checking
 * that both hold the same names and shapes. AGR_FORMAT when not; then nothing was copied. Allocates
 * nothing. */
agr_status agr_snapshot_restore(const agr_snapshot *snapshot, const agr_state *state,
                                agr_error *err);

/** The block itself, to be sent. The snapshot stays as it is. */
const void *agr_snapshot_bytes(const agr_snapshot *snapshot);
size_t agr_snapshot_size_bytes(const agr_snapshot *snapshot);

/** Makes the received block (malloc'ed, at least as aligned as malloc does) a snapshot and *takes*
 * it. Every size in it is checked. AGR_FORMAT when it is no snapshot; then the block stays the
 * caller's. */
agr_status agr_snapshot_adopt(void *bytes, size_t size_bytes, agr_snapshot **snapshot,
                              agr_error *err);

/** The state whose numbers are the snapshot's own. Borrowed from the snapshot; its arrays may be
 * written to. */
const agr_state *agr_snapshot_state(const agr_snapshot *snapshot);

#endif
