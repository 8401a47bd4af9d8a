/* Running a network forward: each layer's view of its output is the next one's input. */
#include "network_impl.h"

#include <agr/base/clock.h>
#include <string.h>

const agr_pass *agr_network_begin_pass(agr_network *network, const agr_network_batch *batch,
                                       agr_forward_mode mode, agr_reducer *reducer)
{
    agr_pass *pass = &network->pass; /* work, sums, totals stay */
    AGR_ASSERT(batch->shard.micro_batch == network->plan.micro_batch);
    AGR_ASSERT(batch->shard.count <= network->max_micro_batches);
    pass->pool = network->plan.pool;
    pass->shard = &batch->shard;
    pass->n_images = agr_shard_images(&batch->shard);
    pass->mode = mode;
    pass->reducer = reducer;
    pass->address = batch->address;
    return pass;
}

bool agr_layer_takes_part(const agr_layer *layer, const agr_pass *pass)
{
    return pass->n_images > 0 ||
           ((layer->kind->abilities & AGR_IS_COLLECTIVE) != 0 && pass->mode == AGR_FORWARD_TRAIN);
}

static agr_view formed_view(const agr_pass *pass, agr_view view, agr_extent extent, float *memory)
{
    if (view.scale == NULL)
        return view;
    agr_view_form(pass->pool, view, extent, pass->n_images, memory);
    return (agr_view){.data = memory};
}

static agr_status forward_layer(agr_stage *stage, const agr_pass *pass, agr_view x, agr_error *err)
{
    agr_layer *layer = &stage->layer;
    const double begin_s = agr_clock_s();
    if (stage->forms_input)
        x = formed_view(pass, x, layer->in, stage->formed);
    stage->y = (agr_view){0};
    if (agr_layer_takes_part(layer, pass)) {
        const agr_status status = layer->kind->forward(layer, pass, x, &stage->y, err);
        if (status != AGR_OK) {
            agr_error_context(err, "layer '%s'", layer->name);
            return status;
        }
    }
    stage->time.forward_s += agr_clock_s() - begin_s;
    return AGR_OK;
}

static agr_status forward_chain(agr_network *network, agr_chain chain, const agr_pass *pass,
                                agr_view *x, agr_error *err)
{
    for (int i = chain.begin; i < chain.end; i++) {
        AGR_TRY(forward_layer(&network->stage[i], pass, *x, err));
        *x = network->stage[i].y;
    }
    return AGR_OK;
}

static void prepare_layers(agr_network *network)
{
    for (int i = 0; i < network->n_stages; i++) {
        agr_layer *layer = &network->stage[i].layer;
        if (layer->kind->prepare != NULL)
            layer->kind->prepare(layer, network->plan.pool);
    }
    network->stale = false;
}

static agr_status forward_heads(agr_network *network, const agr_pass *pass, agr_view trunk,
                                agr_error *err)
{
    const agr_extent trunk_extent = agr_chain_out(network, network->trunk, network->input);
    if (network->n_heads > 1 && pass->n_images > 0)
        trunk = formed_view(pass, trunk, trunk_extent, network->trunk_formed);
    for (int h = 0; h < network->n_heads; h++) {
        agr_output *head = &network->head[h];
        agr_view z = trunk;
        AGR_TRY(forward_chain(network, head->chain, pass, &z, err));
        if (pass->n_images > 0)
            z = formed_view(pass, z, (agr_extent){1, 1, head->head.loss.n_columns}, head->formed);
        head->z = z.data;
    }
    return AGR_OK;
}

/* Who was there in between has left nothing of what this network had prepared. */
static void move_in(agr_network *network)
{
    agr_workspace *workspace = network->plan.workspace;
    if (workspace == NULL || workspace->tenant == network)
        return;
    workspace->tenant = network;
    network->stale = true;
    if (network->plan.training) /* what lies between gradients counts in their norm */
        memset(network->slabs.gradient, 0,
               network->n_floats * (size_t)network->gradient_rows * sizeof(float));
}

agr_status agr_network_forward(agr_network *network, const agr_network_batch *batch,
                               agr_forward_mode mode, agr_reducer *reducer, agr_error *err)
{
    const agr_pass *pass = agr_network_begin_pass(network, batch, mode, reducer);
    move_in(network);
    if (network->stale && pass->n_images > 0)
        prepare_layers(network);
    network->n_images = pass->n_images;
    network->mode = mode;
    network->has_predictions = false;
    agr_view x = {.data = batch->images};
    agr_status status = forward_chain(network, network->trunk, pass, &x, err);
    if (status == AGR_OK)
        status = forward_heads(network, pass, x, err);
    if (status != AGR_OK)
        agr_error_context(err, "branch '%s'", network->name);
    return status;
}
