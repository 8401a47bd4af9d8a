/* Making a network from its configuration, and telling what it consists of. */
#include "network_impl.h"

#include <agr/base/parse.h>
#include <agr/base/size.h>
#include <agr/nn/initialise.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- creating ---- */

static int count_layers(const agr_branch_config *branch)
{
    int n = branch->n_layers;
    for (int h = 0; h < branch->n_heads; h++)
        n += branch->head[h].n_layers;
    return n;
}

agr_extent agr_chain_out(const agr_network *network, agr_chain chain, agr_extent in)
{
    return chain.begin == chain.end ? in : network->stage[chain.end - 1].layer.out;
}

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

agr_network_options agr_network_options_from(const agr_config *config, agr_extent input)
{
    return (agr_network_options){.input = input,
                                 .label_smoothing = config->network.label_smoothing,
                                 .layers = {.seed = (uint64_t)config->seed,
                                            .dropout = config->network.dropout,
                                            .bn_momentum = config->network.bn_momentum,
                                            .gemm = config->compute.gemm,
                                            .precision = config->compute.precision}};
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
    const char *base = branch->member.base;
    snprintf(network->name, sizeof network->name, "%s", branch->name);
    snprintf(network->salt, sizeof network->salt, "%s", base[0] != '\0' ? base : branch->name);
    network->input = options->input;
    network->label_smoothing = options->label_smoothing;
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
    AGR_TRY_GOTO(status, agr_network_configure(network, branch, options, err), failed);
    AGR_TRY_GOTO(status, list_parameters(network, err), failed);
    agr_network_connect(network);
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
    for (int h = 0; network->head != NULL && h < network->n_heads; h++)
        free(network->head[h].class_weight);
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

int agr_network_layer_before(const agr_network *network, int layer)
{
    for (int h = 0; h < network->n_heads; h++)
        if (layer == network->head[h].chain.begin && layer < network->head[h].chain.end)
            return network->trunk.end - 1;
    return layer - 1;
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

agr_network_traffic agr_network_traffic_of(const agr_network *network)
{
    agr_network_traffic traffic = {.n_sums = 1,
                                   .sum_doubles = (int64_t)network->n_heads * AGR_SUM_COUNT};
    for (int i = 0; i < network->n_stages; i++) {
        const agr_stage *stage = &network->stage[i];
        if ((stage->layer.kind->abilities & AGR_IS_COLLECTIVE) != 0) {
            const int n_passes = stage->goes_back ? 2 : 1;
            traffic.n_sums += n_passes;
            traffic.sum_doubles += 2 * n_passes * stage->layer.in.channels;
        } else {
            traffic.gradient_floats += agr_network_cost(network, i).n_trained;
        }
    }
    return traffic;
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
        agr_parameter_initialise(agr_network_parameter(network, i), seed, network->salt,
                                 network->stage[network->parameter_layer[i]].layer.name);
    agr_network_clear_slots(network);
    agr_network_parameters_changed(network);
}

static void restart_averages(const agr_network *network)
{
    const agr_network_slabs *slabs = &network->slabs;
    if (slabs->average == NULL)
        return;
    memcpy(slabs->average, slabs->values, network->n_floats * sizeof(float));
    memcpy(slabs->average_state, slabs->state, network->n_state_floats * sizeof(float));
}

void agr_network_clear_slots(agr_network *network)
{
    for (int i = 0; i < AGR_MAX_SLOTS; i++)
        if (network->slabs.slot[i] != NULL)
            memset(network->slabs.slot[i], 0, network->n_floats * sizeof(float));
    restart_averages(network);
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
