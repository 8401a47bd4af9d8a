/**
 * A Keras model read back into networks: the weights of a file that `model.save('x.h5')` of TensorFlow 2
 * or `agr-mpi export` wrote. The networks are told by a configuration; the file's graph must be theirs, layer
 * by layer from each head back to the input. What its layers are called does not count, what its outputs are
 * called does: as the heads. Not collective.
 */
#ifndef AGR_EXPORT_IMPORT_H
#define AGR_EXPORT_IMPORT_H

#include <agr/base/error.h>
#include <agr/nn/network.h>
#include <agr/store/checkpoint.h>
#include <agr/train/description.h>

typedef struct agr_import agr_import;

/** Caller closes. AGR_NOT_FOUND, AGR_FORMAT, AGR_MEMORY; AGR_UNSUPPORTED for a model that is no graph of
 * layers. */
agr_status agr_import_open(const char *path, agr_import **import, agr_error *err);

/** NULL is accepted. */
void agr_import_close(agr_import *import);

/** The configuration that agr-mpi wrote into the file, YAML; NULL: another program wrote it. Borrowed. */
const char *agr_import_config(const agr_import *import);

/** How a picture becomes the model's input: as agr-mpi wrote into the file, else the size of its input layer,
 * resized bilinearly. AGR_FORMAT. */
agr_status agr_import_preprocessing(const agr_import *import, agr_preprocessing *preprocessing,
                                    agr_error *err);

/** Reads the weights of a planned network, moving statistics among them. AGR_INPUT names what in the file
 * is not as the network has it, and numbers that are not finite. */
agr_status agr_import_weights(const agr_import *import, agr_network *network, agr_error *err);

/** Adds to a head what agr-mpi wrote into the file of it, where there is nothing yet: the names of its
 * classes, borrowed from the import, the range of its numbers. AGR_MEMORY. */
agr_status agr_import_head(agr_import *import, const char *branch, agr_checkpoint_head *head,
                           agr_error *err);

#endif
