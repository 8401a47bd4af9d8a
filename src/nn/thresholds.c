/* One number against many thresholds: y[n,k] = x[n] + bias[k]. All outputs share what is before. */
#include "layer_kinds_impl.h"

typedef struct {
    float *y;
} thresholds;

static agr_status configure(agr_layer *layer, agr_options *options,
                            const agr_layer_settings *settings, agr_error *err)
{
    (void)settings;
    int units;
    if (!layer->flat_in || layer->in.channels != 1) {
        agr_options_fail(options, err, "expected a flat tensor of 1 feature, found %s of %lld",
                         layer->flat_in ? "one" : "an image", (long long)agr_layer_in_size(layer));
        return agr_error_hint(err, "put a dense of 1 unit before it");
    }
    AGR_TRY(agr_options_int(options, "units", 0, 1, 65536, &units, err));
    layer->out.channels = units;
    const int64_t shape[] = {units};
    agr_layer_add_parameter(layer, "bias", AGR_PARAMETER_TRAINED, AGR_INITIAL_ZEROS, 1, shape);
    return AGR_OK;
}

static agr_status plan(agr_layer *layer, agr_layer_plan *plan, agr_error *err)
{
    (void)err;
    thresholds *own = layer->own;
    const size_t n_out = (size_t)(plan->max_images * layer->out.channels);
    own->y = agr_layer_keep(plan, n_out);
    agr_layer_want_work(plan, n_out);
    return AGR_OK;
}

static agr_status forward(agr_layer *layer, const agr_pass *pass, agr_view x, agr_view *y,
                          agr_error *err)
{
    (void)err;
    const thresholds *own = layer->own;
    const float *feature = agr_view_floats(x), *bias = layer->parameter[0].value;
    const int64_t n_out = layer->out.channels;
    for (int64_t n = 0; n < pass->n_images; n++)
        for (int64_t k = 0; k < n_out; k++)
            own->y[n * n_out + k] = feature[n] + bias[k];
    *y = (agr_view){.data = own->y};
    return AGR_OK;
}

/* dx[n] = sum_k dy[n,k] */
static agr_status backward(agr_layer *layer, const agr_pass *pass, const agr_gradient_view *dy,
                           float *room, agr_gradient_view *dx, agr_error *err)
{
    (void)err;
    const int64_t n_out = layer->out.channels;
    agr_bias_gradient(pass->shard, n_out, dy->dy, layer->parameter[0].gradient, pass->work);
    *dx = agr_gradient_plain(room);
    for (int64_t n = 0; layer->wants_dx && n < pass->n_images; n++) {
        double sum = 0;
        for (int64_t k = 0; k < n_out; k++)
            sum += (double)dy->dy[n * n_out + k];
        room[n] = (float)sum;
    }
    return AGR_OK;
}

const agr_layer_kind agr_layer_thresholds = {
    .name = "thresholds",
    .own_bytes = sizeof(thresholds),
    .configure = configure,
    .plan = plan,
    .forward = forward,
    .backward = backward,
};
