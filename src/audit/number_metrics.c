/* Metrics of predicted numbers: how far they are off. */
#include "metrics_impl.h"

#include <math.h>
#include <stddef.h>

double audit_mae(const agr_audit_selection *s, const agr_audit_terms *terms)
{
    (void)terms;
    double sum = 0;
    for (int64_t i = 0; i < s->n_places; i++)
        sum += s->times[i] * fabs(audit_error(s, i));
    return sum / (double)s->n;
}

double audit_rmse(const agr_audit_selection *s, const agr_audit_terms *terms)
{
    (void)terms;
    double sum = 0;
    for (int64_t i = 0; i < s->n_places; i++)
        sum += s->times[i] * (audit_error(s, i) * audit_error(s, i));
    return sqrt(sum / (double)s->n);
}

double audit_bias(const agr_audit_selection *s, const agr_audit_terms *terms)
{
    (void)terms;
    double sum = 0;
    for (int64_t i = 0; i < s->n_places; i++)
        sum += s->times[i] * audit_error(s, i);
    return sum / (double)s->n;
}

/* The value of image number `rank`, from 0, in ascending order. */
static double at_rank(const agr_audit_selection *s, const agr_audit_ranked *ranked, int64_t rank)
{
    int64_t n_before = 0, i = 0;
    while (n_before + s->times[ranked[i].place] <= rank)
        n_before += s->times[ranked[i++].place];
    return ranked[i].value;
}

double audit_median_error(const agr_audit_selection *s, const agr_audit_terms *terms)
{
    (void)terms;
    const agr_audit_ranked *ranked = audit_ranked(s, 0);
    if (ranked == NULL || s->n == 0)
        return (double)NAN;
    return (at_rank(s, ranked, (s->n - 1) / 2) + at_rank(s, ranked, s->n / 2)) / 2;
}

double audit_within(const agr_audit_selection *s, const agr_audit_terms *terms)
{
    int64_t n_within = 0;
    for (int64_t i = 0; i < s->n_places; i++) {
        const double error = fabs(audit_error(s, i));
        if (isnan(error))
            return (double)NAN;
        n_within += error <= terms->within ? s->times[i] : 0;
    }
    return (double)n_within / (double)s->n;
}
