/* The commands that give a run again, for those who read of it. */
#ifndef AGR_REPORT_COMMANDS_IMPL_H
#define AGR_REPORT_COMMANDS_IMPL_H

#include <agr/base/text.h>
#include <agr/report/evaluation.h>

/** Appends lines: the one that trains the same bits again and the one that shows them. Nothing where
 * `run` is a checkpoint and no run folder. */
void commands_to_train(const agr_evaluation *e, const char *run, agr_text *lines);

/** Appends the line that computes the same figures. */
void commands_to_judge(const agr_evaluation *e, const char *run, agr_text *lines);

#endif
