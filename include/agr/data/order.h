/**
 * In which order an epoch visits the samples.
 */
#ifndef AGR_DATA_ORDER_H
#define AGR_DATA_ORDER_H

#include <stdbool.h>
#include <stdint.h>

/**
 * order[n] = the n sample ids in the order of this epoch: every sample once, a new random order
 * each epoch (a function of seed and epoch alone, so any rank can compute it and a resumed run
 * finds its place), or as given without shuffling.
 */
void agr_epoch_order(uint64_t seed, int64_t epoch, bool shuffle, const int64_t *sample, int64_t n,
                     int64_t *order);

/** Batches of an epoch of n samples: the last may be short. */
static inline int64_t agr_epoch_batches(int64_t n_samples, int64_t batch_size)
{
    return (n_samples + batch_size - 1) / batch_size;
}

#endif
