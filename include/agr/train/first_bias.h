/** init.bias: where the last bias of a head for a number starts. */
#ifndef AGR_TRAIN_FIRST_BIAS_H
#define AGR_TRAIN_FIRST_BIAS_H

#include <agr/train/balance.h>

/** Whether any head of the network starts from its labels. */
bool agr_first_bias_wants_labels(const agr_config *config, const agr_network *network);

/** Whether the configuration's wish can be met: with target_mean, the layer that gives the raw value
 * of a head for a number, or of one for thresholds, has a bias. AGR_INPUT, or AGR_USAGE. */
agr_status agr_first_bias_check(const agr_config *config, const agr_network *network,
                                agr_error *err);

/** Of an initialised network: with target_mean, the mean of the head's training labels, as often as
 * an epoch shows them; of thresholds the logit of the share of labels above each. Heads over
 * classes, of numbers too, are left alone. */
void agr_first_bias_set(const agr_config *config, const agr_training_set *set,
                        const agr_balance *balance, agr_network *network);

#endif
