/**
 * How parameters begin. Random numbers are addressed by (seed, branch, layer, parameter, element),
 * so every rank gets the same ones without asking another.
 */
#ifndef AGR_NN_INITIALISE_H
#define AGR_NN_INITIALISE_H

#include <agr/nn/layer.h>

/**
 * L of glorot_uniform, U[-L, L): L = sqrt(6 / (fan_in + fan_out)) with Keras' fans:
 *     [in, out]        fan_in = in,          fan_out = out
 *     [h, w, a, b]     fan_in = h * w * a,   fan_out = h * w * b
 * For a depthwise kernel [3,3,3,1] that is 27 and 9, as in Keras, not 9 and 9.
 * Source: Glorot & Bengio 2010; TensorFlow 2.2 init_ops_v2.py, _compute_fans.
 */
double agr_glorot_limit(int n_dimensions, const int64_t *shape);

/** Writes parameter->value. */
void agr_parameter_initialise(const agr_parameter *parameter, uint64_t seed, const char *branch,
                              const char *layer);

#endif
