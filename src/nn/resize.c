/* Bilinear resize of the image: a branch that is content with a smaller picture. */
#include "layer_kinds_impl.h"

typedef struct {
    float *y;
} resize;

static agr_status configure(agr_layer *layer, agr_options *options,
                            const agr_layer_settings *settings, agr_error *err)
{
    (void)settings;
    int height, width;
    AGR_TRY(agr_layer_want_image(layer, options, err));
    AGR_TRY(agr_options_int(options, "height", 0, 1, 4096, &height, err));
    AGR_TRY(agr_options_int(options, "width", 0, 1, 4096, &width, err));
    layer->out.height = height;
    layer->out.width = width;
    return AGR_OK;
}

static agr_status plan(agr_layer *layer, agr_layer_plan *plan, agr_error *err)
{
    (void)err;
    resize *own = layer->own;
    own->y = agr_layer_keep(plan, (size_t)(plan->max_images * agr_layer_out_size(layer)));
    return AGR_OK;
}

static agr_status forward(agr_layer *layer, const agr_pass *pass, agr_view x, agr_view *y,
                          agr_error *err)
{
    (void)err;
    const resize *own = layer->own;
    agr_resize_forward(pass->pool, pass->n_images, layer->in, layer->out.height, layer->out.width,
                       x, own->y);
    *y = (agr_view){.data = own->y};
    return AGR_OK;
}

static agr_status backward(agr_layer *layer, const agr_pass *pass, const agr_gradient_view *dy,
                           float *room, agr_gradient_view *dx, agr_error *err)
{
    (void)err;
    if (layer->wants_dx)
        agr_resize_backward(pass->pool, pass->n_images, layer->in, layer->out.height,
                            layer->out.width, dy->dy, room);
    *dx = agr_gradient_plain(room);
    return AGR_OK;
}

const agr_layer_kind agr_layer_resize = {
    .name = "resize",
    .abilities = AGR_TAKES_AFFINE_INPUT,
    .own_bytes = sizeof(resize),
    .configure = configure,
    .plan = plan,
    .forward = forward,
    .backward = backward,
};
