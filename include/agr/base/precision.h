/** What the factors of matrix products are rounded to; sums, and all else, are float32 or double. */
#ifndef AGR_BASE_PRECISION_H
#define AGR_BASE_PRECISION_H

typedef enum {
    AGR_PRECISION_FP32,
    AGR_PRECISION_BF16, /* bfloat16, in the layers that can (docs/precision.md) */
} agr_precision;

#endif
