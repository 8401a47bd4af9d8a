/**
 * The room's view of HDF5: little, checked before it is read, and speaking agr_error.
 *
 * HDF5 is not thread-safe: every function below wants the caller to hold the lock. Public functions
 * of the room take it once, at their start.
 */
#ifndef AGR_STORE_H5_IMPL_H
#define AGR_STORE_H5_IMPL_H

#include <agr/base/error.h>
#include <hdf5.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "checksums are taken over little-endian bytes in memory: this machine needs a swap here"
#endif

/* What a file may ask of us in attributes and names; anything larger is no file of ours. */
enum { H5_MAX_TEXT_BYTES = 16 << 20, H5_MAX_RANK = 8, H5_MAX_CHILDREN = 65536 };

/* Datasets from here on begin at a page of their own. */
enum { H5_PAGE_BYTES = 4096, H5_LARGE_BYTES = 65536 };

void h5_lock(void);
void h5_unlock(void);

/** agr_error_set() with HDF5's own reason (the innermost record of its error stack) appended. The
 * next call of HDF5, even a successful close, wipes that stack: ask at once. */
agr_status h5_fail(agr_error *err, agr_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- files ---- */

/** How files are opened: without HDF5's locks, closed with all that is open in them. Caller closes. */
hid_t h5_access_list(void);

/** Opens an existing file. what: "dataset" or "checkpoint", for the message "no <what> at
 * '<path>'". */
agr_status h5_file_open(const char *what, const char *path, hid_t *file, agr_error *err);

/** Opens an existing file of ours for completing it. Large datasets are page-aligned. */
agr_status h5_file_reopen(const char *path, hid_t *file, agr_error *err);
agr_status h5_file_create(const char *path, hid_t *file, agr_error *err);

/** A file in memory; h5_file_image() gives its bytes (caller frees). */
agr_status h5_file_create_in_memory(hid_t *file, agr_error *err);
agr_status h5_file_image(hid_t file, void **bytes, size_t *size_bytes, agr_error *err);

/** Closes the file and everything open in it. Closing a file one has written to can fail. */
agr_status h5_file_close(hid_t file, agr_error *err);

/* ---- links and groups ---- */

/** Whether `name` (one component) is a hard or soft link of this group; external links are not
 * followed: no file makes us open another. */
bool h5_has(hid_t group, const char *name);

/** As h5_has(), for a path of one or two components ("optimizer/m"). */
bool h5_has_path(hid_t group, const char *path);

agr_status h5_group_create(hid_t parent, const char *name, hid_t *group, agr_error *err);
agr_status h5_group_open(hid_t parent, const char *name, hid_t *group, agr_error *err);

/** As h5_group_open(), for a path of several components ("optimizer/m/conv2d"). */
agr_status h5_group_at(hid_t parent, const char *path, hid_t *group, agr_error *err);

/** Calls visit(context, group, name, is_group, err) for each child by name; stops at the first
 * failure. */
typedef agr_status h5_visitor(void *context, hid_t group, const char *name, bool is_group,
                              agr_error *err);
agr_status h5_for_each(hid_t group, h5_visitor *visit, void *context, agr_error *err);

/* ---- attributes ---- */

/** NULL when there is none. Caller frees. Text of fixed or variable length. */
agr_status h5_read_text(hid_t object, const char *name, char **text, agr_error *err);

/** A list of texts as one block (pointers, then characters): caller frees the list alone. *texts is
 * NULL when there is no such attribute. */
agr_status h5_read_texts(hid_t object, const char *name, char ***texts, int *n_texts,
                         agr_error *err);

/** *found is false when there is no such attribute. AGR_INPUT for a negative number. */
agr_status h5_read_uint64(hid_t object, const char *name, uint64_t *value, bool *found,
                          agr_error *err);
agr_status h5_read_int32s(hid_t object, const char *name, int32_t *values, int n_expected,
                          agr_error *err);

/** Fills in NaN when there is no such attribute. */
agr_status h5_read_doubles(hid_t object, const char *name, double *values, int n_expected,
                           agr_error *err);

/** Any attribute of one text or whole number, as text; NULL for other kinds. Caller frees. */
agr_status h5_read_as_text(hid_t object, const char *name, char **text, agr_error *err);

/** A type for texts of this many bytes, padded with zeros (or H5T_VARIABLE), UTF-8. Caller closes with
 * H5Tclose(). */
hid_t h5_text_type(size_t width);

/** Texts are written with one fixed length; with variable length when they are too long for that. */
agr_status h5_write_text(hid_t object, const char *name, const char *text, agr_error *err);
agr_status h5_write_texts(hid_t object, const char *name, const char *const *texts, int n_texts,
                          agr_error *err);
/** As h5_write_text(), with texts called ASCII, which readers in Python 2's manner take for bytes. */
agr_status h5_write_ascii(hid_t object, const char *name, const char *text, agr_error *err);
agr_status h5_write_uint64(hid_t object, const char *name, uint64_t value, agr_error *err);
agr_status h5_write_int64(hid_t object, const char *name, int64_t value, agr_error *err);
agr_status h5_write_int32s(hid_t object, const char *name, const int32_t *values, int n_values,
                           agr_error *err);
agr_status h5_write_doubles(hid_t object, const char *name, const double *values, int n_values,
                            agr_error *err);

/* ---- datasets ---- */

/** An open dataset that is known to hold what its shape promises. */
typedef struct {
    hid_t id;
    hid_t type;
    H5T_class_t type_class;
    size_t type_bytes;
    bool is_unsigned;
    int rank;
    hsize_t shape[H5_MAX_RANK];
    size_t count; /* elements */
    size_t size_bytes;
    uint64_t file_bytes; /* size of the file it lies in */
    haddr_t offset;      /* in the file, when contiguous; else HADDR_UNDEF */
} h5_dataset;

/** Opens and checks that the file is large enough for the shape, so that sizes may be believed.
 * Caller closes. file_bytes: size of the file. */
agr_status h5_dataset_open(hid_t parent, const char *name, uint64_t file_bytes, h5_dataset *dataset,
                           agr_error *err);
void h5_dataset_close(h5_dataset *dataset);

/** Reads the whole dataset as memory_type (numbers are converted). */
agr_status h5_dataset_read(const h5_dataset *dataset, hid_t memory_type, void *values,
                           agr_error *err);

/** Reads strings of fixed or variable length as h5_read_texts() does. */
agr_status h5_dataset_read_texts(const h5_dataset *dataset, char ***texts, agr_error *err);

/** As h5_dataset_read(), comparing attribute `xxh64` with the bytes. *has_checksum tells whether
 * there was one. values may be NULL: only compare. */
agr_status h5_dataset_read_checked(const h5_dataset *dataset, hid_t memory_type, void *values,
                                   bool *has_checksum, agr_error *err);

/** Writes a contiguous dataset without time stamps. rank 0 is a scalar. */
agr_status h5_dataset_write(hid_t parent, const char *name, hid_t file_type, hid_t memory_type,
                            int rank, const hsize_t *shape, const void *values, agr_error *err);

/** As h5_dataset_write() with file_type in memory too, plus attribute `xxh64` of the bytes. */
agr_status h5_dataset_write_checked(hid_t parent, const char *name, hid_t type, int rank,
                                    const hsize_t *shape, const void *values, agr_error *err);

/** Creates a contiguous dataset whose space is allocated but not written. Gives its place. */
agr_status h5_dataset_reserve(hid_t parent, const char *name, hid_t type, int rank,
                              const hsize_t *shape, haddr_t *offset, agr_error *err);

/** "3x3x3x32"; "scalar" for rank 0. */
const char *h5_shape_text(char text[160], int rank, const hsize_t *shape);

#endif
