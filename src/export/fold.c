/* Batch norms computed inside the kernels of their neighbours. See fold_impl.h. */
#include "fold_impl.h"

#include <math.h>
#include <string.h>

enum { GAMMA, BETA, MOVING_MEAN, MOVING_VARIANCE };

static bool is_kind(const agr_network *network, int layer, const char *kind)
{
    return layer >= 0 && strcmp(agr_network_layer(network, layer)->kind->name, kind) == 0;
}

static bool is_norm(const agr_network *network, int layer)
{
    return is_kind(network, layer, "batch_normalization");
}

/* The one layer that reads this one's output; -1 where several do, or a head. */
static int only_reader(const agr_network *network, int layer)
{
    int reader = -1, n_readers = 0;
    for (int h = 0; h < agr_network_n_heads(network); h++)
        if (agr_network_head_layer(network, h) == layer)
            return -1;
    for (int i = 0; i < agr_network_n_layers(network); i++)
        if (agr_network_layer_before(network, i) == layer) {
            reader = i;
            n_readers++;
        }
    return n_readers == 1 ? reader : -1;
}

int fold_norm_behind(const agr_network *network, int layer)
{
    const bool has_kernel = is_kind(network, layer, "conv2d") ||
                            is_kind(network, layer, "depthwise_conv2d") ||
                            is_kind(network, layer, "dense");
    if (!has_kernel ||
        agr_layer_describe(agr_network_layer(network, layer)).activation != AGR_ACTIVATION_LINEAR)
        return -1;
    const int reader = only_reader(network, layer);
    return is_norm(network, reader) ? reader : -1;
}

/* Dropout is nothing when a network is used, flatten moves no number, a mean of scaled numbers is theirs, scaled. */
static bool passes_on(const agr_network *network, int layer)
{
    return is_kind(network, layer, "dropout") || is_kind(network, layer, "flatten") ||
           is_kind(network, layer, "global_average_pooling2d");
}

int fold_norm_ahead(const agr_network *network, int layer)
{
    if (!is_kind(network, layer, "dense"))
        return -1;
    int reader = layer, before = agr_network_layer_before(network, layer);
    while (before >= 0 && only_reader(network, before) == reader && passes_on(network, before)) {
        reader = before;
        before = agr_network_layer_before(network, before);
    }
    const bool arrives = is_norm(network, before) && only_reader(network, before) == reader;
    const int producer = arrives ? agr_network_layer_before(network, before) : -1;
    return arrives && (producer < 0 || fold_norm_behind(network, producer) != before) ? before : -1;
}

bool fold_is_inside(const agr_network *network, int norm)
{
    for (int i = 0; i < agr_network_n_layers(network); i++)
        if (fold_norm_behind(network, i) == norm || fold_norm_ahead(network, i) == norm)
            return true;
    return false;
}

static void affine_of(const agr_layer *norm, int64_t channel, double *scale, double *shift)
{
    const double epsilon = (double)(float)agr_layer_describe(norm).epsilon;
    const double variance = (double)norm->parameter[MOVING_VARIANCE].value[channel];
    const double mean = (double)norm->parameter[MOVING_MEAN].value[channel];
    *scale = (double)norm->parameter[GAMMA].value[channel] / sqrt(variance + epsilon);
    *shift = (double)norm->parameter[BETA].value[channel] - mean * *scale;
}

/* y = sum_i w[i,o] (scale x[i] + shift) + b[o]: the shift goes into the bias, the scale into w. */
static void fold_input(const agr_layer *norm, const agr_layer *dense, float *kernel, float *bias)
{
    const int64_t n_in = dense->in.channels, n_out = dense->out.channels;
    for (int64_t o = 0; o < n_out; o++) {
        double sum = (double)bias[o];
        for (int64_t i = 0; i < n_in; i++) {
            double scale, shift;
            affine_of(norm, i % norm->out.channels, &scale, &shift);
            sum += shift * (double)kernel[i * n_out + o];
            kernel[i * n_out + o] = (float)(scale * (double)kernel[i * n_out + o]);
        }
        bias[o] = (float)sum;
    }
}

/* The last axis of every kernel, a depthwise one's [3,3,C,1] too, counts the outputs. */
static void fold_output(const agr_layer *norm, size_t count, float *kernel, float *bias)
{
    const int64_t n_out = norm->in.channels;
    for (int64_t o = 0; o < n_out; o++) {
        double scale, shift;
        affine_of(norm, o, &scale, &shift);
        for (size_t i = (size_t)o; i < count; i += (size_t)n_out)
            kernel[i] = (float)(scale * (double)kernel[i]);
        bias[o] = (float)(scale * (double)bias[o] + shift);
    }
}

void fold_weights(const agr_network *network, int index, float *kernel, float *bias)
{
    const agr_layer *layer = agr_network_layer(network, index);
    const int ahead = fold_norm_ahead(network, index), behind = fold_norm_behind(network, index);
    if (ahead >= 0)
        fold_input(agr_network_layer(network, ahead), layer, kernel, bias);
    if (behind >= 0)
        fold_output(agr_network_layer(network, behind), layer->parameter[0].count, kernel, bias);
}
