/* Heads for a number start from the mean of what they are to predict, those for thresholds from the
 * share of labels above each. */
#include <agr/train/first_bias.h>

#include <agr/base/elementary.h>

static bool wants_mean(const agr_config *config, const agr_head *head)
{
    return config->init.bias == AGR_BIAS_TARGET_MEAN &&
           (head->loss.kind->prediction == AGR_PREDICTS_NUMBER ||
            head->loss.kind->prediction == AGR_PREDICTS_NUMBER_BY_THRESHOLD);
}

bool agr_first_bias_wants_labels(const agr_config *config, const agr_network *network)
{
    bool wants = false;
    for (int h = 0; h < agr_network_n_heads(network); h++)
        wants = wants || wants_mean(config, agr_network_head(network, h));
    return wants;
}

agr_status agr_first_bias_check(const agr_config *config, const agr_network *network,
                                agr_error *err)
{
    for (int h = 0; h < agr_network_n_heads(network); h++) {
        const agr_head *head = agr_network_head(network, h);
        if (wants_mean(config, head) && agr_network_last_bias(network, h) == NULL)
            return agr_config_fail(config, "init.bias", err,
                                   "expected zero where the last layer of a head has no bias, as "
                                   "that of branch '%s', head '%s'",
                                   agr_network_name(network), head->name);
    }
    return AGR_OK;
}

/* The logit of the share above, with half a label more on either side: none is infinite. */
static float logit_above(const agr_balance *balance, const agr_training_set *set,
                         const agr_label_column *column, double number)
{
    double n_above, n;
    agr_balance_count_above(balance, set, column, number, &n_above, &n);
    return (float)(agr_ln(n_above + 0.5) - agr_ln(n - n_above + 0.5));
}

static void set_bias(const agr_loss *loss, const agr_balance *balance, const agr_training_set *set,
                     const agr_label_column *column, float *bias)
{
    if (loss->kind->prediction == AGR_PREDICTS_NUMBER)
        bias[0] = (float)agr_balance_mean(balance, set, column);
    else
        for (int64_t k = 0; k < loss->n_columns; k++)
            bias[k] = logit_above(balance, set, column, loss->classes.first_value + (double)k);
}

void agr_first_bias_set(const agr_config *config, const agr_training_set *set,
                        const agr_balance *balance, agr_network *network)
{
    for (int h = 0; h < agr_network_n_heads(network); h++) {
        const agr_head *head = agr_network_head(network, h);
        if (wants_mean(config, head))
            set_bias(&head->loss, balance, set, agr_training_set_column(set, head->target),
                     agr_network_last_bias(network, h)->value);
    }
    agr_network_parameters_changed(network);
}
