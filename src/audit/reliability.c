/* The reliability table: how sure, and how often right. */
#include "metrics_impl.h"

#include <agr/audit/reliability.h>
#include <math.h>

static double largest(const double *p, int n)
{
    double most = p[0];
    for (int c = 1; c < n; c++)
        if (p[c] > most || isnan(p[c]))
            most = p[c];
    return most;
}

static int bin_of(double confidence)
{
    int b = 0;
    while (b < AGR_AUDIT_RELIABILITY_BINS - 1 &&
           confidence > (double)(b + 1) / AGR_AUDIT_RELIABILITY_BINS)
        b++;
    return b;
}

void agr_audit_reliability_of(const agr_audit_selection *selection,
                              agr_audit_reliability *reliability)
{
    *reliability = (agr_audit_reliability){0};
    for (int64_t i = 0; i < selection->n_places; i++) {
        const double confidence =
            largest(audit_probability(selection, i), selection->rows->n_classes);
        agr_audit_reliability_bin *bin = &reliability->bin[bin_of(confidence)];
        const int32_t times = selection->times[i];
        bin->n += times;
        bin->confidence += times * confidence;
        bin->accuracy += audit_prediction(selection, i) == audit_label(selection, i) ? times : 0;
    }
    for (int b = 0; b < AGR_AUDIT_RELIABILITY_BINS; b++) {
        agr_audit_reliability_bin *bin = &reliability->bin[b];
        bin->confidence /= (double)bin->n;
        bin->accuracy /= (double)bin->n;
    }
}
