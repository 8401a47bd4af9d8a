/* Heads for a number start from the mean of what they are to predict. */
#include <agr/train/first_bias.h>

static bool wants_mean(const agr_config *config, const agr_head *head)
{
    return config->init.bias == AGR_BIAS_TARGET_MEAN &&
           head->loss.kind->prediction == AGR_PREDICTS_NUMBER;
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

void agr_first_bias_set(const agr_config *config, const agr_training_set *set,
                        const agr_balance *balance, agr_network *network)
{
    for (int h = 0; h < agr_network_n_heads(network); h++) {
        const agr_head *head = agr_network_head(network, h);
        if (wants_mean(config, head))
            agr_network_last_bias(network, h)->value[0] =
                (float)agr_balance_mean(balance, set, agr_training_set_column(set, head->target));
    }
    agr_network_parameters_changed(network);
}
