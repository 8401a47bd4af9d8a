/* Making a network from its configuration, and telling what it consists of. */
#include "network_impl.h"

#include <agr/base/parse.h>
#include <agr/base/size.h>
#include <agr/nn/initialise.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- creating: names and options ---- */

static int count_layers(const agr_branch_config *branch)
{
    int n = branch->n_layers;
    for (int h = 0; h < branch->n_heads; h++)
        n += branch->head[h].n_layers;
    return n;
}

static agr_status add_layer(agr_network *network, int index, agr_layer_config *config,
                            const agr_layer_kind *const *kinds, agr_error *err)
{
    agr_stage *stage = &network->stage[index];
    agr_layer *layer = &stage->layer;
    stage->options = &config->options;
    layer->index = index;
    snprintf(layer->name, sizeof layer->name, "%s", config->name);
    for (int i = 0; i < index; i++)
        if (strcmp(network->stage[i].layer.name, layer->name) == 0)
            return agr_options_fail(&config->options, err,
                                    "name: expected one that no other layer has, found '%s' twice",
                                    layer->name);
    layer->kind = agr_layer_kind_find(kinds, config->kind);
    if (layer->kind != NULL) {
        if (layer->kind->own_bytes > 0)
            layer->own = calloc(1, layer->kind->own_bytes);
        return layer->kind->own_bytes > 0 && layer->own == NULL
                   ? agr_error_set(err, AGR_MEMORY, "network '%s'", network->name)
                   : AGR_OK;
    }
    agr_options_fail(&config->options, err, "no kind of layer '%s'", config->kind);
    char names[AGR_ERROR_HINT_BYTES] = "";
    agr_nearest nearest = {.word = config->kind};
    for (int i = 0; kinds[i] != NULL; i++)
        agr_nearest_offer(&nearest, kinds[i]->name);
    if (nearest.found != NULL)
        return agr_error_hint(err, "did you mean '%s'?", nearest.found);
    for (int i = 0; kinds[i] != NULL; i++) {
        const size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, "%s%s", i > 0 ? ", " : "", kinds[i]->name);
    }
    return agr_error_hint(err, "kinds: %s", names);
}

static agr_status add_layers(agr_network *network, agr_branch_config *branch,
                             const agr_layer_kind *const *kinds, agr_error *err)
{
    int next = 0;
    network->trunk = (agr_chain){0, branch->n_layers};
    for (int i = 0; i < branch->n_layers; i++)
        AGR_TRY(add_layer(network, next++, &branch->layer[i], kinds, err));
    for (int h = 0; h < branch->n_heads; h++) {
        agr_head_config *head = &branch->head[h];
        network->head[h].chain = (agr_chain){next, next + head->n_layers};
        for (int i = 0; i < head->n_layers; i++)
            AGR_TRY(add_layer(network, next++, &head->layer[i], kinds, err));
    }
    if (branch->n_heads == 1) {
        network->trunk.end = next;
        network->head[0].chain = (agr_chain){next, next};
    }
    return AGR_OK;
}

/* ---- creating: shapes ---- */

enum { MAX_ELEMENTS = 1 << 30 }; /* of one image's tensor: keeps every product of sizes in range */

static agr_status configure_layer(agr_stage *stage, agr_extent in, bool flat,
                                  const agr_layer_settings *settings, agr_error *err)
{
    agr_layer *layer = &stage->layer;
    layer->in = layer->out = in;
    layer->flat_in = layer->flat_out = flat;
    AGR_TRY(layer->kind->configure(layer, stage->options, settings, err));
    AGR_TRY(agr_options_finish(stage->options, err));
    const double size =
        (double)layer->out.height * (double)layer->out.width * (double)layer->out.channels;
    double n_parameters = 0;
    for (int p = 0; p < layer->n_parameters; p++)
        n_parameters += (double)layer->parameter[p].count;
    if (size > MAX_ELEMENTS || n_parameters > MAX_ELEMENTS)
        return agr_options_fail(stage->options, err,
                                "expected at most %d outputs and parameters, found %.0f and %.0f",
                                MAX_ELEMENTS, size, n_parameters);
    return AGR_OK;
}

static agr_status configure_chain(agr_network *network, agr_chain chain, agr_extent *extent,
                                  bool *flat, const agr_layer_settings *settings, agr_error *err)
{
    for (int i = chain.begin; i < chain.end; i++) {
        agr_stage *stage = &network->stage[i];
        AGR_TRY(configure_layer(stage, *extent, *flat, settings, err));
        *extent = stage->layer.out;
        *flat = stage->layer.flat_out;
    }
    return AGR_OK;
}

