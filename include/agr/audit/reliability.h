/**
 * Are images of which a model is 80 % sure right in 80 % of the cases? The table behind the
 * expected calibration error.
 */
#ifndef AGR_AUDIT_RELIABILITY_H
#define AGR_AUDIT_RELIABILITY_H

#include <agr/audit/selection.h>

enum { AGR_AUDIT_RELIABILITY_BINS = 15 };

/** Bin b holds the rows whose largest probability is above b/15 and at most (b+1)/15. */
typedef struct {
    int64_t n;
    double confidence; /* mean of the largest probability; NaN when n is 0 */
    double accuracy;   /* share of right predictions; NaN when n is 0 */
} agr_audit_reliability_bin;

typedef struct {
    agr_audit_reliability_bin bin[AGR_AUDIT_RELIABILITY_BINS];
} agr_audit_reliability;

/** Of a selection of predicted classes. Probabilities that are no number count in bin 0, whose
 * confidence is then none either. */
void agr_audit_reliability_of(const agr_audit_selection *selection,
                              agr_audit_reliability *reliability);

#endif
