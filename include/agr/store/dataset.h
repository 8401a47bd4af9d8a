/**
 * The dataset file: pictures of one size, labels, split. Layout: docs/file-formats.md.
 *
 * Letters: N pictures, H rows, W columns. Pictures are uint8 [N,H,W,3], RGB, row-major.
 * Nothing here is collective: each rank opens the file for itself, and the page cache is the one
 * copy of the pictures on a node.
 *
 * Thread safety: HDF5 is not thread-safe, so one lock inside this room lets one thread in at a
 * time. agr_dataset_image() and the other reading accessors take no lock and may be called from any
 * thread; so may agr_dataset_rows_write().
 */
#ifndef AGR_STORE_DATASET_H
#define AGR_STORE_DATASET_H

#include <agr/base/error.h>
#include <agr/base/file.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { AGR_DATASET_VERSION = 1, AGR_DATASET_MAX_CLASSES = 255 };

/** The value of a missing label in the uint8 columns of the file; NaN in memory. */
enum { AGR_LABEL_MISSING = 255 };

typedef enum {
    AGR_LABEL_UNKNOWN, /* the file does not say: the head's loss decides (number or class index) */
    AGR_LABEL_NUMBER,
    AGR_LABEL_CLASS, /* value = index into classes */
} agr_label_kind;

/** "unknown", "number", "class". */
const char *agr_label_kind_name(agr_label_kind kind);

/** One column of labels. When read, everything is borrowed from the dataset. */
typedef struct {
    const char *name;
    agr_label_kind kind;
    int n_classes;              /* 0 unless kind is AGR_LABEL_CLASS */
    const char *const *classes; /* [n_classes], in the order of the indices */
    const float *values;        /* [N]; NaN = no label */
} agr_label_column;

typedef enum { AGR_SPLIT_TRAIN, AGR_SPLIT_VALIDATION, AGR_SPLIT_TEST, AGR_SPLIT_COUNT } agr_split;

/** "train", "validation", "test". */
const char *agr_split_name(agr_split split);

/** The split of this name; AGR_USAGE naming the choices when there is none. */
agr_status agr_split_parse(const char *name, agr_split *split, agr_error *err);

/* ---- reading ---- */

typedef struct agr_dataset agr_dataset;

/**
 * Opens and checks the whole file: format and version, shapes, every label against its classes,
 * split values, and that the file holds all its pictures. Caller closes.
 *
 * The pictures are mapped read-only. Where the file holds them chunked or compressed (as h5py may
 * write them) they are read into memory with a warning. A file with only /images, /labels and
 * /split and no attributes is accepted with a warning; its kinds are AGR_LABEL_UNKNOWN.
 *
 * AGR_NOT_FOUND (with the hint to prepare one), AGR_FORMAT when it is not a dataset or a damaged
 * one, AGR_IO, AGR_MEMORY.
 */
agr_status agr_dataset_open(const char *path, agr_dataset **dataset, agr_error *err);

/** NULL is accepted. */
void agr_dataset_close(agr_dataset *dataset);

const char *agr_dataset_path(const agr_dataset *dataset);

int64_t agr_dataset_count(const agr_dataset *dataset);  /* N */
int64_t agr_dataset_height(const agr_dataset *dataset); /* H */
int64_t agr_dataset_width(const agr_dataset *dataset);  /* W */

/** Picture i, [H,W,3]. Reading it may raise SIGBUS when the file shrinks or its disk fails
 * meanwhile: see agr_dataset_install_bus_handler(). */
const uint8_t *agr_dataset_image(const agr_dataset *dataset, int64_t i);

/** Columns in the order of their names. */
int agr_dataset_n_labels(const agr_dataset *dataset);
const agr_label_column *agr_dataset_label(const agr_dataset *dataset, int index);

/** The column of this name, NULL when there is none. */
const agr_label_column *agr_dataset_find_label(const agr_dataset *dataset, const char *name);

/** Ascending indices of the pictures in this part; *count may be 0. Borrowed. */
const int64_t *agr_dataset_split_indices(const agr_dataset *dataset, agr_split split,
                                         int64_t *count);

agr_split agr_dataset_split_of(const agr_dataset *dataset, int64_t i);

/** The name of picture i ("row 17" in a file without names). */
const char *agr_dataset_name(const agr_dataset *dataset, int64_t i);

/** [N] content hashes of the files the pictures came from, equal for copies; NULL when the file has
 * none. */
const uint64_t *agr_dataset_content_hashes(const agr_dataset *dataset);

/** XXH64 over shape, labels, split, names and content hashes: two datasets with one fingerprint
 * train alike. Cheap: the pictures are not read (of a file without content hashes, 64 of them). */
