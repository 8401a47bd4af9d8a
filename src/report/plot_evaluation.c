/* Draws what a head said: confusion, reliability, said against labelled. */
#include "evaluation_impl.h"

#include <agr/report/chart.h>
#include <agr/report/plots.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* A figure of all samples, by its name; NaN: there is none. */
static double figure_of(const agr_evaluated_head *r, const char *name)
{
    for (int i = 0; i < r->judgement.n_figures; i++)
        if (r->judgement.figure[i].of < 0 && strcmp(r->judgement.figure[i].name, name) == 0)
            return r->judgement.figure[i].value;
    return NAN;
}

static void describe(const agr_evaluation *e, const agr_evaluated_head *r, const char *figure,
                     const char *words, char note[200])
{
    snprintf(note, 200, "%s %.3g on %lld %s pictures (%s, epoch %lld)", words, figure_of(r, figure),
             (long long)r->judgement.n, agr_split_name(e->request.split), r->model->slot,
             (long long)r->model->epoch);
}

void agr_plot_confusion(const agr_evaluation *e, const agr_evaluated_head *r, agr_text *svg)
{
    const int n = r->judgement.n_classes;
    char room[AGR_AUDIT_MAX_CLASSES][AGR_EVALUATED_NAME_BYTES], note[200];
    const char *name[AGR_AUDIT_MAX_CLASSES];
    for (int c = 0; c < n; c++)
        name[c] = agr_evaluated_class(e, r, c, room[c]);
    describe(e, r, "accuracy", "accuracy", note);
    agr_chart_heat(svg, agr_evaluated_name(e, r), note, n, name, r->judgement.confusion);
}

void agr_plot_reliability(const agr_evaluation *e, const agr_evaluated_head *r, agr_text *svg)
{
    agr_chart_reliability_bin bin[AGR_AUDIT_RELIABILITY_BINS];
    char note[200];
    for (int b = 0; b < AGR_AUDIT_RELIABILITY_BINS; b++) {
        const agr_audit_reliability_bin *of = &r->judgement.reliability.bin[b];
        bin[b] = (agr_chart_reliability_bin){of->n, of->confidence, of->accuracy};
    }
    describe(e, r, "ece", "expected calibration error", note);
    agr_chart_reliability(svg, agr_evaluated_name(e, r), note, AGR_AUDIT_RELIABILITY_BINS, bin);
}

agr_status agr_plot_scatter(const agr_evaluation *e, const agr_evaluated_head *r, agr_text *svg,
                            agr_error *err)
{
    evaluated_rows rows;
    char note[200];
    AGR_TRY(evaluated_rows_make(e, r, &rows, err));
    describe(e, r, "mae", "mean absolute error", note);
    agr_chart_scatter(svg, agr_evaluated_name(e, r), note, rows.rows.n, rows.rows.label,
                      rows.rows.prediction);
    evaluated_rows_release(&rows);
    return svg->failed ? agr_error_set(err, AGR_MEMORY, "out of memory") : AGR_OK;
}
