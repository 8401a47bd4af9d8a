/* Philox4x32-10, and what is made of its words: floats, bounded numbers, permutations. */
#include <agr/base/random.h>

#include <agr/base/hash.h>

/* Constants of Philox4x32: Salmon et al. 2011, section 3.3 and the key schedule (golden ratio,
 * sqrt(3) - 1). */
enum { PHILOX_ROUNDS = 10 };
static const uint32_t philox_multiplier[2] = {0xD2511F53u, 0xCD9E8D57u};
static const uint32_t philox_weyl[2] = {0x9E3779B9u, 0xBB67AE85u};

agr_random_key agr_random_key_make(uint64_t seed, agr_random_purpose purpose, uint64_t salt)
{
    const uint64_t address[3] = {seed, (uint64_t)purpose, salt};
    const uint64_t mixed = agr_hash(address, sizeof address);
    return (agr_random_key){{(uint32_t)mixed, (uint32_t)(mixed >> 32)}};
}

agr_random_block agr_random_at(agr_random_key key, uint32_t c0, uint32_t c1, uint32_t c2,
                               uint32_t c3)
{
    uint32_t k0 = key.word[0], k1 = key.word[1];
    for (int round = 0; round < PHILOX_ROUNDS; round++) {
        const uint64_t product0 = (uint64_t)philox_multiplier[0] * c0;
        const uint64_t product1 = (uint64_t)philox_multiplier[1] * c2;
        c0 = (uint32_t)(product1 >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)product1;
        c2 = (uint32_t)(product0 >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)product0;
        k0 += philox_weyl[0];
        k1 += philox_weyl[1];
    }
    return (agr_random_block){{c0, c1, c2, c3}};
}

void agr_random_permutation(agr_random_key key, uint32_t address, int64_t n, int64_t *order)
{
    for (int64_t i = 0; i < n; i++)
        order[i] = i;
    for (int64_t i = n - 1; i > 0; i--) {
        const agr_random_block block = agr_random_at(key, (uint32_t)i, address, 0, 0);
        const int64_t j = (int64_t)agr_random_below(block.word[0], block.word[1], (uint64_t)i + 1);
        const int64_t swapped = order[i];
        order[i] = order[j];
        order[j] = swapped;
    }
}
