/**
 * Elementary functions with the same bits on every machine.
 *
 * The C library picks its variants by processor and version, and they differ in the last bit. These
 * are additions, multiplications and divisions in double alone, in a written order, which IEEE 754
 * rounds one way. Errors are below one unit in the last place of a
 * normal result (tests/unit/base/elementary.c). What the standard rounds exactly needs no twin:
 * sqrt, fma, floor, ceil, fmin, fmax, fabs.
 *
 * What trains or changes a pixel calls these and never the library's (linted).
 */
#ifndef AGR_BASE_ELEMENTARY_H
#define AGR_BASE_ELEMENTARY_H

#include <stdint.h>

/** e^x; infinity above 709.78, 0 below -745.13. */
double agr_exp(double x);

/** The natural logarithm; -infinity of 0, NaN below. */
double agr_ln(double x);

/** log(1 + x), exact for small x as well; -infinity of -1, NaN below. */
double agr_ln1p(double x);

/** Sine and cosine of radians, |x| <= 1e5; NaN beyond. */
double agr_sin(double x);
double agr_cos(double x);

/** base^n, n >= 0, by squaring: the error grows with n, about n / 2 units in the last place. */
double agr_power(double base, int64_t n);

#endif
