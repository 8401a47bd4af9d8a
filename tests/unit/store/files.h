/** Damaging files on purpose. */
#ifndef AGR_TEST_STORE_FILES_H
#define AGR_TEST_STORE_FILES_H

#include <stddef.h>
#include <stdint.h>

/** Reads the whole file; the test fails when it cannot. Caller frees. */
unsigned char *file_bytes(const char *path, size_t *size_bytes);

void file_put(const char *path, const void *data, size_t size_bytes);

/** Asserts that both files hold the same bytes. */
void assert_same_file(const char *path, const char *other);

/** How many files whose name holds this word lie in the folder. */
int count_files(const char *folder, const char *word);

/** Caps the size of files that this process may write (0 lifts the cap) and ignores SIGXFSZ. */
void limit_file_size(size_t limit_bytes);

/** Files, groups, datasets and attributes that HDF5 holds open in this process. */
int64_t count_open_hdf5(void);

#endif
