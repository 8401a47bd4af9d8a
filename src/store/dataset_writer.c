/* Writes datasets: rows by many, labels and the rest by one. */
#include <agr/store/dataset.h>

#include "h5_impl.h"
#include "io_impl.h"
#include "seal_impl.h"

#include <agr/base/size.h>
#include <agr/store/format.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { COPY_BYTES = 1 << 20, MAX_NAME_BYTES = AGR_PATH_BYTES };

struct agr_dataset_writer {
    agr_replacement replacement;
    agr_dataset_rows rows;
    int64_t height, width;
};

/* ---- phase 1: a file with room for the pictures ---- */

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

static agr_status prepare_file(agr_dataset_writer *writer, int64_t n_planned, agr_error *err)
{
    agr_dataset_rows *rows = &writer->rows;
    snprintf(rows->path, sizeof rows->path, "%s", writer->replacement.temporary_path);
    rows->n_rows = n_planned;
    rows->row_bytes = writer->height * writer->width * 3;
    h5_lock();
    const agr_status status = create_with_images(rows->path, n_planned, writer->height,
                                                 writer->width, &rows->offset_bytes, err);
    h5_unlock();
    AGR_TRY(status);
    return reserve_space(rows, err);
}

/* Nothing but an older dataset gives way: what else lies there may be the work of days. */
static agr_status check_what_is_there(const char *path, agr_error *err)
{
    agr_error reason;
    agr_file_format format;
    const agr_status status = agr_file_format_of(path, &format, &reason);
    if (status == AGR_NOT_FOUND || (status == AGR_OK && format == AGR_FORMAT_DATASET))
        return AGR_OK;
    if (status != AGR_OK)
        agr_error_set(err, AGR_INPUT, "cannot write '%s': it is no dataset: %s", path, reason.text);
    else if (format == AGR_FORMAT_CHECKPOINT)
        agr_error_set(err, AGR_INPUT, "cannot write '%s': it is a checkpoint", path);
    else
        agr_error_set(err, AGR_INPUT, "cannot write '%s': it is no dataset: no attribute 'format'",
                      path);
    return agr_error_hint(err, "take another name, or remove it");
}

