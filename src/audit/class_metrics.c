/* Metrics of predicted classes: which were taken for which. */
#include "metrics_impl.h"

#include <math.h>

/* How often each class was true, was said, and was both. */
typedef struct {
    int64_t is[AGR_AUDIT_MAX_CLASSES], said[AGR_AUDIT_MAX_CLASSES], hit[AGR_AUDIT_MAX_CLASSES];
    int64_t n_hits;
} tally;

static tally count(const agr_audit_selection *s)
{
    tally t = {0};
    for (int64_t i = 0; i < s->n_places; i++) {
        const int is = (int)audit_label(s, i), said = (int)audit_prediction(s, i);
        const int32_t times = s->times[i], hits = is == said ? times : 0;
        t.is[is] += times;
        t.said[said] += times;
        t.hit[is] += hits;
        t.n_hits += hits;
    }
    return t;
}

/* A class that is never said although it occurs has precision 0: that is a failure of the model. */
static double precision(const tally *t, int c)
{
    if (t->said[c] == 0)
        return t->is[c] == 0 ? (double)NAN : 0;
    return (double)t->hit[c] / (double)t->said[c];
}

/* Of a class that does not occur nothing can be said. */
static double recall(const tally *t, int c)
{
    return t->is[c] == 0 ? (double)NAN : (double)t->hit[c] / (double)t->is[c];
}

static double f1(const tally *t, int c)
{
    const int64_t n = t->is[c] + t->said[c];
    return n == 0 ? (double)NAN : 2 * (double)t->hit[c] / (double)n;
}

typedef double of_class(const tally *t, int c);

/* Over the classes of which it can be said. */
static double macro(const agr_audit_selection *s, of_class *value)
{
    const tally t = count(s);
    double sum = 0;
    int n = 0;
    for (int c = 0; c < s->rows->n_classes; c++) {
        const double x = value(&t, c);
        if (isnan(x))
            continue;
        sum += x;
        n++;
    }
    return sum / n;
}

/* Weighted by how often each class occurs. */
static double weighted(const agr_audit_selection *s, of_class *value)
{
    const tally t = count(s);
    double sum = 0;
    for (int c = 0; c < s->rows->n_classes; c++)
        if (t.is[c] > 0)
            sum += (double)t.is[c] * value(&t, c);
    return sum / (double)s->n;
}

double audit_accuracy(const agr_audit_selection *s, const agr_audit_terms *terms)
{
    (void)terms;
    const tally t = count(s);
    return (double)t.n_hits / (double)s->n;
}

double audit_balanced_accuracy(const agr_audit_selection *s, const agr_audit_terms *terms)
{
    (void)terms;
    return macro(s, recall);
}

double audit_macro_precision(const agr_audit_selection *s, const agr_audit_terms *terms)
{
    (void)terms;
    return macro(s, precision);
}

double audit_macro_recall(const agr_audit_selection *s, const agr_audit_terms *terms)
{
    (void)terms;
    return macro(s, recall);
}

double audit_macro_f1(const agr_audit_selection *s, const agr_audit_terms *terms)
{
    (void)terms;
    return macro(s, f1);
}

double audit_weighted_precision(const agr_audit_selection *s, const agr_audit_terms *terms)
{
    (void)terms;
    return weighted(s, precision);
}

double audit_weighted_recall(const agr_audit_selection *s, const agr_audit_terms *terms)
{
    (void)terms;
    return weighted(s, recall);
}

double audit_weighted_f1(const agr_audit_selection *s, const agr_audit_terms *terms)
{
    (void)terms;
    return weighted(s, f1);
}

double audit_support(const agr_audit_selection *s, const agr_audit_terms *terms)
{
    const tally t = count(s);
    return (double)t.is[terms->class_index];
}

double audit_precision(const agr_audit_selection *s, const agr_audit_terms *terms)
{
    const tally t = count(s);
    return precision(&t, terms->class_index);
}

double audit_recall(const agr_audit_selection *s, const agr_audit_terms *terms)
{
    const tally t = count(s);
    return recall(&t, terms->class_index);
}

double audit_f1(const agr_audit_selection *s, const agr_audit_terms *terms)
{
    const tally t = count(s);
    return f1(&t, terms->class_index);
}

double audit_selection_rate(const agr_audit_selection *s, const agr_audit_terms *terms)
{
    const tally t = count(s);
    return (double)t.said[terms->class_index] / (double)s->n;
}

double audit_false_positive_rate(const agr_audit_selection *s, const agr_audit_terms *terms)
{
    const tally t = count(s);
    const int c = terms->class_index;
    return (double)(t.said[c] - t.hit[c]) / (double)(s->n - t.is[c]);
}