uint64_t agr_dataset_fingerprint(const agr_dataset *dataset);

/** As the fingerprint, over the pictures too: all of them are read. */
uint64_t agr_dataset_content_hash(const agr_dataset *dataset);

/** Of the file's place on its machine, its size and when it was changed: equal in two processes of one
 * machine that have opened one and the same file. */
uint64_t agr_dataset_identity(const agr_dataset *dataset);

/** A root attribute as text (numbers are printed), e.g. "source", "seed", "tool_version"; NULL when
 * the file has none. */
const char *agr_dataset_attribute(const agr_dataset *dataset, const char *name);

/** From now on a SIGBUS inside the pictures of an open dataset says on stderr which rank could not
 * read which file, and calls end(), which does not return and does only what a signal handler may
 * (_exit). Any other takes its usual course. Called once by the cli. */
void agr_dataset_install_bus_handler(int rank, void (*end)(void));

/* ---- writing ---- */

/**
 * Writing happens in three phases, because which pictures are good is known only after decoding:
 *
 *   1. one process: agr_dataset_writer_create() makes a temporary file with room for `n_planned`
 *      candidate pictures;
 *   2. any process, any thread: picture of candidate r goes to row r through agr_dataset_rows_*()
 *      (agr_dataset_rows is plain data: send it to other ranks as bytes); rows of rejected
 *      candidates are simply not written;
 *   3. the first process, when all have closed their rows: agr_dataset_writer_finish() with the
 *      list of rows to keep and the labels, which makes the file and puts it in place.
 *
 * The finished file depends only on the kept pictures, labels, names and texts: not on n_planned,
 * on who wrote which row, or on time. When every row is kept nothing is copied; otherwise the kept
 * rows are copied once, and for a moment the disk holds both.
 */
typedef struct agr_dataset_writer agr_dataset_writer;

/** Where the rows lie. Plain data. */
typedef struct {
    char path[AGR_PATH_BYTES]; /* the temporary file */
    int64_t offset_bytes;      /* of row 0 */
    int64_t row_bytes;         /* H*W*3 */
    int64_t n_rows;
} agr_dataset_rows;

/** A root attribute of text, for whatever the maker wants to tell ("source", "resize", ...). */
typedef struct {
    const char *name;
    const char *value;
} agr_dataset_text;

/** What the finished file says about its pictures. All arrays are [n_images], in the order of the
 * kept rows. Borrowed during the call. */
typedef struct {
    int64_t n_images;         /* >= 1 */
    const int64_t *rows;      /* the planned row of each picture, strictly ascending; NULL: all */
    const char *const *names; /* any bytes but 0; UTF-8 is usual */
    const uint64_t *content_hash;
    const uint8_t *split; /* agr_split */
    int n_labels;
    const agr_label_column *labels; /* kind number or class; file order is by name */
    uint64_t seed;
    int n_texts;
    const agr_dataset_text *texts;
} agr_dataset_content;

/** Makes the temporary file beside `path` and reserves the disk space of n_planned rows. Caller
 * finishes or abandons. AGR_NOT_FOUND (no such folder), AGR_INPUT (at `path` lies what is no
 * dataset), AGR_IO (no space: says how much is needed). */
agr_status agr_dataset_writer_create(const char *path, int64_t n_planned, int64_t height,
                                     int64_t width, agr_dataset_writer **writer, agr_error *err);

const agr_dataset_rows *agr_dataset_writer_rows(const agr_dataset_writer *writer);

/** Completes the file, checks it by opening it, and renames it into place. Frees the writer in any
 * case; on failure the temporary file is removed and an older file at `path` still stands.
 * AGR_INPUT for content that the reader would refuse (a class index out of range, ...). */
agr_status agr_dataset_writer_finish(agr_dataset_writer *writer, const agr_dataset_content *content,
                                     agr_error *err);

/** Removes the temporary file and frees the writer. NULL is accepted. */
void agr_dataset_writer_abandon(agr_dataset_writer *writer);

/** Opens the rows for writing, one descriptor a process; *handle belongs to the caller,
 * who closes. */
agr_status agr_dataset_rows_open(const agr_dataset_rows *rows, int *handle, agr_error *err);

/** Writes one picture (row_bytes bytes) to this row. Any thread; each row by one writer. */
agr_status agr_dataset_rows_write(const agr_dataset_rows *rows, int handle, int64_t row,
                                  const uint8_t *pixels, agr_error *err);

/** Flushes what this process wrote so that the finishing process (maybe on another node) sees it,
 * and closes. */
agr_status agr_dataset_rows_close(const agr_dataset_rows *rows, int handle, agr_error *err);

#endif
