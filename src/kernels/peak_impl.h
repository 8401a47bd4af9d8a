/** What a core multiplies at best, as each instruction set has it. */
#ifndef AGR_KERNELS_PEAK_IMPL_H
#define AGR_KERNELS_PEAK_IMPL_H

#include "isa_impl.h"

typedef struct {
    /** Runs n_rounds rounds of products that wait for no memory and not for each other; returns how
     * many operations that were. *sum: of the results, so that nobody leaves them out. */
    double (*multiply)(int n_rounds, float *sum);
    /** The same with factors of bfloat16, as this set multiplies them. */
    double (*multiply_bf16)(int n_rounds, float *sum);
} agr_peak_kernels;

AGR_KERNEL_TABLE(agr_peak_kernels, agr_peak_table, KERNELS_PEAK)

#endif
