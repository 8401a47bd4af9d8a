/**
 * Files that are never half written, and small helpers around paths.
 */
#ifndef AGR_BASE_FILE_H
#define AGR_BASE_FILE_H

#include <agr/base/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { AGR_PATH_BYTES = 4096 };

/**
 * A file being written beside its final place:
 *
 *     agr_replacement r;
 *     AGR_TRY(agr_replacement_begin(&r, "faces.h5", err));     r.temporary_path is ours to write
 *     ... write r.temporary_path ...
 *     ok ? agr_replacement_commit(&r, err) : agr_replacement_abandon(&r);
 *
 * Until the commit the old file stands; after it the new one; nothing between.
 */
typedef struct {
    char path[AGR_PATH_BYTES];
    char temporary_path[AGR_PATH_BYTES];
    int lock; /* descriptor of the temporary file, locked: its writer lives */
} agr_replacement;

/** Makes an empty temporary file ".<name>.tmp.<host>.<pid>" in the folder of `path`, locked until the
 * commit or the abandonment that must follow. AGR_NOT_FOUND when that folder is missing, AGR_IO when
 * it cannot be written. */
agr_status agr_replacement_begin(agr_replacement *replacement, const char *path, agr_error *err);

/** fsync(temporary); when keep_previous, the old file stays as "<path>.prev" without `path` ever
 * being absent; rename; fsync(folder). On failure the temporary file is removed and the old file
 * stands. */
agr_status agr_replacement_commit(agr_replacement *replacement, bool keep_previous, agr_error *err);

/** Removes the temporary file. */
void agr_replacement_abandon(agr_replacement *replacement);

typedef enum {
    AGR_LEFTOVERS_ABANDONED, /* those whose writer is dead */
    AGR_LEFTOVERS_ALL        /* the caller knows that nobody writes: it holds a lock of its own */
} agr_leftovers;

/** Removes temporary files that killed writers of `path` left beside it. Abandoned is one that
 * nobody holds a lock on, if it was made on this host or nobody has written to it for a day: some
 * file systems do not let one host see the locks of another. */
void agr_leftovers_remove(const char *path, agr_leftovers which);

/** The whole file, with a 0 byte appended that size_bytes does not count. Caller frees. AGR_INPUT
 * above limit_bytes. */
agr_status agr_file_read(const char *path, size_t limit_bytes, char **data, size_t *size_bytes,
                         agr_error *err);

/** Replaces the file atomically by these bytes. */
agr_status agr_file_write(const char *path, const void *data, size_t size_bytes, agr_error *err);

/** Adds these bytes to a file opened with O_APPEND, all of them or none: what a full disk took goes
 * again. False, with the reason in errno, when that failed. */
bool agr_file_append(int fd, const void *data, size_t size_bytes);

/** Whether the file only stands for one that Git LFS keeps elsewhere (`git lfs pull` fetches it). */
bool agr_file_is_lfs_pointer(const char *path);

/** Makes the folder and its missing parents. */
agr_status agr_folder_create(const char *path, agr_error *err);

/** Whether this errno of opening or reading speaks of that one path (absent, forbidden, no such
 * kind of file) and the next one may be well. Everything else is the machine's: no memory, no
 * descriptors, a failing disk; what it says about a file means nothing. */
bool agr_errno_blames_path(int errno_value);

bool agr_path_exists(const char *path);
bool agr_path_is_folder(const char *path);

/** The part after the last '/'. Borrowed from path. */
const char *agr_path_name(const char *path);

/** The part before it: "." without a '/'. */
void agr_path_folder(char folder[AGR_PATH_BYTES], const char *path);

/** Writes "<folder>/<name>" to joined; AGR_INPUT when it does not fit. */
agr_status agr_path_join(char joined[AGR_PATH_BYTES], const char *folder, const char *name,
                         agr_error *err);

#endif
