/* The metric table, and the sums that metrics are made of. */
#include <agr/nn/metric.h>

#include <math.h>

const agr_metric agr_metrics[] = {
    {"loss", AGR_SUM_LOSS, false, true, true, false},
    {"mae", AGR_SUM_ABSOLUTE_ERROR, false, true, false, false},
    {"rmse", AGR_SUM_SQUARED_ERROR, true, true, false, false},
    {"cs5", AGR_SUM_WITHIN_5, false, true, false, true},
    {"accuracy", AGR_SUM_CORRECT, false, false, true, true},
    {NULL, 0, false, false, false, false},
};

bool agr_metric_applies(const agr_metric *metric, const agr_loss *loss)
{
    return agr_loss_predicts_number(loss) ? metric->of_number : metric->of_class;
}

const agr_metric *agr_metric_main(const agr_loss *loss)
{
    const agr_metric *metric = agr_metrics + 1;
    while (!agr_metric_applies(metric, loss))
        metric++;
    return metric;
}

double agr_metric_value(const agr_metric *metric, const agr_head_sums *sums)
{
    const double labelled = sums->sum[AGR_SUM_LABELLED];
    if (!(labelled > 0))
        return (double)NAN;
    const double mean = sums->sum[metric->sum] / labelled;
    return metric->root ? sqrt(mean) : mean;
}

void agr_head_sums_add(agr_head_sums *total, const agr_head_sums *sums)
{
    for (int i = 0; i < AGR_SUM_COUNT; i++)
        total->sum[i] += sums->sum[i];
}

void agr_head_sums_add_image(agr_head_sums *sums, const agr_loss *loss, double image_loss,
                             const float *p, float y)
{
    if (isnan(y))
        return;
    sums->sum[AGR_SUM_LABELLED] += 1;
    sums->sum[AGR_SUM_LOSS] += image_loss;
    const double error = agr_loss_decode(loss, p) - (double)y;
    if (agr_loss_predicts_number(loss)) {
        sums->sum[AGR_SUM_ABSOLUTE_ERROR] += fabs(error);
        sums->sum[AGR_SUM_SQUARED_ERROR] += error * error;
        sums->sum[AGR_SUM_WITHIN_5] += fabs(error) <= 5 ? 1 : 0;
    } else {
        sums->sum[AGR_SUM_CORRECT] += error == 0 ? 1 : 0;
    }
}
