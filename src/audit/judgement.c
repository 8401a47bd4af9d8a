/* All figures of one head: the metric table applied to the rows, and to a guess that does not look.
 */
#include <agr/audit/judgement.h>

#include "metrics_impl.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_of_numbers(const agr_audit_metric *metric)
{
    return metric->scope == AGR_AUDIT_OF_NUMBERS || metric->scope == AGR_AUDIT_OF_BINS;
}

/* What the metric would be if the guess had been said of every row. */
static double baseline_of(const agr_audit_metric *metric, const agr_audit_selection *s,
                          const agr_audit_guess *guess, const agr_audit_terms *terms)
{
    if (!guess->possible)
        return (double)NAN;
    const double *said[] = {[AGR_AUDIT_GUESS_MEDIAN] = &guess->median,
                            [AGR_AUDIT_GUESS_MEAN] = &guess->mean,
                            [AGR_AUDIT_GUESS_CLASS] = &guess->class_index};
    agr_audit_rows rows = *s->rows;
    rows.prediction = said[metric->guess];
    rows.prediction_stride = 0;
    rows.probability = guess->share;
    rows.probability_stride = 0;
    agr_audit_selection guessed = *s;
    guessed.rows = &rows;
    guessed.ranked = NULL;
    return metric->value(&guessed, terms);
}

static void add_figure(agr_audit_judgement *judgement, const agr_audit_metric *metric,
                       const agr_audit_selection *s, int of, const agr_audit_options *options)
{
    const agr_audit_terms terms = {.within = options->within, .class_index = of};
    agr_audit_figure *figure = &judgement->figure[judgement->n_figures++];
    *figure = (agr_audit_figure){.metric = metric,
                                 .of = of,
                                 .value = metric->value(s, &terms),
                                 .baseline = baseline_of(metric, s, options->guess, &terms),
                                 .n = s->n};
    snprintf(figure->name, sizeof figure->name, "%s", metric->name);
    if (metric->value == audit_within)
        snprintf(figure->name, sizeof figure->name, "%s%.15g", metric->name, options->within);
}

static void judge_all(agr_audit_judgement *judgement, const agr_audit_selection *s,
                      const agr_audit_options *options)
{
    const bool numbers = s->rows->n_classes == 0;
    for (const agr_audit_metric *metric = agr_audit_metrics; metric->name != NULL; metric++)
        if (is_of_numbers(metric) == numbers && metric->scope != AGR_AUDIT_OF_ONE_CLASS)
            add_figure(judgement, metric, s, -1, options);
}

static void judge_classes(agr_audit_judgement *judgement, const agr_audit_selection *s,
                          const agr_audit_options *options)
{
    for (int c = 0; c < s->rows->n_classes; c++) {
        const agr_audit_terms terms = {.class_index = c};
        const int64_t n_of_class = (int64_t)audit_support(s, &terms);
        const int64_t n[] = {[AGR_AUDIT_ALL] = s->n,
                             [AGR_AUDIT_POSITIVES] = n_of_class,
                             [AGR_AUDIT_NEGATIVES] = s->n - n_of_class};
        for (const agr_audit_metric *metric = agr_audit_metrics; metric->name != NULL; metric++) {
            if (metric->scope != AGR_AUDIT_OF_ONE_CLASS)
                continue;
            add_figure(judgement, metric, s, c, options);
            judgement->figure[judgement->n_figures - 1].n = n[metric->images];
        }
    }
}

/* `within` is a selection of the same size, whose rows are those of one bin after the other. */
static void judge_bins(agr_audit_judgement *judgement, const agr_audit_selection *s,
                       agr_audit_selection *within, const agr_audit_options *options)
{
    for (int b = 0; b < options->bins->n; b++) {
        within->n_places = within->n = 0;
        for (int64_t i = 0; i < s->n_places; i++)
            if (agr_audit_bins_find(options->bins, audit_label(s, i)) == b)
                audit_selection_add(within, s->index[i]);
        for (const agr_audit_metric *metric = agr_audit_metrics; metric->name != NULL; metric++)
            if (metric->scope == AGR_AUDIT_OF_BINS)
                add_figure(judgement, metric, within, b, options);
    }
}

static void count_confusion(agr_audit_judgement *judgement, const agr_audit_selection *s)
{
    const int n = judgement->n_classes;
    for (int64_t i = 0; i < s->n_places; i++)
        judgement->confusion[(int)audit_label(s, i) * n + (int)audit_prediction(s, i)]++;
}

static agr_status take_memory(agr_audit_judgement *judgement, const agr_audit_options *options,
                              agr_error *err)
{
    const size_t n_classes = (size_t)judgement->n_classes;
    size_t n_metrics = 0;
    while (agr_audit_metrics[n_metrics].name != NULL)
        n_metrics++;
    const size_t n_parts = n_classes > 0 ? n_classes : (size_t)options->bins->n;
    judgement->figure = calloc(n_metrics * (1 + n_parts), sizeof *judgement->figure);
    if (n_classes > 0)
        judgement->confusion = calloc(n_classes * n_classes, sizeof *judgement->confusion);
    if (judgement->figure != NULL && (n_classes == 0 || judgement->confusion != NULL))
        return AGR_OK;
    agr_audit_judgement_release(judgement);
    return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for the figures");
}

agr_status agr_audit_judge(const agr_audit_rows *rows, const int64_t *index, int64_t n,
                           const agr_audit_options *options, agr_audit_judgement *judgement,
                           agr_error *err)
{
    agr_audit_selection all, part = {0};
    *judgement = (agr_audit_judgement){.n_classes = rows->n_classes};
    AGR_TRY(agr_audit_select(rows, index, n, &all, err));
    agr_status status;
    AGR_TRY_GOTO(status, agr_audit_select(rows, index, n, &part, err), done);
    AGR_TRY_GOTO(status, take_memory(judgement, options, err), done);
    judgement->n = all.n;
    judge_all(judgement, &all, options);
    if (rows->n_classes > 0) {
        judge_classes(judgement, &all, options);
        count_confusion(judgement, &all);
        agr_audit_reliability_of(&all, &judgement->reliability);
    } else {
        judge_bins(judgement, &all, &part, options);
    }
done:
    agr_audit_selection_release(&part);
    agr_audit_selection_release(&all);
    return status;
}

void agr_audit_judgement_release(agr_audit_judgement *judgement)
{
    free(judgement->figure);
    free(judgement->confusion);
    *judgement = (agr_audit_judgement){0};
}
