/* An image as a flat tensor: element (h * W + w) * C + c. The memory stays where it is. */
#include "layer_kinds_impl.h"

static agr_status configure(agr_layer *layer, agr_options *options,
                            const agr_layer_settings *settings, agr_error *err)
{
    (void)options;
    (void)settings;
    (void)err;
    layer->out = (agr_extent){1, 1, agr_layer_in_size(layer)};
    layer->flat_out = true;
    return AGR_OK;
}

static agr_status forward(agr_layer *layer, const agr_pass *pass, agr_view x, agr_view *y,
                          agr_error *err)
{
    (void)layer;
    (void)pass;
    (void)err;
    *y = x;
    return AGR_OK;
}

static agr_status backward(agr_layer *layer, const agr_pass *pass, const agr_gradient_view *dy,
                           float *room, agr_gradient_view *dx, agr_error *err)
{
    (void)layer;
    (void)pass;
    (void)room;
    (void)err;
    *dx = *dy;
    return AGR_OK;
}

const agr_layer_kind agr_layer_flatten = {
    .name = "flatten",
    .abilities = AGR_PASSES_MEMORY_ON,
    .configure = configure,
    .forward = forward,
    .backward = backward,
};
