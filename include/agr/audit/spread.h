/**
 * How far the figures of like models lie apart: mean, standard deviation, interval of the mean.
 */
#ifndef AGR_AUDIT_SPREAD_H
#define AGR_AUDIT_SPREAD_H

#include <stdbool.h>

/** Of n values. A single one has neither deviation nor interval: NaN. */
typedef struct {
    int n;
    double mean;
    double deviation; /* with n - 1 in the denominator */
    double low, high; /* 95 % of such intervals hold the mean of all seeds: Student's t */
} agr_audit_spread;

/** NaN among the values makes all of it NaN. n >= 1. */
agr_audit_spread agr_audit_spread_of(const double *value, int n);

/** Of n differences second[i] - first[i]: what two kinds of models differ by that meet in pairs, alike
 * in all else, so that what both have in common falls out. n 0: all NaN. */
agr_audit_spread agr_audit_spread_of_pairs(const double *first, const double *second, int n);

/** Does the interval leave 0 out? Not where there is none, and not where all values are equal: so
 * few of so coarse a figure say nothing of how far others would lie apart. */
bool agr_audit_spread_is_shown(const agr_audit_spread *spread);

/** The t that 97.5 % of Student's distribution with so many degrees of freedom lie below; to 4
 * decimals. degrees >= 1. Source: Abramowitz & Stegun, table 26.10 and expansion 26.7.5. */
double agr_audit_student_t(int degrees);

#endif
