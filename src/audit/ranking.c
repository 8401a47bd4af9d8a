/* The order that some metrics need: by how far a number is off, or by the probability of a class. */
#include "metrics_impl.h"

#include <math.h>
#include <stdlib.h>

static int ascending(const void *a, const void *b)
{
    const double x = ((const agr_audit_ranked *)a)->value, y = ((const agr_audit_ranked *)b)->value;
    return (x > y) - (x < y);
}

static double key_of(const agr_audit_selection *s, int64_t place, int c)
{
    return s->rows->n_classes > 0 ? audit_probability(s, place)[c] : fabs(audit_error(s, place));
}

/* What is no number cannot be sorted: then only ranked[0] is written, and says so. */
static void rank(const agr_audit_selection *s, int c, agr_audit_ranked *ranked)
{
    for (int64_t i = 0; i < s->n_places; i++) {
        ranked[i] = (agr_audit_ranked){key_of(s, i, c), i};
        if (isnan(ranked[i].value)) {
            ranked[0].value = ranked[i].value;
            return;
        }
    }
    qsort(ranked, (size_t)s->n_places, sizeof *ranked, ascending);
}

const agr_audit_ranked *audit_ranked(const agr_audit_selection *s, int c)
{
    agr_audit_ranked *ranked = s->scratch;
    if (s->ranked != NULL)
        ranked = s->ranked + c * s->n_places;
    else
        rank(s, c, ranked);
    return s->n_places > 0 && !isnan(ranked[0].value) ? ranked : NULL;
}

agr_status agr_audit_presort(agr_audit_selection *s, agr_error *err)
{
    const int n_orders = s->rows->n_classes > 0 ? s->rows->n_classes : 1;
    agr_audit_ranked *ranked = calloc((size_t)n_orders, (size_t)(s->n_places + 1) * sizeof *ranked);
    if (ranked == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory to sort %lld rows",
                             (long long)s->n_places);
    for (int c = 0; c < n_orders; c++)
        rank(s, c, ranked + c * s->n_places);
    s->ranked = ranked;
    return AGR_OK;
}
