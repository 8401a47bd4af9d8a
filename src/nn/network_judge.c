/* How wrong a head is about each image; about one that was mixed of two by the labels of both, each
 * in its share. */
#include "network_impl.h"

/* The rows of a head as the loss wants them, weighted and smoothed in training. */
static agr_loss_rows rows_of(const agr_network *network, int h, const float *labels)
{
    const agr_output *head = &network->head[h];
    const bool smooths =
        network->mode == AGR_FORWARD_TRAIN && head->head.loss.kind->labels == AGR_LABELS_CLASS;
    return (agr_loss_rows){.n_rows = network->n_images,
                           .n_columns = head->head.loss.n_columns,
                           .z = head->z,
                           .target = labels,
                           .gradient_scale = 1,
                           .class_weight =
                               network->mode == AGR_FORWARD_TRAIN ? head->class_weight : NULL,
                           .smoothing = smooths ? network->label_smoothing : 0,
                           .loss = head->losses};
}

static double mix(float lambda, double first, double second)
{
    return (double)lambda * first + (1 - (double)lambda) * second;
}

void agr_output_judge(const agr_network *network, const agr_network_batch *batch, int h,
                      float gradient_scale, float *dz)
{
    const agr_output *head = &network->head[h];
    const agr_loss *loss = &head->head.loss;
    agr_loss_rows rows = rows_of(network, h, batch->labels[h]);
    rows.gradient_scale = gradient_scale;
    rows.dz = dz;
    agr_loss_evaluate(loss, &rows);
    if (batch->partner_labels == NULL)
        return;
    rows.target = batch->partner_labels[h];
    rows.loss = head->partner_losses;
    rows.dz = dz != NULL ? head->partner_dz : NULL;
    agr_loss_evaluate(loss, &rows);
    for (int64_t n = 0; n < rows.n_rows; n++)
        head->losses[n] = mix(batch->lambda[n], head->losses[n], head->partner_losses[n]);
    for (int64_t i = 0; dz != NULL && i < rows.n_rows * rows.n_columns; i++)
        dz[i] = (float)mix(batch->lambda[i / rows.n_columns], (double)dz[i],
                           (double)head->partner_dz[i]);
}

/* What one image adds by one label, its loss apart from the label. */
static agr_head_sums sums_by(const agr_output *head, int64_t n, float label)
{
    const agr_loss *loss = &head->head.loss;
    agr_head_sums sums = {{0}};
    agr_head_sums_add_image(&sums, loss, head->losses[n], head->predictions + n * loss->n_columns,
                            label);
    return sums;
}

void agr_output_add_image(const agr_network *network, const agr_network_batch *batch, int h,
                          int64_t n, agr_head_sums *sums)
{
    const agr_output *head = &network->head[h];
    agr_head_sums by = sums_by(head, n, batch->labels[h][n]);
    if (batch->partner_labels != NULL && batch->lambda[n] < 1) {
        const agr_head_sums by_partner = sums_by(head, n, batch->partner_labels[h][n]);
        for (int i = 0; i < AGR_SUM_COUNT; i++)
            by.sum[i] = mix(batch->lambda[n], by.sum[i], by_partner.sum[i]);
    }
    agr_head_sums_add(sums, &by);
}
