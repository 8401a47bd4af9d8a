/** ReLU and dropout, as each instruction set has them. */
#ifndef AGR_KERNELS_ELEMENTWISE_IMPL_H
#define AGR_KERNELS_ELEMENTWISE_IMPL_H

#include <agr/kernels/layers.h>
#include "isa_impl.h"

typedef struct {
    int64_t n_images;
    agr_extent extent;
    agr_view x;
    float *y;
} agr_relu_job;

typedef struct {
    int64_t n_elements;
    const float *y, *dy;
    float *dx;
} agr_relu_gradient_job;

typedef struct {
    int64_t n_images, image_size;
    agr_random_key key;
    uint32_t layer;
    const agr_draw_address *address;
    uint32_t threshold; /* words from here on keep their element */
    float scale;
    const float *x;
    float *y;
} agr_dropout_job;

typedef struct {
    agr_pool_function *relu;          /* agr_relu_job */
    agr_pool_function *relu_gradient; /* agr_relu_gradient_job */
    agr_pool_function *dropout;       /* agr_dropout_job */
} agr_elementwise_kernels;

AGR_KERNEL_TABLE(agr_elementwise_kernels, agr_elementwise_table, KERNELS_ELEMENTWISE)

#endif
