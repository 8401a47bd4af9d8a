/* Reads the weights of a Keras model: its graph is followed from each head to the input, beside the network's. */
#include "keras_impl.h"
#include "keras_import_impl.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *class_of(const cJSON *layer)
{
    return import_text_of(layer, "class_name");
}

static const char *name_of(const cJSON *layer)
{
    return import_text_of(layer, "name");
}

/* A walk through the network and the graph at once. */
typedef struct {
    const agr_import *import;
    agr_network *network;
    const cJSON **taken; /* [layers of the network] the layer of the file that it was read from */
} import_walk;

/* The layer that this one reads: [[["conv2d", 0, 0, {}]]]. NULL: none, or not one. */
static const cJSON *layer_before(const agr_import *import, const cJSON *layer)
{
    const cJSON *uses = cJSON_GetObjectItemCaseSensitive(layer, "inbound_nodes");
    const cJSON *inputs = cJSON_GetArrayItem(uses, 0);
    const char *name = cJSON_GetStringValue(cJSON_GetArrayItem(cJSON_GetArrayItem(inputs, 0), 0));
    if (cJSON_GetArraySize(uses) != 1 || cJSON_GetArraySize(inputs) != 1 || name == NULL)
        return NULL;
    return import_find_named(import->layers, name);
}

static void print_value(const cJSON *value, char text[64])
{
    char *printed = value != NULL ? cJSON_PrintUnformatted(value) : NULL;
    snprintf(text, 64, "%s", printed != NULL ? printed : "nothing");
    cJSON_free(printed);
}

/* What decides what a layer computes; how it was initialised and how it trains does not. */
static agr_status compare_configs(const cJSON *wanted, const cJSON *found, agr_error *err)
{
    static const char *const keys[] = {
        "activation",    "axis",    "center",  "data_format", "depth_multiplier",
        "dilation_rate", "epsilon", "filters", "kernel_size", "padding",
        "pool_size",     "scale",   "strides", "units",       "use_bias"};
    for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++) {
        const cJSON *ours = cJSON_GetObjectItemCaseSensitive(wanted, keys[k]);
        const cJSON *theirs = cJSON_GetObjectItemCaseSensitive(found, keys[k]);
        char expected[64], there[64];
        if (ours == NULL || cJSON_Compare(ours, theirs, true))
            continue;
        print_value(ours, expected);
        print_value(theirs, there);
        return agr_error_set(err, AGR_INPUT, "%s: expected %s, found %s", keys[k], expected, there);
    }
    return AGR_OK;
}

/* Takes config. */
static agr_status check_layer(const cJSON *layer, const char *class_name, cJSON *config,
                              agr_error *err)
{
    agr_status status = AGR_OK;
    if (strcmp(class_of(layer), class_name) != 0)
        status =
            agr_error_set(err, AGR_INPUT, "expected a %s, found a %s", class_name, class_of(layer));
    else
        status = compare_configs(config, cJSON_GetObjectItemCaseSensitive(layer, "config"), err);
    cJSON_Delete(config);
    return status;
}

/* "conv2d_5/kernel:0" and "model/conv2d_5/kernel:0" are both a kernel. */
static bool is_called(const agr_keras_weight *weight, const char *parameter)
{
    const char *slash = strrchr(weight->name, '/');
    const char *name = slash != NULL ? slash + 1 : weight->name;
    const size_t length = strcspn(name, ":");
    return strlen(parameter) == length && strncmp(name, parameter, length) == 0;
}

static bool has_shape(const agr_keras_weight *weight, const agr_parameter *parameter)
{
    bool same = weight->rank == parameter->n_dimensions;
    for (int d = 0; same && d < weight->rank; d++)
        same = weight->shape[d] == parameter->shape[d];
    return same;
}

/* "3x3x32x64" */
static void print_shape(int rank, const int64_t *shape, char text[128])
{
    size_t used = 0;
    text[0] = '\0';
    for (int d = 0; d < rank; d++)
        used += (size_t)snprintf(text + used, 128 - used, "%s%lld", d > 0 ? "x" : "",
                                 (long long)shape[d]);
}

static agr_status refuse_shape(const agr_keras_weight *weight, const agr_parameter *parameter,
                               agr_error *err)
{
    char expected[128], found[128];
    print_shape(parameter->n_dimensions, parameter->shape, expected);
    print_shape(weight->rank, weight->shape, found);
    return agr_error_set(err, AGR_INPUT, "'%s': expected %s, found %s", weight->name, expected,
                         found);
}

static agr_status read_parameter(const agr_keras_layer *stored, const agr_parameter *parameter,
                                 agr_error *err)
{
    const agr_keras_weight *weight = NULL;
    for (int w = 0; w < stored->n_weights; w++)
        if (is_called(&stored->weight[w], parameter->name))
            weight = &stored->weight[w];
    if (weight == NULL)
        return agr_error_set(err, AGR_INPUT, "no weight '%s'", parameter->name);
    if (!has_shape(weight, parameter))
        return refuse_shape(weight, parameter, err);
    for (size_t i = 0; i < parameter->count; i++)
        if (!isfinite(weight->values[i]))
            return agr_error_set(err, AGR_INPUT, "'%s': expected finite numbers, found %g",
                                 weight->name, (double)weight->values[i]);
    memcpy(parameter->value, weight->values, parameter->count * sizeof(float));
    return AGR_OK;
}

