/**
 * How kernels are built for every instruction set, and found at run time.
 *
 * A file listed in kernels_per_isa (CMakeLists.txt) is compiled once per instruction set. All its
 * functions are static; it offers them through one constant table of function pointers:
 *
 *     view_impl.h      typedef struct { void (*form)(...); ... } agr_view_kernels;
 *                      AGR_KERNEL_TABLE(agr_view_kernels, agr_view_table, KERNELS_VIEW)
 *     view_kernels.c   const agr_view_kernels AGR_PER_ISA(agr_view_table) = {.form = form, ...};
 *     view.c           agr_view_table()->form(...)          the table of the set in use
 *
 * A *set* (sets.c) is a row that names such tables and the set it falls back to: it names only what
 * it does better. All sets compute the same bits, so a table may come from anywhere.
 */
#ifndef AGR_KERNELS_ISA_IMPL_H
#define AGR_KERNELS_ISA_IMPL_H

#include <agr/kernels/isa.h>

#define AGR_PASTE_(a, b) a##b
#define AGR_PASTE(a, b) AGR_PASTE_(a, b)

/** The name of this build's own copy of a table: AGR_PER_ISA(table) is table_avx512 and so on. */
#define AGR_PER_ISA(name) AGR_PASTE(name, AGR_ISA_SUFFIX)

/** The tables, one an _impl.h. */
typedef enum {
    KERNELS_BATCH_NORM,
    KERNELS_DENSE,
    KERNELS_DEPTHWISE,
    KERNELS_DIRECT,
    KERNELS_ELEMENTWISE,
    KERNELS_IM2COL,
    KERNELS_OPTIMISER,
    KERNELS_PEAK,
    KERNELS_POOLING,
    KERNELS_VIEW,
    KERNELS_WINOGRAD,
    KERNELS_COUNT
} kernel_table;

/** The table of the set in use, or of the nearest it falls back to that has one. */
const void *kernel_table_in_use(kernel_table table);

/** Declares the copies of a table and the function `name()` that returns the one in use. */
#define AGR_KERNEL_TABLE(type, name, table)                                                        \
    extern const type name##_generic, name##_avx2, name##_avx512, name##_avx512_bf16, name##_amx;  \
    static inline const type *name(void)                                                           \
    {                                                                                              \
        return kernel_table_in_use(table);                                                         \
    }

#endif
