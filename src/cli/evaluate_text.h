/** The figures of an evaluation for people. */
#ifndef AGR_CLI_EVALUATE_TEXT_H
#define AGR_CLI_EVALUATE_TEXT_H

#include <agr/report/evaluation.h>

/** Prints them on stdout, 80 columns wide. Rank 0 only. */
void evaluate_print_text(const agr_evaluation *e);

#endif
