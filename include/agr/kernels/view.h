/**
 * Tensors that are described rather than formed.
 *
 * A batch norm or a max-pool between two convolutions need not write a tensor of its own: its
 * consumer can apply it while loading. A view says how. Whoever cannot consume a view forms it
 * first (agr_view_form(), agr_gradient_form()).
 *
 * Shapes: N images, H rows, W columns, C channels, NHWC, contiguous.
 */
#ifndef AGR_KERNELS_VIEW_H
#define AGR_KERNELS_VIEW_H

#include <agr/base/error.h>
#include <agr/base/pool.h>
#include <agr/base/reducer.h>
#include <stdint.h>

/** How numbers lie in memory. */
typedef enum {
    AGR_FLOAT32,
    AGR_BFLOAT16, /* the upper half of a float32: 8 bits of exponent, 7 of fraction */
} agr_storage;

/**
 * A tensor [N,H,W,C] on its way forward:
 *
 *     value[n,i,j,c] = data[n,i,j,c]                          scale == NULL
 *     value[n,i,j,c] = scale[c] * data[n,i,j,c] + shift[c]    otherwise (a batch norm to apply)
 *
 * A consumer that pads does so with 0 *after* the shift.
 */
typedef struct {
    const void *data;    /* [N,H,W,C] as `storage` says, borrowed */
    const float *scale;  /* [C] or NULL */
    const float *shift;  /* [C] or NULL, together with scale */
    agr_storage storage; /* 0: float32 */
} agr_view;

/** The data of a float32 view: for consumers that take no other. */
static inline const float *agr_view_floats(agr_view view)
{
    AGR_ASSERT(view.storage == AGR_FLOAT32);
    return view.data;
}

/** The view from element `offset` of its data on. */
static inline agr_view agr_view_from(agr_view view, int64_t offset)
{
    const int64_t element_bytes = view.storage == AGR_BFLOAT16 ? 2 : 4;
    view.data = (const char *)view.data + offset * element_bytes;
    return view;
}

/**
 * The gradient of the loss with respect to a tensor [N,H,W,C], on its way back:
 *
 *     g[n,i,j,c] = dy[n,i,j,c]                                                      window == 1
 *     g[n,i,j,c] = dy[n,i/w,j/w,c] where argmax[n,i/w,j/w,c] == (i%w)*w + j%w,      window == w > 1
 *                  else 0 (also right of and below the last whole window)
 *     value      = g                                                                x == NULL
 *     value      = scale[c] * g + slope[c] * x[n,i,j,c] + offset[c]                 otherwise
 *
 * The second line is a max-pool's backward pass, the fourth a batch norm's.
 */
typedef struct {
    const float *dy; /* [N,H,W,C], or [N,H/w,W/w,C] for a window w; borrowed */
    const uint8_t
        *argmax;    /* [N,H/w,W/w,C] positions inside the window, row-major; NULL for window 1 */
    int window;     /* 1, 2 or 3 */
    const float *x; /* [N,H,W,C] input of the batch norm, or NULL */
    const float *scale;  /* [C], with x */
    const float *slope;  /* [C], with x */
    const float *offset; /* [C], with x */
} agr_gradient_view;

/** Extent of one image of a tensor. A flat tensor of C features is height = width = 1. */
typedef struct {
    int64_t height, width, channels;
} agr_extent;

static inline int64_t agr_extent_size(agr_extent extent)
{
    return extent.height * extent.width * extent.channels;
}

/** Writes the values of a view of n_images images to value [N,H,W,C], whatever its storage; value may
 * be view.data of a float32 view. */
void agr_view_form(agr_pool *pool, agr_view view, agr_extent extent, int64_t n_images,
                   float *value);

/** Writes the values of a gradient view of n_images images to value [N,H,W,C]; for window 1 value
 * may be view.dy. */
void agr_gradient_form(agr_pool *pool, const agr_gradient_view *view, agr_extent extent,
                       int64_t n_images, float *value);

#endif
