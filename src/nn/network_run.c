/* Running a network: forward, losses, backward. */
#include "network_impl.h"

#include <agr/base/clock.h>

#include <math.h>
#include <string.h>

/* ---- common to all passes ---- */

static const agr_pass *begin_pass(agr_network *network, const agr_network_batch *batch,
                                  agr_forward_mode mode, agr_reducer *reducer)
{
    agr_pass *pass = &network->pass; /* work, sums, totals stay */
    AGR_ASSERT(batch->shard.micro_batch == network->plan.micro_batch);
    AGR_ASSERT(batch->shard.count <= network->max_micro_batches);
    pass->pool = network->plan.pool;
    pass->shard = &batch->shard;
    pass->n_images = agr_shard_images(&batch->shard);
    pass->mode = mode;
    pass->reducer = reducer;
    pass->address = batch->address;
    return pass;
}

/* A layer without images to work on is left out, unless the team waits for it. */
static bool takes_part(const agr_layer *layer, const agr_pass *pass)
{
    return pass->n_images > 0 ||
           ((layer->kind->abilities & AGR_IS_COLLECTIVE) != 0 && pass->mode == AGR_FORWARD_TRAIN);
}

/* ---- forward ---- */

static agr_view formed_view(const agr_pass *pass, agr_view view, agr_extent extent, float *memory)
{
    if (view.scale == NULL)
        return view;
    agr_view_form(pass->pool, view, extent, pass->n_images, memory);
    return (agr_view){.data = memory};
}

static agr_status forward_layer(agr_stage *stage, const agr_pass *pass, agr_view x, agr_error *err)
{
    agr_layer *layer = &stage->layer;
    const double begin_s = agr_clock_s();
    if (stage->forms_input)
        x = formed_view(pass, x, layer->in, stage->formed);
    stage->y = (agr_view){0};
    if (takes_part(layer, pass)) {
        const agr_status status = layer->kind->forward(layer, pass, x, &stage->y, err);
        if (status != AGR_OK) {
            agr_error_context(err, "layer '%s'", layer->name);
            return status;
        }
    }
    stage->time.forward_s += agr_clock_s() - begin_s;
    return AGR_OK;
}

static agr_status forward_chain(agr_network *network, agr_chain chain, const agr_pass *pass,
                                agr_view *x, agr_error *err)
{
    for (int i = chain.begin; i < chain.end; i++) {
        AGR_TRY(forward_layer(&network->stage[i], pass, *x, err));
        *x = network->stage[i].y;
    }
    return AGR_OK;
}

static void prepare_layers(agr_network *network)
{
    for (int i = 0; i < network->n_stages; i++) {
        agr_layer *layer = &network->stage[i].layer;
        if (layer->kind->prepare != NULL)
            layer->kind->prepare(layer, network->plan.pool);
    }
    network->stale = false;
}

static agr_status forward_heads(agr_network *network, const agr_pass *pass, agr_view trunk,
                                agr_error *err)
{
    const agr_extent trunk_extent = agr_chain_out(network, network->trunk, network->input);
    if (network->n_heads > 1 && pass->n_images > 0)
        trunk = formed_view(pass, trunk, trunk_extent, network->trunk_formed);
    for (int h = 0; h < network->n_heads; h++) {
        agr_output *head = &network->head[h];
        agr_view z = trunk;
        AGR_TRY(forward_chain(network, head->chain, pass, &z, err));
        if (pass->n_images > 0)
            z = formed_view(pass, z, (agr_extent){1, 1, head->head.loss.n_columns}, head->formed);
        head->z = z.data;
    }
    return AGR_OK;
}

agr_status agr_network_forward(agr_network *network, const agr_network_batch *batch,
                               agr_forward_mode mode, agr_reducer *reducer, agr_error *err)
{
    const agr_pass *pass = begin_pass(network, batch, mode, reducer);
    if (network->stale && pass->n_images > 0)
        prepare_layers(network);
    network->n_images = pass->n_images;
    network->mode = mode;
    network->has_predictions = false;
    agr_view x = {.data = batch->images};
    agr_status status = forward_chain(network, network->trunk, pass, &x, err);
    if (status == AGR_OK)
        status = forward_heads(network, pass, x, err);
    if (status != AGR_OK)
        agr_error_context(err, "branch '%s'", network->name);
    return status;
}

