/* Reads datasets and checks what is in them: pictures, labels, split, names, attributes. */
#include "dataset_impl.h"

#include <agr/base/log.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MAX_SIDE = 65536 };

static agr_status out_of_memory(agr_error *err)
{
    return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for its labels");
}

static agr_status check_format(agr_dataset *dataset, hid_t file, agr_error *err)
{
    char *format;
    AGR_TRY(h5_read_text(file, "format", &format, err));
    if (format == NULL) {
        dataset->is_bare = true;
        return AGR_OK;
    }
    const bool is_ours = strcmp(format, "agr-mpi/dataset") == 0;
    if (!is_ours)
        agr_error_set(err, AGR_FORMAT, "expected format 'agr-mpi/dataset', found '%.80s'", format);
    free(format);
    if (!is_ours)
        return AGR_FORMAT;
    uint64_t version = 0;
    bool found;
    AGR_TRY(h5_read_uint64(file, "format_version", &version, &found, err));
    if (!found)
        return agr_error_set(err, AGR_FORMAT, "no attribute 'format_version'");
    if (version != AGR_DATASET_VERSION) {
        agr_error_set(err, AGR_FORMAT, "expected format version %d, found %llu",
                      AGR_DATASET_VERSION, (unsigned long long)version);
        return agr_error_hint(err, "write it again with this version's 'agr-mpi prepare'");
    }
    return AGR_OK;
}

static agr_status check_image_shape(agr_dataset *dataset, const h5_dataset *images, agr_error *err)
{
    char shape[160];
    if (images->rank != 4 || images->shape[3] != 3)
        return agr_error_set(err, AGR_FORMAT, "'images': expected shape NxHxWx3, found %s",
                             h5_shape_text(shape, images->rank, images->shape));
    if (images->type_class != H5T_INTEGER || images->type_bytes != 1 || !images->is_unsigned)
        return agr_error_set(err, AGR_FORMAT,
                             "'images': expected unsigned 8-bit numbers, found another type");
    if (images->count == 0)
        return agr_error_set(err, AGR_FORMAT,
                             "'images': expected at least one picture, found none");
    if (images->shape[1] > MAX_SIDE || images->shape[2] > MAX_SIDE)
        return agr_error_set(err, AGR_FORMAT, "'images': expected sides up to %d, found %s",
                             MAX_SIDE, h5_shape_text(shape, images->rank, images->shape));
    dataset->count = (int64_t)images->shape[0];
    dataset->height = (int64_t)images->shape[1];
    dataset->width = (int64_t)images->shape[2];
    dataset->image_bytes = images->size_bytes / images->shape[0];
    return AGR_OK;
}

static agr_status map_images(agr_dataset *dataset, const h5_dataset *images, agr_error *err)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const size_t skip = (size_t)images->offset % page;
    const int fd = open(dataset->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return agr_error_set_errno(err, AGR_IO, errno, "cannot open");
    dataset->mapping_bytes = skip + images->size_bytes;
    void *mapping = mmap(NULL, dataset->mapping_bytes, PROT_READ, MAP_SHARED, fd,
                         (off_t)((size_t)images->offset - skip));
    const int reason = errno;
    close(fd);
    if (mapping == MAP_FAILED)
        return agr_error_set_errno(err, AGR_IO, reason, "cannot map its pictures");
    dataset->mapping = mapping;
    dataset->images = (const uint8_t *)mapping + skip;
    dataset->watched = (bus_error_mapping){mapping, dataset->mapping_bytes, dataset->path};
    bus_error_watch(&dataset->watched);
    return AGR_OK;
}

static agr_status copy_images(agr_dataset *dataset, const h5_dataset *images, agr_error *err)
{
    agr_log_warning("dataset '%s': its pictures are chunked or compressed and are read into memory "
                    "(%zu MiB on every rank)",
                    dataset->path, images->size_bytes >> 20);
    dataset->copy = malloc(images->size_bytes);
    if (dataset->copy == NULL)
        return agr_error_set(err, AGR_MEMORY, "'images': cannot allocate %zu bytes",
                             images->size_bytes);
    dataset->images = dataset->copy;
    return h5_dataset_read(images, H5T_NATIVE_UINT8, dataset->copy, err);
}

