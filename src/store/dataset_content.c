/* What a dataset holds besides its pictures: checked, and written. */
#include "dataset_writer_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_NAME_BYTES = AGR_PATH_BYTES };

/* ---- checks ---- */

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

agr_status dataset_check_content(const agr_dataset_writer *writer,
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

/* ---- writing ---- */

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

agr_status dataset_write_content(const agr_dataset_writer *writer, hid_t file,
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
