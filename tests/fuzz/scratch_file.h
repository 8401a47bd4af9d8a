/** Bytes as a file, for readers that want a path. */
#ifndef AGR_TEST_SCRATCH_FILE_H
#define AGR_TEST_SCRATCH_FILE_H

#include <stddef.h>
#include <stdint.h>

enum { SCRATCH_PATH_BYTES = 4096 };

/** Makes a file of these bytes, in memory where there is /dev/shm, and writes its path: a real one,
 * because HDF5 does not open what has none (a memfd in /proc/self/fd). Remove it when done. */
void scratch_file_make(const uint8_t *data, size_t n_bytes, char path[SCRATCH_PATH_BYTES]);
void scratch_file_remove(const char *path);

#endif
