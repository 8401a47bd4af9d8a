/* Metrics of class probabilities: how well they say what will be, and how well they sort. */
#include "metrics_impl.h"

#include <agr/audit/reliability.h>
#include <agr/base/elementary.h>
#include <float.h>
#include <math.h>
#include <stddef.h>

/* A probability of 0 for what was true would cost infinity: scikit-learn's bounds for doubles. */
static double clipped(double p)
{
    if (p < DBL_EPSILON)
        return DBL_EPSILON;
    return p > 1 - DBL_EPSILON ? 1 - DBL_EPSILON : p;
}

double audit_log_loss(const agr_audit_selection *s, const agr_audit_terms *terms)
{
    (void)terms;
    double sum = 0;
    for (int64_t i = 0; i < s->n_places; i++)
        sum -= s->times[i] * agr_ln(clipped(audit_probability(s, i)[(int)audit_label(s, i)]));
    return sum / (double)s->n;
}

double audit_brier(const agr_audit_selection *s, const agr_audit_terms *terms)
{
    (void)terms;
    double sum = 0;
    for (int64_t i = 0; i < s->n_places; i++) {
        const double *p = audit_probability(s, i);
        const int is = (int)audit_label(s, i);
        for (int c = 0; c < s->rows->n_classes; c++) {
            const double off = p[c] - (c == is ? 1 : 0);
            sum += s->times[i] * (off * off);
        }
    }
    return sum / (double)s->n;
}

double audit_calibration_error(const agr_audit_selection *s, const agr_audit_terms *terms)
{
    (void)terms;
    agr_audit_reliability table;
    agr_audit_reliability_of(s, &table);
    double sum = 0;
    for (int b = 0; b < AGR_AUDIT_RELIABILITY_BINS; b++)
        if (table.bin[b].n > 0)
            sum += (double)table.bin[b].n * fabs(table.bin[b].accuracy - table.bin[b].confidence);
    return sum / (double)s->n;
}

/* ---- the area under the ROC curve ---- */

static int64_t support(const agr_audit_selection *s, int c)
{
    int64_t n = 0;
    for (int64_t i = 0; i < s->n_places; i++)
        n += (int)audit_label(s, i) == c ? s->times[i] : 0;
    return n;
}

/* Sum of the ranks, from 1, of the images of class c; equal values share the mean of their ranks.
 * Halves of whole numbers: exact. */
static double rank_sum(const agr_audit_selection *s, const agr_audit_ranked *ranked, int c)
{
    double sum = 0;
    int64_t n_before = 0;
    for (int64_t first = 0, next; first < s->n_places; first = next) {
        int64_t n_equal = 0, n_of_class = 0;
        for (next = first; next < s->n_places && ranked[next].value == ranked[first].value;
             next++) {
            const int32_t times = s->times[ranked[next].place];
            n_equal += times;
            n_of_class += (int)audit_label(s, ranked[next].place) == c ? times : 0;
        }
        sum += (double)n_of_class * (double)(2 * n_before + n_equal + 1) / 2;
        n_before += n_equal;
    }
    return sum;
}

/* The share of pairs, one of class c and one not, that the probability of c puts in the right
 * order; NaN when there is no pair. */
static double area(const agr_audit_selection *s, int c)
{
    const agr_audit_ranked *ranked = audit_ranked(s, c);
    if (ranked == NULL)
        return (double)NAN;
    const double n = (double)support(s, c), n_others = (double)s->n - n;
    return (rank_sum(s, ranked, c) - n * (n + 1) / 2) / (n * n_others);
}

double audit_auc(const agr_audit_selection *s, const agr_audit_terms *terms)
{
    return area(s, terms->class_index);
}

/* Over the classes that some rows have; NaN when all have the same. */
static double mean_area(const agr_audit_selection *s, double (*weight)(int64_t))
{
    double sum = 0, weights = 0;
    for (int c = 0; c < s->rows->n_classes; c++) {
        const int64_t n = support(s, c);
        if (n == 0)
            continue;
        sum += weight(n) * area(s, c);
        weights += weight(n);
    }
    return sum / weights;
}

static double one(int64_t n)
{
    (void)n;
    return 1;
}

static double itself(int64_t n)
{
    return (double)n;
}

double audit_macro_auc(const agr_audit_selection *s, const agr_audit_terms *terms)
{
    (void)terms;
    return mean_area(s, one);
}

double audit_weighted_auc(const agr_audit_selection *s, const agr_audit_terms *terms)
{
    (void)terms;
    return mean_area(s, itself);
}
