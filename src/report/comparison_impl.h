/* What the files of a comparison share. */
#ifndef AGR_REPORT_COMPARISON_IMPL_H
#define AGR_REPORT_COMPARISON_IMPL_H

#include <agr/report/comparison.h>

/** Finds the settings and networks that differ, and says whether the terms are equal. AGR_MEMORY. */
agr_status comparison_find_terms(agr_comparison *c, agr_error *err);

#endif
