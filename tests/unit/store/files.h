/** A folder and a log of each case's own, and damaging files on purpose. */
#ifndef AGR_TEST_STORE_FILES_H
#define AGR_TEST_STORE_FILES_H

#include <stddef.h>
#include <stdint.h>

/** Of the running case: its folder, and the last warning ("" when there was none). */
extern char folder[256], last_warning[1024];

/** For cmocka_unit_test_setup_teardown(): a fresh folder and log, removed at the end, when HDF5 may
 * hold nothing open. */
int begin_case(void **state);
int end_case(void **state);

/** What HDF5 holds open now may stay open at the end. */
void forgive_open_hdf5(void);

/** Makes this process's stderr a file in the case's folder; end_stderr() gives what was written to
 * it meanwhile. */
void begin_stderr(void);
void end_stderr(char text[1024]);

/** Writes "<folder>/<name>" to path. */
void path_in_folder(char path[320], const char *name);

/** Reads the whole file; the test fails when it cannot. Caller frees. */
unsigned char *file_bytes(const char *path, size_t *size_bytes);

void file_put(const char *path, const void *data, size_t size_bytes);

/** Turns these bits of one byte of the file. */
void file_flip(const char *path, size_t at, unsigned char bits);

/** Asserts that both files hold the same bytes. */
void assert_same_file(const char *path, const char *other);

/** How many files whose name holds this word lie in the folder of the case. */
int count_files(const char *word);

/** Caps the size of files that this process may write (0 lifts the cap) and ignores SIGXFSZ. */
void limit_file_size(size_t limit_bytes);

#endif
