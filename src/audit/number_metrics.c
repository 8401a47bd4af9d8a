/* Metrics of predicted numbers: how far they are off. */
#include "metrics_impl.h"

#include <math.h>

static double error_of(const agr_audit_selection *s, int64_t i)
{
    return audit_prediction(s, i) - audit_label(s, i);
}

double audit_mae(const agr_audit_selection *s, const agr_audit_terms *terms)
{
    (void)terms;
    double sum = 0;
    for (int64_t i = 0; i < s->n; i++)
        sum += fabs(error_of(s, i));
    return sum / (double)s->n;
}

double audit_rmse(const agr_audit_selection *s, const agr_audit_terms *terms)
{
    (void)terms;
    double sum = 0;
    for (int64_t i = 0; i < s->n; i++)
        sum += error_of(s, i) * error_of(s, i);
    return sqrt(sum / (double)s->n);
}

double audit_bias(const agr_audit_selection *s, const agr_audit_terms *terms)
{
    (void)terms;
    double sum = 0;
    for (int64_t i = 0; i < s->n; i++)
        sum += error_of(s, i);
    return sum / (double)s->n;
}

double audit_median_error(const agr_audit_selection *s, const agr_audit_terms *terms)
{
    (void)terms;
    if (s->n == 0)
        return (double)NAN;
    for (int64_t i = 0; i < s->n; i++) {
        s->scratch[i] = (agr_audit_ranked){fabs(error_of(s, i)), i};
        if (isnan(s->scratch[i].value))
            return (double)NAN;
    }
    audit_sort_scratch(s);
    return (s->scratch[(s->n - 1) / 2].value + s->scratch[s->n / 2].value) / 2;
}

double audit_within(const agr_audit_selection *s, const agr_audit_terms *terms)
{
    int64_t n_within = 0;
    for (int64_t i = 0; i < s->n; i++) {
        const double error = fabs(error_of(s, i));
        if (isnan(error))
            return (double)NAN;
        n_within += error <= terms->within;
    }
    return (double)n_within / (double)s->n;
}
