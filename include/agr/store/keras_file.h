/**
 * The HDF5 file of a whole Keras model, as `model.save('x.h5')` of TensorFlow 2 writes it and
 * `load_model` reads it: the graph as JSON, the weights layer by layer, what the optimiser remembers.
 * Here is the layout of the file alone; what the JSON says is the business of who makes and who reads
 * it (room `export`). Layout: docs/export.md. Source: TensorFlow 2.2, keras/saving/hdf5_format.py.
 *
 * Not collective. HDF5's lock is taken inside.
 */
#ifndef AGR_STORE_KERAS_FILE_H
#define AGR_STORE_KERAS_FILE_H

#include <agr/base/error.h>
#include <agr/base/text.h>
#include <stdint.h>

enum { AGR_KERAS_MAX_RANK = 6 };

typedef struct {
    const char *name; /* "conv2d/kernel:0", "Adam/conv2d/kernel/m:0" */
    int rank;
    int64_t shape[AGR_KERAS_MAX_RANK];
    const float *values;
} agr_keras_weight;

typedef struct {
    const char *name;
    int n_weights; /* 0: the layer has none; it is in the file all the same */
    const agr_keras_weight *weight;
} agr_keras_layer;

typedef struct {
    const char *model_config;
    const char *training_config; /* NULL: none */
    const char *facts; /* attribute `agr_mpi`, which other readers pass over; NULL: none */
    int n_layers;
    const agr_keras_layer *layer; /* in the order of model_config: readers go by order */
    int64_t iterations;           /* of the optimiser */
    int n_slots;                  /* 0: what the optimiser remembers is not in the file */
    const agr_keras_weight *slot; /* [n_slots] behind the iterations, in their order */
} agr_keras_file;

/** Appends the bytes of such a file. Everything is borrowed. AGR_MEMORY, AGR_IO. */
agr_status agr_keras_file_make(const agr_keras_file *file, agr_text *bytes, agr_error *err);

typedef struct agr_keras_reading agr_keras_reading;

/** Reads such a file, whoever wrote it, but for what the optimiser remembers. Caller releases.
 * AGR_NOT_FOUND, AGR_FORMAT, AGR_MEMORY. */
agr_status agr_keras_file_read(const char *path, agr_keras_reading **reading, agr_error *err);

/** What was read; borrowed. */
const agr_keras_file *agr_keras_reading_file(const agr_keras_reading *reading);

/** NULL is accepted. */
void agr_keras_reading_release(agr_keras_reading *reading);

#endif
