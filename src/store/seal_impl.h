/**
 * The seal: what stands behind the HDF5 part of a file of ours and tells, before HDF5 looks at it,
 * that it is as it was written.
 *
 * HDF5 believes its own book-keeping: one damaged byte there may end the process without a word. So
 * the seal holds a checksum of every byte of the file but those of *open* runs: pictures, and the
 * numbers that have a checksum of their own, whose damage HDF5 can be trusted to read. HDF5 ignores
 * what follows its part, and cuts it off when it opens the file for writing: a file edited by hand
 * has no seal, and is taken without.
 *
 * Layout, all uint64 little-endian: magic, {offset, bytes} of each open run in their order, the
 * number of runs, the bytes of the HDF5 part, the checksum, magic.
 */
#ifndef AGR_STORE_SEAL_IMPL_H
#define AGR_STORE_SEAL_IMPL_H

#include <agr/base/error.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint64_t offset, size_bytes;
} seal_run;

/** Open runs; grows by seal_runs_add(). The caller frees run. */
typedef struct {
    seal_run *run;
    size_t n;
} seal_runs;

agr_status seal_runs_add(seal_runs *runs, uint64_t offset, uint64_t size_bytes, agr_error *err);

/** Appends the seal to a file that has none. Sorts the runs; they must lie in the file and not
 * overlap. */
agr_status seal_append(const char *path, seal_runs *runs, agr_error *err);

/** Compares a file with its seal. AGR_OK for a file without one; AGR_FORMAT for one that is damaged or
 * was cut inside its seal. */
agr_status seal_check(const char *path, agr_error *err);

#endif
