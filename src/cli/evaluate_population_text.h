/* Populations as tables for people, within 80 columns. */
#ifndef AGR_CLI_EVALUATE_POPULATION_TEXT_H
#define AGR_CLI_EVALUATE_POPULATION_TEXT_H

#include <agr/report/evaluation.h>

void evaluate_print_populations(const agr_evaluation *e);

#endif
