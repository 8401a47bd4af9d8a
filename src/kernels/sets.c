/* The kernel sets: which there are, what each names itself, and which is in use. */
#include <agr/kernels/isa.h>

#include <agr/base/error.h>
#include <agr/kernels/openblas.h>
#include <stdio.h>
#include "batch_norm_impl.h"
#include "conv_impl.h"
#include "dense_impl.h"
#include "depthwise_impl.h"
#include "elementwise_impl.h"
#include "optimiser_impl.h"
#include "peak_impl.h"
#include "pooling_impl.h"
#include "view_impl.h"

typedef struct kernel_set kernel_set;
struct kernel_set {
    const char *name;
    agr_isa isa; /* the least that it needs */
    const kernel_set *falls_back_to;
    double bf16_gain;                 /* isa.h */
    const void *table[KERNELS_COUNT]; /* NULL: that of the set it falls back to */
};

/* Every table, in the build of one instruction set. */
#define EVERY_TABLE_OF(isa)                                                                        \
    {                                                                                              \
        [KERNELS_BATCH_NORM] = &agr_batch_norm_table_##isa,                                        \
        [KERNELS_DENSE] = &agr_dense_table_##isa,                                                  \
        [KERNELS_DEPTHWISE] = &agr_depthwise_table_##isa,                                          \
        [KERNELS_DIRECT] = &agr_direct_table_##isa,                                                \
        [KERNELS_ELEMENTWISE] = &agr_elementwise_table_##isa,                                      \
        [KERNELS_IM2COL] = &agr_im2col_table_##isa,                                                \
        [KERNELS_OPTIMISER] = &agr_optimiser_table_##isa, [KERNELS_PEAK] = &agr_peak_table_##isa,  \
        [KERNELS_POOLING] = &agr_pooling_table_##isa, [KERNELS_VIEW] = &agr_view_table_##isa,      \
        [KERNELS_WINOGRAD] = &agr_winograd_table_##isa,                                            \
    }

/* Those with products of bfloat16. */
#define BF16_TABLES_OF(isa)                                                                        \
    {                                                                                              \
        [KERNELS_PEAK] = &agr_peak_table_##isa, [KERNELS_WINOGRAD] = &agr_winograd_table_##isa,    \
    }

/* A set stands behind the one it falls back to; the last one that a processor can run is its best. */
static const kernel_set sets[] = {
    {"generic", AGR_ISA_GENERIC, NULL, 0, EVERY_TABLE_OF(generic)},
#if defined(__x86_64__)
    {"avx2", AGR_ISA_AVX2, &sets[0], 0, EVERY_TABLE_OF(avx2)},
    {"avx512", AGR_ISA_AVX512, &sets[1], 0, EVERY_TABLE_OF(avx512)},
    {"avx512_bf16", AGR_ISA_AVX512_BF16, &sets[2], 1.3, BF16_TABLES_OF(avx512_bf16)},
    {"amx", AGR_ISA_AMX, &sets[3], 2.1, BF16_TABLES_OF(amx)},
#endif
};
enum { N_SETS = sizeof sets / sizeof *sets };

static const kernel_set *in_use; /* NULL: none yet */

void agr_kernels_select(agr_isa isa)
{
    AGR_ASSERT(isa >= 0 && isa <= agr_isa_detect());
    for (int i = 0; i < N_SETS; i++)
        if (sets[i].isa <= isa)
            in_use = &sets[i];
}

static const kernel_set *set_in_use(void)
{
    if (in_use == NULL)
        agr_kernels_select(agr_isa_detect());
    return in_use;
}

const void *kernel_table_in_use(kernel_table table)
{
    const kernel_set *set = set_in_use();
    while (set->table[table] == NULL)
        set = set->falls_back_to;
    return set->table[table];
}

agr_isa agr_kernels_isa(void)
{
    return set_in_use()->isa;
}

double agr_kernels_bf16_gain(agr_isa isa)
{
    double gain = 0;
    for (int i = 0; i < N_SETS; i++)
        if (sets[i].isa <= isa)
            gain = sets[i].bf16_gain;
    return gain;
}

const char *agr_kernels_description(void)
{
    static char description[96];
    const char *core = agr_openblas_core();
    snprintf(description, sizeof description, "%s%s%s", set_in_use()->name, core != NULL ? "+" : "",
             core != NULL ? core : "");
    return description;
}
