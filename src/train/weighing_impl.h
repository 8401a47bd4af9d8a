/* balance.weights: the classes of a network's heads weighed by how often an epoch shows them. */
#ifndef AGR_TRAIN_WEIGHING_IMPL_H
#define AGR_TRAIN_WEIGHING_IMPL_H

#include <agr/train/balance.h>

/* Gives each head over classes its weights; heads for numbers have none, over classes or not.
 * AGR_MEMORY. */
agr_status weigh_classes(const agr_config *config, const agr_training_set *set,
                         const agr_balance *balance, agr_network *network, agr_error *err);

/* Appends "white 0.46, black 1.02" for a head that has weights; false for one that has none. */
bool weights_describe(const agr_network *network, int head, const agr_training_set *set,
                      agr_text *text);

#endif
