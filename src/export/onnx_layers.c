/* The layers of this program as nodes of ONNX, operator set 13. */
#include "fold_impl.h"
#include "onnx_impl.h"

#include <string.h>

/* A layer in its place, and where its nodes go. */
typedef struct {
    const agr_network *network;
    const agr_layer *layer;
    int index;
    bool fold;
    const char *name; /* of the layer, in the file */
    onnx_builder *builder;
} place;

static const char *named(const place *at, const char *what)
{
    return onnx_text(at->builder, "%s/%s", at->name, what);
}

static const char *add_unary(const place *at, const char *operator_name, const char *what,
                             const char *x)
{
    const char *y = named(at, what);
    onnx_add_node(at->builder, operator_name, y, 1, &x);
    return y;
}

static const char *add_activation(const place *at, agr_activation activation, const char *x)
{
    const char *y = x;
    switch (activation) {
    case AGR_ACTIVATION_LINEAR:
        break;
    case AGR_ACTIVATION_RELU:
        return add_unary(at, "Relu", "relu", x);
    case AGR_ACTIVATION_SIGMOID:
        return add_unary(at, "Sigmoid", "sigmoid", x);
    case AGR_ACTIVATION_SOFTMAX: /* over the channels, which are axis 1 of images and of flat tensors */
        y = named(at, "softmax");
        onnx_set_int(at->builder, onnx_add_node(at->builder, "Softmax", y, 1, &x), "axis", 1);
        break;
    }
    return y;
}

/* ---- layers with a kernel ---- */

static const float *copy_of(const place *at, const agr_parameter *parameter, float **copy)
{
    *copy = onnx_take(at->builder, parameter->count * sizeof **copy);
    if (*copy != NULL)
        memcpy(*copy, parameter->value, parameter->count * sizeof **copy);
    return *copy;
}

/* Kernel and bias in Keras' shapes; of copies where batch norms are folded into them. */
static void take_weights(const place *at, const float **kernel, const float **bias)
{
    float *own_kernel, *own_bias;
    *kernel = at->layer->parameter[0].value;
    *bias = at->layer->parameter[1].value;
    if (!at->fold || (fold_norm_ahead(at->network, at->index) < 0 &&
                      fold_norm_behind(at->network, at->index) < 0))
        return;
    *kernel = copy_of(at, &at->layer->parameter[0], &own_kernel);
    *bias = copy_of(at, &at->layer->parameter[1], &own_bias);
    if (!at->builder->failed)
        fold_weights(at->network, at->index, own_kernel, own_bias);
}

static const char *add_bias(const place *at, const float *bias)
{
    const char *name = named(at, "bias");
    onnx_add_floats(at->builder, name, 1, &at->layer->out.channels, bias);
    return name;
}

/* [side,side,n_in,n_out] to [n_out,n_in,side,side]. */
static const char *add_kernel(const place *at, const float *kernel, int64_t side, int64_t n_in,
                              int64_t n_out)
{
    const char *name = named(at, "kernel");
    const int64_t shape[] = {n_out, n_in, side, side}, area = side * side;
    float *turned = onnx_take(at->builder, (size_t)(area * n_in * n_out) * sizeof *turned);
    for (int64_t p = 0; turned != NULL && p < area; p++)
        for (int64_t i = 0; i < n_in; i++)
            for (int64_t o = 0; o < n_out; o++)
                turned[(o * n_in + i) * area + p] = kernel[(p * n_in + i) * n_out + o];
    onnx_add_floats(at->builder, name, 4, shape, turned);
    return name;
}

/* groups: 1, or as many as channels. Padded so that an image keeps its size. */
static const char *add_conv(const place *at, const agr_layer_facts *facts, int64_t groups,
                            const char *x)
{
    const int64_t side = at->layer->parameter[0].shape[0], half = side / 2;
    const float *kernel, *bias;
    take_weights(at, &kernel, &bias);
    if (at->builder->failed)
        return x;
    /* A depthwise kernel [3,3,C,1] is in memory one of C outputs that look at one channel each. */
    const char *inputs[] = {
        x, add_kernel(at, kernel, side, at->layer->in.channels / groups, at->layer->out.channels),
        add_bias(at, bias)};
    const char *y = named(at, "conv");
    Onnx__NodeProto *node = onnx_add_node(at->builder, "Conv", y, 3, inputs);
    onnx_set_ints(at->builder, node, "kernel_shape", 2, (int64_t[]){side, side});
    onnx_set_ints(at->builder, node, "pads", 4, (int64_t[]){half, half, half, half});
    onnx_set_int(at->builder, node, "group", groups);
    return add_activation(at, facts->activation, y);
}

static const char *add_conv2d(const place *at, const agr_layer_facts *facts, const char *x)
{
    return add_conv(at, facts, 1, x);
}

static const char *add_depthwise_conv2d(const place *at, const agr_layer_facts *facts,
                                        const char *x)
{
    return add_conv(at, facts, at->layer->in.channels, x);
}

static const char *add_dense(const place *at, const agr_layer_facts *facts, const char *x)
{
    const float *kernel, *bias;
    take_weights(at, &kernel, &bias);
    if (at->builder->failed)
        return x;
    const char *inputs[] = {x, named(at, "kernel"), add_bias(at, bias)};
    const char *y = named(at, "dense");
    onnx_add_floats(at->builder, inputs[1], 2, at->layer->parameter[0].shape, kernel);
    onnx_add_node(at->builder, "Gemm", y, 3, inputs);
    return add_activation(at, facts->activation, y);
}

static const char *add_thresholds(const place *at, const agr_layer_facts *facts, const char *x)
{
    (void)facts;
    const char *inputs[] = {x, add_bias(at, at->layer->parameter[0].value)};
    const char *y = named(at, "thresholds");
    onnx_add_node(at->builder, "Add", y, 2, inputs);
    return y;
}

