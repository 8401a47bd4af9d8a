/** Every picture that a run with folds learnt from, judged by the members that did not see it. */
#ifndef AGR_REPORT_OUT_OF_FOLD_H
#define AGR_REPORT_OUT_OF_FOLD_H

#include <agr/report/evaluation.h>
#include <agr/train/fold_set.h>

/** The samples that one model is asked about. */
typedef struct {
    const int64_t *sample; /* [n] */
    int64_t n;
    int64_t *row;      /* [n] of sample[] of the evaluation, owned; NULL: all, in their order */
    agr_fold_set fold; /* owned; what sample[] borrows from where there are folds */
} evaluated_question;

/** Takes the training and validation samples of the dataset, ascending, as those of the evaluation.
 * AGR_INPUT (a run without folds, or with members of some alone; another dataset, or several of them);
 * AGR_MEMORY. Not collective. */
agr_status out_of_fold_choose(agr_evaluation *e, agr_error *err);

/** What the model was not trained on. AGR_MEMORY. Not collective. Caller releases in every case. */
agr_status out_of_fold_ask(const agr_evaluation *e, int model, evaluated_question *question,
                           agr_error *err);

/** A zeroed one is accepted. */
void evaluated_question_release(evaluated_question *question);

#endif
