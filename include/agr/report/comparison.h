/**
 * Runs side by side, judged on the same images: figures, costs, and whether they were trained on
 * equal terms.
 */
#ifndef AGR_REPORT_COMPARISON_H
#define AGR_REPORT_COMPARISON_H

#include <agr/audit/paired.h>
#include <agr/base/text.h>
#include <agr/report/judged_runs.h>
#include <cjson/cJSON.h>

/** A run as a whole. */
typedef struct {
    const char *path;       /* borrowed from the runs, as are all names here */
    int64_t n_parameters;   /* of all its branches */
    double multiply_adds;   /* of one image through all of them */
    double wall_s;          /* that its training took, all starts together; NaN: not known */
    bool trained_on_judged; /* the dataset that it is judged on is the one it was trained on */
} agr_compared_run;

/** A head that runs have under one name, with equally many classes. */
typedef struct {
    const char *name;
    int n;                                             /* runs that have it */
    int run[AGR_MAX_JUDGED_RUNS];                      /* [n] which */
    const agr_evaluated_head *of[AGR_MAX_JUDGED_RUNS]; /* [n] theirs */
    agr_audit_paired
        paired; /* model m is run[m]; no figures where only one run has the head; owned */
} agr_compared_head;

/** A setting, or the network of a branch, that is not the same in all runs. */
typedef struct {
    const char *key;                     /* "optimizer.lr"; the branch's name */
    bool is_network;                     /* its values tell its size */
    bool bears_on_weights;               /* threads, placement and paths do not */
    agr_text value[AGR_MAX_JUDGED_RUNS]; /* owned */
} agr_compared_setting;

enum { AGR_MAX_COMPARED_HEADS = 64, AGR_MAX_COMPARED_SETTINGS = 128 };

/** Large: not for the stack. */
typedef struct {
    const agr_judged_runs *runs; /* borrowed */
    agr_compared_run run[AGR_MAX_JUDGED_RUNS];
    int n_heads;
    agr_compared_head head[AGR_MAX_COMPARED_HEADS];
    int n_settings;
    agr_compared_setting setting[AGR_MAX_COMPARED_SETTINGS];
    bool same_data;  /* all were trained on datasets of the same fingerprints */
    bool same_terms; /* and no setting differs that bears on weights */
} agr_comparison;

/** Of runs that were all judged. Not collective: on rank 0. AGR_MEMORY. Caller releases in every
 * case. */
agr_status agr_comparison_make(const agr_judged_runs *runs, agr_comparison *comparison,
                               agr_error *err);

/** "A", "B", ...: what a run is called in tables. */
const char *agr_compared_letter(int run);

/** The run that is shown to be better than every other by this figure, or -1. */
int agr_compared_winner(const agr_compared_head *head, const agr_audit_paired_figure *figure);

/** Everything, unrounded: one object. Caller deletes. */
cJSON *agr_comparison_json(const agr_comparison *comparison);

/** A row for each figure and pair of runs, unrounded. */
void agr_comparison_csv(const agr_comparison *comparison, agr_text *text);

/** A zeroed one is accepted. */
void agr_comparison_release(agr_comparison *comparison);

#endif
