/* The layer table, and what all layers share. */
#include "layer_kinds_impl.h"

#include <stdio.h>
#include <string.h>

const agr_layer_kind *const agr_layer_kinds[] = {
    &agr_layer_conv2d,     &agr_layer_depthwise_conv2d, &agr_layer_batch_normalization,
    &agr_layer_activation, &agr_layer_max_pooling2d,    &agr_layer_global_average_pooling2d,
    &agr_layer_dropout,    &agr_layer_flatten,          &agr_layer_dense,
    &agr_layer_thresholds, &agr_layer_resize,           NULL,
};

const agr_layer_kind *agr_layer_kind_find(const agr_layer_kind *const *kinds, const char *name)
{
    for (; *kinds != NULL; kinds++)
        if (strcmp((*kinds)->name, name) == 0)
            return *kinds;
    return NULL;
}

void agr_layer_add_parameter(agr_layer *layer, const char *name, agr_parameter_role role,
                             agr_initial initial, int n_dimensions, const int64_t *shape)
{
    AGR_ASSERT(layer->n_parameters < AGR_LAYER_MAX_PARAMETERS);
    AGR_ASSERT(n_dimensions <= AGR_PARAMETER_MAX_DIMENSIONS);
    agr_parameter *parameter = &layer->parameter[layer->n_parameters++];
    *parameter =
        (agr_parameter){.role = role, .initial = initial, .n_dimensions = n_dimensions, .count = 1};
    snprintf(parameter->name, sizeof parameter->name, "%s", name);
    for (int d = 0; d < n_dimensions; d++) {
        parameter->shape[d] = shape[d];
        parameter->count *= (size_t)shape[d];
    }
}

agr_layer_facts agr_layer_describe(const agr_layer *layer)
{
    agr_layer_facts facts = {.activation = AGR_ACTIVATION_LINEAR};
    if (layer->kind->describe != NULL)
        layer->kind->describe(layer, &facts);
    return facts;
}

float *agr_layer_keep(agr_layer_plan *plan, size_t n_floats)
{
    return agr_arena_take(plan->arena, n_floats, sizeof(float));
}

void agr_layer_want_work(agr_layer_plan *plan, size_t n_floats)
{
    if (n_floats > plan->work_floats)
        plan->work_floats = n_floats;
}

agr_status agr_layer_relu_option(agr_options *options, bool *relu, agr_error *err)
{
    static const char *const choices[] = {"linear", "relu", NULL};
    int index;
    AGR_TRY(agr_options_choice(options, "activation", 0, choices, &index, err));
    *relu = index == 1;
    return AGR_OK;
}

agr_status agr_layer_want_image(const agr_layer *layer, agr_options *options, agr_error *err)
{
    if (!layer->flat_in)
        return AGR_OK;
    return agr_options_fail(options, err, "expected an image, found a flat tensor of %lld features",
                            (long long)layer->in.channels);
}
