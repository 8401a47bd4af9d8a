/** The rows of the layer table, each defined in the file of its name. */
#ifndef AGR_NN_LAYER_KINDS_IMPL_H
#define AGR_NN_LAYER_KINDS_IMPL_H

#include <agr/nn/layer.h>

extern const agr_layer_kind agr_layer_conv2d, agr_layer_depthwise_conv2d,
    agr_layer_batch_normalization, agr_layer_activation, agr_layer_max_pooling2d,
    agr_layer_global_average_pooling2d, agr_layer_dropout, agr_layer_flatten, agr_layer_dense,
    agr_layer_thresholds, agr_layer_resize;

/** Reads `activation` of a layer that can do linear and relu inside. */
agr_status agr_layer_relu_option(agr_options *options, bool *relu, agr_error *err);

/** Fails unless the layer's input is an image. */
agr_status agr_layer_want_image(const agr_layer *layer, agr_options *options, agr_error *err);

/** Size of one image of the input and of the output. */
static inline int64_t agr_layer_in_size(const agr_layer *layer)
{
    return agr_extent_size(layer->in);
}

static inline int64_t agr_layer_out_size(const agr_layer *layer)
{
    return agr_extent_size(layer->out);
}

#endif
