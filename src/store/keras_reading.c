/* Reads the HDF5 file of a Keras model. */
#include <agr/store/keras_file.h>

#include "h5_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A layer on its way in: the names are one block that h5_read_texts() made. */
typedef struct {
    char **names;
    agr_keras_weight *weight;
    float **values; /* [n_weights] */
} layer_memory;

struct agr_keras_reading {
    agr_keras_file file;
    uint64_t file_bytes;
    char *model_config, *facts;
    char **layer_names;
    agr_keras_layer *layer;
    layer_memory *memory; /* [n_layers] */
};

static agr_status out_of_memory(agr_error *err)
{
    return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for a Keras model");
}

/* ---- names ---- */

/* A list too long for one attribute is name0, name1, ...: no network here is so large. Empty lists are
 * empty lists of numbers. */
static agr_status read_list(hid_t object, const char *name, char ***names, int *n, agr_error *err)
{
    *names = NULL;
    *n = 0;
    if (H5Aexists(object, name) <= 0)
        return agr_error_set(err, AGR_FORMAT, "no attribute '%s'", name);
    const hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    if (attribute < 0)
        return h5_fail(err, AGR_FORMAT, "attribute '%s'", name);
    const hid_t space = H5Aget_space(attribute);
    const bool is_empty = H5Sget_simple_extent_npoints(space) == 0;
    H5Sclose(space);
    H5Aclose(attribute);
    return is_empty ? AGR_OK : h5_read_texts(object, name, names, n, err);
}

/* ---- numbers ---- */

static agr_status take_dataset(const h5_dataset *dataset, agr_keras_weight *weight, float **values,
                               agr_error *err)
{
    if (dataset->rank > AGR_KERAS_MAX_RANK)
        return agr_error_set(err, AGR_FORMAT, "expected at most %d dimensions, found %d",
                             AGR_KERAS_MAX_RANK, dataset->rank);
    weight->rank = dataset->rank;
    for (int d = 0; d < dataset->rank; d++)
        weight->shape[d] = (int64_t)dataset->shape[d];
    *values = malloc(dataset->count * sizeof **values + 1);
    if (*values == NULL)
        return out_of_memory(err);
    weight->values = *values;
    return h5_dataset_read(dataset, H5T_NATIVE_FLOAT, *values, err);
}

static agr_status read_weight(const agr_keras_reading *r, hid_t group, agr_keras_weight *weight,
                              float **values, agr_error *err)
{
    h5_dataset dataset;
    char path[512];
    hid_t parent = -1;
    snprintf(path, sizeof path, "%s", weight->name);
    char *slash = strrchr(path, '/');
    if (slash != NULL) {
        *slash = '\0';
        AGR_TRY(h5_group_at(group, path, &parent, err));
    }
    agr_status status =
        h5_dataset_open(parent >= 0 ? parent : group, slash != NULL ? slash + 1 : path,
                        r->file_bytes, &dataset, err);
    if (status == AGR_OK) {
        status = take_dataset(&dataset, weight, values, err);
        h5_dataset_close(&dataset);
    }
    if (parent >= 0)
        H5Gclose(parent);
    return status;
}

static agr_status read_weights(const agr_keras_reading *r, hid_t group, agr_keras_layer *layer,
                               layer_memory *memory, agr_error *err)
{
    int n;
    AGR_TRY(read_list(group, "weight_names", &memory->names, &n, err));
    memory->weight = calloc((size_t)n + 1, sizeof *memory->weight);
    memory->values = calloc((size_t)n + 1, sizeof *memory->values);
    if (memory->weight == NULL || memory->values == NULL)
        return out_of_memory(err);
    layer->weight = memory->weight;
    for (; layer->n_weights < n; layer->n_weights++) {
        agr_keras_weight *weight = &memory->weight[layer->n_weights];
        weight->name = memory->names[layer->n_weights];
        if (read_weight(r, group, weight, &memory->values[layer->n_weights], err) != AGR_OK) {
            layer->n_weights++; /* its values, if there are any, are to be freed */
            return agr_error_context(err, "'%s'", weight->name);
        }
    }
    return AGR_OK;
}

/* ---- the file ---- */

static agr_status read_layer(agr_keras_reading *r, hid_t weights, int l, agr_error *err)
{
    hid_t group;
    r->layer[l].name = r->layer_names[l];
    agr_status status = h5_group_open(weights, r->layer_names[l], &group, err);
    if (status == AGR_OK) {
        status = read_weights(r, group, &r->layer[l], &r->memory[l], err);
        H5Gclose(group);
    }
    return status == AGR_OK ? AGR_OK : agr_error_context(err, "layer '%s'", r->layer_names[l]);
}

static agr_status read_layers(agr_keras_reading *r, hid_t weights, agr_error *err)
{
    int n;
    AGR_TRY(read_list(weights, "layer_names", &r->layer_names, &n, err));
    r->layer = calloc((size_t)n + 1, sizeof *r->layer);
    r->memory = calloc((size_t)n + 1, sizeof *r->memory);
    if (r->layer == NULL || r->memory == NULL)
        return out_of_memory(err);
    r->file.layer = r->layer;
    for (; r->file.n_layers < n; r->file.n_layers++)
        if (read_layer(r, weights, r->file.n_layers, err) != AGR_OK) {
            r->file.n_layers++;
            return err->status;
        }
    return AGR_OK;
}

static agr_status read_root(agr_keras_reading *r, hid_t root, agr_error *err)
{
    hid_t weights;
    AGR_TRY(h5_read_text(root, "model_config", &r->model_config, err));
    if (r->model_config == NULL) {
        agr_error_set(err, AGR_FORMAT, "no attribute 'model_config'");
        return agr_error_hint(err, "save the whole model: model.save('model.h5')");
    }
    AGR_TRY(h5_read_text(root, "agr_mpi", &r->facts, err));
    r->file.model_config = r->model_config;
    r->file.facts = r->facts;
    AGR_TRY(h5_group_open(root, "model_weights", &weights, err));
    const agr_status status = read_layers(r, weights, err);
    H5Gclose(weights);
    return status;
}

static agr_status read_locked(const char *path, agr_keras_reading *r, agr_error *err)
{
    struct stat info;
    hid_t root;
    AGR_TRY(h5_file_open("Keras model", path, &root, err));
    r->file_bytes = stat(path, &info) == 0 ? (uint64_t)info.st_size : 0;
    const agr_status status = read_root(r, root, err);
    h5_file_close(root, status == AGR_OK ? err : NULL);
    return status == AGR_OK ? AGR_OK : agr_error_context(err, "Keras model '%s'", path);
}

agr_status agr_keras_file_read(const char *path, agr_keras_reading **reading, agr_error *err)
{
    agr_keras_reading *r = calloc(1, sizeof *r);
    if (r == NULL)
        return out_of_memory(err);
    h5_lock();
    const agr_status status = read_locked(path, r, err);
    h5_unlock();
    if (status == AGR_OK)
        *reading = r;
    else
        agr_keras_reading_release(r);
    return status;
}

const agr_keras_file *agr_keras_reading_file(const agr_keras_reading *reading)
{
    return &reading->file;
}

void agr_keras_reading_release(agr_keras_reading *r)
{
    if (r == NULL)
        return;
    for (int l = 0; l < r->file.n_layers; l++) {
        for (int w = 0; w < r->layer[l].n_weights; w++)
            free(r->memory[l].values[w]);
        free(r->memory[l].values);
        free(r->memory[l].weight);
        free(r->memory[l].names);
    }
    free(r->memory);
    free(r->layer);
    free(r->layer_names);
    free(r->facts);
    free(r->model_config);
    free(r);
}
