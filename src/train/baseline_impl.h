/* What a guess that never looks at the picture would reach, and whether a head is worse than that. */
#ifndef AGR_TRAIN_BASELINE_IMPL_H
#define AGR_TRAIN_BASELINE_IMPL_H

#include <agr/train/balance.h>
#include <agr/train/history.h>

/* Of a head for a number. Losses that are a squared error are compared with that of the mean of the
 * training labels; other losses say nothing about such a guess, so the head's mean absolute error is,
 * with that of their median. Training labels count as often as an epoch shows them. */
typedef struct {
    const char *branch, *head; /* names, borrowed from the network */
    const char *figure; /* "loss" or "mae"; NULL: a head over classes, of which nothing is asked */
    double guess;
    double train, validation; /* its figure over these labels; validation NaN without any */
    bool is_said;             /* that the head was no better */
} baseline;

/* AGR_MEMORY. */
agr_status baseline_of(const agr_network *network, int head, const agr_training_set *set,
                       const agr_balance *balance, baseline *out, agr_error *err);

/* Warns, once, when the head was no better than the guess all through an epoch: over its training
 * pictures, and after it over the validation pictures (where there are any). */
void baseline_judge(baseline *guess, const agr_config *config, const agr_epoch_report *report,
                    int head);

#endif
