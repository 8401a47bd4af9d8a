/**
 * How a kernel is built for every instruction set and found at run time.
 *
 * A file listed in kernels_per_isa (CMakeLists.txt) is compiled once per instruction set. All its
 * functions are static; it offers them through one constant table of function pointers:
 *
 *     view_impl.h      typedef struct { void (*form)(...); ... } agr_view_kernels;
 *                      AGR_KERNEL_TABLE(agr_view_kernels, agr_view_table)
 *     view_kernels.c   const agr_view_kernels AGR_PER_ISA(agr_view_table) = {.form = form, ...};
 *     view.c           agr_view_table()->form(...)          the table of the set in use
 */
#ifndef AGR_KERNELS_ISA_IMPL_H
#define AGR_KERNELS_ISA_IMPL_H

#include <agr/kernels/isa.h>

#define AGR_PASTE_(a, b) a##b
#define AGR_PASTE(a, b) AGR_PASTE_(a, b)

/** The name of this build's own copy of a table: AGR_PER_ISA(table) is table_avx512 and so on. */
#define AGR_PER_ISA(name) AGR_PASTE(name, AGR_ISA_SUFFIX)

/** Declares the copies of a table and the function `name()` that returns the one in use. */
#if defined(__x86_64__)
#define AGR_KERNEL_TABLE(type, name)                                                               \
    extern const type name##_generic, name##_avx2, name##_avx512;                                  \
    static inline const type *name(void)                                                           \
    {                                                                                              \
        static const type *const table[AGR_ISA_COUNT] = {&name##_generic, &name##_avx2,            \
                                                         &name##_avx512};                          \
        return table[agr_kernels_isa()];                                                           \
    }
#else
#define AGR_KERNEL_TABLE(type, name)                                                               \
    extern const type name##_generic;                                                              \
    static inline const type *name(void)                                                           \
    {                                                                                              \
        return &name##_generic;                                                                    \
    }
#endif

#endif
