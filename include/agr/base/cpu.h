/**
 * What this processor can do and how much of it is ours.
 */
#ifndef AGR_BASE_CPU_H
#define AGR_BASE_CPU_H

#include <agr/base/error.h>

/** Instruction sets that the kernels are built for, lowest first: ranks agree on the minimum. */
typedef enum {
    AGR_ISA_GENERIC,     /* plain C; on x86-64 its baseline (SSE2) */
    AGR_ISA_AVX2,        /* AVX2 + FMA */
    AGR_ISA_AVX512,      /* AVX-512 F, BW, DQ, VL */
    AGR_ISA_AVX512_BF16, /* ... and VDPBF16PS */
    AGR_ISA_AMX,         /* ... and AMX tiles of bfloat16, which the system grants this process */
    AGR_ISA_COUNT
} agr_isa;

/** "generic", "avx2", "avx512", "avx512_bf16", "amx". */
const char *agr_isa_name(agr_isa isa);

/** The highest set this processor and its kernel support. */
agr_isa agr_isa_detect(void);

/** The set to use: the value of the environment variable AGR_ISA when set, else agr_isa_detect().
 *  AGR_USAGE when AGR_ISA names no set, or one that this processor lacks. */
agr_status agr_isa_choose(agr_isa *isa, agr_error *err);

/** The name by which OpenBLAS knows the kernels for this set ("SkylakeX", "Haswell"); for
 * AGR_ISA_GENERIC the portable x86-64 ones ("Prescott"). */
const char *agr_isa_openblas_core(agr_isa isa);

/** Cores this process may run on (its affinity mask, and a container's CPU quota when that is
 * lower); >= 1. */
int agr_cpu_available(void);

/** Cores of the machine; >= 1. */
int agr_cpu_online(void);

/** "AMD EPYC 9354" or the like, for reports; "unknown" when the system does not say.
 * Static memory. */
const char *agr_cpu_model(void);

#endif
