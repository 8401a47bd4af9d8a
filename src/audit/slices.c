/* A head judged cell by cell. */
#include <agr/audit/slices.h>

#include "slices_impl.h"

#include <math.h>
#include <stdlib.h>

static agr_status no_memory(agr_error *err)
{
    return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for slices");
}

/* ---- the rows of each cell ---- */

static void sort_rows(audit_slicing *w)
{
    const int n_cells = w->cells->n_cells;
    for (int64_t i = 0; i < w->rows->n; i++)
        if (w->cells->cell_of[i] >= 0)
            w->begin[w->cells->cell_of[i] + 1]++;
        else
            w->slices->n_outside += !isnan(w->rows->label[i]);
    for (int c = 0; c < n_cells; c++)
        w->begin[c + 1] += w->begin[c];
    for (int64_t i = 0; i < w->rows->n; i++)
        if (w->cells->cell_of[i] >= 0)
            w->row[w->begin[w->cells->cell_of[i]]++] = i;
    for (int c = n_cells; c > 0; c--)
        w->begin[c] = w->begin[c - 1];
    w->begin[0] = 0;
}

static bool speaks_of(const agr_audit_figure *figure, double label)
{
    if (isnan(label))
        return false;
    return figure->metric->images == AGR_AUDIT_ALL ||
           (figure->metric->images == AGR_AUDIT_POSITIVES) == ((int)label == figure->of);
}

/* Groups of copies among the rows of a cell that a figure speaks of. */
static int64_t count_groups(audit_slicing *w, int cell, const agr_audit_figure *figure)
{
    int64_t n = 0;
    w->n_counts++;
    for (int64_t i = w->begin[cell]; i < w->begin[cell + 1]; i++) {
        int64_t *seen = &w->seen[w->options->bootstrap->group[w->row[i]]];
        if (*seen == w->n_counts || !speaks_of(figure, w->rows->label[w->row[i]]))
            continue;
        *seen = w->n_counts;
        n++;
    }
    return n;
}

/* ---- every cell for itself ---- */

static agr_status judge_cell(audit_slicing *w, int cell, agr_error *err)
{
    static const agr_audit_bins no_bins = {0};
    static const agr_audit_metric of_all = {.images = AGR_AUDIT_ALL};
    agr_audit_options options = *w->options->judge;
    options.bins = &no_bins;
    agr_audit_judgement judgement;
    AGR_TRY(agr_audit_judge(w->rows, w->row + w->begin[cell], w->begin[cell + 1] - w->begin[cell],
                            &options, &judgement, err));
    agr_audit_cell *into = &w->slices->cell[cell];
    *into = (agr_audit_cell){.n = judgement.n};
    into->n_groups = count_groups(w, cell, &(agr_audit_figure){.metric = &of_all});
    w->slices->n_slices = judgement.n_figures;
    into->slice = calloc((size_t)judgement.n_figures + 1, sizeof *into->slice);
    for (int f = 0; into->slice != NULL && f < judgement.n_figures; f++) {
        const agr_audit_figure *figure = &judgement.figure[f];
        const int64_t n_groups = count_groups(w, cell, figure);
        into->slice[f] = (agr_audit_slice){
            .figure = *figure,
            .n_groups = n_groups,
            .compared = !isnan(figure->value) && n_groups >= w->options->min_count,
            .error = (double)NAN,
            .low = (double)NAN,
            .high = (double)NAN,
        };
    }
    agr_audit_judgement_release(&judgement);
    return into->slice != NULL ? AGR_OK : no_memory(err);
}

static agr_status prepare_cell(audit_slicing *w, int cell, agr_error *err)
{
    AGR_TRY(judge_cell(w, cell, err));
    if (w->slices->cell[cell].n_groups < w->options->min_count)
        return AGR_OK;
    w->compared[w->slices->n_compared] = cell;
    agr_audit_selection *s = &w->selection[w->slices->n_compared++];
    AGR_TRY(agr_audit_select(w->rows, w->row + w->begin[cell], w->begin[cell + 1] - w->begin[cell],
                             s, err));
    return agr_audit_presort(s, err);
}

static agr_status open_work(audit_slicing *w, agr_error *err)
{
    const size_t n_cells = (size_t)w->cells->n_cells;
    w->slices->cell = calloc(n_cells, sizeof *w->slices->cell);
    w->row = calloc((size_t)w->rows->n + 1, sizeof *w->row);
    w->begin = calloc(n_cells + 1, sizeof *w->begin);
    w->seen = calloc((size_t)w->options->bootstrap->n_groups + 1, sizeof *w->seen);
    w->compared = calloc(n_cells, sizeof *w->compared);
    w->selection = calloc(n_cells, sizeof *w->selection);
    if (w->slices->cell == NULL || w->row == NULL || w->begin == NULL || w->seen == NULL ||
        w->compared == NULL || w->selection == NULL)
        return no_memory(err);
    w->slices->n_cells = w->cells->n_cells;
    sort_rows(w);
    return AGR_OK;
}

static void close_work(audit_slicing *w)
{
    for (int c = 0; w->selection != NULL && c < w->slices->n_compared; c++)
        agr_audit_selection_release(&w->selection[c]);
    free(w->selection);
    free(w->compared);
    free(w->seen);
    free(w->begin);
    free(w->row);
    free(w->item);
    free(w->mean);
}

agr_status agr_audit_slice_rows(const agr_audit_rows *rows, const agr_audit_cells *cells,
                                const agr_audit_slice_options *options, agr_pool *pool,
                                agr_audit_slices *slices, agr_error *err)
{
    *slices = (agr_audit_slices){0};
    audit_slicing w = {
        .rows = rows, .cells = cells, .options = options, .pool = pool, .slices = slices};
    agr_status status = open_work(&w, err);
    for (int c = 0; status == AGR_OK && c < cells->n_cells; c++)
        status = prepare_cell(&w, c, err);
    if (status == AGR_OK && slices->n_compared > 0)
        status = audit_compare_cells(&w, err);
    close_work(&w);
    if (status != AGR_OK)
        agr_audit_slices_release(slices);
    return status;
}

void agr_audit_slices_release(agr_audit_slices *slices)
{
    for (int c = 0; slices->cell != NULL && c < slices->n_cells; c++)
        free(slices->cell[c].slice);
    free(slices->cell);
    free(slices->gap);
    free(slices->equal_cell);
    *slices = (agr_audit_slices){0};
}
