/* The graph as Keras writes it down: the JSON of `model_config`. */
#include "keras_impl.h"

/* A place in lists of layers: ["conv2d", 0, 0], the first output of its first use. */
static cJSON *make_place(const char *name)
{
    cJSON *place = cJSON_CreateArray();
    cJSON_AddItemToArray(place, cJSON_CreateString(name));
    cJSON_AddItemToArray(place, cJSON_CreateNumber(0));
    cJSON_AddItemToArray(place, cJSON_CreateNumber(0));
    return place;
}

/* [[["conv2d", 0, 0, {}]]]: used once, with one input, without further arguments. */
static void add_inbound(cJSON *object, const keras_graph *graph, int before)
{
    cJSON *uses = cJSON_AddArrayToObject(object, "inbound_nodes");
    if (before < 0)
        return;
    cJSON *inputs = cJSON_CreateArray();
    cJSON *place = make_place(graph->node[before].name);
    cJSON_AddItemToArray(place, cJSON_CreateObject());
    cJSON_AddItemToArray(inputs, place);
    cJSON_AddItemToArray(uses, inputs);
}

static cJSON *describe_input(agr_extent input)
{
    cJSON *config = cJSON_CreateObject();
    cJSON *shape = cJSON_AddArrayToObject(config, "batch_input_shape");
    cJSON_AddItemToArray(shape, cJSON_CreateNull());
    cJSON_AddItemToArray(shape, cJSON_CreateNumber((double)input.height));
    cJSON_AddItemToArray(shape, cJSON_CreateNumber((double)input.width));
    cJSON_AddItemToArray(shape, cJSON_CreateNumber((double)input.channels));
    cJSON_AddStringToObject(config, "dtype", "float32");
    cJSON_AddFalseToObject(config, "sparse");
    cJSON_AddFalseToObject(config, "ragged");
    return config;
}

static agr_status describe(const export_job *job, const keras_node *node, const char **class_name,
                           cJSON **config, agr_error *err)
{
    if (node->layer != NULL)
        return keras_describe_layer(node->layer, class_name, config, err);
    if (node->model != NULL)
        return keras_describe_activation(
            agr_network_head(node->model->network, node->head)->loss.kind->activation, class_name,
            config, err);
    *class_name = "InputLayer";
    *config = describe_input(job->models.preprocessing.input);
    return AGR_OK;
}

static agr_status add_layer(const export_job *job, const keras_graph *graph, const keras_node *node,
                            cJSON *layers, agr_error *err)
{
    const char *class_name;
    cJSON *config;
    if (describe(job, node, &class_name, &config, err) != AGR_OK)
        return agr_error_context(err, "branch '%s'", node->model->name);
    cJSON *object = cJSON_CreateObject();
    cJSON_AddItemToArray(layers, object);
    cJSON_AddStringToObject(object, "class_name", class_name);
    cJSON_AddStringToObject(config, "name", node->name);
    cJSON_AddItemToObject(object, "config", config);
    cJSON_AddStringToObject(object, "name", node->name);
    add_inbound(object, graph, node->before);
    return AGR_OK;
}

static agr_status add_graph(const export_job *job, const keras_graph *graph, cJSON *config,
                            agr_error *err)
{
    cJSON_AddStringToObject(config, "name", "agr_mpi");
    cJSON *layers = cJSON_AddArrayToObject(config, "layers");
    for (int i = 0; i < graph->n_nodes; i++)
        AGR_TRY(add_layer(job, graph, &graph->node[graph->order[i]], layers, err));
    cJSON *inputs = cJSON_AddArrayToObject(config, "input_layers");
    cJSON_AddItemToArray(inputs, make_place(graph->node[0].name));
    cJSON *outputs = cJSON_AddArrayToObject(config, "output_layers");
    for (int o = 0; o < graph->n_outputs; o++)
        cJSON_AddItemToArray(outputs, make_place(graph->node[graph->output[o]].name));
    return AGR_OK;
}

agr_status keras_model_config(const export_job *job, const keras_graph *graph, char **text,
                              agr_error *err)
{
    cJSON *model = cJSON_CreateObject();
    cJSON_AddStringToObject(model, "class_name", "Model");
    const agr_status status = add_graph(job, graph, cJSON_AddObjectToObject(model, "config"), err);
    *text = status == AGR_OK ? cJSON_PrintUnformatted(model) : NULL;
    cJSON_Delete(model);
    if (status == AGR_OK && *text == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for the configuration");
    return status;
}
