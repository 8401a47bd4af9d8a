/* What the files about a trainee share: trainee.c (making it, its state), trainee_room.c (its memory), epoch.c (its way through
 * an epoch), figures.c (what its sums say). */
#ifndef AGR_TRAIN_TRAINEE_IMPL_H
#define AGR_TRAIN_TRAINEE_IMPL_H

#include <agr/data/balanced_order.h>
#include <agr/train/balance.h>
#include <agr/train/fold_set.h>
#include <agr/train/network_state.h>
#include <agr/train/trainee.h>

struct agr_trainee {
    agr_config own;              /* what the branch sees; borrows from the run's */
    const agr_config *config;    /* &own */
    agr_fold_set fold_set;       /* owned */
    const agr_training_set *set; /* &fold_set.set */
    int branch;
    int64_t n_epochs;
    agr_network *network; /* owned */
    agr_feed *feed;       /* owned */
    agr_optimiser optimiser;
    agr_position position;
    agr_team *team; /* borrowed; of the last plan */
    agr_balance balance;
    agr_balanced_order *balanced; /* owned; NULL without balance, or before the first plan */
    int64_t *order;       /* [n_train] of epoch order_epoch; owned, NULL before the first plan */
    uint32_t *occurrence; /* [n_train] likewise; NULL without balance */
    int64_t order_epoch;

    agr_value value[AGR_POSITION_N_VALUES];
    agr_network_state state;
};

/* ---- trainee_room.c ---- */

/* The largest batch there will be, of training or validation. */
int64_t trainee_largest_batch(const agr_trainee *trainee);

/* ---- epoch.c ---- */

/* Batches of the phase that the position is in. */
int64_t trainee_batches_of_phase(const agr_trainee *trainee);

/* Has the branch ended, as the configuration sees it now? */
agr_branch_ending trainee_ending(const agr_trainee *trainee);

/* ---- figures.c ---- */

/* The branch's loss: of its heads, by their weights. NaN where a head has no labelled image. */
double figures_loss(const agr_network *network, const agr_head_sums *sums);

/* Loss and main metric of head h. */
agr_head_figures figures_of_head(const agr_network *network, int h, const agr_head_sums *sums);

/* What decides which epoch is the best; smaller is better. */
double figures_monitored(const agr_network *network, const agr_position *position,
                         agr_monitor monitor);

#endif
