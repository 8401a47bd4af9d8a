/* What an epoch's sums say: losses, metrics, and the value by which an epoch is the best. */
#include "trainee_impl.h"

#include <math.h>

double figures_loss(const agr_network *network, const agr_head_sums *sums)
{
    double loss = 0;
    for (int h = 0; h < agr_network_n_heads(network); h++)
        loss += agr_network_head(network, h)->weight * agr_metric_value(&agr_metrics[0], &sums[h]);
    return loss;
}

agr_head_figures figures_of_head(const agr_network *network, int h, const agr_head_sums *sums)
{
    const agr_metric *metric = agr_metric_main(&agr_network_head(network, h)->loss);
    return (agr_head_figures){.loss = agr_metric_value(&agr_metrics[0], &sums[h]),
                              .metric = agr_metric_value(metric, &sums[h])};
}

double figures_monitored(const agr_network *network, const agr_position *position,
                         agr_monitor monitor)
{
    /* Not a number where nothing could be judged: without validation images, or labels on them. */
    const agr_head_sums *sums =
        isnan(figures_loss(network, position->validation)) ? position->train : position->validation;
    if (monitor == AGR_MONITOR_LOSS)
        return figures_loss(network, sums);
    const agr_metric *metric = agr_metric_main(&agr_network_head(network, 0)->loss);
    const double value = agr_metric_value(metric, &sums[0]);
    return metric->larger_is_better ? -value : value;
}