static const char *add_batch_normalization(const place *at, const agr_layer_facts *facts,
                                           const char *x)
{
    const char *inputs[5] = {x}, *y = named(at, "norm");
    if (at->fold && fold_is_inside(at->network, at->index))
        return x;
    for (int p = 0; p < at->layer->n_parameters; p++) {
        inputs[1 + p] = named(at, at->layer->parameter[p].name);
        onnx_add_floats(at->builder, inputs[1 + p], 1, at->layer->parameter[p].shape,
                        at->layer->parameter[p].value);
    }
    Onnx__NodeProto *node = onnx_add_node(at->builder, "BatchNormalization", y, 5, inputs);
    onnx_set_float(at->builder, node, "epsilon", (float)facts->epsilon);
    return y;
}

/* ---- layers without parameters ---- */

static const char *add_activation_layer(const place *at, const agr_layer_facts *facts,
                                        const char *x)
{
    return add_activation(at, facts->activation, x);
}

static const char *add_max_pooling2d(const place *at, const agr_layer_facts *facts, const char *x)
{
    const int64_t window[] = {facts->window, facts->window};
    const char *y = named(at, "pool");
    Onnx__NodeProto *node = onnx_add_node(at->builder, "MaxPool", y, 1, &x);
    onnx_set_ints(at->builder, node, "kernel_shape", 2, window);
    onnx_set_ints(at->builder, node, "strides", 2, window);
    return y;
}

static const char *add_rows(const place *at, const char *x)
{
    const char *y = named(at, "flat");
    onnx_set_int(at->builder, onnx_add_node(at->builder, "Flatten", y, 1, &x), "axis", 1);
    return y;
}

static const char *add_global_average_pooling2d(const place *at, const agr_layer_facts *facts,
                                                const char *x)
{
    (void)facts;
    return add_rows(at, add_unary(at, "GlobalAveragePool", "mean", x));
}

static const char *add_nothing(const place *at, const agr_layer_facts *facts, const char *x)
{
    (void)at;
    (void)facts;
    return x;
}

/* In the order (h * W + w) * C + c, in which the next layer's kernel has its rows. */
static const char *add_flatten(const place *at, const agr_layer_facts *facts, const char *x)
{
    (void)facts;
    if (at->layer->flat_in)
        return x;
    const char *turned = named(at, "nhwc");
    onnx_set_ints(at->builder, onnx_add_node(at->builder, "Transpose", turned, 1, &x), "perm", 4,
                  (int64_t[]){0, 2, 3, 1});
    return add_rows(at, turned);
}

/* Sizes, not factors, so that no rounding takes a row away: [N,C] of x and the sides that are wanted. */
static const char *add_resize(const place *at, const agr_layer_facts *facts, const char *x)
{
    (void)facts;
    onnx_builder *b = at->builder;
    const char *shape = add_unary(at, "Shape", "shape", x), *first = named(at, "first");
    const char *sizes = named(at, "sizes"), *y = named(at, "resized");
    const char *slice[] = {shape, named(at, "zero"), named(at, "two")};
    const char *parts[] = {first, named(at, "sides")}, *inputs[] = {x, "", "", sizes};
    onnx_add_int64s(b, slice[1], 1, (int64_t[]){0});
    onnx_add_int64s(b, slice[2], 1, (int64_t[]){2});
    onnx_add_int64s(b, parts[1], 2, (int64_t[]){at->layer->out.height, at->layer->out.width});
    onnx_add_node(b, "Slice", first, 3, slice);
    onnx_set_int(b, onnx_add_node(b, "Concat", sizes, 2, parts), "axis", 0);
    Onnx__NodeProto *node = onnx_add_node(b, "Resize", y, 4, inputs);
    onnx_set_text(b, node, "mode", "linear");
    onnx_set_text(b, node, "coordinate_transformation_mode", "half_pixel");
    return y;
}

/* ---- the table ---- */

typedef struct {
    const char *kind;
    const char *(*add)(const place *at, const agr_layer_facts *facts, const char *x);
} onnx_words;

static const onnx_words table[] = {
    {"conv2d", add_conv2d},
    {"depthwise_conv2d", add_depthwise_conv2d},
    {"batch_normalization", add_batch_normalization},
    {"activation", add_activation_layer},
    {"max_pooling2d", add_max_pooling2d},
    {"global_average_pooling2d", add_global_average_pooling2d},
    {"dropout", add_nothing},
    {"flatten", add_flatten},
    {"dense", add_dense},
    {"thresholds", add_thresholds},
    {"resize", add_resize},
    {NULL, NULL},
};

agr_status onnx_add_layer(const export_job *job, const agr_model *model, int index,
                          onnx_builder *builder, const char *x, const char **y, agr_error *err)
{
    const agr_layer *layer = agr_network_layer(model->network, index);
    const agr_layer_facts facts = agr_layer_describe(layer);
    agr_text name = {0};
    export_add_layer_name(job, model, layer->name, &name);
    const place at = {.network = model->network,
                      .layer = layer,
                      .index = index,
                      .fold = job->request->fold,
                      .name = onnx_text(builder, "%s", name.failed ? "" : name.data),
                      .builder = builder};
    builder->failed = builder->failed || name.failed;
    agr_text_release(&name);
    for (const onnx_words *words = table; words->kind != NULL; words++)
        if (strcmp(words->kind, layer->kind->name) == 0) {
            *y = words->add(&at, &facts, x);
            return AGR_OK;
        }
    return agr_error_set(err, AGR_UNSUPPORTED,
                         "branch '%s': layer '%s': format 'onnx' has no operator for a %s",
                         model->name, layer->name, layer->kind->name);
}
