/* Writes the HDF5 file of a Keras model. */
#include <agr/store/keras_file.h>

#include "h5_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What TensorFlow 2.2 calls its Keras: readers choose by it how to read. */
static const char keras_version[] = "2.3.0-tf";
static const char backend[] = "tensorflow";

/* ---- names ---- */

/* Keras splits a list that no attribute has room for into name0, name1, ... */
enum { MAX_LIST_BYTES = 60000 };

static agr_status write_part(hid_t object, const char *name, int part, const char *const *names,
                             int n, agr_error *err)
{
    char numbered[32];
    snprintf(numbered, sizeof numbered, "%s%d", name, part);
    return h5_write_texts(object, numbered, names, n, err);
}

static agr_status write_list(hid_t object, const char *name, const char *const *names, int n,
                             agr_error *err)
{
    size_t width = 1;
    for (int i = 0; i < n; i++)
        width = strlen(names[i]) > width ? strlen(names[i]) : width;
    const int room = (int)(MAX_LIST_BYTES / width);
    if (n == 0) /* what numpy makes of an empty list */
        return h5_write_doubles(object, name, NULL, 0, err);
    if (n <= room)
        return h5_write_texts(object, name, names, n, err);
    for (int begin = 0; begin < n; begin += room)
        AGR_TRY(write_part(object, name, begin / room, names + begin,
                           n - begin < room ? n - begin : room, err));
    return AGR_OK;
}

static agr_status write_weight_names(hid_t group, const char *first, const agr_keras_weight *weight,
                                     int n, agr_error *err)
{
    const char **names = calloc((size_t)n + 1, sizeof *names);
    int n_names = 0;
    if (names == NULL)
        return agr_error_set(err, AGR_MEMORY, "out of memory");
    if (first != NULL)
        names[n_names++] = first;
    for (int w = 0; w < n; w++)
        names[n_names++] = weight[w].name;
    const agr_status status = write_list(group, "weight_names", names, n_names, err);
    free(names);
    return status;
}

/* ---- numbers ---- */

static agr_status write_at(hid_t group, const char *path, hid_t type, int rank,
                           const hsize_t *shape, const void *values, agr_error *err);

static agr_status write_below(hid_t group, const char *path, size_t length, hid_t type, int rank,
                              const hsize_t *shape, const void *values, agr_error *err)
{
    char name[256];
    hid_t below;
    snprintf(name, sizeof name, "%.*s", (int)length, path);
    AGR_TRY(h5_has(group, name) ? h5_group_open(group, name, &below, err)
                                : h5_group_create(group, name, &below, err));
    const agr_status status = write_at(below, path + length + 1, type, rank, shape, values, err);
    H5Gclose(below);
    return status;
}

/* A name with slashes is a path: "conv2d/kernel:0" lies in a group. */
static agr_status write_at(hid_t group, const char *path, hid_t type, int rank,
                           const hsize_t *shape, const void *values, agr_error *err)
{
    const size_t length = strcspn(path, "/");
    if (path[length] == '/')
        return write_below(group, path, length, type, rank, shape, values, err);
    return h5_dataset_write(group, path, type, type, rank, shape, values, err);
}

static agr_status write_weight(hid_t group, const agr_keras_weight *weight, agr_error *err)
{
    hsize_t shape[AGR_KERAS_MAX_RANK];
    for (int d = 0; d < weight->rank; d++)
        shape[d] = (hsize_t)weight->shape[d];
    return write_at(group, weight->name, H5T_IEEE_F32LE, weight->rank, shape, weight->values, err);
}

/* ---- groups ---- */

static agr_status write_layer(hid_t weights, const agr_keras_layer *layer, agr_error *err)
{
    hid_t group;
    AGR_TRY(h5_group_create(weights, layer->name, &group, err));
    agr_status status = write_weight_names(group, NULL, layer->weight, layer->n_weights, err);
    for (int w = 0; w < layer->n_weights && status == AGR_OK; w++)
        status = write_weight(group, &layer->weight[w], err);
    H5Gclose(group);
    return status;
}

static agr_status write_layer_names(hid_t weights, const agr_keras_file *file, agr_error *err)
{
    const char **names = calloc((size_t)file->n_layers + 1, sizeof *names);
    if (names == NULL)
        return agr_error_set(err, AGR_MEMORY, "out of memory");
    for (int l = 0; l < file->n_layers; l++)
        names[l] = file->layer[l].name;
    const agr_status status = write_list(weights, "layer_names", names, file->n_layers, err);
    free(names);
    return status;
}

static agr_status write_versions(hid_t object, agr_error *err)
{
    AGR_TRY(h5_write_ascii(object, "keras_version", keras_version, err));
    return h5_write_ascii(object, "backend", backend, err);
}

static agr_status write_weights(hid_t root, const agr_keras_file *file, agr_error *err)
{
    hid_t weights;
    AGR_TRY(h5_group_create(root, "model_weights", &weights, err));
    agr_status status = write_versions(weights, err);
    if (status == AGR_OK)
        status = write_layer_names(weights, file, err);
    for (int l = 0; l < file->n_layers && status == AGR_OK; l++)
        status = write_layer(weights, &file->layer[l], err);
    H5Gclose(weights);
    return status;
}

static agr_status write_optimizer(hid_t root, const agr_keras_file *file, agr_error *err)
{
    static const char iterations[] = "Adam/iter:0";
    hid_t group;
    if (file->n_slots == 0)
        return AGR_OK;
    AGR_TRY(h5_group_create(root, "optimizer_weights", &group, err));
    agr_status status = write_weight_names(group, iterations, file->slot, file->n_slots, err);
    if (status == AGR_OK)
        status = write_at(group, iterations, H5T_STD_I64LE, 0, NULL, &file->iterations, err);
    for (int s = 0; s < file->n_slots && status == AGR_OK; s++)
        status = write_weight(group, &file->slot[s], err);
    H5Gclose(group);
    return status;
}

static agr_status write_root(hid_t root, const agr_keras_file *file, agr_error *err)
{
    AGR_TRY(write_versions(root, err));
    AGR_TRY(h5_write_ascii(root, "model_config", file->model_config, err));
    if (file->training_config != NULL)
        AGR_TRY(h5_write_ascii(root, "training_config", file->training_config, err));
    if (file->facts != NULL)
        AGR_TRY(h5_write_ascii(root, "agr_mpi", file->facts, err));
    AGR_TRY(write_weights(root, file, err));
    return write_optimizer(root, file, err);
}

static agr_status make_locked(const agr_keras_file *file, void **image, size_t *size_bytes,
                              agr_error *err)
{
    hid_t root;
    AGR_TRY(h5_file_create_in_memory(&root, err));
    agr_status status = write_root(root, file, err);
    if (status == AGR_OK)
        status = h5_file_image(root, image, size_bytes, err);
    const agr_status closed = h5_file_close(root, status == AGR_OK ? err : NULL);
    return status != AGR_OK ? status : closed;
}

agr_status agr_keras_file_make(const agr_keras_file *file, agr_text *bytes, agr_error *err)
{
    void *image = NULL;
    size_t size_bytes = 0;
    h5_lock();
    const agr_status status = make_locked(file, &image, &size_bytes, err);
    h5_unlock();
    if (status == AGR_OK)
        agr_text_add_bytes(bytes, image, size_bytes);
    free(image);
    return status;
}
