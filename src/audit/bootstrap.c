/* Draws groups of copies with replacement, by addressed random numbers. */
#include <agr/audit/bootstrap.h>

#include <agr/base/random.h>
#include <string.h>

void agr_audit_bootstrap_draw(const agr_audit_bootstrap *b, int64_t draw, int32_t *times)
{
    const agr_random_key key = agr_random_key_make(b->seed, AGR_RANDOM_BOOTSTRAP, 0);
    const uint64_t n = (uint64_t)b->n_groups;
    memset(times, 0, (size_t)n * sizeof *times);
    for (uint64_t i = 0; i < n; i += 2) { /* a block is enough for two */
        const agr_random_block block = agr_random_at(key, (uint32_t)i, (uint32_t)(i >> 32),
                                                     (uint32_t)draw, (uint32_t)(draw >> 32));
        times[agr_random_below(block.word[0], block.word[1], n)]++;
        if (i + 1 < n)
            times[agr_random_below(block.word[2], block.word[3], n)]++;
    }
}
