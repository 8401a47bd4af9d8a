/* Max-pooling, stride = window, 'valid': remainder rows and columns are dropped. */
#include "layer_kinds_impl.h"

typedef struct {
    int window;
    float *y;
    uint8_t *argmax;
} max_pooling2d;

static agr_status configure(agr_layer *layer, agr_options *options,
                            const agr_layer_settings *settings, agr_error *err)
{
    (void)settings;
    max_pooling2d *own = layer->own;
    AGR_TRY(agr_layer_want_image(layer, options, err));
    AGR_TRY(agr_options_int(options, "pool_size", 2, 2, 3, &own->window, err));
    layer->out.height = layer->in.height / own->window;
    layer->out.width = layer->in.width / own->window;
    if (layer->out.height == 0 || layer->out.width == 0)
        return agr_options_fail(
            options, err, "pool_size: expected at most the image, %lld x %lld, found %d",
            (long long)layer->in.height, (long long)layer->in.width, own->window);
    return AGR_OK;
}

static bool reads_batch_norm(const agr_layer *layer)
{
    return layer->previous != NULL && (layer->previous->kind->abilities & AGR_GIVES_AFFINE) != 0;
}

static agr_status plan(agr_layer *layer, agr_layer_plan *plan, agr_error *err)
{
    (void)err;
    max_pooling2d *own = layer->own;
    const size_t n = (size_t)(plan->max_images * agr_layer_out_size(layer));
    own->y = agr_layer_keep(plan, n);
    own->argmax = agr_arena_take(plan->arena, n, sizeof *own->argmax);
    layer->picked = NULL;
    if (plan->training && reads_batch_norm(layer))
        layer->picked = agr_layer_keep(plan, n);
    return AGR_OK;
}

static agr_status forward(agr_layer *layer, const agr_pass *pass, agr_view x, agr_view *y,
                          agr_error *err)
{
    (void)err;
    const max_pooling2d *own = layer->own;
    agr_max_pool_forward(pass->pool, pass->n_images, layer->in, own->window, x, own->y,
                         pass->mode == AGR_FORWARD_TRAIN ? layer->picked : NULL, own->argmax);
    *y = (agr_view){.data = own->y};
    return AGR_OK;
}

static agr_status backward(agr_layer *layer, const agr_pass *pass, const agr_gradient_view *dy,
                           float *room, agr_gradient_view *dx, agr_error *err)
{
    (void)pass;
    (void)room;
    (void)err;
    const max_pooling2d *own = layer->own;
    *dx = (agr_gradient_view){.dy = dy->dy, .argmax = own->argmax, .window = own->window};
    return AGR_OK;
}

static void describe(const agr_layer *layer, agr_layer_facts *facts)
{
    const max_pooling2d *own = layer->own;
    facts->window = own->window;
}

const agr_layer_kind agr_layer_max_pooling2d = {
    .name = "max_pooling2d",
    .abilities = AGR_TAKES_AFFINE_INPUT | AGR_GIVES_POOLED,
    .own_bytes = sizeof(max_pooling2d),
    .configure = configure,
    .plan = plan,
    .forward = forward,
    .backward = backward,
    .describe = describe,
};