static agr_status open_images(agr_dataset *dataset, hid_t file, agr_error *err)
{
    h5_dataset images;
    AGR_TRY(h5_dataset_open(file, "images", dataset->file_bytes, &images, err));
    agr_status status = check_image_shape(dataset, &images, err);
    if (status == AGR_OK)
        status = images.offset != HADDR_UNDEF ? map_images(dataset, &images, err)
                                              : copy_images(dataset, &images, err);
    h5_dataset_close(&images);
    return status;
}

/* Opens a column [N] of the file. */
static agr_status open_column(const agr_dataset *dataset, hid_t parent, const char *name,
                              h5_dataset *column, agr_error *err)
{
    AGR_TRY(h5_dataset_open(parent, name, dataset->file_bytes, column, err));
    if (column->rank == 1 && column->shape[0] == (hsize_t)dataset->count)
        return AGR_OK;
    char shape[160];
    agr_error_set(err, AGR_FORMAT, "'%s': expected shape %lld, found %s", name,
                  (long long)dataset->count, h5_shape_text(shape, column->rank, column->shape));
    h5_dataset_close(column);
    return AGR_FORMAT;
}

static agr_status read_split(agr_dataset *dataset, hid_t file, agr_error *err)
{
    h5_dataset column;
    AGR_TRY(open_column(dataset, file, "split", &column, err));
    agr_status status = AGR_OK;
    int64_t *values = malloc((size_t)dataset->count * sizeof *values);
    dataset->split = malloc((size_t)dataset->count);
    if (values == NULL || dataset->split == NULL)
        status = out_of_memory(err);
    else if (column.type_class != H5T_INTEGER)
        status = agr_error_set(err, AGR_FORMAT, "'split': expected whole numbers");
    else
        status = h5_dataset_read(&column, H5T_NATIVE_INT64, values, err);
    h5_dataset_close(&column);
    for (int64_t i = 0; status == AGR_OK && i < dataset->count; i++) {
        if (values[i] < 0 || values[i] >= AGR_SPLIT_COUNT)
            status = agr_error_set(err, AGR_FORMAT,
                                   "'split': picture %lld: expected 0 (train), 1 (validation) or 2 "
                                   "(test), found %lld",
                                   (long long)i, (long long)values[i]);
        else
            dataset->split[i] = (uint8_t)values[i];
    }
    free(values);
    return status;
}

static agr_status index_split(agr_dataset *dataset, agr_error *err)
{
    dataset->split_indices = malloc((size_t)dataset->count * sizeof *dataset->split_indices);
    if (dataset->split_indices == NULL)
        return out_of_memory(err);
    int64_t n = 0;
    for (int part = 0; part < AGR_SPLIT_COUNT; part++) {
        dataset->split_begin[part] = n;
        for (int64_t i = 0; i < dataset->count; i++)
            if (dataset->split[i] == part)
                dataset->split_indices[n++] = i;
    }
    dataset->split_begin[AGR_SPLIT_COUNT] = n;
    return AGR_OK;
}

static agr_status make_names(agr_dataset *dataset, agr_error *err)
{
    enum { NAME_BYTES = 32 };
    const size_t count = (size_t)dataset->count;
    dataset->names = malloc(count * (sizeof *dataset->names + NAME_BYTES));
    if (dataset->names == NULL)
        return out_of_memory(err);
    char *text = (char *)(dataset->names + count);
    for (size_t i = 0; i < count; i++, text += NAME_BYTES) {
        snprintf(text, NAME_BYTES, "row %zu", i);
        dataset->names[i] = text;
    }
    return AGR_OK;
}

static agr_status read_names(agr_dataset *dataset, hid_t file, agr_error *err)
{
    if (!h5_has(file, "names"))
        return make_names(dataset, err);
    h5_dataset column;
    AGR_TRY(open_column(dataset, file, "names", &column, err));
    const agr_status status = h5_dataset_read_texts(&column, &dataset->names, err);
    h5_dataset_close(&column);
    return status == AGR_OK ? AGR_OK : (agr_error_context(err, "'names'"), status);
}

