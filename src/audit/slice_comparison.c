/* Intervals of the figures of cells, what the cells differ by, and means over equal cells. */
#include "metrics_impl.h"
#include "slices_impl.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Of the values drawn at once: with many classes and cells they are drawn in several turns. */
enum { MAX_BYTES_AT_ONCE = 256 << 20 };

static agr_status no_memory(agr_error *err)
{
    return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for slices");
}

/* ---- a figure in all cells ---- */

/* The cells that can be compared by figure f, of those drawn from figure `first` on. */
static int gather_items(audit_slicing *w, int f, int first, int kind, audit_drawn *item)
{
    const int64_t n_draws = w->options->bootstrap->n_draws;
    int n = 0;
    for (int c = 0; c < w->slices->n_compared; c++) {
        const agr_audit_slice *slice = &w->slices->cell[w->compared[c]].slice[f];
        if (slice->compared)
            item[n++] = (audit_drawn){.kind = kind,
                                      .cell = w->compared[c],
                                      .value = slice->figure.value,
                                      .error = slice->error,
                                      .n = slice->figure.n,
                                      .n_groups = slice->n_groups,
                                      .drawn = w->drawn +
                                               ((f - first) * w->slices->n_compared + c) * n_draws};
    }
    return n;
}

static void loosen(audit_slicing *w, int f, int first)
{
    const int n = w->slices->n_compared;
    for (int c = 0; c < n; c++)
        audit_loosen(w->options->bootstrap, &w->slices->cell[w->compared[c]].slice[f],
                     (uint64_t)f * AGR_AUDIT_MAX_CELLS + (uint64_t)w->compared[c],
                     w->drawn + ((f - first) * n + c) * w->options->bootstrap->n_draws);
}

static double clip(double x, const agr_audit_metric *metric)
{
    return isnan(x) ? x : fmin(metric->most, fmax(metric->least, x));
}

/* An interval of no width would say that nothing else can be. */
static void set_interval(double value, double half, const agr_audit_metric *metric, double *low,
                         double *high)
{
    const bool known = half > 0;
    *low = known ? clip(value - half, metric) : (double)NAN;
    *high = known ? clip(value + half, metric) : (double)NAN;
}

static agr_status set_intervals(audit_slicing *w, int f, int first, agr_error *err)
{
    agr_audit_family family;
    AGR_TRY(agr_audit_family_begin(&family, w->options->bootstrap->n_draws, err));
    const int n = gather_items(w, f, first, 0, w->item);
    for (int i = 0; i < n; i++)
        w->slices->cell[w->item[i].cell].slice[f].error = agr_audit_family_add(
            &family, w->item[i].value, fabs(w->item[i].value), w->item[i].drawn);
    const double quantile = agr_audit_family_quantile(&family);
    for (int i = 0; i < n; i++) {
        agr_audit_slice *slice = &w->slices->cell[w->item[i].cell].slice[f];
        set_interval(slice->figure.value,
                     agr_audit_expand(quantile, slice->n_groups) * slice->error,
                     slice->figure.metric, &slice->low, &slice->high);
    }
    agr_audit_family_release(&family);
    return AGR_OK;
}

/* Of the first n items: of their values, and draw by draw. */
static double average_items(audit_slicing *w, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += w->item[i].value;
    for (int64_t b = 0; b < w->options->bootstrap->n_draws; b++) {
        w->mean[b] = 0;
        for (int i = 0; i < n; i++)
            w->mean[b] += w->item[i].drawn[b];
        w->mean[b] /= n;
    }
    return sum / n;
}

static agr_status add_equal_cell(audit_slicing *w, int f, int first, agr_error *err)
{
    const agr_audit_figure *figure = &w->slices->cell[0].slice[f].figure;
    const int n = gather_items(w, f, first, 0, w->item);
    if (!figure->metric->is_mean || figure->of >= 0 || n == 0)
        return AGR_OK;
    agr_audit_equal_cell *into = &w->slices->equal_cell[w->slices->n_equal_cells++];
    *into = (agr_audit_equal_cell){
        .metric = figure->metric, .n_cells = n, .value = average_items(w, n)};
    snprintf(into->name, sizeof into->name, "%s", figure->name);
    for (int i = 0; i < n; i++)
        into->n += w->item[i].n;
    agr_audit_family family;
    AGR_TRY(agr_audit_family_begin(&family, w->options->bootstrap->n_draws, err));
    const double error = agr_audit_family_add(&family, into->value, fabs(into->value), w->mean);
    set_interval(into->value, agr_audit_family_quantile(&family) * error, figure->metric,
                 &into->low, &into->high);
    agr_audit_family_release(&family);
    return AGR_OK;
}

/* ---- gaps ---- */

