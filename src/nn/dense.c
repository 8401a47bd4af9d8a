/* A fully connected layer with bias and an optional ReLU inside. */
#include "layer_kinds_impl.h"

#include <string.h>

typedef struct {
    agr_dense dense;
    const float *x; /* of the last forward */
    float *y;
    size_t kernel_work_floats; /* of the kernels; dz, the gradient before the ReLU, comes after */
} dense_layer;

static agr_status configure(agr_layer *layer, agr_options *options,
                            const agr_layer_settings *settings, agr_error *err)
{
    dense_layer *own = layer->own;
    const char *wish;
    int units;
    if (!layer->flat_in) {
        agr_options_fail(options, err, "expected a flat tensor, found an image %lld x %lld x %lld",
                         (long long)layer->in.height, (long long)layer->in.width,
                         (long long)layer->in.channels);
        return agr_error_hint(err, "put a flatten or a global_average_pooling2d before it");
    }
    AGR_TRY(agr_options_text(options, "units", "", &wish, err));
    if (strcmp(wish, "auto") == 0) {
        agr_options_fail(options, err, "units: auto: expected a number where no label tells it");
        return agr_error_hint(err, "auto stands in the last layer of a head, and --data FILE tells "
                                   "the label; else say how many");
    }
    AGR_TRY(agr_options_int(options, "units", 0, 1, 65536, &units, err));
    AGR_TRY(agr_layer_relu_option(options, &own->dense.relu, err));
    layer->out.channels = units;
    own->dense.n_in = layer->in.channels;
    own->dense.n_out = units;
    own->dense.gemm = settings->gemm;
    const int64_t kernel[] = {layer->in.channels, units};
    agr_layer_add_parameter(layer, "kernel", AGR_PARAMETER_TRAINED, AGR_INITIAL_GLOROT_UNIFORM, 2,
                            kernel);
    agr_layer_add_parameter(layer, "bias", AGR_PARAMETER_TRAINED, AGR_INITIAL_ZEROS, 1, &kernel[1]);
    return AGR_OK;
}

static agr_status plan(agr_layer *layer, agr_layer_plan *plan, agr_error *err)
{
    (void)err;
    dense_layer *own = layer->own;
    const size_t n_out = (size_t)(plan->max_images * layer->out.channels);
    own->y = agr_layer_keep(plan, n_out);
    own->kernel_work_floats = agr_dense_work_floats(&own->dense, plan->max_images,
                                                    plan->max_micro_batches, plan->n_threads);
    agr_layer_want_work(plan, own->kernel_work_floats + (own->dense.relu ? n_out : 0));
    return AGR_OK;
}

static agr_status forward(agr_layer *layer, const agr_pass *pass, agr_view x, agr_view *y,
                          agr_error *err)
{
    (void)err;
    dense_layer *own = layer->own;
    own->x = agr_view_floats(x);
    agr_dense_forward(&own->dense, pass->pool, pass->shard, own->x, layer->parameter[0].value,
                      layer->parameter[1].value, own->y, pass->work);
    *y = (agr_view){.data = own->y};
    return AGR_OK;
}

static agr_status backward(agr_layer *layer, const agr_pass *pass, const agr_gradient_view *dy,
                           float *room, agr_gradient_view *dx, agr_error *err)
{
    (void)err;
    const dense_layer *own = layer->own;
    const float *dz = dy->dy;
    if (own->dense.relu) {
        float *masked = pass->work + own->kernel_work_floats;
        agr_relu_backward(pass->pool, pass->n_images * layer->out.channels, own->y, dy->dy, masked);
        dz = masked;
    }
    agr_dense_backward(&own->dense, pass->pool, pass->shard, own->x, layer->parameter[0].value, dz,
                       layer->wants_dx ? room : NULL, layer->parameter[0].gradient,
                       layer->parameter[1].gradient, pass->work);
    *dx = agr_gradient_plain(room);
    return AGR_OK;
}

static double multiply_adds(const agr_layer *layer)
{
    return (double)layer->in.channels * (double)layer->out.channels;
}

static void describe(const agr_layer *layer, agr_layer_facts *facts)
{
    const dense_layer *own = layer->own;
    facts->activation = own->dense.relu ? AGR_ACTIVATION_RELU : AGR_ACTIVATION_LINEAR;
}

const agr_layer_kind agr_layer_dense = {
    .name = "dense",
    .abilities = AGR_LOOKS_AT_INPUT | AGR_LOOKS_AT_OUTPUT,
    .own_bytes = sizeof(dense_layer),
    .configure = configure,
    .plan = plan,
    .forward = forward,
    .backward = backward,
    .describe = describe,
    .multiply_adds = multiply_adds,
};
