/**
 * How far the figures of like models lie apart: mean, standard deviation, interval of the mean.
 */
#ifndef AGR_AUDIT_SPREAD_H
#define AGR_AUDIT_SPREAD_H

/** Of n values. A single one has neither deviation nor interval: NaN. */
typedef struct {
    int n;
    double mean;
    double deviation; /* with n - 1 in the denominator */
    double low, high; /* 95 % of such intervals hold the mean of all seeds: Student's t */
} agr_audit_spread;

/** NaN among the values makes all of it NaN. n >= 1. */
agr_audit_spread agr_audit_spread_of(const double *value, int n);

/** The t that 97.5 % of Student's distribution with so many degrees of freedom lie below; to 4
 * decimals. degrees >= 1. Source: Abramowitz & Stegun, table 26.10 and expansion 26.7.5. */
double agr_audit_student_t(int degrees);

#endif
