/** What the files of the Keras format share: the words for a layer, and the graph in Keras' order. */
#ifndef AGR_EXPORT_KERAS_IMPL_H
#define AGR_EXPORT_KERAS_IMPL_H

#include "export_impl.h"

#include <agr/store/keras_file.h>

/** What Keras calls this layer: a class, and the configuration of it, which is all but its name. The caller
 * deletes config. AGR_UNSUPPORTED names a layer that Keras 2.3 has no class for; AGR_MEMORY. */
agr_status keras_describe_layer(const agr_layer *layer, const char **class_name, cJSON **config,
                                agr_error *err);

/** The same of what turns a head's raw values into what it says. */
agr_status keras_describe_activation(agr_activation activation, const char **class_name,
                                     cJSON **config, agr_error *err);

/** One layer of a Keras model: the input, a layer of a network, or the activation of a head. */
typedef struct {
    const agr_model *model; /* NULL: the input */
    const agr_layer *layer; /* NULL: the input or an activation */
    int head;               /* of an activation */
    int before;             /* the node that it reads; -1: none */
    int depth;              /* steps to the farthest output */
    int visit;              /* when Keras came by first, on its way from the outputs */
    char *name;             /* in the file; owned */
} keras_node;

/** All networks of an export as one model. */
typedef struct {
    int n_nodes;
    keras_node *node; /* owned */
    int *order;       /* [n_nodes] nodes in the order of Keras' model.layers; owned */
    int n_outputs;
    int *output; /* nodes: heads in the order of branches; owned */
} keras_graph;

/** Caller releases, in every case. AGR_UNSUPPORTED: a layer and a head have one name; AGR_MEMORY. */
agr_status keras_graph_make(const export_job *job, keras_graph *graph, agr_error *err);
void keras_graph_release(keras_graph *graph);

/** The graph as the JSON of `model_config`. Caller frees with cJSON_free(). */
agr_status keras_model_config(const export_job *job, const keras_graph *graph, char **text,
                              agr_error *err);

/** How the model goes on training. */
typedef struct {
    char *config; /* the JSON of `training_config`; NULL: Keras has no words for it; owned */
    bool
        is_remembered; /* the slot holds what Adam remembers, of all branches after one number of steps */
    int64_t iterations;     /* those steps */
    int n_slots;            /* all m, then all v, in the order of Keras' layers */
    agr_keras_weight *slot; /* [n_slots]; owned, values are the snapshots' */
    agr_text *name;         /* [n_slots]; owned */
    int n_snapshots;
    agr_snapshot *snapshot[AGR_MAX_MODELS]; /* owned */
} keras_training;

/** What cannot be said is left out, with a word in the log. Caller releases, in every case. AGR_MEMORY;
 * else as agr_checkpoint_read_snapshot(). */
agr_status keras_training_make(const export_job *job, const keras_graph *graph,
                               keras_training *training, agr_error *err);
void keras_training_release(keras_training *training);

#endif
