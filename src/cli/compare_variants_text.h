/** How `compare` prints the variants of one run. */
#ifndef AGR_CLI_COMPARE_VARIANTS_TEXT_H
#define AGR_CLI_COMPARE_VARIANTS_TEXT_H

#include <agr/report/variants.h>

/** Prints tables on stdout. */
void compare_print_variants(const agr_variants *variants);

#endif
