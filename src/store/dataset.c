/* Opens datasets and answers for them. */
#include "dataset_impl.h"

#include <agr/base/file.h>
#include <agr/base/log.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

const char *agr_label_kind_name(agr_label_kind kind)
{
    static const char *const names[] = {"unknown", "number", "class"};
    return names[kind];
}

const char *agr_split_name(agr_split split)
{
    static const char *const names[AGR_SPLIT_COUNT] = {"train", "validation", "test"};
    return names[split];
}

agr_status agr_split_parse(const char *name, agr_split *split, agr_error *err)
{
    for (int i = 0; i < AGR_SPLIT_COUNT; i++)
        if (strcmp(name, agr_split_name((agr_split)i)) == 0) {
            *split = (agr_split)i;
            return AGR_OK;
        }
    return agr_error_set(err, AGR_USAGE, "split '%s': expected train, validation or test", name);
}

/* ---- open and close ---- */

static agr_status open_locked(agr_dataset *dataset, agr_error *err)
{
    hid_t file;
    AGR_TRY(h5_file_open("dataset", dataset->path, &file, err));
    struct stat info;
    agr_status status;
    if (stat(dataset->path, &info) != 0)
        status = agr_error_set_errno(err, AGR_IO, errno, "cannot measure");
    else {
        dataset->file_bytes = (uint64_t)info.st_size;
        dataset->identity = dataset_identity_of(&info);
        status = dataset_read(dataset, file, err);
    }
    H5Fclose(file);
    if (status != AGR_OK)
        agr_error_context(err, "dataset '%s'", dataset->path);
    return status;
}

agr_status agr_dataset_open(const char *path, agr_dataset **dataset, agr_error *err)
{
    if (!agr_path_exists(path)) {
        agr_error_set(err, AGR_NOT_FOUND, "no dataset at '%s'", path);
        return agr_error_hint(err, "agr-mpi prepare FOLDER -o %s", path);
    }
    agr_dataset *opened = calloc(1, sizeof *opened);
    if (opened == NULL)
        return agr_error_set(err, AGR_MEMORY, "dataset '%s': cannot allocate", path);
    snprintf(opened->path, sizeof opened->path, "%s", path);
    h5_lock();
    const agr_status status = open_locked(opened, err);
    h5_unlock();
    if (status != AGR_OK) {
        agr_dataset_close(opened);
        return status;
    }
    if (opened->is_bare)
        agr_log_warning(
            "dataset '%s': no attribute 'format': taken as it is; kinds of labels follow "
            "from the heads",
            path);
    opened->fingerprint = dataset_compute_fingerprint(opened);
    *dataset = opened;
    return AGR_OK;
}

void agr_dataset_close(agr_dataset *dataset)
{
    if (dataset == NULL)
        return;
    if (dataset->mapping != NULL) {
        bus_error_unwatch(&dataset->watched);
        munmap(dataset->mapping, dataset->mapping_bytes);
    }
    free(dataset->copy);
    for (int i = 0; i < dataset->n_labels; i++) {
        free(dataset->labels[i].name);
        free(dataset->labels[i].kind_text);
        free(dataset->labels[i].classes);
        free(dataset->labels[i].values);
    }
    free(dataset->labels);
    free(dataset->split);
    free(dataset->split_indices);
    free(dataset->names);
    free(dataset->content_hashes);
    for (int i = 0; i < dataset->n_attributes; i++) {
        free(dataset->attributes[i].name);
        free(dataset->attributes[i].value);
    }
    free(dataset->attributes);
    free(dataset);
}

/* ---- accessors ---- */

const char *agr_dataset_path(const agr_dataset *dataset)
{
    return dataset->path;
}

int64_t agr_dataset_count(const agr_dataset *dataset)
{
    return dataset->count;
}

int64_t agr_dataset_height(const agr_dataset *dataset)
{
    return dataset->height;
}

int64_t agr_dataset_width(const agr_dataset *dataset)
{
    return dataset->width;
}

const uint8_t *agr_dataset_image(const agr_dataset *dataset, int64_t i)
{
    AGR_ASSERT(i >= 0 && i < dataset->count);
    return dataset->images + (size_t)i * dataset->image_bytes;
}

int agr_dataset_n_labels(const agr_dataset *dataset)
{
    return dataset->n_labels;
}

const agr_label_column *agr_dataset_label(const agr_dataset *dataset, int index)
{
    AGR_ASSERT(index >= 0 && index < dataset->n_labels);
    return &dataset->labels[index].column;
}

const agr_label_column *agr_dataset_find_label(const agr_dataset *dataset, const char *name)
{
    for (int i = 0; i < dataset->n_labels; i++)
        if (strcmp(dataset->labels[i].name, name) == 0)
            return &dataset->labels[i].column;
    return NULL;
}

const int64_t *agr_dataset_split_indices(const agr_dataset *dataset, agr_split split,
                                         int64_t *count)
{
    const int64_t begin = dataset->split_begin[split];
    *count = dataset->split_begin[split + 1] - begin;
    return dataset->split_indices + begin;
}

agr_split agr_dataset_split_of(const agr_dataset *dataset, int64_t i)
{
    AGR_ASSERT(i >= 0 && i < dataset->count);
    return (agr_split)dataset->split[i];
}

const char *agr_dataset_name(const agr_dataset *dataset, int64_t i)
{
    AGR_ASSERT(i >= 0 && i < dataset->count);
    return dataset->names[i];
}

const uint64_t *agr_dataset_content_hashes(const agr_dataset *dataset)
{
    return dataset->content_hashes;
}

uint64_t agr_dataset_fingerprint(const agr_dataset *dataset)
{
    return dataset->fingerprint;
}

uint64_t agr_dataset_identity(const agr_dataset *dataset)
{
    return dataset->identity;
}

const char *agr_dataset_attribute(const agr_dataset *dataset, const char *name)
{
    for (int i = 0; i < dataset->n_attributes; i++)
        if (strcmp(dataset->attributes[i].name, name) == 0)
            return dataset->attributes[i].value;
    return NULL;
}