agr_extent agr_chain_out(const agr_network *network, agr_chain chain, agr_extent in)
{
    return chain.begin == chain.end ? in : network->stage[chain.end - 1].layer.out;
}

static agr_status configure_head(agr_network *network, int h, agr_head_config *config,
                                 agr_extent extent, bool flat, const agr_network_options *options,
                                 const agr_layer_settings *settings, agr_error *err)
{
    agr_output *head = &network->head[h];
    snprintf(head->head.name, sizeof head->head.name, "%s", config->name);
    snprintf(head->head.target, sizeof head->head.target, "%s", config->target);
    head->head.weight = config->weight;
    AGR_TRY(configure_chain(network, head->chain, &extent, &flat, settings, err));
    if (!flat)
        return agr_options_fail(&config->options, err,
                                "expected a last layer with a flat output, found an image "
                                "%lld x %lld x %lld",
                                (long long)extent.height, (long long)extent.width,
                                (long long)extent.channels);
    return agr_loss_configure(&head->head.loss, config, extent.channels, options->targets,
                              options->n_targets, err);
}

static agr_status configure_all(agr_network *network, agr_branch_config *branch,
                                const agr_network_options *options, agr_error *err)
{
    const agr_layer_settings settings = {.branch = network->name,
                                         .seed = options->seed,
                                         .dropout = options->dropout,
                                         .bn_momentum = options->bn_momentum,
                                         .conv_algorithm = options->conv_algorithm,
                                         .gemm = options->gemm};
    agr_extent extent = network->input;
    bool flat = false;
    AGR_TRY(configure_chain(network, network->trunk, &extent, &flat, &settings, err));
    for (int h = 0; h < network->n_heads; h++)
        AGR_TRY(
            configure_head(network, h, &branch->head[h], extent, flat, options, &settings, err));
    return AGR_OK;
}

/* ---- creating: who can take what from whom ---- */

static bool can(const agr_stage *stage, unsigned ability)
{
    return (stage->layer.kind->abilities & ability) != 0;
}

static bool is_trained(const agr_layer *layer)
{
    for (int p = 0; p < layer->n_parameters; p++)
        if (layer->parameter[p].role == AGR_PARAMETER_TRAINED)
            return true;
    return false;
}

/* Walks forward: who has to form its input, who may write over it, who hands sums to whom. */
static void connect_forward(agr_network *network, agr_chain chain, bool wants_dx)
{
    bool affine = false; /* the running tensor is */
    bool free = false;   /* its memory may be written over */
    for (int i = chain.begin; i < chain.end; i++) {
        agr_stage *stage = &network->stage[i], *next = i + 1 < chain.end ? stage + 1 : NULL;
        stage->layer.next = next != NULL ? &next->layer : NULL;
        stage->layer.previous = i > chain.begin ? &stage[-1].layer : NULL;
        stage->layer.wants_dx = wants_dx;
        wants_dx = stage->goes_back = wants_dx || is_trained(&stage->layer);
        stage->forms_input = affine && !can(stage, AGR_TAKES_AFFINE_INPUT);
        stage->layer.input_is_free = free || stage->forms_input;
        stage->layer.fills_sums =
            next != NULL && can(stage, AGR_GIVES_SUMS) && can(next, AGR_TAKES_SUMS);
        if (next != NULL)
            next->layer.finds_sums = stage->layer.fills_sums;
        affine = can(stage, AGR_GIVES_AFFINE);
        if (can(stage, AGR_PASSES_MEMORY_ON))
            free = stage->layer.input_is_free && !can(stage, AGR_LOOKS_AT_INPUT);
        else
            free = !can(stage, AGR_LOOKS_AT_OUTPUT);
    }
}

/* Walks backward: who gets a gradient with a window and has to form it. */
static void connect_backward(agr_network *network, agr_chain chain)
{
    bool pooled = false;
    for (int i = chain.end - 1; i >= chain.begin; i--) {
        agr_stage *stage = &network->stage[i];
        stage->forms_gradient = pooled && !can(stage, AGR_TAKES_POOLED_GRADIENT);
        stage->writes_room = stage->layer.wants_dx && !can(stage, AGR_PASSES_MEMORY_ON) &&
                             !can(stage, AGR_GIVES_POOLED);
        pooled = can(stage, AGR_GIVES_POOLED) ||
                 (can(stage, AGR_GIVES_AFFINE) && pooled && !stage->forms_gradient);
    }
}

static void connect(agr_network *network)
{
    connect_forward(network, network->trunk, false);
    connect_backward(network, network->trunk);
    const agr_chain trunk = network->trunk;
    const bool trunk_learns = trunk.end > trunk.begin && network->stage[trunk.end - 1].goes_back;
    for (int h = 0; h < network->n_heads; h++) {
        connect_forward(network, network->head[h].chain, trunk_learns);
        connect_backward(network, network->head[h].chain);
    }
}

