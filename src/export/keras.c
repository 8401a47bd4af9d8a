/* The HDF5 file of a Keras model, that load_model of TensorFlow 2.2 reads. */
#include "keras_impl.h"

#include <stdlib.h>

/* The layers of the file with their weights; names of weights are made here. */
typedef struct {
    int n_layers, n_weights;
    agr_keras_layer *layer;
    agr_keras_weight *weight; /* of all layers, in their order */
    agr_text *name;           /* [n_weights] */
} weight_table;

static agr_status out_of_memory(agr_error *err)
{
    return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for the weights");
}

static agr_status allocate(const keras_graph *graph, weight_table *table, agr_error *err)
{
    const size_t n_layers = (size_t)graph->n_nodes;
    const size_t n_weights = n_layers * AGR_LAYER_MAX_PARAMETERS;
    table->layer = calloc(n_layers, sizeof *table->layer);
    table->weight = calloc(n_weights, sizeof *table->weight);
    table->name = calloc(n_weights, sizeof *table->name);
    return table->layer != NULL && table->weight != NULL && table->name != NULL
               ? AGR_OK
               : out_of_memory(err);
}

static void release(weight_table *table)
{
    for (int w = 0; w < table->n_weights; w++)
        agr_text_release(&table->name[w]);
    free(table->name);
    free(table->weight);
    free(table->layer);
}

static void add_weight(const keras_node *node, const agr_parameter *parameter, weight_table *table)
{
    agr_text *name = &table->name[table->n_weights];
    agr_keras_weight *weight = &table->weight[table->n_weights++];
    agr_text_add(name, "%s/%s:0", node->name, parameter->name);
    *weight = (agr_keras_weight){
        .name = name->data, .rank = parameter->n_dimensions, .values = parameter->value};
    for (int d = 0; d < parameter->n_dimensions; d++)
        weight->shape[d] = parameter->shape[d];
}

static agr_status fill(const keras_graph *graph, weight_table *table, agr_error *err)
{
    AGR_TRY(allocate(graph, table, err));
    for (int i = 0; i < graph->n_nodes; i++) {
        const keras_node *node = &graph->node[graph->order[i]];
        agr_keras_layer *layer = &table->layer[table->n_layers++];
        *layer = (agr_keras_layer){.name = node->name, .weight = table->weight + table->n_weights};
        layer->n_weights = node->layer != NULL ? node->layer->n_parameters : 0;
        for (int p = 0; p < layer->n_weights; p++)
            add_weight(node, &node->layer->parameter[p], table);
    }
    for (int w = 0; w < table->n_weights; w++)
        if (table->name[w].failed)
            return out_of_memory(err);
    return AGR_OK;
}

static agr_status make_facts(const export_job *job, char **text, agr_error *err)
{
    cJSON *facts;
    AGR_TRY(export_facts(job, &facts, err));
    *text = cJSON_PrintUnformatted(facts);
    cJSON_Delete(facts);
    return *text != NULL ? AGR_OK : out_of_memory(err);
}

static agr_status write_model(const export_job *job, const keras_graph *graph, agr_text *bytes,
                              agr_error *err)
{
    weight_table table = {0};
    keras_training training = {0};
    char *model_config = NULL, *facts = NULL;
    agr_status status = keras_model_config(job, graph, &model_config, err);
    if (status == AGR_OK)
        status = make_facts(job, &facts, err);
    if (status == AGR_OK)
        status = fill(graph, &table, err);
    if (status == AGR_OK)
        status = keras_training_make(job, graph, &training, err);
    if (status == AGR_OK) {
        const agr_keras_file file = {.model_config = model_config,
                                     .training_config = training.config,
                                     .facts = facts,
                                     .iterations = training.iterations,
                                     .n_slots = training.is_remembered ? training.n_slots : 0,
                                     .slot = training.slot,
                                     .n_layers = table.n_layers,
                                     .layer = table.layer};
        status = agr_keras_file_make(&file, bytes, err);
    }
    keras_training_release(&training);
    release(&table);
    cJSON_free(facts);
    cJSON_free(model_config);
    return status;
}

agr_status export_keras(const export_job *job, agr_text *bytes, agr_error *err)
{
    keras_graph graph;
    agr_status status = keras_graph_make(job, &graph, err);
    if (status == AGR_OK)
        status = write_model(job, &graph, bytes, err);
    keras_graph_release(&graph);
    return status;
}
