/* The order of an epoch. */
#include <agr/data/order.h>

#include <agr/base/random.h>

void agr_epoch_order(uint64_t seed, int64_t epoch, bool shuffle, const int64_t *sample, int64_t n,
                     int64_t *order)
{
    if (shuffle) {
        const agr_random_key key = agr_random_key_make(seed, AGR_RANDOM_EPOCH_ORDER, 0);
        agr_random_permutation(key, (uint32_t)epoch, n, order);
        for (int64_t i = 0; i < n; i++)
            order[i] = sample[order[i]];
    } else {
        for (int64_t i = 0; i < n; i++)
            order[i] = sample[i];
    }
}
