/* Networks as one Keras model: which layers it has, and in which order Keras counts them. */
#include "keras_impl.h"

#include <stdlib.h>
#include <string.h>

static agr_status out_of_memory(agr_error *err)
{
    return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for the graph");
}

static int add_node(keras_graph *graph, keras_node node, agr_text *name)
{
    node.name = name->failed ? NULL : name->data;
    graph->node[graph->n_nodes] = node;
    return graph->n_nodes++;
}

static int add_named(const export_job *job, keras_graph *graph, keras_node node, const char *plain)
{
    agr_text name = {0};
    export_add_layer_name(job, node.model, plain, &name);
    return add_node(graph, node, &name);
}

static void add_network(const export_job *job, keras_graph *graph, const agr_model *model)
{
    const agr_network *network = model->network;
    const int first = graph->n_nodes;
    for (int i = 0; i < agr_network_n_layers(network); i++) {
        const agr_layer *layer = agr_network_layer(network, i);
        const int before = agr_network_layer_before(network, i);
        add_named(
            job, graph,
            (keras_node){.model = model, .layer = layer, .before = before < 0 ? 0 : first + before},
            layer->name);
    }
    for (int h = 0; h < agr_network_n_heads(network); h++)
        graph->output[graph->n_outputs++] = add_named(
            job, graph,
            (keras_node){
                .model = model, .head = h, .before = first + agr_network_head_layer(network, h)},
            agr_network_head(network, h)->name);
}

static agr_status allocate(const export_job *job, keras_graph *graph, agr_error *err)
{
    size_t n_outputs = 0, n_nodes = 1;
    for (int m = 0; m < job->models.n_models; m++) {
        n_outputs += (size_t)agr_network_n_heads(job->models.model[m].network);
        n_nodes += (size_t)agr_network_n_layers(job->models.model[m].network);
    }
    n_nodes += n_outputs;
    graph->node = calloc(n_nodes, sizeof *graph->node);
    graph->order = calloc(n_nodes, sizeof *graph->order);
    graph->output = calloc(n_outputs, sizeof *graph->output);
    return graph->node != NULL && graph->order != NULL && graph->output != NULL
               ? AGR_OK
               : out_of_memory(err);
}

static agr_status check_names(const keras_graph *graph, agr_error *err)
{
    for (int i = 0; i < graph->n_nodes; i++)
        if (graph->node[i].name == NULL)
            return out_of_memory(err);
    for (int i = 0; i < graph->n_nodes; i++)
        for (int k = 0; k < i; k++)
            if (strcmp(graph->node[i].name, graph->node[k].name) == 0)
                return agr_error_set(err, AGR_UNSUPPORTED,
                                     "'%s': format 'keras' wants one name each for the input, "
                                     "layers and heads, found it twice",
                                     graph->node[i].name);
    return AGR_OK;
}

/* ---- the order of model.layers: by depth, the deepest first, then as they were met on the way from the
 * outputs to the input. Source: TensorFlow 2.2, keras/engine/network.py, _map_graph_network(). ---- */

static void visit_from_outputs(keras_graph *graph)
{
    int n_visited = 0;
    for (int i = 0; i < graph->n_nodes; i++)
        graph->node[i].visit = -1;
    for (int o = 0; o < graph->n_outputs; o++) {
        int depth = 0;
        for (int i = graph->output[o]; i >= 0; i = graph->node[i].before, depth++) {
            keras_node *node = &graph->node[i];
            if (node->visit < 0)
                node->visit = n_visited++;
            if (depth > node->depth)
                node->depth = depth;
        }
    }
}

static bool comes_before(const keras_node *a, const keras_node *b)
{
    return a->depth != b->depth ? a->depth > b->depth : a->visit < b->visit;
}

static void sort(keras_graph *graph)
{
    for (int i = 0; i < graph->n_nodes; i++) {
        int at = i;
        for (; at > 0 && comes_before(&graph->node[i], &graph->node[graph->order[at - 1]]); at--)
            graph->order[at] = graph->order[at - 1];
        graph->order[at] = i;
    }
}

agr_status keras_graph_make(const export_job *job, keras_graph *graph, agr_error *err)
{
    agr_text name = {0};
    *graph = (keras_graph){0};
    AGR_TRY(allocate(job, graph, err));
    agr_text_add(&name, "input_1");
    add_node(graph, (keras_node){.before = -1}, &name);
    for (int m = 0; m < job->models.n_models; m++)
        add_network(job, graph, &job->models.model[m]);
    AGR_TRY(check_names(graph, err));
    visit_from_outputs(graph);
    sort(graph);
    return AGR_OK;
}

void keras_graph_release(keras_graph *graph)
{
    for (int i = 0; i < graph->n_nodes; i++)
        free(graph->node[i].name);
    free(graph->node);
    free(graph->order);
    free(graph->output);
    *graph = (keras_graph){0};
}
