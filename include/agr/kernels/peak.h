/** What this processor can do at best, to hold the kernels against. */
#ifndef AGR_KERNELS_PEAK_H
#define AGR_KERNELS_PEAK_H

#include <agr/base/error.h>

/** Seconds that OpenBLAS' sgemm takes for one 1024 x 1024 x 1024 product on one thread, median of
 * `repeats` calls after a first one. Loads OpenBLAS. AGR_MEMORY, AGR_NOT_FOUND. */
agr_status agr_sgemm_time(int repeats, double *seconds, agr_error *err);

/** Operations of that product. */
#define AGR_SGEMM_FLOP (2.0 * 1024 * 1024 * 1024)

/** Operations a second of fused products in the registers of one core, by the kernels in use: the
 * best of `repeats` short measures. Nothing that multiplies does more. */
double agr_fma_rate(int repeats);

/** The same for products of bfloat16 factors summed in float32. */
double agr_bf16_rate(int repeats);

#endif
