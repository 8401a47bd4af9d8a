/* The functions behind the rows of the metric table, and how they read a selection. */
#ifndef AGR_AUDIT_METRICS_IMPL_H
#define AGR_AUDIT_METRICS_IMPL_H

#include <agr/audit/metric.h>

/* At place i of the selection. */
static inline double audit_label(const agr_audit_selection *s, int64_t i)
{
    return s->rows->label[s->index[i]];
}

static inline double audit_prediction(const agr_audit_selection *s, int64_t i)
{
    return s->rows->prediction[s->index[i] * s->rows->prediction_stride];
}

static inline double audit_error(const agr_audit_selection *s, int64_t i)
{
    return audit_prediction(s, i) - audit_label(s, i);
}

/* [K] */
static inline const double *audit_probability(const agr_audit_selection *s, int64_t i)
{
    return s->rows->probability + s->index[i] * s->rows->probability_stride;
}

/* Adds a place with a row that counts once. */
static inline void audit_selection_add(agr_audit_selection *s, int64_t row)
{
    s->index[s->n_places] = row;
    s->times[s->n_places++] = 1;
    s->n++;
}

/* [n_places] in ascending order of the probability of class c, of numbers by their distance; NULL
 * where there is none or one of them is no number. */
const agr_audit_ranked *audit_ranked(const agr_audit_selection *s, int c);

agr_audit_function audit_mae, audit_rmse, audit_median_error, audit_bias, audit_within;

agr_audit_function audit_accuracy, audit_balanced_accuracy;
agr_audit_function audit_macro_precision, audit_macro_recall, audit_macro_f1;
agr_audit_function audit_weighted_precision, audit_weighted_recall, audit_weighted_f1;
agr_audit_function audit_support, audit_precision, audit_recall, audit_f1;
agr_audit_function audit_selection_rate, audit_false_positive_rate;

agr_audit_function audit_log_loss, audit_brier, audit_calibration_error;
agr_audit_function audit_auc, audit_macro_auc, audit_weighted_auc;

#endif
