/* Compares models that were judged on the same rows. */
#include <agr/audit/paired.h>

#include "slices_impl.h"

#include <math.h>
#include <stdlib.h>

/* One comparison at work; models are the cells that are drawn anew. */
typedef struct {
    audit_redraw redraw;
    agr_audit_selection selection[AGR_AUDIT_MAX_PAIRED];
    agr_audit_judgement judgement[AGR_AUDIT_MAX_PAIRED];
    agr_audit_slice *figure; /* [F] */
    double *drawn;           /* [F, models, draws] */
    double *difference;      /* [draws] */
} pairing;

/* ---- from rows to draws ---- */

static agr_status judge_model(pairing *p, const agr_audit_rows *rows, int m,
                              const agr_audit_options *options, agr_error *err)
{
    AGR_TRY(agr_audit_select(rows, NULL, rows->n, &p->selection[m], err));
    AGR_TRY(agr_audit_presort(&p->selection[m], err));
    return agr_audit_judge(rows, NULL, rows->n, options, &p->judgement[m], err);
}

static agr_status take_memory(pairing *p, agr_audit_paired *paired, int64_t n_draws, agr_error *err)
{
    const size_t n = (size_t)paired->n_figures + 1;
    paired->figure = calloc(n, sizeof *paired->figure);
    p->figure = calloc(n, sizeof *p->figure);
    p->drawn = malloc(n * (size_t)paired->n_models * ((size_t)n_draws + 1) * sizeof *p->drawn);
    p->difference = malloc(((size_t)n_draws + 1) * sizeof *p->difference);
    return paired->figure != NULL && p->figure != NULL && p->drawn != NULL && p->difference != NULL
               ? AGR_OK
               : agr_error_set(err, AGR_MEMORY, "cannot allocate memory to compare %d models",
                               paired->n_models);
}

/* Figures of all rows stand first in a judgement. */
static int n_of_all(const agr_audit_judgement *judgement)
{
    int n = 0;
    while (n < judgement->n_figures && judgement->figure[n].of < 0)
        n++;
    return n;
}

static void fill_figures(pairing *p, agr_audit_paired *paired)
{
    for (int f = 0; f < paired->n_figures; f++) {
        const agr_audit_figure *of_first = &p->judgement[0].figure[f];
        agr_audit_paired_figure *figure = &paired->figure[f];
        p->figure[f].figure = *of_first;
        *figure = (agr_audit_paired_figure){
            .metric = of_first->metric, .baseline = of_first->baseline, .winner = -1};
        for (size_t i = 0; i < sizeof figure->name; i++)
            figure->name[i] = of_first->name[i];
        for (int m = 0; m < paired->n_models; m++)
            figure->value[m] = p->judgement[m].figure[f].value;
    }
}

/* ---- from draws to differences ---- */

/* What two models are compared by. */
static double score(const agr_audit_metric *metric, double value)
{
    return metric->better == AGR_AUDIT_NEAR_ZERO ? fabs(value) : value;
}

static double compare_pair(pairing *p, const agr_audit_paired_figure *figure, int row, int i, int j,
                           agr_audit_family *family)
{
    const int64_t n = family->n_draws;
    const double *a = p->drawn + (row + i) * n, *b = p->drawn + (row + j) * n;
    const double x = score(figure->metric, figure->value[i]),
                 y = score(figure->metric, figure->value[j]);
    for (int64_t draw = 0; draw < n; draw++)
        p->difference[draw] = score(figure->metric, b[draw]) - score(figure->metric, a[draw]);
    return agr_audit_family_add(family, y - x, fabs(x) + fabs(y), p->difference);
}

static agr_audit_difference describe(const agr_audit_metric *metric, double difference, double half)
{
    const double range = metric->most - metric->least;
    agr_audit_difference d = {difference, (double)NAN, (double)NAN, false};
    if (!(half > 0))
        return d;
    d.low = fmax(-range, difference - half);
    d.high = fmin(range, difference + half);
    d.shown = d.low > 0 || d.high < 0;
    return d;
}