/* ---- creating: parameters ---- */

/* A trained parameter's place joins the last range, or begins one. */
static void add_to_ranges(agr_network *network, size_t end, bool decays)
{
    agr_slab_range *last = network->n_ranges > 0 ? &network->range[network->n_ranges - 1] : NULL;
    if (last != NULL && last->decays == decays)
        last->end = end;
    else
        network->range[network->n_ranges++] =
            (agr_slab_range){last != NULL ? last->end : 0, end, decays};
}

static agr_status list_parameters(agr_network *network, agr_error *err)
{
    for (int i = 0; i < network->n_stages; i++)
        network->n_parameters += network->stage[i].layer.n_parameters;
    const size_t n = (size_t)network->n_parameters + 1;
    network->parameter_layer = calloc(n, sizeof *network->parameter_layer);
    network->parameter_index = calloc(n, sizeof *network->parameter_index);
    network->range = calloc(n, sizeof *network->range);
    if (network->parameter_layer == NULL || network->parameter_index == NULL ||
        network->range == NULL)
        return agr_error_set(err, AGR_MEMORY, "network '%s'", network->name);
    int next = 0;
    for (int i = 0; i < network->n_stages; i++)
        for (int p = 0; p < network->stage[i].layer.n_parameters; p++) {
            agr_parameter *parameter = &network->stage[i].layer.parameter[p];
            size_t *used = parameter->role == AGR_PARAMETER_TRAINED ? &network->n_floats
                                                                    : &network->n_state_floats;
            parameter->offset = *used;
            *used += (size_t)agr_round_up((int64_t)parameter->count,
                                          AGR_ARENA_ALIGNMENT / sizeof(float));
            if (parameter->role == AGR_PARAMETER_TRAINED)
                add_to_ranges(network, *used, parameter->n_dimensions > 1);
            network->parameter_layer[next] = i;
            network->parameter_index[next++] = p;
        }
    return AGR_OK;
}

static int64_t find_reduce_width(const agr_network *network)
{
    int64_t width = (int64_t)network->n_heads * AGR_SUM_COUNT;
    for (int i = 0; i < network->n_stages; i++) {
        const agr_layer *layer = &network->stage[i].layer;
        if ((layer->kind->abilities & (AGR_TAKES_SUMS | AGR_IS_COLLECTIVE)) != 0)
            width = agr_max_i64(width, 2 * layer->in.channels);
    }
    return width;
}

/* ---- creating ---- */

agr_network_options agr_network_options_from(const agr_config *config, agr_extent input)
{
    return (agr_network_options){.input = input,
                                 .seed = (uint64_t)config->seed,
                                 .dropout = config->network.dropout,
                                 .bn_momentum = config->network.bn_momentum,
                                 .gemm = config->compute.gemm};
}

static agr_status check_size(const agr_network *network, const agr_branch_config *branch,
                             agr_error *err)
{
    if (network->n_stages > AGR_NETWORK_MAX_LAYERS)
        return agr_error_set(
            err, AGR_INPUT, "%s: branch '%s': expected at most %d layers, found %d", branch->source,
            branch->name, AGR_NETWORK_MAX_LAYERS, network->n_stages);
    if (network->n_heads > AGR_MAX_HEADS)
        return agr_error_set(err, AGR_INPUT, "%s: branch '%s': expected at most %d heads, found %d",
                             branch->source, branch->name, AGR_MAX_HEADS, network->n_heads);
    return AGR_OK;
}

agr_status agr_network_create(agr_branch_config *branch, const agr_network_options *options,
                              agr_network **created, agr_error *err)
{
    agr_status status = AGR_OK;
    agr_network *network = calloc(1, sizeof *network);
    if (network == NULL)
        return agr_error_set(err, AGR_MEMORY, "network '%s'", branch->name);
    snprintf(network->name, sizeof network->name, "%s", branch->name);
    network->input = options->input;
    network->n_stages = count_layers(branch);
    network->n_heads = branch->n_heads;
    network->stage = calloc((size_t)network->n_stages + 1, sizeof *network->stage);
    network->head = calloc((size_t)network->n_heads + 1, sizeof *network->head);
    if (network->stage == NULL || network->head == NULL)
        status = agr_error_set(err, AGR_MEMORY, "network '%s'", branch->name);
    else
        status = check_size(network, branch, err);
    if (status != AGR_OK)
        goto failed;
    const agr_layer_kind *const *kinds = options->kinds != NULL ? options->kinds : agr_layer_kinds;
    AGR_TRY_GOTO(status, add_layers(network, branch, kinds, err), failed);
    AGR_TRY_GOTO(status, configure_all(network, branch, options, err), failed);
    connect(network);
    AGR_TRY_GOTO(status, list_parameters(network, err), failed);
    network->reduce_width = find_reduce_width(network);
    *created = network;
    return AGR_OK;

failed:
    agr_network_destroy(network);
    return status;
}

