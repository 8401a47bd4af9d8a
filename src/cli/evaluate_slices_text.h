/** Slices and gaps of an evaluation for people. */
#ifndef AGR_CLI_EVALUATE_SLICES_TEXT_H
#define AGR_CLI_EVALUATE_SLICES_TEXT_H

#include <agr/report/evaluation.h>

/** Prints the tables of one head on stdout, 80 columns wide; nothing where none are asked for. Rank 0
 * only. */
void evaluate_print_slices(const agr_evaluation *e, const agr_evaluated_head *r);

/** Says what the intervals are, once; likewise. */
void evaluate_explain_slices(const agr_evaluation *e);

#endif
