/**
 * Batch norms as their neighbours can compute them: with the moving statistics a batch norm is one scale and
 * one shift a channel, and those go
 *
 *     back into the kernel and bias of a convolution or dense layer without activation that it alone reads,
 *     or ahead into those of a dense layer that alone reads it, with nothing between but dropout, flatten and the
 *     mean over an image.
 *
 * Elsewhere they stay: a ReLU keeps no sign, and the padding of a convolution is 0 after the shift.
 */
#ifndef AGR_EXPORT_FOLD_IMPL_H
#define AGR_EXPORT_FOLD_IMPL_H

#include <agr/nn/network.h>

/** Index of the batch norm that the layer can compute on its output, on its input; -1: none. */
int fold_norm_behind(const agr_network *network, int layer);
int fold_norm_ahead(const agr_network *network, int layer);

/** Does a neighbour compute this batch norm? */
bool fold_is_inside(const agr_network *network, int norm);

/** Changes copies of a layer's kernel and bias so that they compute its neighbours too. */
void fold_weights(const agr_network *network, int layer, float *kernel, float *bias);

#endif
