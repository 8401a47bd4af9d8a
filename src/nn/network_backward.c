/* Running a network backward: from the heads' losses to the gradient of every parameter, whose sum
 * over the team begins as soon as a layer is done. */
#include "network_impl.h"

#include <agr/base/clock.h>

static float *other_buffer(const agr_network *network, const float *used)
{
    return network->gradient_buffer[used == network->gradient_buffer[0] ? 1 : 0];
}

static void form_gradient(const agr_network *network, const agr_pass *pass, agr_extent extent,
                          agr_gradient_view *dy)
{
    /* Without a window each value depends on its own element only, so the buffer can stay, if it is
     * one of ours. */
    const bool in_place = dy->window == 1 && (dy->dy == network->gradient_buffer[0] ||
                                              dy->dy == network->gradient_buffer[1]);
    float *memory = other_buffer(network, dy->dy);
    if (in_place)
        memory = other_buffer(network, memory);
    agr_gradient_form(pass->pool, dy, extent, pass->n_images, memory);
    *dy = agr_gradient_plain(memory);
}

static bool must_form(const agr_layer *layer, const agr_gradient_view *dy)
{
    const unsigned abilities = layer->kind->abilities;
    return (dy->window > 1 && (abilities & AGR_TAKES_POOLED_GRADIENT) == 0) ||
           (dy->x != NULL && (abilities & AGR_TAKES_AFFINE_GRADIENT) == 0);
}

/* Parameters of a layer lie side by side in the slab. A collective layer's are totals already. */
static agr_status announce(const agr_layer *layer, const agr_pass *pass, agr_error *err)
{
    size_t begin = SIZE_MAX, end = 0;
    for (int p = 0; p < layer->n_parameters; p++) {
        const agr_parameter *parameter = &layer->parameter[p];
        if (parameter->role != AGR_PARAMETER_TRAINED)
            continue;
        begin = parameter->offset < begin ? parameter->offset : begin;
        end = parameter->offset + parameter->count;
    }
    if (end == 0 || (layer->kind->abilities & AGR_IS_COLLECTIVE) != 0)
        return pass->reducer->ops->progress(pass->reducer, err);
    return pass->reducer->ops->gradient_ready(pass->reducer, begin, end - begin, err);
}

static agr_status backward_layer(agr_network *network, agr_stage *stage, const agr_pass *pass,
                                 agr_gradient_view *gradient, agr_error *err)
{
    agr_layer *layer = &stage->layer;
    const double begin_s = agr_clock_s();
    if (agr_layer_takes_part(layer, pass)) {
        if (pass->n_images > 0 && must_form(layer, gradient))
            form_gradient(network, pass, layer->out, gradient);
        agr_gradient_view dx = {.window = 1};
        AGR_TRY(layer->kind->backward(layer, pass, gradient, other_buffer(network, gradient->dy),
                                      &dx, err));
        *gradient = dx;
    }
    AGR_TRY(announce(layer, pass, err));
    stage->time.backward_s += agr_clock_s() - begin_s;
    return AGR_OK;
}

static agr_status backward_chain(agr_network *network, agr_chain chain, const agr_pass *pass,
                                 agr_gradient_view *gradient, agr_error *err)
{
    for (int i = chain.end - 1; i >= chain.begin && network->stage[i].goes_back; i--) {
        const agr_status status = backward_layer(network, &network->stage[i], pass, gradient, err);
        if (status != AGR_OK) {
            agr_error_context(err, "layer '%s'", network->stage[i].layer.name);
            return status;
        }
    }
    return AGR_OK;
}

/* dz of one head: the gradient of weight * mean loss over the labelled images of the batch. */
static void differentiate_head(agr_network *network, const agr_network_batch *batch, int h)
{
    const agr_output *head = &network->head[h];
    const double scale = head->labelled > 0 ? head->head.weight / head->labelled : 0;
    agr_output_judge(network, batch, h, (float)scale, head->dz);
}

static agr_status backward_head(agr_network *network, const agr_network_batch *batch, int h,
                                const agr_pass *pass, agr_gradient_view *gradient, agr_error *err)
{
    const agr_output *head = &network->head[h];
    if (pass->n_images > 0)
        differentiate_head(network, batch, h);
    *gradient = agr_gradient_plain(head->dz);
    return backward_chain(network, head->chain, pass, gradient, err);
}

/* Several heads: what they say about the trunk's output is added in their order. */
static agr_status backward_heads(agr_network *network, const agr_network_batch *batch,
                                 const agr_pass *pass, agr_gradient_view *gradient, agr_error *err)
{
    if (network->n_heads == 1)
        return backward_head(network, batch, 0, pass, gradient, err);
    const agr_extent extent = agr_chain_out(network, network->trunk, network->input);
    const int64_t n_elements = pass->n_images * agr_extent_size(extent);
    float *sum = network->trunk_gradient;
    for (int h = 0; h < network->n_heads; h++) {
        agr_gradient_view part;
        AGR_TRY(backward_head(network, batch, h, pass, &part, err));
        if (pass->n_images == 0)
            continue;
        if (part.window > 1 || part.x != NULL)
            form_gradient(network, pass, extent, &part);
        for (int64_t i = 0; i < n_elements; i++)
            sum[i] = h == 0 ? part.dy[i] : sum[i] + part.dy[i];
    }
    *gradient = agr_gradient_plain(sum);
    return AGR_OK;
}

agr_status agr_network_backward(agr_network *network, const agr_network_batch *batch,
                                agr_reducer *reducer, agr_error *err)
{
    AGR_ASSERT(network->mode == AGR_FORWARD_TRAIN && network->plan.training);
    agr_status status;
    const agr_pass *pass = agr_network_begin_pass(network, batch, AGR_FORWARD_TRAIN, reducer);
    agr_gradient_view gradient;
    AGR_TRY_GOTO(status,
                 reducer->ops->gradient_open(reducer, &batch->shard, network->slabs.gradient,
                                             network->n_floats, err),
                 failed);
    AGR_TRY_GOTO(status, backward_heads(network, batch, pass, &gradient, err), failed);
    AGR_TRY_GOTO(status, backward_chain(network, network->trunk, pass, &gradient, err), failed);
    AGR_TRY_GOTO(status, reducer->ops->gradient_close(reducer, err), failed);
    return AGR_OK;

failed:
    agr_error_context(err, "branch '%s'", network->name);
    return status;
}