static agr_status read_content_hashes(agr_dataset *dataset, hid_t file, agr_error *err)
{
    if (!h5_has(file, "content_hash"))
        return AGR_OK;
    h5_dataset column;
    AGR_TRY(open_column(dataset, file, "content_hash", &column, err));
    agr_status status = AGR_OK;
    dataset->content_hashes = malloc((size_t)dataset->count * sizeof *dataset->content_hashes);
    if (dataset->content_hashes == NULL)
        status = out_of_memory(err);
    else if (column.type_class != H5T_INTEGER)
        status = agr_error_set(err, AGR_FORMAT, "'content_hash': expected whole numbers");
    else
        status = h5_dataset_read(&column, H5T_NATIVE_UINT64, dataset->content_hashes, err);
    h5_dataset_close(&column);
    return status;
}

/* ---- labels ---- */

static agr_status parse_kind(const agr_dataset *dataset, label_storage *label, agr_error *err)
{
    if (label->kind_text == NULL && dataset->is_bare)
        label->column.kind = AGR_LABEL_UNKNOWN;
    else if (label->kind_text == NULL)
        return agr_error_set(err, AGR_FORMAT, "no attribute 'kind'");
    else if (strcmp(label->kind_text, "number") == 0)
        label->column.kind = AGR_LABEL_NUMBER;
    else if (strcmp(label->kind_text, "class") == 0)
        label->column.kind = AGR_LABEL_CLASS;
    else
        return agr_error_set(err, AGR_FORMAT, "kind: expected 'number' or 'class', found '%.60s'",
                             label->kind_text);
    return AGR_OK;
}

static agr_status read_classes(label_storage *label, hid_t object, agr_error *err)
{
    int n_classes;
    AGR_TRY(h5_read_texts(object, "classes", &label->classes, &n_classes, err));
    if (label->column.kind != AGR_LABEL_CLASS)
        return AGR_OK;
    if (n_classes < 1 || n_classes > AGR_DATASET_MAX_CLASSES)
        return agr_error_set(err, AGR_FORMAT, "expected 1 to %d classes, found %d",
                             AGR_DATASET_MAX_CLASSES, n_classes);
    label->column.n_classes = n_classes;
    label->column.classes = (const char *const *)label->classes;
    return AGR_OK;
}

static agr_status check_label(const agr_label_column *column, bool marks_missing, int64_t i,
                              float *value, agr_error *err)
{
    const bool is_class = column->kind == AGR_LABEL_CLASS;
    if (isnan(*value) || (*value == (float)AGR_LABEL_MISSING && (marks_missing || is_class))) {
        *value = NAN;
        return AGR_OK;
    }
    if (is_class && (*value < 0 || *value >= (float)column->n_classes || *value != floorf(*value)))
        return agr_error_set(
            err, AGR_FORMAT, "picture %lld: expected a class 0..%d or %d (no label), found %g",
            (long long)i, column->n_classes - 1, AGR_LABEL_MISSING, (double)*value);
    if (isinf(*value))
        return agr_error_set(err, AGR_FORMAT, "picture %lld: expected a finite number, found %g",
                             (long long)i, (double)*value);
    return AGR_OK;
}

static agr_status read_label_values(const agr_dataset *dataset, label_storage *label,
                                    const h5_dataset *file_column, agr_error *err)
{
    label->values = malloc((size_t)dataset->count * sizeof *label->values);
    if (label->values == NULL)
        return out_of_memory(err);
    AGR_TRY(h5_dataset_read(file_column, H5T_NATIVE_FLOAT, label->values, err));
    const bool marks_missing = file_column->is_unsigned && file_column->type_bytes == 1;
    for (int64_t i = 0; i < dataset->count; i++)
        AGR_TRY(check_label(&label->column, marks_missing, i, &label->values[i], err));
    label->column.values = label->values;
    return AGR_OK;
}

static agr_status fill_label(const agr_dataset *dataset, label_storage *label,
                             const h5_dataset *file_column, agr_error *err)
{
    AGR_TRY(h5_read_text(file_column->id, "kind", &label->kind_text, err));
    AGR_TRY(parse_kind(dataset, label, err));
    AGR_TRY(read_classes(label, file_column->id, err));
    return read_label_values(dataset, label, file_column, err);
}

