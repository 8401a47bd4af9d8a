/** Whole reads and writes at a place in a file, past interruptions and short counts. */
#ifndef AGR_STORE_IO_IMPL_H
#define AGR_STORE_IO_IMPL_H

#include <agr/base/error.h>
#include <stddef.h>
#include <stdint.h>

/** AGR_IO "cannot read <what>: ..." on failure and when the file ends before. */
agr_status io_read_at(int fd, void *bytes, size_t size_bytes, uint64_t offset, const char *what,
                      agr_error *err);

/** AGR_IO "cannot write <what>: ...". */
agr_status io_write_at(int fd, const void *bytes, size_t size_bytes, uint64_t offset,
                       const char *what, agr_error *err);

#endif
