/* See scratch_file.h. */
#include "scratch_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *scratch_folder(void)
{
    if (access("/dev/shm", W_OK) == 0)
        return "/dev/shm";
    const char *folder = getenv("TMPDIR");
    return folder != NULL ? folder : "/tmp";
}

void scratch_file_make(const uint8_t *data, size_t n_bytes, char path[SCRATCH_PATH_BYTES])
{
    snprintf(path, SCRATCH_PATH_BYTES, "%s/agr-fuzz-XXXXXX", scratch_folder());
    const int fd = mkstemp(path);
    if (fd < 0 || write(fd, data, n_bytes) != (ssize_t)n_bytes || close(fd) != 0) {
        perror(path);
        abort();
    }
}

void scratch_file_remove(const char *path)
{
    unlink(path);
}

/* A damaged file may make HDF5 ask for more memory than there is; it must get NULL, as without the
 * sanitizer. */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}
