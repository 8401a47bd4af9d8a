/** Dense layers through OpenBLAS' sgemm (AGR_GEMM_OPENBLAS): the other half of agr_dense_*(). */
#ifndef AGR_KERNELS_DENSE_GEMM_IMPL_H
#define AGR_KERNELS_DENSE_GEMM_IMPL_H

#include <agr/kernels/layers.h>

size_t dense_gemm_work_floats(const agr_dense *dense, int64_t max_micro_batches, int n_threads);

void dense_gemm_forward(const agr_dense *dense, agr_pool *pool, const agr_shard *shard,
                        const float *x, const float *w, const float *bias, float *y);

/** dw and dx; the bias' gradient is a sum of a few numbers that needs no product. */
void dense_gemm_backward(const agr_dense *dense, agr_pool *pool, const agr_shard *shard,
                         const float *x, const float *w, const float *dz, float *dx,
                         agr_weight_gradient dw, float *work);

#endif
