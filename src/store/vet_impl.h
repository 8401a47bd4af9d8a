/**
 * Vetting: a file that this process has not seen before is first read by a child process with limits of
 * memory and time. HDF5 believes a file's book-keeping and may crash on it, loop in it or follow it
 * into other files; here only the child does, and the file is refused with a line. A seal does not spare
 * a file: it shows accidents, and anyone can compute one (docs/security.md).
 *
 * A process remembers the files that it has vetted or written itself, by device, inode, size and time of
 * change, and does not vet them again: a run that goes on starts no children.
 */
#ifndef AGR_STORE_VET_IMPL_H
#define AGR_STORE_VET_IMPL_H

#include <agr/base/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint64_t memory_bytes; /* of addresses, beyond what the process has when it starts the child */
    int cpu_s;
    int wall_s;
} vet_limits;

/** For a file of so many bytes: what is compressed in it is read. */
vet_limits vet_limits_for(uint64_t file_bytes);

/** AGR_FORMAT when the file crashes HDF5, exceeds a limit or refers to other files; AGR_IO when there can
 * be no child. AGR_OK does not say that it is a good file, nor an HDF5 file at all. Under h5_lock(). */
agr_status vet_file(const char *path, const vet_limits *limits, agr_error *err);

/** This process wrote the file as it is now. Under h5_lock(). */
void vet_trust(const char *path);

/* ---- the child's work (vet_walk.c) ---- */

/** Reads all that HDF5 keeps in the file: groups, types, attributes, and every dataset whose numbers do not
 * lie there as they are. What cannot be read is passed over. true when nothing forbids the file, else
 * why it is refused. */
bool vet_walk(const char *path, char *reason, size_t reason_bytes);

#endif
