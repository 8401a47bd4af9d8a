/* What the heads say, and how wrong it is: predictions, losses and metrics of a batch. */
#include "network_impl.h"

#include <math.h>
#include <string.h>

const float *agr_network_predictions(agr_network *network, int head)
{
    AGR_ASSERT(network->plan.workspace == NULL || network->plan.workspace->tenant == network);
    for (int h = 0; h < network->n_heads && !network->has_predictions; h++) {
        agr_output *each = &network->head[h];
        if (network->n_images > 0)
            agr_loss_activate(&each->head.loss, network->plan.pool, network->n_images, each->z,
                              each->predictions);
    }
    network->has_predictions = true;
    return network->head[head].predictions;
}

/* The sums of one head over each micro-batch that is here. */
static agr_status fill_leaves(agr_network *network, const agr_network_batch *batch, int h,
                              agr_error *err)
{
    const agr_loss *loss = &network->head[h].head.loss;
    agr_network_predictions(network, h);
    AGR_TRY(agr_loss_check_labels(loss, network->n_images, batch->labels[h], err));
    if (batch->partner_labels != NULL)
        AGR_TRY(agr_loss_check_labels(loss, network->n_images, batch->partner_labels[h], err));
    agr_output_judge(network, batch, h, 1, NULL);
    for (int64_t m = 0; m < batch->shard.count; m++) {
        agr_head_sums sums = {{0}};
        int64_t begin, end;
        agr_shard_images_of(&batch->shard, m, &begin, &end);
        for (int64_t n = begin; n < end; n++)
            agr_output_add_image(network, batch, h, n, &sums);
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