/* ---- losses ---- */

const float *agr_network_predictions(agr_network *network, int head)
{
    for (int h = 0; h < network->n_heads && !network->has_predictions; h++) {
        agr_output *each = &network->head[h];
        if (network->n_images > 0)
            agr_loss_activate(&each->head.loss, network->plan.pool, network->n_images, each->z,
                              each->predictions);
    }
    network->has_predictions = true;
    return network->head[head].predictions;
}

static agr_loss_rows rows_of(const agr_output *head, const float *labels, int64_t n_images)
{
    return (agr_loss_rows){.n_rows = n_images,
                           .n_columns = head->head.loss.n_columns,
                           .z = head->z,
                           .target = labels,
                           .gradient_scale = 1,
                           .loss = head->losses};
}

/* The sums of one head over each micro-batch that is here. */
static agr_status fill_leaves(agr_network *network, const agr_network_batch *batch, int h,
                              agr_error *err)
{
    agr_output *head = &network->head[h];
    const agr_loss *loss = &head->head.loss;
    const float *labels = batch->labels[h];
    const float *predictions = agr_network_predictions(network, h);
    AGR_TRY(agr_loss_check_labels(loss, network->n_images, labels, err));
    const agr_loss_rows rows = rows_of(head, labels, network->n_images);
    agr_loss_evaluate(loss, &rows);
    for (int64_t m = 0; m < batch->shard.count; m++) {
        agr_head_sums sums = {{0}};
        int64_t begin, end;
        agr_shard_images_of(&batch->shard, m, &begin, &end);
        for (int64_t n = begin; n < end; n++)
            agr_head_sums_add_image(&sums, loss, head->losses[n], predictions + n * loss->n_columns,
                                    labels[n]);
        memcpy(network->head_leaves + (m * network->n_heads + h) * AGR_SUM_COUNT, sums.sum,
               sizeof sums.sum);
    }
    return AGR_OK;
}

/* ---- when a loss is not finite ---- */

static bool all_finite(const float *x, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        if (!isfinite(x[i]))
            return false;
    return true;
}

static bool output_is_finite(const agr_stage *stage, int64_t n_images)
{
    const agr_layer *layer = &stage->layer;
    const agr_view y = stage->y;
    if (y.scale != NULL &&
        (!all_finite(y.scale, layer->out.channels) || !all_finite(y.shift, layer->out.channels)))
        return false;
    return y.data == NULL || all_finite(y.data, n_images * agr_extent_size(layer->out));
}

/* Hints at the layer where it began. */
static agr_status name_first_not_finite(const agr_network *network, agr_error *err)
{
    int first = 0;
    while (first < network->n_stages && output_is_finite(&network->stage[first], network->n_images))
        first++;
    if (first == network->n_stages)
        return agr_error_hint(err, "every layer's output is finite here: look at the labels, the "
                                   "loss, and what other ranks say");
    return agr_error_hint(err,
                          "layer '%s' is the first whose output is not finite; a lower learning "
                          "rate, a warm-up or optimizer.clip_norm may help",
                          network->stage[first].layer.name);
}

static agr_status report_not_finite(const agr_network *network, const agr_output *head, double loss,
                                    agr_error *err)
{
    agr_error_set(err, AGR_NUMERIC, "head '%s': expected a finite loss, found %g", head->head.name,
                  loss);
    return name_first_not_finite(network, err);
}

agr_status agr_network_check_predictions(agr_network *network, agr_error *err)
{
    for (int h = 0; h < network->n_heads; h++) {
        const agr_head *head = &network->head[h].head;
        const int64_t n = network->n_images * head->loss.n_columns;
        if (all_finite(network->head[h].z, n) && all_finite(agr_network_predictions(network, h), n))
            continue;
        agr_error_set(err, AGR_NUMERIC,
                      "branch '%s': head '%s': expected finite predictions, found others",
                      network->name, head->name);
        return name_first_not_finite(network, err);
    }
    return AGR_OK;
}

