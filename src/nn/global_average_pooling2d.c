/* Mean over the pixels of each channel: an image becomes a flat tensor of C features. */
#include "layer_kinds_impl.h"

typedef struct {
    float *y;
} global_average_pooling2d;

static agr_status configure(agr_layer *layer, agr_options *options,
                            const agr_layer_settings *settings, agr_error *err)
{
    (void)settings;
    AGR_TRY(agr_layer_want_image(layer, options, err));
    layer->out.height = layer->out.width = 1;
    layer->flat_out = true;
    return AGR_OK;
}

static agr_status plan(agr_layer *layer, agr_layer_plan *plan, agr_error *err)
{
    (void)err;
    global_average_pooling2d *own = layer->own;
    own->y = agr_layer_keep(plan, (size_t)(plan->max_images * agr_layer_out_size(layer)));
    return AGR_OK;
}

static agr_status forward(agr_layer *layer, const agr_pass *pass, agr_view x, agr_view *y,
                          agr_error *err)
{
    (void)err;
    const global_average_pooling2d *own = layer->own;
    agr_global_average_forward(pass->pool, pass->n_images, layer->in, x, own->y);
    *y = (agr_view){.data = own->y};
    return AGR_OK;
}

static agr_status backward(agr_layer *layer, const agr_pass *pass, const agr_gradient_view *dy,
                           float *room, agr_gradient_view *dx, agr_error *err)
{
    (void)err;
    agr_global_average_backward(pass->pool, pass->n_images, layer->in, dy->dy, room);
    *dx = agr_gradient_plain(room);
    return AGR_OK;
}

const agr_layer_kind agr_layer_global_average_pooling2d = {
    .name = "global_average_pooling2d",
    .abilities = AGR_TAKES_AFFINE_INPUT,
    .own_bytes = sizeof(global_average_pooling2d),
    .configure = configure,
    .plan = plan,
    .forward = forward,
    .backward = backward,
};