void agr_network_destroy(agr_network *network)
{
    if (network == NULL)
        return;
    for (int i = 0; network->stage != NULL && i < network->n_stages; i++)
        free(network->stage[i].layer.own);
    agr_arena_release(&network->workspace);
    agr_arena_release(&network->slots);
    agr_arena_release(&network->model);
    free(network->parameter_layer);
    free(network->parameter_index);
    free(network->range);
    free(network->stage);
    free(network->head);
    free(network);
}

/* ---- what it consists of ---- */

const char *agr_network_name(const agr_network *network)
{
    return network->name;
}

int agr_network_n_layers(const agr_network *network)
{
    return network->n_stages;
}

const agr_layer *agr_network_layer(const agr_network *network, int layer)
{
    return &network->stage[layer].layer;
}

agr_layer_cost agr_network_cost(const agr_network *network, int index)
{
    const agr_layer *layer = &network->stage[index].layer;
    agr_layer_cost cost = {0};
    for (int p = 0; p < layer->n_parameters; p++) {
        cost.n_parameters += (int64_t)layer->parameter[p].count;
        if (layer->parameter[p].role == AGR_PARAMETER_TRAINED)
            cost.n_trained += (int64_t)layer->parameter[p].count;
    }
    if (layer->kind->multiply_adds != NULL)
        cost.multiply_adds = layer->kind->multiply_adds(layer);
    cost.flop_forward = 2 * cost.multiply_adds;
    cost.flop_backward = cost.flop_forward * (layer->wants_dx ? 2 : 1);
    if ((layer->kind->abilities & AGR_PASSES_MEMORY_ON) == 0)
        cost.bytes_forward = (double)sizeof(float) *
                             (double)(agr_extent_size(layer->in) + agr_extent_size(layer->out));
    return cost;
}

agr_layer_cost agr_network_total_cost(const agr_network *network)
{
    agr_layer_cost total = {0};
    for (int i = 0; i < network->n_stages; i++) {
        const agr_layer_cost cost = agr_network_cost(network, i);
        total.n_parameters += cost.n_parameters;
        total.n_trained += cost.n_trained;
        total.multiply_adds += cost.multiply_adds;
        total.flop_forward += cost.flop_forward;
        total.flop_backward += cost.flop_backward;
        total.bytes_forward += cost.bytes_forward;
    }
    return total;
}

int agr_network_n_parameters(const agr_network *network)
{
    return network->n_parameters;
}

int agr_network_parameter_layer(const agr_network *network, int parameter)
{
    return network->parameter_layer[parameter];
}

const agr_parameter *agr_network_parameter(const agr_network *network, int parameter)
{
    const agr_layer *layer = &network->stage[network->parameter_layer[parameter]].layer;
    return &layer->parameter[network->parameter_index[parameter]];
}

agr_network_slabs agr_network_slabs_of(const agr_network *network)
{
    return network->slabs;
}

int64_t agr_network_reduce_width(const agr_network *network)
{
    return network->reduce_width;
}

int agr_network_n_heads(const agr_network *network)
{
    return network->n_heads;
}

const agr_head *agr_network_head(const agr_network *network, int head)
{
    return &network->head[head].head;
}

const agr_network_plan_options *agr_network_plan_of(const agr_network *network)
{
    return &network->plan;
}

void agr_network_initialise(agr_network *network, uint64_t seed)
{
    for (int i = 0; i < network->n_parameters; i++)
        agr_parameter_initialise(agr_network_parameter(network, i), seed, network->name,
                                 network->stage[network->parameter_layer[i]].layer.name);
    agr_network_clear_slots(network);
    agr_network_parameters_changed(network);
}

void agr_network_clear_slots(agr_network *network)
{
    for (int i = 0; i < AGR_MAX_SLOTS; i++)
        if (network->slabs.slot[i] != NULL)
            memset(network->slabs.slot[i], 0, network->n_floats * sizeof(float));
}

const agr_slab_range *agr_network_ranges(const agr_network *network, int *n_ranges)
{
    *n_ranges = network->n_ranges;
    return network->range;
}

void agr_network_parameters_changed(agr_network *network)
{
    network->stale = true;
}

agr_layer_time agr_network_layer_time(const agr_network *network, int layer)
{
    return network->stage[layer].time;
}

void agr_network_reset_times(agr_network *network)
{
    for (int i = 0; i < network->n_stages; i++)
        network->stage[i].time = (agr_layer_time){0};
}
