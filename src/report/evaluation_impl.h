/* What the files of an evaluation share. */
#ifndef AGR_REPORT_EVALUATION_IMPL_H
#define AGR_REPORT_EVALUATION_IMPL_H

#include <agr/report/evaluation.h>

/** What a head said, as rows to be judged: row i is sample[i] of the evaluation. */
typedef struct {
    agr_audit_rows rows; /* of what follows */
    double *label;       /* owned, with room for the others */
    double *prediction, *probability;
} evaluated_rows;

/** Rows with their labels, to be filled by evaluated_rows_set(). AGR_MEMORY. Caller releases. */
agr_status evaluated_rows_allocate(const agr_evaluation *e, const agr_evaluated_head *r,
                                   evaluated_rows *rows, agr_error *err);

/** said [1 + n_classes] of the i-th row: report/answer.h. */
void evaluated_rows_set(evaluated_rows *rows, int64_t i, const double *said);

/** What the head said of the i-th sample; false: it was not asked. */
bool evaluated_say(const agr_evaluated_head *r, int64_t i, double *said);

/** All that the head said. Where it was not asked there is no label, so nothing counts. AGR_MEMORY. Caller
 * releases. */
agr_status evaluated_rows_make(const agr_evaluation *e, const agr_evaluated_head *r,
                               evaluated_rows *rows, agr_error *err);
void evaluated_rows_release(evaluated_rows *rows);

/** Makes the judgement of one head from its outputs, and its guess from the training part of the
 * dataset. AGR_MEMORY; AGR_UNSUPPORTED for more classes than can be judged. */
agr_status agr_evaluated_judge(const agr_evaluation *e, agr_evaluated_head *r, agr_error *err);

/** The part of it that needs no outputs: judges rows, and their slices, against r's guess. AGR_MEMORY. */
agr_status evaluated_judge_rows(const agr_evaluation *e, agr_evaluated_head *r,
                                const agr_audit_rows *rows, agr_error *err);

/** Frees what a head owns. */
void evaluated_release(const agr_evaluation *e, agr_evaluated_head *r);

/** Takes up the tables of slices that are asked for, and which samples are copies of each other.
 * Not collective. AGR_USAGE; AGR_MEMORY. */
agr_status agr_evaluation_open_slices(agr_evaluation *e, agr_error *err);

/** Judges one head in all cells of all tables. AGR_MEMORY. */
agr_status agr_evaluated_slice(const agr_evaluation *e, agr_evaluated_head *r,
                               const agr_audit_rows *rows, const agr_audit_options *options,
                               agr_error *err);

/** Adds `slices`, `gaps` and `tables` of a head, where they were asked for. */
void agr_evaluated_add_slices(const agr_evaluation *e, const agr_evaluated_head *r, cJSON *head);

/** Adds every figure of all samples, with baselines; of an ensemble too. */
void evaluated_figures_add_json(const agr_evaluation *e, const agr_evaluated_head *r,
                                cJSON *object);

/** Adds what a head is, its figures and its slices. */
void evaluated_head_add_json(const agr_evaluation *e, const agr_evaluated_head *r, cJSON *object);

/** Adds `bootstrap`, likewise. */
void agr_evaluation_add_bootstrap(const agr_evaluation *e, cJSON *root);

#endif
