/**
 * What is known of a run, drawn: each function adds one chart (report/chart.h) that pages and files
 * take as it is.
 */
#ifndef AGR_REPORT_PLOTS_H
#define AGR_REPORT_PLOTS_H

#include <agr/report/evaluation.h>
#include <agr/report/run_record.h>

/* ---- of a run record ---- */

/** Losses and metrics of a branch by epoch, training dotted, with a ring around the best epoch. */
void agr_plot_branch(const agr_run_record *record, int branch, agr_text *svg);

/** The weighted total over branches by epoch. */
void agr_plot_total(const agr_run_record *record, agr_text *svg);

/** Ranks over time, coloured by what they train. Nothing to draw where n_spans is 0. */
void agr_plot_teams(const agr_run_record *record, agr_text *svg);

/* ---- of a judged head, on rank 0 ---- */

/** Of a head with classes. */
void agr_plot_confusion(const agr_evaluation *e, const agr_evaluated_head *r, agr_text *svg);
void agr_plot_reliability(const agr_evaluation *e, const agr_evaluated_head *r, agr_text *svg);

/** Of a head that says a number. AGR_MEMORY. */
agr_status agr_plot_scatter(const agr_evaluation *e, const agr_evaluated_head *r, agr_text *svg,
                            agr_error *err);

/** A figure ("mae", "accuracy") in every slice, with intervals. Nothing to draw where no slices were
 * asked for. */
void agr_plot_slices(const agr_evaluation *e, const agr_evaluated_head *r, const char *figure,
                     agr_text *svg);

/** The n pictures that were judged worst: the largest errors, or the wrong classes of which it was
 * surest; with label, answer and confidence. Fewer where fewer are wrong. Holds pictures of the
 * dataset. AGR_MEMORY, AGR_IO. */
agr_status agr_plot_worst(const agr_evaluation *e, const agr_evaluated_head *r, int64_t n,
                          agr_text *svg, agr_error *err);

#endif
