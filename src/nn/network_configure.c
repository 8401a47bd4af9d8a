/* From a branch's configuration to layers and heads: kinds, names, options, shapes. */
#include "network_impl.h"

#include <agr/base/parse.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- names and options ---- */

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

/* ---- shapes ---- */

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

agr_status agr_network_configure(agr_network *network, agr_branch_config *branch,
                                 const agr_network_options *options, agr_error *err)
{
    const agr_layer_kind *const *kinds = options->kinds != NULL ? options->kinds : agr_layer_kinds;
    agr_layer_settings settings = options->layers;
    settings.salt = network->salt;
    agr_extent extent = network->input;
    bool flat = false;
    AGR_TRY(add_layers(network, branch, kinds, err));
    AGR_TRY(configure_chain(network, network->trunk, &extent, &flat, &settings, err));
    for (int h = 0; h < network->n_heads; h++)
        AGR_TRY(
            configure_head(network, h, &branch->head[h], extent, flat, options, &settings, err));
    return AGR_OK;
}
