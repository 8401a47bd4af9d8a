/**
 * What one head of a model said about the samples of an evaluation, and its judgement.
 */
#ifndef AGR_REPORT_EVALUATED_HEAD_H
#define AGR_REPORT_EVALUATED_HEAD_H

#include <agr/audit/judgement.h>
#include <agr/audit/slices.h>
#include <agr/train/models.h>

typedef struct {
    const agr_model *model;
    int head;
    agr_head_sums sums;
    int64_t n_columns;
    float *output;         /* [n_samples, n_columns], owned; rows of this rank, then of all */
    bool *was_asked;       /* [n_samples], owned: is there such a row? NULL: of every sample */
    agr_audit_guess guess; /* from the training part */
    double share[AGR_AUDIT_MAX_CLASSES];
    agr_audit_judgement judgement; /* owned */
    agr_audit_slices *slices;      /* [slicing.n_tables], owned; NULL: not asked for */
} agr_evaluated_head;

#endif
