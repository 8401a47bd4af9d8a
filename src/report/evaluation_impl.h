/* What the files of an evaluation share. */
#ifndef AGR_REPORT_EVALUATION_IMPL_H
#define AGR_REPORT_EVALUATION_IMPL_H

#include <agr/report/evaluation.h>

/** Makes the judgement of one head from its outputs, and its guess from the training part of the
 * dataset. AGR_MEMORY; AGR_UNSUPPORTED for more classes than can be judged. */
agr_status agr_evaluated_judge(const agr_evaluation *e, agr_evaluated_head *r, agr_error *err);

#endif
