/* What cells differ by, with intervals that hold for all pairs at once. */
#include "slices_impl.h"

#include <math.h>
#include <stdlib.h>

typedef struct {
    const audit_drawn *item;
    int n_items;
    int64_t n_draws;
    double range;  /* a difference is no larger */
    double *error; /* [n_items, n_items] standard errors of differences, i < j */
    double *drawn; /* [n_draws] of one difference */
    double quantile;
} pairs;

static agr_status take_memory(pairs *p, agr_error *err)
{
    p->error = malloc((size_t)p->n_items * (size_t)p->n_items * sizeof *p->error);
    p->drawn = malloc(((size_t)p->n_draws + 1) * sizeof *p->drawn);
    return p->error != NULL && p->drawn != NULL
               ? AGR_OK
               : agr_error_set(err, AGR_MEMORY, "cannot allocate memory to compare %d cells",
                               p->n_items);
}

static void measure_pair(pairs *p, agr_audit_family *family, int i, int j)
{
    const audit_drawn *a = &p->item[i], *b = &p->item[j];
    for (int64_t draw = 0; draw < p->n_draws; draw++)
        p->drawn[draw] = a->drawn[draw] - b->drawn[draw];
    p->error[i * p->n_items + j] = agr_audit_family_add(family, a->value - b->value,
                                                        fabs(a->value) + fabs(b->value), p->drawn);
}

static agr_status measure_pairs(pairs *p, agr_error *err)
{
    agr_audit_family family;
    AGR_TRY(agr_audit_family_begin(&family, p->n_draws, err));
    for (int i = 0; i < p->n_items; i++)
        for (int j = i + 1; j < p->n_items; j++)
            if (p->item[i].kind == p->item[j].kind)
                measure_pair(p, &family, i, j);
    p->quantile = agr_audit_family_quantile(&family);
    agr_audit_family_release(&family);
    return AGR_OK;
}

/* With n images in each cell the variance of a figure is n_now / n times what it is now. */
static double needed_n(const pairs *p, const audit_drawn *a, const audit_drawn *b)
{
    const double difference = a->value - b->value;
    const double variance = (double)a->n * a->error * a->error + (double)b->n * b->error * b->error;
    return difference != 0 ? ceil(p->quantile * p->quantile * variance / (difference * difference))
                           : (double)NAN;
}

static agr_audit_pair describe_pair(const pairs *p, int i, int j)
{
    const bool turned = p->item[i].value < p->item[j].value;
    const audit_drawn *a = &p->item[turned ? j : i], *b = &p->item[turned ? i : j];
    const int64_t n_groups = a->n_groups < b->n_groups ? a->n_groups : b->n_groups;
    const double half = agr_audit_expand(p->quantile, n_groups) * p->error[i * p->n_items + j];
    agr_audit_pair pair = {.cell = {a->cell, b->cell},
                           .n = a->n < b->n ? a->n : b->n,
                           .difference = a->value - b->value,
                           .low = (double)NAN,
                           .high = (double)NAN,
                           .needed_n = (double)NAN};
    if (!(half > 0))
        return pair;
    pair.low = fmax(-p->range, pair.difference - half);
    pair.high = fmin(p->range, pair.difference + half);
    pair.shown = pair.low > 0;
    if (!pair.shown)
        pair.needed_n = needed_n(p, a, b);
    return pair;
}

/* The first of equal ones. */
static void offer_pair(const pairs *p, int i, int j, agr_audit_gap *gap, double *most_errors)
{
    const agr_audit_pair pair = describe_pair(p, i, j);
    const double errors = isnan(pair.low) ? -1 : pair.difference / p->error[i * p->n_items + j];
    if (gap->n_pairs == 0 || pair.difference > gap->largest.difference)
        gap->largest = pair;
    if (gap->n_pairs == 0 || errors > *most_errors) {
        gap->clearest = pair;
        *most_errors = errors;
    }
    gap->n_pairs++;
    gap->n_shown += pair.shown;
}

/* Of each kind the smallest figure over the largest; of these the smallest. */
static double smallest_ratio(const pairs *p)
{
    double ratio = (double)NAN;
    for (int i = 0; i < p->n_items; i++)
        for (int j = 0; j < p->n_items; j++)
            if (i != j && p->item[i].kind == p->item[j].kind && p->item[j].value > 0)
                ratio = fmin(ratio, p->item[i].value / p->item[j].value);
    return ratio < 0 ? (double)NAN : ratio;
}

agr_status audit_gap_between(const audit_drawn *item, int n, int64_t n_draws, double range,
                             agr_audit_gap *gap, agr_error *err)
{
    pairs p = {.item = item, .n_items = n, .n_draws = n_draws, .range = range};
    agr_status status;
    AGR_TRY_GOTO(status, take_memory(&p, err), done);
    AGR_TRY_GOTO(status, measure_pairs(&p, err), done);
    double most_errors = -1;
    for (int i = 0; i < n; i++)
        for (int j = i + 1; j < n; j++)
            if (item[i].kind == item[j].kind)
                offer_pair(&p, i, j, gap, &most_errors);
    gap->ratio = smallest_ratio(&p);
done:
    free(p.error);
    free(p.drawn);
    return status;
}