static bool is_better(const agr_audit_paired_figure *figure, int m, int other)
{
    const agr_audit_difference *d = m < other ? &figure->pair[m][other] : &figure->pair[other][m];
    const double gain = m < other ? -d->difference : d->difference;
    return d->shown && (figure->metric->better == AGR_AUDIT_HIGHER ? gain > 0 : gain < 0);
}

static int winner_of(const agr_audit_paired_figure *figure, int n_models)
{
    for (int m = 0; m < n_models; m++) {
        int n_beaten = 0;
        for (int other = 0; other < n_models; other++)
            n_beaten += other != m && is_better(figure, m, other);
        if (n_beaten == n_models - 1)
            return m;
    }
    return -1;
}

static agr_status compare_figure(pairing *p, agr_audit_paired *paired, int f, agr_error *err)
{
    agr_audit_paired_figure *figure = &paired->figure[f];
    const int n = paired->n_models;
    double error[AGR_AUDIT_MAX_PAIRED][AGR_AUDIT_MAX_PAIRED];
    agr_audit_family family;
    AGR_TRY(agr_audit_family_begin(&family, p->redraw.bootstrap->n_draws, err));
    for (int i = 0; i < n; i++)
        for (int j = i + 1; j < n; j++)
            error[i][j] = compare_pair(p, figure, f * n, i, j, &family);
    const double quantile = agr_audit_family_quantile(&family);
    agr_audit_family_release(&family);
    for (int i = 0; i < n; i++)
        for (int j = i + 1; j < n; j++)
            figure->pair[i][j] = describe(figure->metric,
                                          score(figure->metric, figure->value[j]) -
                                              score(figure->metric, figure->value[i]),
                                          quantile * error[i][j]);
    figure->winner = winner_of(figure, n);
    return AGR_OK;
}

/* ---- all of it ---- */

static agr_status compare(pairing *p, const agr_audit_rows *rows, const agr_audit_options *options,
                          const agr_audit_bootstrap *bootstrap, agr_pool *pool,
                          agr_audit_paired *paired, agr_error *err)
{
    for (int m = 0; m < paired->n_models; m++)
        AGR_TRY(judge_model(p, &rows[m], m, options, err));
    paired->n_figures = n_of_all(&p->judgement[0]);
    AGR_TRY(take_memory(p, paired, bootstrap->n_draws, err));
    fill_figures(p, paired);
    p->redraw = (audit_redraw){.bootstrap = bootstrap,
                               .within = options->within,
                               .n_cells = paired->n_models,
                               .selection = p->selection,
                               .n_figures = paired->n_figures,
                               .figure = p->figure,
                               .drawn = p->drawn};
    AGR_TRY(audit_redraw_all(&p->redraw, pool, err));
    for (int f = 0; f < paired->n_figures; f++)
        AGR_TRY(compare_figure(p, paired, f, err));
    return AGR_OK;
}

agr_status agr_audit_compare(const agr_audit_rows *rows, int n_models,
                             const agr_audit_options *options, const agr_audit_bootstrap *bootstrap,
                             agr_pool *pool, agr_audit_paired *paired, agr_error *err)
{
    AGR_ASSERT(n_models >= 2 && n_models <= AGR_AUDIT_MAX_PAIRED);
    *paired = (agr_audit_paired){.n_models = n_models};
    pairing p = {0};
    const agr_status status = compare(&p, rows, options, bootstrap, pool, paired, err);
    for (int m = 0; m < n_models; m++) {
        agr_audit_selection_release(&p.selection[m]);
        agr_audit_judgement_release(&p.judgement[m]);
    }
    free(p.figure);
    free(p.drawn);
    free(p.difference);
    if (status != AGR_OK)
        agr_audit_paired_release(paired);
    return status;
}

void agr_audit_paired_release(agr_audit_paired *paired)
{
    free(paired->figure);
    *paired = (agr_audit_paired){0};
}
