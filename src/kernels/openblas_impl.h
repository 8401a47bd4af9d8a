/** The one function of OpenBLAS that kernels call. */
#ifndef AGR_KERNELS_OPENBLAS_IMPL_H
#define AGR_KERNELS_OPENBLAS_IMPL_H

#include <cblas.h>

/** c [m,n] (ldc) = alpha op(a) op(b) + beta c, rows first: cblas_sgemm() with its first argument left
 * out. agr_openblas_load() comes before. */
void openblas_sgemm(CBLAS_TRANSPOSE transpose_a, CBLAS_TRANSPOSE transpose_b, int m, int n, int k,
                    float alpha, const float *a, int lda, const float *b, int ldb, float beta,
                    float *c, int ldc);

#endif
