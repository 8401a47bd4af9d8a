/**
 * Whether labels are such that a head can learn from them and be judged by them. Asked once, before
 * anything begins: a batch that fails in the night of the third day helps nobody.
 */
#ifndef AGR_TRAIN_LABELS_H
#define AGR_TRAIN_LABELS_H

#include <agr/train/training_set.h>

/** All labels of these samples are the head's; *n_labelled: how many have one. AGR_INPUT names the
 * dataset, the first picture with another label, the label and the range. */
agr_status agr_check_labels(const agr_training_set *set, const agr_head *head,
                            const int64_t *sample, int64_t n, int64_t *n_labelled, agr_error *err);

/** Every branch of the configuration can be trained on this set: networks and heads fit its columns,
 * all labels of its training and validation samples are in range, each head has a training sample
 * with a label, and there are the cells of balance.by and the biases of init.bias. AGR_INPUT,
 * AGR_USAGE. Not collective. */
agr_status agr_check_training(const agr_config *config, const agr_training_set *set,
                              agr_error *err);

#endif
