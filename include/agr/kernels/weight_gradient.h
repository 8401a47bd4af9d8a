/**
 * Where a layer puts the gradient of its parameters.
 *
 * The gradient of a batch is a tree sum over micro-batches (base/tree.h). A layer folds the leaves
 * of this process as far as the tree allows and writes one row per maximal subtree it holds: row i
 * of the gradient belongs to agr_tree_cover()[i]. A process without micro-batches writes nothing.
 */
#ifndef AGR_KERNELS_WEIGHT_GRADIENT_H
#define AGR_KERNELS_WEIGHT_GRADIENT_H

#include <stddef.h>

typedef struct {
    float *row;    /* this parameter in row 0 */
    size_t stride; /* floats from one row to the next */
} agr_weight_gradient;

#endif
