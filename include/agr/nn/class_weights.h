/** Weights of the classes of a head in its training loss: the rarer, the heavier. */
#ifndef AGR_NN_CLASS_WEIGHTS_H
#define AGR_NN_CLASS_WEIGHTS_H

#include <agr/config/config.h>

/**
 * weight[k] for n_k = shown[k] images of class k among n_classes (any numbers >= 0):
 *
 *     inverse      w_k ~ 1 / n_k
 *     effective    w_k ~ (1 - beta) / (1 - beta^n_k), the inverse of the effective number of images;
 *                  beta 0 weighs all classes alike, beta near 1 as inverse does
 *     none         1
 *
 * scaled so that the mean weight of an image, sum_k n_k w_k / sum_k n_k, is 1. A class of which
 * nothing is shown has weight 0. Source of effective: Cui et al. 2019, "Class-balanced loss based on
 * effective number of samples". The same bits on every machine.
 */
void agr_class_weights(agr_weighting weighting, double beta, int64_t n_classes, const double *shown,
                       double *weight);

#endif
