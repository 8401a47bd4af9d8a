/* Class weights from how often classes are shown. */
#include <agr/nn/class_weights.h>

#include <agr/base/elementary.h>

static double unscaled_weight(agr_weighting weighting, double beta, double shown)
{
    switch (weighting) {
    case AGR_WEIGHTS_INVERSE:
        return 1 / shown;
    case AGR_WEIGHTS_EFFECTIVE: /* shown need not be whole: beta^n = e^(n ln beta) */
        return (1 - beta) / (1 - (beta > 0 ? agr_exp(shown * agr_ln(beta)) : 0));
    case AGR_WEIGHTS_NONE:
        break;
    }
    return 1;
}

void agr_class_weights(agr_weighting weighting, double beta, int64_t n_classes, const double *shown,
                       double *weight)
{
    double images = 0, weights = 0;
    for (int64_t k = 0; k < n_classes; k++) {
        weight[k] = shown[k] > 0 ? unscaled_weight(weighting, beta, shown[k]) : 0;
        images += shown[k];
        weights += shown[k] * weight[k];
    }
    for (int64_t k = 0; k < n_classes && weights > 0; k++)
        weight[k] *= images / weights;
}