agr_status agr_dataset_writer_create(const char *path, int64_t n_planned, int64_t height,
                                     int64_t width, agr_dataset_writer **writer, agr_error *err)
{
    AGR_ASSERT(n_planned >= 1 && height >= 1 && width >= 1);
    agr_dataset_writer *created = calloc(1, sizeof *created);
    if (created == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot write '%s': cannot allocate", path);
    created->height = height;
    created->width = width;
    agr_status status = agr_replacement_begin(&created->replacement, path, err);
    if (status != AGR_OK) {
        free(created);
        return status;
    }
    status = check_what_is_there(path, err);
    if (status != AGR_OK) {
        agr_dataset_writer_abandon(created);
        return status;
    }
    agr_leftovers_remove(path, AGR_LEFTOVERS_ABANDONED);
    status = prepare_file(created, n_planned, err);
    if (status != AGR_OK) {
        agr_dataset_writer_abandon(created);
        agr_error_context(err, "cannot write '%s'", path);
        return status;
    }
    *writer = created;
    return AGR_OK;
}

const agr_dataset_rows *agr_dataset_writer_rows(const agr_dataset_writer *writer)
{
    return &writer->rows;
}

void agr_dataset_writer_abandon(agr_dataset_writer *writer)
{
    if (writer == NULL)
        return;
    agr_replacement_abandon(&writer->replacement);
    free(writer);
}

/* ---- phase 2: rows ---- */

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

/* ---- phase 3: the rest ---- */

static agr_status check_column(const agr_dataset_content *content, const agr_label_column *column,
                               agr_error *err)
{
    const bool is_class = column->kind == AGR_LABEL_CLASS;
    if (column->kind == AGR_LABEL_UNKNOWN)
        return agr_error_set(err, AGR_INPUT, "its kind is unknown");
    if (is_class && (column->n_classes < 1 || column->n_classes > AGR_DATASET_MAX_CLASSES))
        return agr_error_set(err, AGR_INPUT, "expected 1 to %d classes, found %d",
                             AGR_DATASET_MAX_CLASSES, column->n_classes);
    for (int64_t i = 0; i < content->n_images; i++) {
        const float value = column->values[i];
        if (isnan(value))
            continue;
        if (isinf(value))
            return agr_error_set(err, AGR_INPUT, "'%s': expected a finite number",
                                 content->names[i]);
        if (is_class && !(value >= 0 && value < (float)column->n_classes && value == floorf(value)))
            return agr_error_set(err, AGR_INPUT, "'%s': expected a class 0..%d, found %g",
                                 content->names[i], column->n_classes - 1, (double)value);
    }
    return AGR_OK;
}

static agr_status check_labels(const agr_dataset_content *content, agr_error *err)
{
    if (content->n_labels < 1)
        return agr_error_set(err, AGR_INPUT, "expected at least one label, found none");
    for (int k = 0; k < content->n_labels; k++) {
        const agr_label_column *column = &content->labels[k];
        if (column->name[0] == '\0' || column->name[0] == '.' || strchr(column->name, '/') != NULL)
            return agr_error_set(err, AGR_INPUT, "'%s' cannot be the name of a label",
                                 column->name);
        for (int other = 0; other < k; other++)
            if (strcmp(column->name, content->labels[other].name) == 0)
                return agr_error_set(err, AGR_INPUT, "label '%s' is there twice", column->name);
        const agr_status status = check_column(content, column, err);
        if (status != AGR_OK) {
            agr_error_context(err, "label '%s'", column->name);
            return status;
        }
    }
    return AGR_OK;
}

static agr_status check_content(const agr_dataset_writer *writer,
                                const agr_dataset_content *content, agr_error *err)
{
    AGR_ASSERT(content->n_images >= 1 && content->n_images <= writer->rows.n_rows);
    AGR_ASSERT(content->rows != NULL || content->n_images == writer->rows.n_rows);
    for (int64_t i = 0; i < content->n_images; i++) {
        AGR_ASSERT(content->split[i] < AGR_SPLIT_COUNT);
        if (content->rows != NULL) {
            AGR_ASSERT(content->rows[i] >= (i > 0 ? content->rows[i - 1] + 1 : 0));
            AGR_ASSERT(content->rows[i] < writer->rows.n_rows);
        }
        if (strlen(content->names[i]) >= MAX_NAME_BYTES)
            return agr_error_set(err, AGR_INPUT, "name '%.60s...' is longer than %d bytes",
                                 content->names[i], MAX_NAME_BYTES - 1);
    }
    return check_labels(content, err);
}

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
    AGR_TRY(create_with_images(target->path, target->n_rows, writer->height, writer->width,
                               &target->offset_bytes, err));
    AGR_TRY(reserve_space(target, err));
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

/* Leaves only the kept rows in the temporary file. */
static agr_status drop_other_rows(agr_dataset_writer *writer, const agr_dataset_content *content,
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

static bool fits_bytes(const agr_dataset_content *content, const agr_label_column *column)
{
    for (int64_t i = 0; i < content->n_images; i++) {
        const float value = column->values[i];
        if (!isnan(value) && (value < 0 || value >= AGR_LABEL_MISSING || value != floorf(value)))
            return false;
    }
    return true;
}

static agr_status write_label_values(hid_t group, const agr_dataset_content *content,
                                     const agr_label_column *column, agr_error *err)
{
    const hsize_t shape[1] = {(hsize_t)content->n_images};
    if (!fits_bytes(content, column))
        return h5_dataset_write(group, column->name, H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, 1, shape,
                                column->values, err);
    uint8_t *bytes = malloc((size_t)content->n_images);
    if (bytes == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate labels");
    for (int64_t i = 0; i < content->n_images; i++)
        bytes[i] = isnan(column->values[i]) ? AGR_LABEL_MISSING : (uint8_t)column->values[i];
    const agr_status status =
        h5_dataset_write(group, column->name, H5T_STD_U8LE, H5T_NATIVE_UINT8, 1, shape, bytes, err);
    free(bytes);
    return status;
}

static agr_status write_label(hid_t group, const agr_dataset_content *content,
                              const agr_label_column *column, agr_error *err)
{
    AGR_TRY(write_label_values(group, content, column, err));
    const hid_t id = H5Dopen2(group, column->name, H5P_DEFAULT);
    if (id < 0)
        return h5_fail(err, AGR_IO, "cannot open label '%s'", column->name);
    agr_status status = h5_write_text(id, "kind", agr_label_kind_name(column->kind), err);
    if (status == AGR_OK && column->kind == AGR_LABEL_CLASS)
        status = h5_write_texts(id, "classes", column->classes, column->n_classes, err);
    H5Dclose(id);
    return status;
}

static int compare_columns(const void *a, const void *b)
{
    const agr_label_column *const *left = a, *const *right = b;
    return strcmp((*left)->name, (*right)->name);
}

/* By name, so that the file does not depend on the caller's order. */
static agr_status write_labels(hid_t file, const agr_dataset_content *content, agr_error *err)
{
    const size_t n_labels = (size_t)content->n_labels;
    const agr_label_column **sorted = malloc(n_labels * sizeof *sorted);
    if (sorted == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate labels");
    for (size_t k = 0; k < n_labels; k++)
        sorted[k] = &content->labels[k];
    qsort(sorted, n_labels, sizeof *sorted, compare_columns);

    hid_t group;
    agr_status status = h5_group_create(file, "labels", &group, err);
    if (status == AGR_OK) {
        for (size_t k = 0; status == AGR_OK && k < n_labels; k++)
            status = write_label(group, content, sorted[k], err);
        H5Gclose(group);
    }
    free(sorted);
    return status;
}

/* Fixed-length strings, as long as the longest. */
static agr_status write_names(hid_t file, const agr_dataset_content *content, agr_error *err)
{
    AGR_ASSERT(content->n_images >= 1);
    size_t width = 1;
    for (int64_t i = 0; i < content->n_images; i++) {
        const size_t length = strlen(content->names[i]);
        width = length > width ? length : width;
    }
    char *fields = calloc((size_t)content->n_images, width);
    if (fields == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate names");
    for (int64_t i = 0; i < content->n_images; i++)
        memcpy(fields + (size_t)i * width, content->names[i], strlen(content->names[i]));
    const hid_t type = h5_text_type(width);
    const hsize_t shape[1] = {(hsize_t)content->n_images};
    const agr_status status = h5_dataset_write(file, "names", type, type, 1, shape, fields, err);
    H5Tclose(type);
    free(fields);
    return status;
}

static agr_status write_attributes(const agr_dataset_writer *writer, hid_t file,
                                   const agr_dataset_content *content, agr_error *err)
{
    const int32_t size[2] = {(int32_t)writer->height, (int32_t)writer->width};
    AGR_TRY(h5_write_text(file, "format", "agr-mpi/dataset", err));
    AGR_TRY(h5_write_int64(file, "format_version", AGR_DATASET_VERSION, err));
    AGR_TRY(h5_write_text(file, "tool_version", "agr-mpi " AGR_VERSION, err));
    AGR_TRY(h5_write_int32s(file, "size", size, 2, err));
    AGR_TRY(h5_write_uint64(file, "seed", content->seed, err));
    for (int i = 0; i < content->n_texts; i++)
        AGR_TRY(h5_write_text(file, content->texts[i].name, content->texts[i].value, err));
    return AGR_OK;
}

static agr_status write_rest(const agr_dataset_writer *writer, hid_t file,
                             const agr_dataset_content *content, agr_error *err)
{
    const hsize_t shape[1] = {(hsize_t)content->n_images};
    AGR_TRY(write_attributes(writer, file, content, err));
    AGR_TRY(write_labels(file, content, err));
    AGR_TRY(write_names(file, content, err));
    AGR_TRY(h5_dataset_write(file, "content_hash", H5T_STD_U64LE, H5T_NATIVE_UINT64, 1, shape,
                             content->content_hash, err));
    return h5_dataset_write(file, "split", H5T_STD_U8LE, H5T_NATIVE_UINT8, 1, shape, content->split,
                            err);
}

static agr_status complete_file(agr_dataset_writer *writer, const agr_dataset_content *content,
                                agr_error *err)
{
    AGR_TRY(drop_other_rows(writer, content, err));
    hid_t file;
    AGR_TRY(h5_file_reopen(writer->rows.path, &file, err));
    agr_status status = write_rest(writer, file, content, err);
    if (status == AGR_OK)
        return h5_file_close(file, err);
    H5Fclose(file);
    return status;
}

/* Everything but the pictures, which nobody could check each time a set is opened. */
static agr_status seal(const agr_dataset_rows *rows, agr_error *err)
{
    seal_runs pictures = {0};
    AGR_TRY(seal_runs_add(&pictures, (uint64_t)rows->offset_bytes,
                          (uint64_t)(rows->n_rows * rows->row_bytes), err));
    const agr_status status = seal_append(rows->path, &pictures, err);
    free(pictures.run);
    return status;
}

static agr_status finish(agr_dataset_writer *writer, const agr_dataset_content *content,
                         agr_error *err)
{
    AGR_TRY(check_content(writer, content, err));
    h5_lock();
    const agr_status status = complete_file(writer, content, err);
    h5_unlock();
    AGR_TRY(status);
    AGR_TRY(seal(&writer->rows, err));
    agr_dataset *check;
    AGR_TRY(agr_dataset_open(writer->rows.path, &check, err));
    agr_dataset_close(check);
    return AGR_OK;
}

agr_status agr_dataset_writer_finish(agr_dataset_writer *writer, const agr_dataset_content *content,
                                     agr_error *err)
{
    agr_status status = finish(writer, content, err);
    if (status == AGR_OK) {
        status = agr_replacement_commit(&writer->replacement, false, err);
        free(writer);
        return status;
    }
    agr_error_context(err, "cannot write '%s'", writer->replacement.path);
    agr_dataset_writer_abandon(writer);
    return status;
}
