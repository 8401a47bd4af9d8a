/**
 * The checkpoint file: every branch of a run in one HDF5 file. Layout: docs/file-formats.md.
 *
 * A branch has slots (`latest`, `best`, `epoch_0020`, ...), a slot is one state of the branch
 * (snapshot.h). Nothing here is collective; one process writes (rank 0), any may read. One lock
 * inside this room lets one thread at a time into HDF5, so a writer thread is fine.
 *
 * The file does not know how many ranks wrote it, holds no time stamps and lays its content out in
 * one order: equal content gives equal bytes, whatever was written before.
 */
#ifndef AGR_STORE_CHECKPOINT_H
#define AGR_STORE_CHECKPOINT_H

#include <agr/base/error.h>
#include <agr/base/file.h>
#include <agr/store/snapshot.h>

enum { AGR_CHECKPOINT_VERSION = 1 };

/** A dataset that a run was trained on. */
typedef struct {
    uint64_t fingerprint;
    const char
        *since;       /* "start", or the epochs that each branch had behind it when this dataset was
                          taken up: "age:3,gender:4"; no white space */
    const char *path; /* as it was named */
} agr_checkpoint_dataset;

/** What the file says about the run. When read, borrowed from the checkpoint; texts may be "". */
typedef struct {
    const char *config;           /* the effective configuration, YAML */
    const char *kernel_set;       /* e.g. "avx512", for the record: bits do not depend on it */
    const char *versions;         /* e.g. "agr-mpi 0.1.0, HDF5 1.10.8, ..." */
    uint64_t dataset_fingerprint; /* of the dataset at hand */
    uint64_t seed;
    int n_datasets; /* 0: nothing was trained, or the file is of before this was kept */
    const agr_checkpoint_dataset *datasets; /* [n_datasets], in turn */
} agr_checkpoint_info;

/** What a branch predicts. */
typedef struct {
    const char *name;            /* of the head */
    const char *target;          /* label column */
    int n_classes;               /* 0: a number */
    const char *const *classes;  /* [n_classes] */
    double label_min, label_max; /* of the numbers trained on; NaN: none, or not known */
} agr_checkpoint_head;

/** One row an epoch. */
typedef struct {
    int n_columns;
    const char *const *columns; /* [n_columns] names */
    int64_t n_rows;
    const double *values; /* [n_rows, n_columns] */
} agr_history_table;

/** Where a branch stands in a population of branches that differ in seed, fold or settings. */
typedef struct {
    const char *base;     /* the branch that it is one of; NULL: it is the only one of its name */
    const char *settings; /* "optimizer.lr 0.001, network race": what is its variant's own */
    int32_t variant, fold, replica; /* from 1; 0: there is only one */
} agr_checkpoint_member;

typedef struct {
    const char *name;
    agr_checkpoint_member member;
    int n_heads;
    const agr_checkpoint_head *heads;
    const char *preprocessing; /* "height=96 width=96 resize=bilinear channels=rgb scale=1/255" */
    const agr_history_table *history; /* NULL: none; when writing: keep the file's */
} agr_checkpoint_branch;

/* ---- writing ---- */

/** Which parts of a state go into a slot. */
enum {
    AGR_PART_WEIGHTS = 1 << AGR_TENSOR_WEIGHT,
    AGR_PART_OPTIMIZER = 1 << AGR_TENSOR_ADAM_M | 1 << AGR_TENSOR_ADAM_V | 1 << AGR_TENSOR_MOMENTUM,
    AGR_PART_EMA = 1 << AGR_TENSOR_EMA,
    AGR_PART_VALUES = 1 << AGR_TENSOR_KIND_COUNT,
    AGR_PARTS_ALL = AGR_PART_WEIGHTS | AGR_PART_OPTIMIZER | AGR_PART_EMA | AGR_PART_VALUES,
    AGR_PARTS_MODEL = AGR_PART_WEIGHTS | AGR_PART_EMA | AGR_PART_VALUES /* what `best` keeps */
};

/** One slot that is to be new. */
typedef struct {
    const char *branch;
    const char *slot;
    const agr_state *state; /* e.g. agr_snapshot_state(); NULL: copy `copy_of` */
    /* Another slot of the same branch in the current file (as it was before this call): the copy is
     * made inside HDF5. NULL: drop the slot. */
    const char *copy_of;
    unsigned parts; /* AGR_PART_... */
} agr_checkpoint_update;

