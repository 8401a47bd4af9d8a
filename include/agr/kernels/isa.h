/**
 * Which build of the kernels runs: every kernel is compiled for each instruction set (base/cpu.h)
 * and reached through one table, chosen once. All compute the same bits.
 */
#ifndef AGR_KERNELS_ISA_H
#define AGR_KERNELS_ISA_H

#include <agr/base/cpu.h>

/** Chooses the kernels of this instruction set, which the processor must have. Before the first
 * kernel call; not thread-safe. Without a call the first kernel uses agr_isa_detect(). */
void agr_kernels_select(agr_isa isa);

/** The set in use. */
agr_isa agr_kernels_isa(void);

/** "avx512+SkylakeX": our instruction set and the core type OpenBLAS says it uses. Checkpoints
 * record it, because bits depend on it. Static memory. */
const char *agr_kernels_description(void);

#endif
