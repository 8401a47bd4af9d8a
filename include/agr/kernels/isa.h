/**
 * Which kernels run: sets of them, one built for each instruction set (base/cpu.h), are rows of a
 * table (src/kernels/sets.c); one is chosen before the first kernel is called. All compute the
 * same bits.
 */
#ifndef AGR_KERNELS_ISA_H
#define AGR_KERNELS_ISA_H

#include <agr/base/cpu.h>

/** Chooses the best kernels for this instruction set, which the processor must have. Before the
 * first kernel call; not thread-safe. Without a call the first kernel uses agr_isa_detect(). */
void agr_kernels_select(agr_isa isa);

/** The instruction set in use. */
agr_isa agr_kernels_isa(void);

/** How many times as fast as in float32 the tutorial's age network trained with factors of bfloat16
 * with the kernels for `isa`, by docs/precision.md; 0: the unit is missing, it is slower. */
double agr_kernels_bf16_gain(agr_isa isa);

/** "avx512", or "avx512+SkylakeX" with the core type of OpenBLAS when that was loaded. Checkpoints
 * record it. Static memory. */
const char *agr_kernels_description(void);

#endif
