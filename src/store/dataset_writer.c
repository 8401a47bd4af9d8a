/* Writes datasets: a file with room for the pictures, then all else, sealed and in its place. */
#include "dataset_writer_impl.h"
#include "seal_impl.h"

#include <agr/store/format.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- before the pictures ---- */

static agr_status prepare_file(agr_dataset_writer *writer, int64_t n_planned, agr_error *err)
{
    agr_dataset_rows *rows = &writer->rows;
    snprintf(rows->path, sizeof rows->path, "%s", writer->replacement.temporary_path);
    rows->n_rows = n_planned;
    rows->row_bytes = writer->height * writer->width * 3;
    h5_lock();
    const agr_status status = dataset_rows_create(rows, writer->height, writer->width, err);
    h5_unlock();
    return status;
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

/* ---- after them ---- */

static agr_status complete_file(agr_dataset_writer *writer, const agr_dataset_content *content,
                                agr_error *err)
{
    AGR_TRY(dataset_rows_drop_others(writer, content, err));
    hid_t file;
    AGR_TRY(h5_file_reopen(writer->rows.path, &file, err));
    agr_status status = dataset_write_content(writer, file, content, err);
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
    AGR_TRY(dataset_check_content(writer, content, err));
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
