/* An activation as a layer of its own: linear, relu, sigmoid, softmax (over channels). */
#include "layer_kinds_impl.h"

typedef struct {
    agr_activation function;
    float *y; /* NULL: in place */
    const float *last_y;
} activation;

static agr_status configure(agr_layer *layer, agr_options *options,
                            const agr_layer_settings *settings, agr_error *err)
{
    (void)settings;
    static const char *const choices[] = {
        [AGR_ACTIVATION_LINEAR] = "linear",
        [AGR_ACTIVATION_RELU] = "relu",
        [AGR_ACTIVATION_SIGMOID] = "sigmoid",
        [AGR_ACTIVATION_SOFTMAX] = "softmax",
        NULL,
    };
    int index;
    AGR_TRY(agr_options_choice(options, "activation", -1, choices, &index, err));
    ((activation *)layer->own)->function = (agr_activation)index;
    return AGR_OK;
}

static agr_status plan(agr_layer *layer, agr_layer_plan *plan, agr_error *err)
{
    (void)err;
    activation *own = layer->own;
    own->y = NULL;
    if (!layer->input_is_free)
        own->y = agr_layer_keep(plan, (size_t)(plan->max_images * agr_layer_out_size(layer)));
    return AGR_OK;
}

static agr_status forward(agr_layer *layer, const agr_pass *pass, agr_view x, agr_view *y,
                          agr_error *err)
{
    (void)err;
    activation *own = layer->own;
    const int64_t channels = layer->in.channels;
    const int64_t n_elements = pass->n_images * agr_layer_in_size(layer);
    float *out = own->y != NULL ? own->y : agr_layer_input_memory(layer, x);
    switch (own->function) {
    case AGR_ACTIVATION_LINEAR:
        agr_view_form(pass->pool, x, layer->in, pass->n_images, out);
        break;
    case AGR_ACTIVATION_RELU:
        agr_relu_forward(pass->pool, pass->n_images, layer->in, x, out);
        break;
    case AGR_ACTIVATION_SIGMOID:
        agr_view_form(pass->pool, x, layer->in, pass->n_images, out);
        agr_sigmoid_forward(pass->pool, n_elements, out, out);
        break;
    case AGR_ACTIVATION_SOFTMAX:
        agr_view_form(pass->pool, x, layer->in, pass->n_images, out);
        agr_softmax_forward(pass->pool, n_elements / channels, channels, out, out);
        break;
    }
    own->last_y = out;
    *y = (agr_view){.data = out};
    return AGR_OK;
}

/* dx = dy * y * (1 - y) */
static void sigmoid_backward(int64_t n_elements, const float *y, const float *dy, float *dx)
{
    for (int64_t i = 0; i < n_elements; i++)
        dx[i] = dy[i] * y[i] * (1 - y[i]);
}

/* dx[k] = y[k] * (dy[k] - sum_j dy[j] * y[j]) in each row. */
static void softmax_backward(int64_t n_rows, int64_t n_columns, const float *y, const float *dy,
                             float *dx)
{
    for (int64_t r = 0; r < n_rows; r++, y += n_columns, dy += n_columns, dx += n_columns) {
        double dot = 0;
        for (int64_t k = 0; k < n_columns; k++)
            dot += (double)dy[k] * (double)y[k];
        for (int64_t k = 0; k < n_columns; k++)
            dx[k] = (float)((double)y[k] * ((double)dy[k] - dot));
    }
}

static agr_status backward(agr_layer *layer, const agr_pass *pass, const agr_gradient_view *dy,
                           float *room, agr_gradient_view *dx, agr_error *err)
{
    (void)err;
    const activation *own = layer->own;
    const int64_t channels = layer->in.channels;
    const int64_t n_elements = pass->n_images * agr_layer_in_size(layer);
    *dx = agr_gradient_plain(room);
    switch (own->function) {
    case AGR_ACTIVATION_LINEAR:
        *dx = *dy;
        break;
    case AGR_ACTIVATION_RELU:
        agr_relu_backward(pass->pool, n_elements, own->last_y, dy->dy, room);
        break;
    case AGR_ACTIVATION_SIGMOID:
        sigmoid_backward(n_elements, own->last_y, dy->dy, room);
        break;
    case AGR_ACTIVATION_SOFTMAX:
        softmax_backward(n_elements / channels, channels, own->last_y, dy->dy, room);
        break;
    }
    return AGR_OK;
}

static void describe(const agr_layer *layer, agr_layer_facts *facts)
{
    const activation *own = layer->own;
    facts->activation = own->function;
}

const agr_layer_kind agr_layer_activation = {
    .name = "activation",
    .abilities = AGR_TAKES_AFFINE_INPUT | AGR_LOOKS_AT_OUTPUT,
    .own_bytes = sizeof(activation),
    .configure = configure,
    .plan = plan,
    .forward = forward,
    .backward = backward,
    .describe = describe,
};
