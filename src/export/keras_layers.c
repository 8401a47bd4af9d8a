/* The layers of this program in the words of Keras 2.3 (TensorFlow 2.2). */
#include "keras_impl.h"

#include <string.h>

/* What is the same of every layer of a class, initialisers and constraints included: load_model wants them
 * all. */
#define COMMON "\"trainable\":true,\"dtype\":\"float32\""
#define ZEROS "{\"class_name\":\"Zeros\",\"config\":{}}"
#define ONES "{\"class_name\":\"Ones\",\"config\":{}}"
#define GLOROT "{\"class_name\":\"GlorotUniform\",\"config\":{\"seed\":null}}"
#define CHANNELS_LAST "\"data_format\":\"channels_last\""
#define BIAS                                                                                       \
    "\"use_bias\":true,\"bias_initializer\":" ZEROS                                                \
    ",\"bias_regularizer\":null,\"activity_regularizer\":null,\"bias_constraint\":null"
#define KERNEL                                                                                     \
    "\"kernel_initializer\":" GLOROT ",\"kernel_regularizer\":null,\"kernel_constraint\":null"
#define PIXEL_BY_PIXEL                                                                             \
    "\"strides\":[1,1],\"padding\":\"same\"," CHANNELS_LAST ",\"dilation_rate\":[1,1]"

static void add_pair(cJSON *config, const char *key, int64_t value)
{
    cJSON *pair = cJSON_AddArrayToObject(config, key);
    cJSON_AddItemToArray(pair, cJSON_CreateNumber((double)value));
    cJSON_AddItemToArray(pair, cJSON_CreateNumber((double)value));
}

static void add_activation(cJSON *config, agr_activation activation)
{
    static const char *const word[] = {
        [AGR_ACTIVATION_LINEAR] = "linear",
        [AGR_ACTIVATION_RELU] = "relu",
        [AGR_ACTIVATION_SIGMOID] = "sigmoid",
        [AGR_ACTIVATION_SOFTMAX] = "softmax",
    };
    cJSON_AddStringToObject(config, "activation", word[activation]);
}

static void add_conv2d(const agr_layer *layer, const agr_layer_facts *facts, cJSON *config)
{
    cJSON_AddNumberToObject(config, "filters", (double)layer->out.channels);
    add_pair(config, "kernel_size", layer->parameter[0].shape[0]);
    add_activation(config, facts->activation);
}

static void add_depthwise_conv2d(const agr_layer *layer, const agr_layer_facts *facts,
                                 cJSON *config)
{
    add_pair(config, "kernel_size", layer->parameter[0].shape[0]);
    add_activation(config, facts->activation);
}

/* The axis of the channels counts from the images of a batch, axis 0. */
static void add_batch_normalization(const agr_layer *layer, const agr_layer_facts *facts,
                                    cJSON *config)
{
    cJSON *axis = cJSON_AddArrayToObject(config, "axis");
    cJSON_AddItemToArray(axis, cJSON_CreateNumber(layer->flat_in ? 1 : 3));
    cJSON_AddNumberToObject(config, "momentum", facts->momentum);
    cJSON_AddNumberToObject(config, "epsilon", facts->epsilon);
}

static void add_max_pooling2d(const agr_layer *layer, const agr_layer_facts *facts, cJSON *config)
{
    (void)layer;
    add_pair(config, "pool_size", facts->window);
    add_pair(config, "strides", facts->window);
}

static void add_activation_layer(const agr_layer *layer, const agr_layer_facts *facts,
                                 cJSON *config)
{
    (void)layer;
    add_activation(config, facts->activation);
}

static void add_dropout(const agr_layer *layer, const agr_layer_facts *facts, cJSON *config)
{
    (void)layer;
    cJSON_AddNumberToObject(config, "rate", facts->rate);
}

static void add_dense(const agr_layer *layer, const agr_layer_facts *facts, cJSON *config)
{
    cJSON_AddNumberToObject(config, "units", (double)layer->out.channels);
    add_activation(config, facts->activation);
}

static void add_nothing(const agr_layer *layer, const agr_layer_facts *facts, cJSON *config)
{
    (void)layer;
    (void)facts;
    (void)config;
}

typedef struct {
    const char *kind, *class_name;
    const char *common; /* of all layers of the class */
    void (*add)(const agr_layer *layer, const agr_layer_facts *facts, cJSON *config);
} keras_class;

static const keras_class classes[] = {
    {"conv2d", "Conv2D", "{" COMMON "," PIXEL_BY_PIXEL "," KERNEL "," BIAS "}", add_conv2d},
    {"depthwise_conv2d", "DepthwiseConv2D",
     "{" COMMON "," PIXEL_BY_PIXEL "," BIAS ",\"depth_multiplier\":1,"
     "\"depthwise_initializer\":" GLOROT
     ",\"depthwise_regularizer\":null,\"depthwise_constraint\":null}",
     add_depthwise_conv2d},
    {"batch_normalization", "BatchNormalization",
     "{" COMMON ",\"center\":true,\"scale\":true,\"beta_initializer\":" ZEROS
     ",\"gamma_initializer\":" ONES ",\"moving_mean_initializer\":" ZEROS
     ",\"moving_variance_initializer\":" ONES ",\"beta_regularizer\":null,"
     "\"gamma_regularizer\":null,\"beta_constraint\":null,\"gamma_constraint\":null}",
     add_batch_normalization},
    {"activation", "Activation", "{" COMMON "}", add_activation_layer},
    {"max_pooling2d", "MaxPooling2D", "{" COMMON ",\"padding\":\"valid\"," CHANNELS_LAST "}",
     add_max_pooling2d},
    {"global_average_pooling2d", "GlobalAveragePooling2D", "{" COMMON "," CHANNELS_LAST "}",
     add_nothing},
    {"dropout", "Dropout", "{" COMMON ",\"noise_shape\":null,\"seed\":null}", add_dropout},
    {"flatten", "Flatten", "{" COMMON "," CHANNELS_LAST "}", add_nothing},
    {"dense", "Dense", "{" COMMON "," KERNEL "," BIAS "}", add_dense},
    {NULL, NULL, NULL, NULL},
};

static const keras_class *find_class(const char *kind)
{
    for (const keras_class *c = classes; c->kind != NULL; c++)
        if (strcmp(c->kind, kind) == 0)
            return c;
    return NULL;
}

static agr_status parse_common(const keras_class *class, const char **class_name, cJSON **config,
                               agr_error *err)
{
    *class_name = class->class_name;
    *config = cJSON_Parse(class->common);
    return *config != NULL ? AGR_OK : agr_error_set(err, AGR_MEMORY, "out of memory");
}

agr_status keras_describe_layer(const agr_layer *layer, const char **class_name, cJSON **config,
                                agr_error *err)
{
    const keras_class *class = find_class(layer->kind->name);
    const agr_layer_facts facts = agr_layer_describe(layer);
    if (class == NULL)
        return agr_error_set(err, AGR_UNSUPPORTED,
                             "layer '%s': format 'keras' has no class for a %s", layer->name,
                             layer->kind->name);
    AGR_TRY(parse_common(class, class_name, config, err));
    class->add(layer, &facts, *config);
    return AGR_OK;
}

agr_status keras_describe_activation(agr_activation activation, const char **class_name,
                                     cJSON **config, agr_error *err)
{
    AGR_TRY(parse_common(find_class("activation"), class_name, config, err));
    add_activation(*config, activation);
    return AGR_OK;
}