static agr_status visit_label(void *context, hid_t group, const char *name, bool is_group,
                              agr_error *err)
{
    agr_dataset *dataset = context;
    if (is_group)
        return agr_error_set(err, AGR_FORMAT, "'labels/%s': expected a column, found a group",
                             name);
    label_storage *grown =
        realloc(dataset->labels, ((size_t)dataset->n_labels + 1) * sizeof *grown);
    if (grown == NULL)
        return out_of_memory(err);
    dataset->labels = grown;
    label_storage *label = &grown[dataset->n_labels++];
    *label = (label_storage){.name = strdup(name)};
    if (label->name == NULL)
        return out_of_memory(err);
    label->column.name = label->name;

    h5_dataset column;
    agr_status status = open_column(dataset, group, name, &column, err);
    if (status == AGR_OK) {
        status = fill_label(dataset, label, &column, err);
        h5_dataset_close(&column);
        if (status != AGR_OK)
            agr_error_context(err, "label '%s'", name);
    }
    return status;
}

static agr_status read_labels(agr_dataset *dataset, hid_t file, agr_error *err)
{
    hid_t group;
    AGR_TRY(h5_group_open(file, "labels", &group, err));
    agr_status status = h5_for_each(group, visit_label, dataset, err);
    H5Gclose(group);
    if (status == AGR_OK && dataset->n_labels == 0)
        status =
            agr_error_set(err, AGR_FORMAT, "'labels': expected at least one column, found none");
    return status;
}

/* ---- attributes ---- */

typedef struct {
    agr_dataset *dataset;
    agr_status status;
    agr_error *err;
} attribute_walk;

static herr_t visit_attribute(hid_t file, const char *name, const H5A_info_t *info, void *context)
{
    attribute_walk *walk = context;
    agr_dataset *dataset = walk->dataset;
    char *value;
    (void)info;
    walk->status = h5_read_as_text(file, name, &value, walk->err);
    if (walk->status != AGR_OK)
        return 1;
    if (value == NULL)
        return 0;
    attribute_text *grown =
        realloc(dataset->attributes, ((size_t)dataset->n_attributes + 1) * sizeof *grown);
    char *name_copy = strdup(name);
    if (grown != NULL)
        dataset->attributes = grown;
    if (grown == NULL || name_copy == NULL) {
        free(value);
        free(name_copy);
        walk->status = out_of_memory(walk->err);
        return 1;
    }
    grown[dataset->n_attributes++] = (attribute_text){.name = name_copy, .value = value};
    return 0;
}

static agr_status read_attributes(agr_dataset *dataset, hid_t file, agr_error *err)
{
    attribute_walk walk = {.dataset = dataset, .status = AGR_OK, .err = err};
    const herr_t result =
        H5Aiterate2(file, H5_INDEX_NAME, H5_ITER_INC, NULL, visit_attribute, &walk);
    if (walk.status != AGR_OK)
        return walk.status;
    return result >= 0 ? AGR_OK : h5_fail(err, AGR_FORMAT, "cannot list the attributes");
}

/* ---- all of it ---- */

static agr_status check_is_dataset(hid_t file, agr_error *err)
{
    static const char *const needed[] = {"images", "labels", "split"};
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (!h5_has(file, needed[i])) {
            agr_error_set(err, AGR_FORMAT, "not a dataset: no '/%s'", needed[i]);
            return agr_error_hint(err,
                                  "a dataset is what 'agr-mpi prepare' writes; its layout is in "
                                  "docs/file-formats.md");
        }
    return AGR_OK;
}

agr_status dataset_read(agr_dataset *dataset, hid_t file, agr_error *err)
{
    AGR_TRY(check_format(dataset, file, err));
    AGR_TRY(check_is_dataset(file, err));
    AGR_TRY(open_images(dataset, file, err));
    AGR_TRY(read_labels(dataset, file, err));
    AGR_TRY(read_split(dataset, file, err));
    AGR_TRY(index_split(dataset, err));
    AGR_TRY(read_names(dataset, file, err));
    AGR_TRY(read_content_hashes(dataset, file, err));
    return read_attributes(dataset, file, err);
}
