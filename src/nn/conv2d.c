/* 2-D convolution, stride 1, 'same' padding, with bias and an optional ReLU inside. */
#include "layer_kinds_impl.h"

#include <agr/kernels/conv.h>

typedef struct {
    int kernel_size;
    bool relu;
    agr_precision precision;
    agr_conv_algorithm algorithm; /* asked for */
    agr_conv conv;
    agr_view x; /* of the last forward */
    float *y;
} conv2d;

static agr_conv_shape shape_of(const agr_layer *layer)
{
    const conv2d *own = layer->own;
    return (agr_conv_shape){.height = layer->in.height,
                            .width = layer->in.width,
                            .in_channels = layer->in.channels,
                            .out_channels = layer->out.channels,
                            .kernel = own->kernel_size,
                            .relu = own->relu,
                            .factors = own->precision};
}

static agr_status configure(agr_layer *layer, agr_options *options,
                            const agr_layer_settings *settings, agr_error *err)
{
    conv2d *own = layer->own;
    int filters;
    AGR_TRY(agr_layer_want_image(layer, options, err));
    AGR_TRY(agr_options_int(options, "filters", 0, 1, 65536, &filters, err));
    AGR_TRY(agr_options_int(options, "kernel_size", 3, 1, 5, &own->kernel_size, err));
    if (own->kernel_size % 2 == 0)
        return agr_options_fail(options, err, "kernel_size: expected 1, 3 or 5, found %d",
                                own->kernel_size);
    AGR_TRY(agr_layer_relu_option(options, &own->relu, err));
    own->algorithm = settings->conv_algorithm;
    own->precision = settings->precision;
    if (own->algorithm == AGR_CONV_AUTO && settings->gemm == AGR_GEMM_OPENBLAS)
        own->algorithm = AGR_CONV_IM2COL;
    layer->out.channels = filters;
    const int64_t kernel[] = {own->kernel_size, own->kernel_size, layer->in.channels, filters};
    agr_layer_add_parameter(layer, "kernel", AGR_PARAMETER_TRAINED, AGR_INITIAL_GLOROT_UNIFORM, 4,
                            kernel);
    agr_layer_add_parameter(layer, "bias", AGR_PARAMETER_TRAINED, AGR_INITIAL_ZEROS, 1, &kernel[3]);
    return AGR_OK;
}

/* An algorithm forced from outside is a wish: a shape it cannot do is left to the usual choice. */
static agr_status plan_convolution(agr_layer *layer, const agr_layer_plan *plan, agr_error *err)
{
    conv2d *own = layer->own;
    const agr_conv_shape shape = shape_of(layer);
    agr_status status = agr_conv_plan(&own->conv, shape, own->algorithm, plan->micro_batch,
                                      plan->max_micro_batches, plan->n_threads, err);
    if (status == AGR_UNSUPPORTED && own->algorithm != AGR_CONV_AUTO)
        status = agr_conv_plan(&own->conv, shape, AGR_CONV_AUTO, plan->micro_batch,
                               plan->max_micro_batches, plan->n_threads, err);
    return status;
}

static agr_status plan(agr_layer *layer, agr_layer_plan *plan, agr_error *err)
{
    conv2d *own = layer->own;
    AGR_TRY(plan_convolution(layer, plan, err));
    own->conv.packed = agr_layer_keep(plan, own->conv.packed_floats);
    own->y = agr_layer_keep(plan, (size_t)(plan->max_images * agr_layer_out_size(layer)));
    agr_layer_want_work(plan, own->conv.work_floats);
    return AGR_OK;
}

static void prepare(agr_layer *layer, agr_pool *pool)
{
    const conv2d *own = layer->own;
    agr_conv_prepare(&own->conv, pool, layer->parameter[0].value);
}

static agr_status forward(agr_layer *layer, const agr_pass *pass, agr_view x, agr_view *y,
                          agr_error *err)
{
    (void)err;
    conv2d *own = layer->own;
    own->conv.work = pass->work;
    own->x = x;
    double *sums = layer->fills_sums && pass->mode == AGR_FORWARD_TRAIN ? pass->sums : NULL;
    agr_conv_forward(&own->conv, pass->pool, pass->shard, x, layer->parameter[1].value, own->y,
                     sums);
    *y = (agr_view){.data = own->y};
    return AGR_OK;
}

static agr_status backward(agr_layer *layer, const agr_pass *pass, const agr_gradient_view *dy,
                           float *room, agr_gradient_view *dx, agr_error *err)
{
    (void)err;
    conv2d *own = layer->own;
    own->conv.work = pass->work;
    agr_conv_backward(&own->conv, pass->pool, pass->shard, own->x, own->y, dy,
                      layer->wants_dx ? room : NULL, layer->parameter[0].gradient,
                      layer->parameter[1].gradient);
    *dx = agr_gradient_plain(room);
    return AGR_OK;
}

static double multiply_adds(const agr_layer *layer)
{
    return agr_conv_flop_forward(shape_of(layer)) / 2;
}

static void describe(const agr_layer *layer, agr_layer_facts *facts)
{
    const conv2d *own = layer->own;
    facts->activation = own->relu ? AGR_ACTIVATION_RELU : AGR_ACTIVATION_LINEAR;
}

const agr_layer_kind agr_layer_conv2d = {
    .name = "conv2d",
    .abilities = AGR_TAKES_AFFINE_INPUT | AGR_TAKES_POOLED_GRADIENT | AGR_TAKES_AFFINE_GRADIENT |
                 AGR_GIVES_SUMS | AGR_LOOKS_AT_INPUT | AGR_LOOKS_AT_OUTPUT,
    .own_bytes = sizeof(conv2d),
    .configure = configure,
    .plan = plan,
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
    .describe = describe,
    .multiply_adds = multiply_adds,
};
