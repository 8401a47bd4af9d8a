/**
 * Where the direct algorithm keeps its tensors in conv->packed and conv->work.
 *
 *     packed   w  [O blocks][k*k*I][32]   kernel
 *              wt [I blocks][k*k*O][32]   kernel turned by 180 degrees, for the input gradient
 *     work     sums [image][band][2][O]   in double
 *              threads                    of each: padded rows of x and dz, one row of outputs,
 *                                         the packed gradient of the kernel
 *              parts [image of the group][2 at most][k*k*I*O + O]   of the kernel's gradient
 *              stack                      leaves that wait for their neighbour
 *
 * A band is a few image rows formed through the view into cache; a part is half an image: so that
 * two threads have work with one image, and what is summed where depends on the shape alone.
 */
#ifndef AGR_KERNELS_DIRECT_IMPL_H
#define AGR_KERNELS_DIRECT_IMPL_H

#include "conv_impl.h"

enum { BAND_ROWS = 8 };

typedef struct {
    int64_t kernel, pad;
    int64_t in_blocks, out_blocks;
    bool narrow; /* k*k*I <= 32: wt is [O][k*k*I, padded to 32] instead, see direct_kernels.c */
    int64_t n_bands, n_parts; /* of one image */
    int64_t group;            /* micro-batches done together */
    int64_t x_row, dz_row;    /* floats of a padded row */
    int64_t kernel_rows;      /* k*I and slack: rows of a kernel gradient's product */
    int64_t part_floats;
    int64_t thread_floats;
    int64_t stack_size;
    float *w, *wt;                  /* in packed */
    float *threads, *parts, *stack; /* in work */
    double *sums;
} direct_layout;

direct_layout direct_layout_of(const agr_conv *conv);
void direct_plan(agr_conv *conv);

#endif
