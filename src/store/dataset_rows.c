/* The pictures of a dataset that is being written: room for them, rows by many, and none too many. */
#include "dataset_writer_impl.h"
#include "io_impl.h"

#include <agr/base/size.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { COPY_BYTES = 1 << 20 };

/* ---- a file with room for them ---- */

/* Makes `path` an HDF5 file with reserved /images [n,H,W,3]; offset_bytes tells where. */
static agr_status create_with_images(const char *path, int64_t n, int64_t height, int64_t width,
                                     int64_t *offset_bytes, agr_error *err)
{
    hid_t file;
    AGR_TRY(h5_file_create(path, &file, err));
    const hsize_t shape[4] = {(hsize_t)n, (hsize_t)height, (hsize_t)width, 3};
    haddr_t offset = 0;
    agr_status status = h5_dataset_reserve(file, "images", H5T_STD_U8LE, 4, shape, &offset, err);
    if (status == AGR_OK) {
        status = h5_file_close(file, err);
        *offset_bytes = (int64_t)offset;
    } else {
        H5Fclose(file);
    }
    return status;
}

/* Asks for the disk space now, so that a full disk is known before the work and not after it. */
static agr_status reserve_space(const agr_dataset_rows *rows, agr_error *err)
{
    int handle;
    AGR_TRY(agr_dataset_rows_open(rows, &handle, err));
    const int64_t size_bytes = rows->n_rows * rows->row_bytes;
    const int result = fallocate(handle, 0, rows->offset_bytes, size_bytes);
    const int reason = errno;
    close(handle);
    if (result == 0 || (reason != ENOSPC && reason != EFBIG && reason != EDQUOT))
        return AGR_OK; /* not every file system can reserve */
    return agr_error_set_errno(err, AGR_IO, reason, "cannot reserve %lld MiB for pictures",
                               (long long)(size_bytes >> 20));
}

agr_status dataset_rows_create(agr_dataset_rows *rows, int64_t height, int64_t width,
                               agr_error *err)
{
    AGR_TRY(create_with_images(rows->path, rows->n_rows, height, width, &rows->offset_bytes, err));
    return reserve_space(rows, err);
}

/* ---- by many ---- */

agr_status agr_dataset_rows_open(const agr_dataset_rows *rows, int *handle, agr_error *err)
{
    *handle = open(rows->path, O_RDWR | O_CLOEXEC);
    return *handle >= 0 ? AGR_OK
                        : agr_error_set_errno(err, AGR_IO, errno, "cannot open '%s'", rows->path);
}

agr_status agr_dataset_rows_write(const agr_dataset_rows *rows, int handle, int64_t row,
                                  const uint8_t *pixels, agr_error *err)
{
    AGR_ASSERT(row >= 0 && row < rows->n_rows);
    return io_write_at(handle, pixels, (size_t)rows->row_bytes,
                       (uint64_t)(rows->offset_bytes + row * rows->row_bytes), "pictures", err);
}

agr_status agr_dataset_rows_close(const agr_dataset_rows *rows, int handle, agr_error *err)
{
    const int sync_failed = fdatasync(handle), sync_reason = errno;
    const int close_failed = close(handle);
    if (sync_failed == 0 && close_failed == 0)
        return AGR_OK;
    return agr_error_set_errno(err, AGR_IO, sync_failed != 0 ? sync_reason : errno,
                               "cannot write pictures to '%s'", rows->path);
}

/* ---- only those that are kept ---- */

static agr_status copy_range(int from, int64_t from_offset, int to, int64_t to_offset,
                             int64_t size_bytes, char *buffer, agr_error *err)
{
    for (int64_t done = 0; done < size_bytes; done += COPY_BYTES) {
        const size_t part = (size_t)agr_min_i64(size_bytes - done, COPY_BYTES);
        AGR_TRY(
            io_read_at(from, buffer, part, (uint64_t)(from_offset + done), "pictures back", err));
        AGR_TRY(io_write_at(to, buffer, part, (uint64_t)(to_offset + done), "pictures", err));
    }
    return AGR_OK;
}

/* Rows that follow one another are copied as one range. */
static agr_status copy_rows(const agr_dataset_rows *source, int from,
                            const agr_dataset_rows *target, int to, const int64_t *kept,
                            agr_error *err)
{
    char *buffer = malloc(COPY_BYTES);
    if (buffer == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate a copy buffer");
    const int64_t row_bytes = source->row_bytes;
    agr_status status = AGR_OK;
    for (int64_t i = 0, end; status == AGR_OK && i < target->n_rows; i = end) {
        for (end = i + 1; end < target->n_rows && kept[end] == kept[end - 1] + 1; end++)
            ;
        status =
            copy_range(from, source->offset_bytes + kept[i] * row_bytes, to,
                       target->offset_bytes + i * row_bytes, (end - i) * row_bytes, buffer, err);
    }
    free(buffer);
    return status;
}

/* Makes target a file of just the kept rows. */
static agr_status write_compact(agr_dataset_writer *writer, agr_dataset_rows *target,
                                const agr_dataset_content *content, agr_error *err)
{
    AGR_TRY(dataset_rows_create(target, writer->height, writer->width, err));
    int from, to;
    AGR_TRY(agr_dataset_rows_open(&writer->rows, &from, err));
    agr_status status = agr_dataset_rows_open(target, &to, err);
    if (status == AGR_OK) {
        status = copy_rows(&writer->rows, from, target, to, content->rows, err);
        close(to);
    }
    close(from);
    return status;
}

agr_status dataset_rows_drop_others(agr_dataset_writer *writer, const agr_dataset_content *content,
                                    agr_error *err)
{
    if (content->n_images == writer->rows.n_rows)
        return AGR_OK;
    agr_dataset_rows compact = {.row_bytes = writer->rows.row_bytes, .n_rows = content->n_images};
    const int length = snprintf(compact.path, sizeof compact.path, "%s.rows", writer->rows.path);
    if (length >= (int)sizeof compact.path)
        return agr_error_set(err, AGR_INPUT, "path '%.60s...' is too long", compact.path);
    agr_status status = write_compact(writer, &compact, content, err);
    if (status == AGR_OK && rename(compact.path, writer->rows.path) != 0)
        status = agr_error_set_errno(err, AGR_IO, errno, "cannot rename '%s'", compact.path);
    if (status != AGR_OK) {
        unlink(compact.path);
        return status;
    }
    writer->rows.n_rows = compact.n_rows;
    writer->rows.offset_bytes = compact.offset_bytes;
    return AGR_OK;
}
