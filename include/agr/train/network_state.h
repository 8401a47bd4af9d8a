/**
 * A network as the store sees it: named tensors that point into its slabs.
 */
#ifndef AGR_TRAIN_NETWORK_STATE_H
#define AGR_TRAIN_NETWORK_STATE_H

#include <agr/nn/optimiser.h>
#include <agr/store/snapshot.h>

/** Release it; the states are valid as long. No values: who has some adds them to the states. */
typedef struct {
    agr_state all;     /* weights (moving statistics included), the optimiser's slots, averages */
    agr_state weights; /* what is judged: the weights alone, or their averages by these names */
    char (*layer_name)[AGR_NAME_BYTES];
    agr_tensor *tensor; /* those of `all`, then those of `weights` */
} agr_network_state;

/** Names everything; the tensors' data is NULL until agr_network_state_point(). optimiser: whose
 * slots and averages belong to it, NULL: weights are all there is. AGR_INPUT when a name is not fit for a file,
 * AGR_MEMORY. */
agr_status agr_network_state_create(const agr_network *network, const agr_optimiser *optimiser,
                                    agr_network_state *state, agr_error *err);

/** Points the tensors into the network's slabs; after every plan. */
void agr_network_state_point(agr_network_state *state, const agr_network *network);

/** A zeroed state is accepted. */
void agr_network_state_release(agr_network_state *state);

#endif
