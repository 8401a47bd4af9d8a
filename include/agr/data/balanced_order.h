/**
 * The order of an epoch that shows every cell of its samples (a class, a cross of classes) equally
 * often.
 *
 * The epoch keeps its length n. Its places are dealt out in rounds: each round gives one place to
 * every cell, in a new random order, so any stretch of the epoch is balanced and the last, short
 * round decides at random who gets one more. A cell goes through its samples in a random order and
 * starts anew, in another order, when all have come: those of a large cell come at most once, those
 * of a small one come equally often give or take one. Samples that are in no cell keep the share
 * they have without balance: each comes once, at a random place.
 *
 * All of it is a function of seed and epoch: the same on every rank, and after a stop.
 */
#ifndef AGR_DATA_BALANCED_ORDER_H
#define AGR_DATA_BALANCED_ORDER_H

#include <agr/base/error.h>
#include <stdint.h>

typedef struct agr_balanced_order agr_balanced_order;

/** Of these n samples; cell[i] in [0, n_cells) is that of sample[i], -1: none. Every cell has a
 * sample. Copies what it needs. Caller destroys. AGR_MEMORY. */
agr_status agr_balanced_order_create(const int64_t *sample, const int32_t *cell, int64_t n,
                                     int32_t n_cells, agr_balanced_order **balanced,
                                     agr_error *err);

/** NULL is accepted. */
void agr_balanced_order_destroy(agr_balanced_order *balanced);

/** order[n] = the sample ids of this epoch, occurrence[n] = how often each came before in it.
 * Allocates nothing. One thread at a time: it has room of its own to shuffle in. */
void agr_balanced_order_fill(agr_balanced_order *balanced, uint64_t seed, int64_t epoch,
                             int64_t *order, uint32_t *occurrence);

#endif
