/* The functions behind the rows of the metric table, and how they read a selection. */
#ifndef AGR_AUDIT_METRICS_IMPL_H
#define AGR_AUDIT_METRICS_IMPL_H

#include <agr/audit/metric.h>

static inline double audit_label(const agr_audit_selection *s, int64_t i)
{
    return s->rows->label[s->index[i]];
}

static inline double audit_prediction(const agr_audit_selection *s, int64_t i)
{
    return s->rows->prediction[s->index[i] * s->rows->prediction_stride];
}

/* [K] */
static inline const double *audit_probability(const agr_audit_selection *s, int64_t i)
{
    return s->rows->probability + s->index[i] * s->rows->probability_stride;
}

/* Sorts scratch[0..n) by value. */
void audit_sort_scratch(const agr_audit_selection *s);

agr_audit_function audit_mae, audit_rmse, audit_median_error, audit_bias, audit_within;

agr_audit_function audit_accuracy, audit_balanced_accuracy;
agr_audit_function audit_macro_precision, audit_macro_recall, audit_macro_f1;
agr_audit_function audit_weighted_precision, audit_weighted_recall, audit_weighted_f1;
agr_audit_function audit_support, audit_precision, audit_recall, audit_f1;

agr_audit_function audit_log_loss, audit_brier, audit_calibration_error;
agr_audit_function audit_auc, audit_macro_auc, audit_weighted_auc;

#endif