/* Of figures f and g (-1: f alone), under a name of its own (NULL: that of f). */
static agr_status add_gap(audit_slicing *w, int f, int g, int first, const char *name,
                          agr_error *err)
{
    const agr_audit_figure *figure = &w->slices->cell[0].slice[f].figure;
    const agr_audit_metric *metric = figure->metric;
    const int n_of_f = gather_items(w, f, first, 0, w->item);
    const int n_of_g = g < 0 ? 0 : gather_items(w, g, first, 1, w->item + n_of_f);
    if (n_of_f < 2 && n_of_g < 2)
        return AGR_OK;
    agr_audit_gap *gap = &w->slices->gap[w->slices->n_gaps++];
    *gap = (agr_audit_gap){.metric = g < 0 ? metric : NULL, .of = figure->of};
    snprintf(gap->name, sizeof gap->name, "%s", name != NULL ? name : figure->name);
    AGR_TRY(audit_gap_between(w->item, n_of_f + n_of_g, w->options->bootstrap->n_draws,
                              metric->most - metric->least, gap, err));
    if (metric->least < 0)
        gap->ratio = (double)NAN;
    return AGR_OK;
}

static int find(const audit_slicing *w, int first, agr_audit_function *value)
{
    int f = first;
    while (w->slices->cell[0].slice[f].figure.metric->value != value)
        f++;
    return f;
}

/* The words of Fairlearn, for the class whose figures begin at `begin`. */
static agr_status add_fairness(audit_slicing *w, int begin, int first, agr_error *err)
{
    AGR_TRY(add_gap(w, find(w, begin, audit_selection_rate), -1, first, "demographic_parity", err));
    return add_gap(w, find(w, begin, audit_recall), find(w, begin, audit_false_positive_rate),
                   first, "equalized_odds", err);
}

/* ---- all figures ---- */

/* Figures of one class belong together. */
static int part_end(const audit_slicing *w, int begin)
{
    const agr_audit_slice *slice = w->slices->cell[0].slice;
    int end = begin;
    while (end < w->slices->n_slices && slice[end].figure.of == slice[begin].figure.of)
        end++;
    return end;
}

static agr_status conclude_part(audit_slicing *w, int begin, int end, int first, agr_error *err)
{
    for (int f = begin; f < end; f++) {
        const agr_audit_metric *metric = w->slices->cell[0].slice[f].figure.metric;
        loosen(w, f, first);
        AGR_TRY(set_intervals(w, f, first, err));
        AGR_TRY(add_equal_cell(w, f, first, err));
        if (metric->better != AGR_AUDIT_NEITHER || metric->is_mean)
            AGR_TRY(add_gap(w, f, -1, first, NULL, err));
    }
    return w->slices->cell[0].slice[begin].figure.of >= 0 ? add_fairness(w, begin, first, err)
                                                          : AGR_OK;
}

static size_t bytes_drawn(const audit_slicing *w, int n_figures)
{
    return (size_t)n_figures * (size_t)w->slices->n_compared *
           (size_t)w->options->bootstrap->n_draws * sizeof *w->drawn;
}

/* As many parts as fit, at least one. */
static int turn_end(const audit_slicing *w, int begin)
{
    int end = part_end(w, begin);
    while (end < w->slices->n_slices &&
           bytes_drawn(w, part_end(w, end) - begin) <= MAX_BYTES_AT_ONCE)
        end = part_end(w, end);
    return end;
}

static agr_status take_turn(audit_slicing *w, int first, int end, agr_error *err)
{
    w->drawn = malloc(bytes_drawn(w, end - first) + 1);
    if (w->drawn == NULL)
        return no_memory(err);
    const audit_redraw redraw = {.bootstrap = w->options->bootstrap,
                                 .within = w->options->judge->within,
                                 .n_cells = w->slices->n_compared,
                                 .selection = w->selection,
                                 .n_figures = end - first,
                                 .figure = w->slices->cell[0].slice + first,
                                 .drawn = w->drawn};
    agr_status status = audit_redraw_all(&redraw, w->pool, err);
    for (int f = first; status == AGR_OK && f < end; f = part_end(w, f))
        status = conclude_part(w, f, part_end(w, f), first, err);
    free(w->drawn);
    return status;
}

agr_status audit_compare_cells(audit_slicing *w, agr_error *err)
{
    const size_t n_slices = (size_t)w->slices->n_slices;
    w->slices->gap = calloc(2 * n_slices + 1, sizeof *w->slices->gap);
    w->slices->equal_cell = calloc(n_slices + 1, sizeof *w->slices->equal_cell);
    w->item = calloc(2 * (size_t)w->slices->n_compared + 1, sizeof *w->item);
    w->mean = calloc((size_t)w->options->bootstrap->n_draws + 1, sizeof *w->mean);
    if (w->slices->gap == NULL || w->slices->equal_cell == NULL || w->item == NULL ||
        w->mean == NULL)
        return no_memory(err);
    for (int f = 0, end; f < w->slices->n_slices; f = end) {
        end = turn_end(w, f);
        AGR_TRY(take_turn(w, f, end, err));
    }
    return AGR_OK;
}
