/* Draws a figure slice by slice. */
#include <agr/report/chart.h>
#include <agr/report/plots.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Index of the figure of all rows of a cell, or -1. */
static int find_figure(const agr_audit_slices *slices, const char *figure)
{
    for (int f = 0; f < slices->n_slices && slices->n_cells > 0; f++) {
        const agr_audit_figure *of = &slices->cell[0].slice[f].figure;
        if (of->of < 0 && strcmp(of->name, figure) == 0)
            return f;
    }
    return -1;
}

static int add_table(const agr_slicing_table *table, const agr_audit_slices *slices,
                     const char *figure, agr_chart_interval *row)
{
    const int f = find_figure(slices, figure);
    int n = 0;
    if (f < 0)
        return 0;
    row[n++] = (agr_chart_interval){.name = table->name, .n = -1};
    for (int c = 0; c < slices->n_cells; c++) {
        const agr_audit_slice *slice = &slices->cell[c].slice[f];
        row[n++] = (agr_chart_interval){.name = table->cell[c],
                                        .n = slice->n_groups,
                                        .value = slice->figure.value,
                                        .low = slice->low,
                                        .high = slice->high,
                                        .faint = !slice->compared};
    }
    return n;
}

/* Of all samples; its metric by *metric. */
static double whole_of(const agr_evaluated_head *r, const char *figure,
                       const agr_audit_metric **metric)
{
    for (int i = 0; i < r->judgement.n_figures; i++) {
        const agr_audit_figure *of = &r->judgement.figure[i];
        if (of->of >= 0 || strcmp(of->name, figure) != 0)
            continue;
        *metric = of->metric;
        return of->value;
    }
    return NAN;
}

void agr_plot_slices(const agr_evaluation *e, const agr_evaluated_head *r, const char *figure,
                     agr_text *svg)
{
    int n = 0;
    for (int t = 0; t < e->slicing.n_tables; t++)
        n += 1 + e->slicing.table[t].n_cells;
    agr_chart_interval *row = calloc((size_t)n + 1, sizeof *row);
    if (row == NULL || r->slices == NULL) {
        svg->failed = svg->failed || row == NULL;
        free(row);
        return;
    }
    n = 0;
    for (int t = 0; t < e->slicing.n_tables; t++)
        n += add_table(&e->slicing.table[t], &r->slices[t], figure, row + n);
    const agr_audit_metric *metric = NULL;
    const double whole = whole_of(r, figure, &metric);
    char title[200], name[120];
    snprintf(title, sizeof title, "%.80s: %.40s by slices", agr_evaluated_name(e, r), figure);
    snprintf(name, sizeof name, "%.40s%s", figure,
             metric == NULL                       ? ""
             : metric->better == AGR_AUDIT_LOWER  ? " (lower is better)"
             : metric->better == AGR_AUDIT_HIGHER ? " (higher is better)"
                                                  : "");
    agr_chart_intervals(svg, title,
                        "95 % intervals, simultaneous over the slices of a table; hollow: too few "
                        "pictures to be compared",
                        name, n, row, whole);
    free(row);
}
