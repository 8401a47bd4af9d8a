/* Depthwise 3x3 convolution, depth multiplier 1, with bias and an optional ReLU inside. */
#include "layer_kinds_impl.h"

typedef struct {
    bool relu;
    agr_view x; /* of the last forward */
    float *y;
} depthwise_conv2d;

static agr_status configure(agr_layer *layer, agr_options *options,
                            const agr_layer_settings *settings, agr_error *err)
{
    (void)settings;
    depthwise_conv2d *own = layer->own;
    int kernel_size;
    AGR_TRY(agr_layer_want_image(layer, options, err));
    AGR_TRY(agr_options_int(options, "kernel_size", 3, 3, 3, &kernel_size, err));
    AGR_TRY(agr_layer_relu_option(options, &own->relu, err));
    const int64_t kernel[] = {kernel_size, kernel_size, layer->in.channels, 1};
    agr_layer_add_parameter(layer, "depthwise_kernel", AGR_PARAMETER_TRAINED,
                            AGR_INITIAL_GLOROT_UNIFORM, 4, kernel);
    agr_layer_add_parameter(layer, "bias", AGR_PARAMETER_TRAINED, AGR_INITIAL_ZEROS, 1, &kernel[2]);
    return AGR_OK;
}

static agr_status plan(agr_layer *layer, agr_layer_plan *plan, agr_error *err)
{
    (void)err;
    depthwise_conv2d *own = layer->own;
    own->y = agr_layer_keep(plan, (size_t)(plan->max_images * agr_layer_out_size(layer)));
    agr_layer_want_work(
        plan, agr_depthwise_work_floats(layer->in, plan->max_micro_batches, plan->n_threads));
    return AGR_OK;
}

static agr_status forward(agr_layer *layer, const agr_pass *pass, agr_view x, agr_view *y,
                          agr_error *err)
{
    (void)err;
    depthwise_conv2d *own = layer->own;
    own->x = x;
    double *sums = layer->fills_sums && pass->mode == AGR_FORWARD_TRAIN ? pass->sums : NULL;
    agr_depthwise_forward(pass->pool, pass->shard, layer->in, x, layer->parameter[0].value,
                          layer->parameter[1].value, own->relu, own->y, sums, pass->work);
    *y = (agr_view){.data = own->y};
    return AGR_OK;
}

static agr_status backward(agr_layer *layer, const agr_pass *pass, const agr_gradient_view *dy,
                           float *room, agr_gradient_view *dx, agr_error *err)
{
    (void)err;
    const depthwise_conv2d *own = layer->own;
    agr_depthwise_backward(pass->pool, pass->shard, layer->in, own->x, layer->parameter[0].value,
                           own->relu, own->y, dy, layer->wants_dx ? room : NULL,
                           layer->parameter[0].gradient, layer->parameter[1].gradient, pass->work);
    *dx = agr_gradient_plain(room);
    return AGR_OK;
}

static double multiply_adds(const agr_layer *layer)
{
    return 9.0 * (double)agr_layer_out_size(layer);
}

static void describe(const agr_layer *layer, agr_layer_facts *facts)
{
    const depthwise_conv2d *own = layer->own;
    facts->activation = own->relu ? AGR_ACTIVATION_RELU : AGR_ACTIVATION_LINEAR;
}

const agr_layer_kind agr_layer_depthwise_conv2d = {
    .name = "depthwise_conv2d",
    .abilities = AGR_TAKES_AFFINE_INPUT | AGR_TAKES_POOLED_GRADIENT | AGR_TAKES_AFFINE_GRADIENT |
                 AGR_GIVES_SUMS | AGR_LOOKS_AT_INPUT | AGR_LOOKS_AT_OUTPUT,
    .own_bytes = sizeof(depthwise_conv2d),
    .configure = configure,
    .plan = plan,
    .forward = forward,
    .backward = backward,
    .describe = describe,
    .multiply_adds = multiply_adds,
};
