/** Bytes as a file, for readers that want a path. */
#ifndef AGR_TEST_MEMORY_FILE_H
#define AGR_TEST_MEMORY_FILE_H

#include <stddef.h>
#include <stdint.h>

/** Makes a file of these bytes that lives in memory and writes its path. Returns its descriptor, to
 * be closed when done. */
int memory_file_open(const uint8_t *data, size_t n_bytes, char path[64]);

#endif
