/** How `compare` prints runs side by side. */
#ifndef AGR_CLI_COMPARE_TEXT_H
#define AGR_CLI_COMPARE_TEXT_H

#include <agr/report/comparison.h>

/** Prints tables on stdout. */
void compare_print_text(const agr_comparison *comparison);

#endif