/**
 * Replaces the file at `path` by one with these updates; everything else that the current file
 * holds (other slots, histories, branches not named) is copied from it, verified on the way.
 *
 * Built in memory (which needs twice the size of the file), written to a temporary file, verified
 * by reading it back, put in place atomically; a sound file that it replaces stays as
 * "<path>.prev". On any failure the current file stands untouched and no temporary file is left.
 * When the current file is damaged, the log warns and the rest is copied from .prev; if that is no
 * better, what is sound of the current file is kept.
 *
 * branches: all branches of the run in their order; a branch appears in the file with its first
 * slot. AGR_IO (disk full, ...), AGR_MEMORY, AGR_INPUT (an update names an unknown branch, ...).
 */
agr_status agr_checkpoint_write(const char *path, const agr_checkpoint_info *info,
                                const agr_checkpoint_branch *branches, int n_branches,
                                const agr_checkpoint_update *updates, int n_updates,
                                agr_error *err);

/* ---- reading ---- */

typedef struct agr_checkpoint agr_checkpoint;

/** A slot as found in the file: names, shapes and values; the tensors' data is NULL. */
typedef struct {
    const char *name;
    agr_state state;
} agr_checkpoint_slot;

/** Opens, checks format, version and structure; reads everything but the tensors. Caller closes.
 *  AGR_NOT_FOUND, AGR_FORMAT (no checkpoint, or damaged), AGR_IO, AGR_MEMORY; AGR_INPUT for a sound
 *  file of things that cannot be: somebody's edit. */
agr_status agr_checkpoint_open(const char *path, agr_checkpoint **checkpoint, agr_error *err);

/** NULL is accepted. */
void agr_checkpoint_close(agr_checkpoint *checkpoint);

/** Reads every dataset and compares its checksum. A wrong one is AGR_FORMAT and names it; a missing
 * one (a file edited by hand) is a warning in the log, once a file. */
agr_status agr_checkpoint_verify(agr_checkpoint *checkpoint, agr_error *err);

/** For --resume: writes to chosen the path of a checkpoint that opens and verifies: `path` itself,
 * or "<path>.prev" with a warning that says why (of one damage once a process). AGR_NOT_FOUND when
 * there is neither; AGR_INPUT for one that was edited by hand; otherwise the failures of both. */
agr_status agr_checkpoint_choose(const char *path, char chosen[AGR_PATH_BYTES], agr_error *err);

/** "<run>/checkpoint.h5" for a folder, the path itself for a file. */
agr_status agr_checkpoint_locate(const char *file_or_run, char path[AGR_PATH_BYTES],
                                 agr_error *err);

const char *agr_checkpoint_path(const agr_checkpoint *checkpoint);
const agr_checkpoint_info *agr_checkpoint_about(const agr_checkpoint *checkpoint);

/** Branches in the order they were trained in. history is never NULL here. */
int agr_checkpoint_n_branches(const agr_checkpoint *checkpoint);
const agr_checkpoint_branch *agr_checkpoint_branch_at(const agr_checkpoint *checkpoint, int branch);

/** Index of the branch; AGR_NOT_FOUND names those there are. */
agr_status agr_checkpoint_find_branch(const agr_checkpoint *checkpoint, const char *name,
                                      int *branch, agr_error *err);

/** Slots of a branch: latest, best, then the others by name. */
int agr_checkpoint_n_slots(const agr_checkpoint *checkpoint, int branch);
const agr_checkpoint_slot *agr_checkpoint_slot_at(const agr_checkpoint *checkpoint, int branch,
                                                  int slot);

/** Index of the slot; AGR_NOT_FOUND names those there are. */
agr_status agr_checkpoint_find_slot(const agr_checkpoint *checkpoint, int branch, const char *name,
                                    int *slot, agr_error *err);

/**
 * Reads into state's own arrays every tensor and value it names whose kind is in `parts`.
 *
 * Each must be in the file with the same shape, its checksum must agree, and the file's weights
 * must hold no layer that the state lacks (when AGR_PART_WEIGHTS is asked for). AGR_FORMAT
 * otherwise, e.g. "checkpoint 'x': branch 'age': layer 'conv2d': kernel: expected 3x3x3x32, found
 * 3x3x3x16"; some arrays may then have been filled. Any floating type is converted. AGR_INPUT for
 * tensors that hold a NaN or an infinite number.
 */
agr_status agr_checkpoint_read(agr_checkpoint *checkpoint, int branch, int slot,
                               const agr_state *state, unsigned parts, agr_error *err);

/** A snapshot of everything in the slot. Caller destroys. */
agr_status agr_checkpoint_read_snapshot(agr_checkpoint *checkpoint, int branch, int slot,
                                        agr_snapshot **snapshot, agr_error *err);

#endif
