/*
 * Batch normalisation over the global batch, per channel c:
 *
 *     y = gamma * (x - mean) * s + beta,    s = 1 / sqrt(variance + epsilon)
 *
 * It writes no tensor: y is x with scale = gamma * s and shift = beta - mean * scale, and the
 * gradient of x is a view too. Source: Ioffe & Szegedy 2015; TensorFlow 2.2,
 * fused_batch_norm_op.cc.
 */
#include "layer_kinds_impl.h"

#include <math.h>
#include <string.h>

enum { GAMMA, BETA, MOVING_MEAN, MOVING_VARIANCE };

typedef struct {
    float epsilon;
    double asked_momentum, asked_epsilon; /* not rounded */
    float update; /* float(1 - momentum): share of the batch in the moving statistics */
    const float *x;
    double *mean, *inverse_deviation;       /* [C] of the last forward in training */
    float *mean_float;                      /* [C] mean, for the kernels */
    float *scale, *shift;                   /* [C] of y */
    float *dx_scale, *dx_slope, *dx_offset; /* [C] of dx */
} batch_normalization;

static agr_status configure(agr_layer *layer, agr_options *options,
                            const agr_layer_settings *settings, agr_error *err)
{
    batch_normalization *own = layer->own;
    double momentum, epsilon;
    AGR_TRY(agr_options_number(options, "momentum", 0.99, 0, 1, &momentum, err));
    AGR_TRY(agr_options_number(options, "epsilon", 1e-3, 1e-12, 1, &epsilon, err));
    if (!isnan(settings->bn_momentum))
        momentum = settings->bn_momentum;
    own->epsilon = (float)epsilon;
    own->asked_momentum = momentum;
    own->asked_epsilon = epsilon;
    own->update = (float)(1.0 - momentum);
    const int64_t channels = layer->in.channels;
    agr_layer_add_parameter(layer, "gamma", AGR_PARAMETER_TRAINED, AGR_INITIAL_ONES, 1, &channels);
    agr_layer_add_parameter(layer, "beta", AGR_PARAMETER_TRAINED, AGR_INITIAL_ZEROS, 1, &channels);
    agr_layer_add_parameter(layer, "moving_mean", AGR_PARAMETER_STATE, AGR_INITIAL_ZEROS, 1,
                            &channels);
    agr_layer_add_parameter(layer, "moving_variance", AGR_PARAMETER_STATE, AGR_INITIAL_ONES, 1,
                            &channels);
    return AGR_OK;
}

static agr_status plan(agr_layer *layer, agr_layer_plan *plan, agr_error *err)
{
    (void)err;
    batch_normalization *own = layer->own;
    const size_t channels = (size_t)layer->in.channels;
    own->mean = agr_arena_take(plan->arena, channels, sizeof(double));
    own->inverse_deviation = agr_arena_take(plan->arena, channels, sizeof(double));
    float **const vectors[] = {&own->mean_float, &own->scale,    &own->shift,
                               &own->dx_scale,   &own->dx_slope, &own->dx_offset};
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
        *vectors[i] = agr_layer_keep(plan, channels);
    return AGR_OK;
}

/* Numbers that the statistics of one channel run over. */
static double count_of(const agr_layer *layer, const agr_pass *pass)
{
    return (double)pass->shard->n_images * (double)(layer->in.height * layer->in.width);
}

/* The moving variance of an image gets Bessel's correction, that of a flat tensor does not: Keras'
 * two code paths differ, and so do we. */
static void update_moving(const agr_layer *layer, const batch_normalization *own, int64_t c,
                          double n, double variance)
{
    float *mean = layer->parameter[MOVING_MEAN].value + c;
    float *moving_variance = layer->parameter[MOVING_VARIANCE].value + c;
    const double update = (double)own->update;
    const double unbiased = layer->flat_in || n < 2 ? variance : variance * n / (n - 1);
    *mean = (float)((double)*mean - ((double)*mean - own->mean[c]) * update);
    *moving_variance =
        (float)((double)*moving_variance - ((double)*moving_variance - unbiased) * update);
}

static void set_affine(const agr_layer *layer, batch_normalization *own, int64_t c, double mean,
                       double variance)
{
    const double gamma = (double)layer->parameter[GAMMA].value[c];
    const double beta = (double)layer->parameter[BETA].value[c];
    const double s = 1 / sqrt(variance + (double)own->epsilon);
    own->inverse_deviation[c] = s;
    own->scale[c] = (float)(gamma * s);
    own->shift[c] = (float)(beta - mean * gamma * s);
}