agr_status agr_network_loss(agr_network *network, const agr_network_batch *batch,
                            agr_reducer *reducer, agr_head_sums *sums, agr_error *err)
{
    agr_status status;
    const int n_heads = network->n_heads;
    AGR_ASSERT(agr_shard_images(&batch->shard) == network->n_images);
    for (int h = 0; h < n_heads && network->n_images > 0; h++)
        AGR_TRY_GOTO(status, fill_leaves(network, batch, h, err), failed);
    AGR_TRY_GOTO(status,
                 reducer->ops->sum(reducer, &batch->shard, network->head_leaves,
                                   (int64_t)n_heads * AGR_SUM_COUNT, network->head_totals, err),
                 failed);
    memcpy(sums, network->head_totals, (size_t)n_heads * sizeof *sums);
    for (int h = 0; h < n_heads; h++) {
        network->head[h].labelled = sums[h].sum[AGR_SUM_LABELLED];
        const double loss = sums[h].sum[AGR_SUM_LOSS];
        if (!isfinite(loss)) {
            status = report_not_finite(network, &network->head[h], loss, err);
            goto failed;
        }
    }
    return AGR_OK;

failed:
    agr_error_context(err, "branch '%s'", network->name);
    return status;
}

/* ---- backward ---- */

static float *other_buffer(const agr_network *network, const float *used)
{
    return network->gradient_buffer[used == network->gradient_buffer[0] ? 1 : 0];
}

static void form_gradient(const agr_network *network, const agr_pass *pass, agr_extent extent,
                          agr_gradient_view *dy)
{
    /* Without a window each value depends on its own element only, so the buffer can stay, if it is
     * one of ours. */
    const bool in_place = dy->window == 1 && (dy->dy == network->gradient_buffer[0] ||
                                              dy->dy == network->gradient_buffer[1]);
    float *memory = other_buffer(network, dy->dy);
    if (in_place)
        memory = other_buffer(network, memory);
    agr_gradient_form(pass->pool, dy, extent, pass->n_images, memory);
    *dy = agr_gradient_plain(memory);
}

static bool must_form(const agr_layer *layer, const agr_gradient_view *dy)
{
    const unsigned abilities = layer->kind->abilities;
    return (dy->window > 1 && (abilities & AGR_TAKES_POOLED_GRADIENT) == 0) ||
           (dy->x != NULL && (abilities & AGR_TAKES_AFFINE_GRADIENT) == 0);
}

/* Parameters of a layer lie side by side in the slab. A collective layer's are totals already. */
static agr_status announce(const agr_layer *layer, const agr_pass *pass, agr_error *err)
{
    size_t begin = SIZE_MAX, end = 0;
    for (int p = 0; p < layer->n_parameters; p++) {
        const agr_parameter *parameter = &layer->parameter[p];
        if (parameter->role != AGR_PARAMETER_TRAINED)
            continue;
        begin = parameter->offset < begin ? parameter->offset : begin;
        end = parameter->offset + parameter->count;
    }
    if (end == 0 || (layer->kind->abilities & AGR_IS_COLLECTIVE) != 0)
        return pass->reducer->ops->progress(pass->reducer, err);
    return pass->reducer->ops->gradient_ready(pass->reducer, begin, end - begin, err);
}

static agr_status backward_layer(agr_network *network, agr_stage *stage, const agr_pass *pass,
                                 agr_gradient_view *gradient, agr_error *err)
{
    agr_layer *layer = &stage->layer;
    const double begin_s = agr_clock_s();
    if (takes_part(layer, pass)) {
        if (pass->n_images > 0 && must_form(layer, gradient))
            form_gradient(network, pass, layer->out, gradient);
        agr_gradient_view dx = {.window = 1};
        AGR_TRY(layer->kind->backward(layer, pass, gradient, other_buffer(network, gradient->dy),
                                      &dx, err));
        *gradient = dx;
    }
    AGR_TRY(announce(layer, pass, err));
    stage->time.backward_s += agr_clock_s() - begin_s;
    return AGR_OK;
}

