/**
 * Intervals that hold all at once: several figures, known by their values in many draws of a
 * bootstrap.
 *
 * max-t: of each draw the largest |drawn - value| / standard error over the figures; the quantile of
 * these, times the standard error of a figure, is half of its interval. So the largest of many gaps
 * is measured by how large the largest of many gaps becomes by chance.
 *
 * Source: Westfall and Young 1993, "Resampling-based multiple testing"; Romano and Wolf 2005, "Exact
 * and approximate stepdown methods for multiple hypothesis testing", J. Am. Stat. Assoc. 100.
 */
#ifndef AGR_AUDIT_SIMULTANEOUS_H
#define AGR_AUDIT_SIMULTANEOUS_H

#include <agr/base/error.h>
#include <stdint.h>

/** Of all intervals together. */
#define AGR_AUDIT_LEVEL 0.95

/** A family of figures that is being gathered. */
typedef struct {
    int64_t n_draws;
    double *largest; /* [n_draws], owned */
} agr_audit_family;

/** An empty family. AGR_MEMORY. Caller releases. */
agr_status agr_audit_family_begin(agr_audit_family *family, int64_t n_draws, agr_error *err);

/** Adds a figure: its value and drawn [n_draws], where NaN says that it could not be said. Returns
 * its standard error: the standard deviation of what was drawn; 0 where all draws agree but for
 * rounding of numbers of size `scale`, such a figure adds nothing to the family; NaN with fewer than
 * two numbers among the draws. */
double agr_audit_family_add(agr_audit_family *family, double value, double scale,
                            const double *drawn);

/** How many standard errors half an interval has: the quantile of the largest deviations, at least the
 * 1.96 that a single normal figure has. Sorts the family: to be asked once, at the end. */
double agr_audit_family_quantile(agr_audit_family *family);

/** This quantile for a figure of n pictures: a standard error that was itself found from few of them
 * is smaller than the truth too often. Student's quantile with n - 1 degrees of freedom (the first
 * term of its expansion: Fisher and Cornish 1960), times sqrt(n / (n - 1)).
 * Source: Hesterberg 2015, "What teachers should know about the bootstrap", The American
 * Statistician 69 ("expanded" intervals). */
double agr_audit_expand(double quantile, int64_t n);

/** A zeroed family is accepted. */
void agr_audit_family_release(agr_audit_family *family);

#endif
