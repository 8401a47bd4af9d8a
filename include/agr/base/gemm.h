/** Whose matrix product convolutions and dense layers are made of. */
#ifndef AGR_BASE_GEMM_H
#define AGR_BASE_GEMM_H

typedef enum {
    AGR_GEMM_OWN,      /* our kernels: the same bits on every processor */
    AGR_GEMM_OPENBLAS, /* OpenBLAS' sgemm: its bits are those of its version and core type */
} agr_gemm;

#endif