/* Below the first layer that trains nothing before it there is nothing left to do. */
static bool is_needed(const agr_stage *stage)
{
    bool trained = false;
    for (int p = 0; p < stage->layer.n_parameters; p++)
        trained = trained || stage->layer.parameter[p].role == AGR_PARAMETER_TRAINED;
    return trained || stage->layer.wants_dx;
}

static agr_status backward_chain(agr_network *network, agr_chain chain, const agr_pass *pass,
                                 agr_gradient_view *gradient, agr_error *err)
{
    for (int i = chain.end - 1; i >= chain.begin && is_needed(&network->stage[i]); i--) {
        const agr_status status = backward_layer(network, &network->stage[i], pass, gradient, err);
        if (status != AGR_OK) {
            agr_error_context(err, "layer '%s'", network->stage[i].layer.name);
            return status;
        }
    }
    return AGR_OK;
}

/* dz of one head: the gradient of weight * mean loss over the labelled images of the batch. */
static void differentiate_head(agr_network *network, const agr_network_batch *batch, int h)
{
    const agr_output *head = &network->head[h];
    agr_loss_rows rows = rows_of(head, batch->labels[h], network->n_images);
    rows.dz = head->dz;
    rows.gradient_scale = head->labelled > 0 ? (float)(head->head.weight / head->labelled) : 0;
    agr_loss_evaluate(&head->head.loss, &rows);
}

static agr_status backward_head(agr_network *network, const agr_network_batch *batch, int h,
                                const agr_pass *pass, agr_gradient_view *gradient, agr_error *err)
{
    const agr_output *head = &network->head[h];
    if (pass->n_images > 0)
        differentiate_head(network, batch, h);
    *gradient = agr_gradient_plain(head->dz);
    return backward_chain(network, head->chain, pass, gradient, err);
}

/* Several heads: what they say about the trunk's output is added in their order. */
static agr_status backward_heads(agr_network *network, const agr_network_batch *batch,
                                 const agr_pass *pass, agr_gradient_view *gradient, agr_error *err)
{
    if (network->n_heads == 1)
        return backward_head(network, batch, 0, pass, gradient, err);
    const agr_extent extent = agr_chain_out(network, network->trunk, network->input);
    const int64_t n_elements = pass->n_images * agr_extent_size(extent);
    float *sum = network->trunk_gradient;
    for (int h = 0; h < network->n_heads; h++) {
        agr_gradient_view part;
        AGR_TRY(backward_head(network, batch, h, pass, &part, err));
        if (pass->n_images == 0)
            continue;
        if (part.window > 1 || part.x != NULL)
            form_gradient(network, pass, extent, &part);
        for (int64_t i = 0; i < n_elements; i++)
            sum[i] = h == 0 ? part.dy[i] : sum[i] + part.dy[i];
    }
    *gradient = agr_gradient_plain(sum);
    return AGR_OK;
}

agr_status agr_network_backward(agr_network *network, const agr_network_batch *batch,
                                agr_reducer *reducer, agr_error *err)
{
    AGR_ASSERT(network->mode == AGR_FORWARD_TRAIN && network->plan.training);
    agr_status status;
    const agr_pass *pass = begin_pass(network, batch, AGR_FORWARD_TRAIN, reducer);
    agr_gradient_view gradient;
    AGR_TRY_GOTO(status,
                 reducer->ops->gradient_open(reducer, &batch->shard, network->slabs.gradient,
                                             network->n_floats, err),
                 failed);
    AGR_TRY_GOTO(status, backward_heads(network, batch, pass, &gradient, err), failed);
    AGR_TRY_GOTO(status, backward_chain(network, network->trunk, pass, &gradient, err), failed);
    AGR_TRY_GOTO(status, reducer->ops->gradient_close(reducer, err), failed);
    return AGR_OK;

failed:
    agr_error_context(err, "branch '%s'", network->name);
    return status;
}
