/** Checked arithmetic on sizes, so that no product of a file's numbers can wrap. */
#ifndef AGR_BASE_SIZE_H
#define AGR_BASE_SIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** *product = a * b; false, and *product untouched, when it does not fit. */
static inline bool agr_size_multiply(size_t a, size_t b, size_t *product)
{
    size_t result;
    if (__builtin_mul_overflow(a, b, &result))
        return false;
    *product = result;
    return true;
}

/** *sum = a + b; false, and *sum untouched, when it does not fit. */
static inline bool agr_size_add(size_t a, size_t b, size_t *sum)
{
    size_t result;
    if (__builtin_add_overflow(a, b, &result))
        return false;
    *sum = result;
    return true;
}

/** The smallest multiple of `step` (> 0) that is not below n (>= 0). */
static inline int64_t agr_round_up(int64_t n, int64_t step)
{
    return (n + step - 1) / step * step;
}

static inline int64_t agr_min_i64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static inline int64_t agr_max_i64(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/** Part `index` (0 <= index < n_parts) of n items cut into n_parts contiguous runs whose lengths
 * differ by at most one, longer runs first: [*begin, *end). The one rule by which threads and ranks
 * divide work. */
static inline void agr_split_range(int64_t n, int64_t n_parts, int64_t index, int64_t *begin,
                                   int64_t *end)
{
    const int64_t quotient = n / n_parts, remainder = n % n_parts;
    *begin = index * quotient + agr_min_i64(index, remainder);
    *end = *begin + quotient + (index < remainder ? 1 : 0);
}

#endif
