/** Charts of every kind over the arrays that are hard on them. */
#ifndef AGR_TESTS_CHART_CATALOGUE_H
#define AGR_TESTS_CHART_CATALOGUE_H

#include <agr/base/text.h>

typedef struct {
    const char *name;
    void (*draw)(agr_text *svg);
} chart_case;

/** Ends with a row without a name. */
extern const chart_case chart_catalogue[];

#endif
