/* Reads and writes pieces of files through interruptions and short counts. */
#include "io_impl.h"

#include <errno.h>
#include <unistd.h>

agr_status io_read_at(int fd, void *bytes, size_t size_bytes, uint64_t offset, const char *what,
                      agr_error *err)
{
    for (char *to = bytes; size_bytes > 0;) {
        const ssize_t n = pread(fd, to, size_bytes, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return agr_error_set_errno(err, AGR_IO, n < 0 ? errno : EIO, "cannot read %s", what);
        to += n;
        offset += (uint64_t)n;
        size_bytes -= (size_t)n;
    }
    return AGR_OK;
}

agr_status io_write_at(int fd, const void *bytes, size_t size_bytes, uint64_t offset,
                       const char *what, agr_error *err)
{
    for (const char *from = bytes; size_bytes > 0;) {
        const ssize_t n = pwrite(fd, from, size_bytes, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return agr_error_set_errno(err, AGR_IO, n < 0 ? errno : ENOSPC, "cannot write %s",
                                       what);
        from += n;
        offset += (uint64_t)n;
        size_bytes -= (size_t)n;
    }
    return AGR_OK;
}
