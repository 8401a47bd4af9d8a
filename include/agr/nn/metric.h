/**
 * The metric table: how good the predictions of a head are, as sums over images, so that batches,
 * micro-batches and ranks add up.
 */
#ifndef AGR_NN_METRIC_H
#define AGR_NN_METRIC_H

#include <agr/nn/loss.h>

/** Sums over the labelled images of a batch or an epoch; sums of sums are sums. */
typedef enum {
    AGR_SUM_LABELLED,       /* images with a label: the divisor of all others */
    AGR_SUM_LOSS,           /* weighted by class in training, never by head */
    AGR_SUM_ABSOLUTE_ERROR, /* |decoded - y|, heads that predict a number; else 0 */
    AGR_SUM_SQUARED_ERROR,  /* likewise */
    AGR_SUM_WITHIN_5,       /* |decoded - y| <= 5, likewise */
    AGR_SUM_CORRECT,        /* decoded == y, heads that predict a class; else 0 */
    AGR_SUM_COUNT
} agr_sum;

typedef struct {
    double sum[AGR_SUM_COUNT];
} agr_head_sums;

/** A metric is a row of sums over the labelled images: mean, or root of the mean. */
typedef struct {
    const char *name; /* "loss", "mae", "rmse", "cs5", "accuracy" */
    agr_sum sum;
    bool root;
    bool of_number; /* of heads that predict a number */
    bool of_class;  /* of heads that predict a class */
    bool larger_is_better;
} agr_metric;

/** All metrics, ending with a row whose name is NULL; "loss" first. */
extern const agr_metric agr_metrics[];

/** Whether this metric says something about such a head. */
bool agr_metric_applies(const agr_metric *metric, const agr_loss *loss);

/** The metric that stands for a head of this kind when one is asked for: mae or accuracy. */
const agr_metric *agr_metric_main(const agr_loss *loss);

/** The metric of these sums; NaN without labelled images. */
double agr_metric_value(const agr_metric *metric, const agr_head_sums *sums);

/** total += sums. Order matters to the last bit: add batches in the order of their steps. */
void agr_head_sums_add(agr_head_sums *total, const agr_head_sums *sums);

/** Adds one image: its loss, its predicted row p [K] and its label (NaN: adds nothing). */
void agr_head_sums_add_image(agr_head_sums *sums, const agr_loss *loss, double image_loss,
                             const float *p, float y);

#endif
