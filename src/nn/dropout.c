/* Inverted dropout. Which elements stay is a function of seed, branch, sample, epoch and layer. */
#include "layer_kinds_impl.h"

#include <agr/base/hash.h>
#include <math.h>

typedef struct {
    float rate;
    double asked_rate; /* not rounded */
    agr_random_key key;
    float *y; /* NULL: in place */
} dropout;

static agr_status configure(agr_layer *layer, agr_options *options,
                            const agr_layer_settings *settings, agr_error *err)
{
    dropout *own = layer->own;
    double rate;
    AGR_TRY(agr_options_number(options, "rate", -1, 0, 0.999, &rate, err));
    if (!isnan(settings->dropout))
        rate = settings->dropout;
    own->rate = (float)rate;
    own->asked_rate = rate;
    own->key =
        agr_random_key_make(settings->seed, AGR_RANDOM_DROPOUT, agr_hash_text(settings->salt));
    return AGR_OK;
}

static agr_status plan(agr_layer *layer, agr_layer_plan *plan, agr_error *err)
{
    (void)err;
    dropout *own = layer->own;
    own->y = NULL;
    if (!layer->input_is_free && own->rate > 0)
        own->y = agr_layer_keep(plan, (size_t)(plan->max_images * agr_layer_out_size(layer)));
    return AGR_OK;
}

static void drop(const agr_layer *layer, const agr_pass *pass, const float *x, float *y)
{
    const dropout *own = layer->own;
    const int64_t size = agr_layer_in_size(layer);
    if (layer->mask == NULL) {
        agr_dropout(pass->pool, pass->n_images, size, own->key, (uint32_t)layer->index,
                    pass->address, own->rate, x, y);
        return;
    }
    const float scale = (float)(1 / (1 - (double)own->rate));
    for (int64_t i = 0; i < pass->n_images * size; i++)
        y[i] = layer->mask[i] ? x[i] * scale : 0;
}

static agr_status forward(agr_layer *layer, const agr_pass *pass, agr_view x, agr_view *y,
                          agr_error *err)
{
    (void)err;
    const dropout *own = layer->own;
    *y = x;
    if (pass->mode == AGR_FORWARD_INFER || !(own->rate > 0))
        return AGR_OK;
    float *out = own->y != NULL ? own->y : agr_layer_input_memory(layer, x);
    drop(layer, pass, agr_view_floats(x), out);
    *y = (agr_view){.data = out};
    return AGR_OK;
}

static agr_status backward(agr_layer *layer, const agr_pass *pass, const agr_gradient_view *dy,
                           float *room, agr_gradient_view *dx, agr_error *err)
{
    (void)err;
    const dropout *own = layer->own;
    *dx = *dy;
    if (!(own->rate > 0) || !layer->wants_dx)
        return AGR_OK;
    drop(layer, pass, dy->dy, room);
    *dx = agr_gradient_plain(room);
    return AGR_OK;
}

static void describe(const agr_layer *layer, agr_layer_facts *facts)
{
    const dropout *own = layer->own;
    facts->rate = own->asked_rate;
}

const agr_layer_kind agr_layer_dropout = {
    .name = "dropout",
    .own_bytes = sizeof(dropout),
    .configure = configure,
    .plan = plan,
    .forward = forward,
    .backward = backward,
    .describe = describe,
};