static agr_status read_parameters(const agr_import *import, const cJSON *layer,
                                  const agr_layer *ours, agr_error *err)
{
    const agr_keras_layer *stored = NULL;
    for (int l = 0; l < import->file->n_layers; l++)
        if (strcmp(import->file->layer[l].name, name_of(layer)) == 0)
            stored = &import->file->layer[l];
    if (stored == NULL)
        return agr_error_set(err, AGR_INPUT, "the file has no weights of it");
    for (int p = 0; p < ours->n_parameters; p++)
        AGR_TRY(read_parameter(stored, &ours->parameter[p], err));
    return AGR_OK;
}

static agr_status take_layer(import_walk *walk, int index, const cJSON *layer, agr_error *err)
{
    const agr_layer *ours = agr_network_layer(walk->network, index);
    const char *class_name;
    cJSON *config;
    if (walk->taken[index] != NULL && walk->taken[index] != layer)
        return agr_error_set(err, AGR_INPUT, "expected '%s', which another head reads too",
                             name_of(walk->taken[index]));
    walk->taken[index] = layer;
    AGR_TRY(keras_describe_layer(ours, &class_name, &config, err));
    AGR_TRY(check_layer(layer, class_name, config, err));
    return ours->n_parameters > 0 ? read_parameters(walk->import, layer, ours, err) : AGR_OK;
}

/* From the layer that gives a head's raw values back to the input. */
static agr_status walk_back(import_walk *walk, int index, const cJSON *layer, agr_error *err)
{
    for (; index >= 0; index = agr_network_layer_before(walk->network, index)) {
        const char *ours = agr_network_layer(walk->network, index)->name;
        if (layer == NULL)
            return agr_error_set(err, AGR_INPUT, "the graph ends where the network has layer '%s'",
                                 ours);
        if (take_layer(walk, index, layer, err) != AGR_OK)
            return agr_error_context(err, "layer '%s', read as '%s'", name_of(layer), ours);
        layer = layer_before(walk->import, layer);
    }
    if (layer == NULL || strcmp(class_of(layer), "InputLayer") != 0)
        return agr_error_set(err, AGR_INPUT,
                             "expected the input before the first layer, found '%s'",
                             name_of(layer));
    return AGR_OK;
}

/* A head is an output of its name; in a file of several branches with layers of one name, after that of
 * its branch. */
static const cJSON *find_output(const agr_import *import, const char *branch, const char *head)
{
    char prefixed[2 * AGR_CONFIG_NAME_BYTES];
    const cJSON *output;
    snprintf(prefixed, sizeof prefixed, "%s.%s", branch, head);
    cJSON_ArrayForEach(output, import->outputs)
    {
        const char *name = cJSON_GetStringValue(cJSON_GetArrayItem(output, 0));
        if (name != NULL && (strcmp(name, head) == 0 || strcmp(name, prefixed) == 0))
            return import_find_named(import->layers, name);
    }
    return NULL;
}

static agr_status no_output(const agr_import *import, const char *head, agr_error *err)
{
    agr_text list = {0};
    const cJSON *output;
    agr_error_set(err, AGR_INPUT, "no output '%s'", head);
    cJSON_ArrayForEach(output, import->outputs)
    {
        const char *name = cJSON_GetStringValue(cJSON_GetArrayItem(output, 0));
        agr_text_add(&list, "%s%s", list.length > 0 ? ", " : "", name != NULL ? name : "?");
    }
    agr_error_hint(err, "outputs of the file: %s", list.length > 0 ? list.data : "none");
    agr_text_release(&list);
    return AGR_INPUT;
}

static agr_status read_head(import_walk *walk, int h, agr_error *err)
{
    const agr_head *head = agr_network_head(walk->network, h);
    const cJSON *layer = find_output(walk->import, agr_network_name(walk->network), head->name);
    const char *class_name;
    cJSON *config;
    if (layer == NULL)
        return no_output(walk->import, head->name, err);
    AGR_TRY(keras_describe_activation(head->loss.kind->activation, &class_name, &config, err));
    if (check_layer(layer, class_name, config, err) != AGR_OK)
        return agr_error_context(err, "output '%s'", name_of(layer));
    return walk_back(walk, agr_network_head_layer(walk->network, h),
                     layer_before(walk->import, layer), err);
}

agr_status agr_import_weights(const agr_import *import, agr_network *network, agr_error *err)
{
    import_walk walk = {.import = import, .network = network};
    walk.taken = calloc((size_t)agr_network_n_layers(network), sizeof *walk.taken);
    if (walk.taken == NULL)
        return agr_error_set(err, AGR_MEMORY, "out of memory");
    agr_status status = AGR_OK;
    for (int h = 0; h < agr_network_n_heads(network) && status == AGR_OK; h++)
        status = read_head(&walk, h, err);
    free(walk.taken);
    agr_network_parameters_changed(network);
    if (status != AGR_OK)
        agr_error_context(err, "branch '%s'", agr_network_name(network));
    return status;
}