static agr_status use_batch_statistics(agr_layer *layer, const agr_pass *pass, agr_error *err)
{
    batch_normalization *own = layer->own;
    const int64_t channels = layer->in.channels;
    if (!layer->finds_sums && pass->n_images > 0)
        agr_batch_norm_sums(pass->pool, pass->shard, layer->in, (agr_view){.data = own->x},
                            pass->sums);
    AGR_TRY(pass->reducer->ops->sum(pass->reducer, pass->shard, pass->sums, 2 * channels,
                                    pass->totals, err));
    const double n = count_of(layer, pass);
    for (int64_t c = 0; c < channels; c++) {
        const double mean = pass->totals[c] / n;
        const double variance = pass->totals[channels + c] / n - mean * mean;
        own->mean[c] = mean;
        own->mean_float[c] = (float)mean;
        /* A variance that is 0 may come out below it; a NaN stays one and is reported later. */
        const double guarded = variance < 0 ? 0 : variance;
        set_affine(layer, own, c, mean, guarded);
        if (!(n > 1)) { /* x is its own mean: without the rounding of scale * x + shift */
            own->scale[c] = 0;
            own->shift[c] = layer->parameter[BETA].value[c];
        }
        update_moving(layer, own, c, n, guarded);
    }
    return AGR_OK;
}

static agr_status forward(agr_layer *layer, const agr_pass *pass, agr_view x, agr_view *y,
                          agr_error *err)
{
    batch_normalization *own = layer->own;
    own->x = agr_view_floats(x);
    if (pass->mode == AGR_FORWARD_TRAIN) {
        AGR_TRY(use_batch_statistics(layer, pass, err));
    } else {
        for (int64_t c = 0; c < layer->in.channels; c++)
            set_affine(layer, own, c, (double)layer->parameter[MOVING_MEAN].value[c],
                       (double)layer->parameter[MOVING_VARIANCE].value[c]);
    }
    *y = (agr_view){.data = x.data, .scale = own->scale, .shift = own->shift};
    return AGR_OK;
}

/* Behind a max-pool only what it picked has a gradient, and it has kept those x. */
static void gradient_sums(const agr_layer *layer, const agr_pass *pass, const agr_gradient_view *dy)
{
    const batch_normalization *own = layer->own;
    if (dy->window > 1 && layer->next != NULL && layer->next->picked != NULL) {
        const agr_gradient_view picked = agr_gradient_plain(dy->dy);
        agr_batch_norm_gradient_sums(pass->pool, pass->shard, layer->next->out, layer->next->picked,
                                     own->mean_float, &picked, pass->sums);
        return;
    }
    agr_batch_norm_gradient_sums(pass->pool, pass->shard, layer->in, own->x, own->mean_float, dy,
                                 pass->sums);
}

/*
 * With g the gradient of y, M1 = mean(g), M2 = mean(g * (x - mean)):
 *
 *     dgamma = sum g * (x - mean) * s        dbeta = sum g
 *     dx     = gamma * s * (g - M1 - (x - mean) * s^2 * M2)
 *
 * Of a single number, n = 1, y is beta and dx 0; the formula would leave its rounding, times a
 * large s.
 */
static agr_status backward(agr_layer *layer, const agr_pass *pass, const agr_gradient_view *dy,
                           float *room, agr_gradient_view *dx, agr_error *err)
{
    (void)room;
    batch_normalization *own = layer->own;
    const int64_t channels = layer->in.channels;
    if (pass->n_images > 0)
        gradient_sums(layer, pass, dy);
    AGR_TRY(pass->reducer->ops->sum(pass->reducer, pass->shard, pass->sums, 2 * channels,
                                    pass->totals, err));
    const double n = count_of(layer, pass);
    for (int64_t c = 0; c < channels; c++) {
        const double s = own->inverse_deviation[c];
        const double gamma = (double)layer->parameter[GAMMA].value[c];
        const double sum_g = pass->totals[c];
        /* The kernel centred with the rounded mean. */
        const double sum_gx =
            pass->totals[channels + c] + ((double)own->mean_float[c] - own->mean[c]) * sum_g;
        layer->parameter[GAMMA].gradient.row[c] = (float)(sum_gx * s);
        layer->parameter[BETA].gradient.row[c] = (float)sum_g;
        const double scale = n > 1 ? gamma * s : 0, slope = -scale * s * s * sum_gx / n;
        own->dx_scale[c] = (float)scale;
        own->dx_slope[c] = (float)slope;
        own->dx_offset[c] = (float)(-scale * sum_g / n - slope * own->mean[c]);
    }
    *dx = *dy;
    dx->x = own->x;
    dx->scale = own->dx_scale;
    dx->slope = own->dx_slope;
    dx->offset = own->dx_offset;
    return AGR_OK;
}

static void describe(const agr_layer *layer, agr_layer_facts *facts)
{
    const batch_normalization *own = layer->own;
    facts->momentum = own->asked_momentum;
    facts->epsilon = own->asked_epsilon;
}

const agr_layer_kind agr_layer_batch_normalization = {
    .name = "batch_normalization",
    .abilities = AGR_TAKES_POOLED_GRADIENT | AGR_GIVES_AFFINE | AGR_TAKES_SUMS |
                 AGR_LOOKS_AT_INPUT | AGR_PASSES_MEMORY_ON | AGR_IS_COLLECTIVE,
    .own_bytes = sizeof(batch_normalization),
    .configure = configure,
    .plan = plan,
    .forward = forward,
    .backward = backward,
    .describe = describe,
};
