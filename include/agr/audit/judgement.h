/**
 * All figures of one head on a selection of rows, each beside what a guess without looking gets.
 */
#ifndef AGR_AUDIT_JUDGEMENT_H
#define AGR_AUDIT_JUDGEMENT_H

#include <agr/audit/bins.h>
#include <agr/audit/metric.h>
#include <agr/audit/reliability.h>
#include <stdbool.h>

/** The best guesses that do not look, learnt from other rows than those judged. */
typedef struct {
    bool possible;       /* there were labels to learn from */
    double median, mean; /* of numbers */
    double class_index;  /* the most frequent class */
    const double *share; /* [K] of each class; borrowed; NULL where numbers are predicted */
} agr_audit_guess;

typedef struct {
    double within;                /* k of cs, in units of the label */
    const agr_audit_bins *bins;   /* of the label, for numbers */
    const agr_audit_guess *guess; /* the baseline */
} agr_audit_options;

enum { AGR_AUDIT_NAME_BYTES = 48 };

typedef struct {
    const agr_audit_metric *metric;
    char name[AGR_AUDIT_NAME_BYTES]; /* of the metric; of cs with its k: "cs5" */
    int of;                          /* index of a class or bin; -1: of all rows */
    double value;                    /* NaN: cannot be said */
    double baseline;                 /* likewise */
    int64_t n; /* rows that it speaks of: of a class, those whose label it is */
} agr_audit_figure;

/** Figures in the order of the metric table: first all that speak of all rows, then class by class
 * or bin by bin. */
typedef struct {
    int64_t n; /* labelled rows */
    int n_figures;
    agr_audit_figure *figure; /* owned */
    int n_classes;            /* K; 0: numbers */
    int64_t *confusion;       /* [K,K] rows by label, columns by prediction; owned; NULL: numbers */
    agr_audit_reliability reliability; /* of classes */
} agr_audit_judgement;

/** Judges the labelled rows among index[0..n) (NULL: rows 0 .. n - 1). AGR_MEMORY. Caller releases.
 */
agr_status agr_audit_judge(const agr_audit_rows *rows, const int64_t *index, int64_t n,
                           const agr_audit_options *options, agr_audit_judgement *judgement,
                           agr_error *err);

/** A zeroed judgement is accepted. */
void agr_audit_judgement_release(agr_audit_judgement *judgement);

#endif
