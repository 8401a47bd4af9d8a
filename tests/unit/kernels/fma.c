/* The fused multiply-add of a processor without one: that of the standard, to the bit. Compiled without options for a
 * processor, as the generic kernels are. */
#include <test.h>

#include <agr/base/random.h>
#include <math.h>
#include <simd_impl.h>

enum { N_CASES = 400000 };

static uint32_t word_at(uint32_t i, uint32_t which)
{
    return agr_random_at(agr_random_key_make(3, AGR_RANDOM_TEST, 0), i, which, 0, 0).word[0];
}

static float from_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void check(const float a[VL], const float b[VL], const float c[VL])
{
    float found[VL];
    v_store(found, v_fma(v_load(a), v_load(b), v_load(c)));
    for (int lane = 0; lane < VL; lane++) {
        const float right = fmaf(a[lane], b[lane], c[lane]);
        if (memcmp(&right, &found[lane], sizeof right) != 0 &&
            !(isnan(right) && isnan(found[lane])))
            fail_msg("%a * %a + %a: expected %a, found %a", (double)a[lane], (double)b[lane],
                     (double)c[lane], (double)right, (double)found[lane]);
    }
}

/* Any bits at all: infinities, numbers below the normal ones and what is none are among them. */
static void any_bits(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < N_CASES; i++) {
        float a[VL], b[VL], c[VL];
        for (uint32_t lane = 0; lane < VL; lane++) {
            a[lane] = from_bits(word_at(i, 3 * lane));
            b[lane] = from_bits(word_at(i, 3 * lane + 1));
            c[lane] = from_bits(word_at(i, 3 * lane + 2));
        }
        check(a, b, c);
    }
}

/* The product lies half-way between two floats, or nearly, and c is far too small to show in a double: rounding twice takes
 * the even neighbour, whatever the sign of c. */
static void halfway_between_two_floats(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < N_CASES; i++) {
        float a[VL], b[VL], c[VL];
        for (uint32_t lane = 0; lane < VL; lane++) {
            const uint32_t word = word_at(i, lane);
            a[lane] = 1 + (float)(word & 0xFFF) * 0x1p-12F;
            b[lane] = 1 + (float)(word >> 12 & 0xFFF) * 0x1p-12F;
            c[lane] = (word >> 24 & 1 ? -1 : 1) * ldexpf(1, -24 - (int)(word >> 25));
        }
        check(a, b, c);
    }
}

/* Results below the smallest normal number, where a float has fewer bits: the product is a hair less than half of the last one,
 * a hair that a double beside c has no room for. */
static void results_below_the_normal_numbers(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < N_CASES; i++) {
        float a[VL], b[VL], c[VL];
        for (uint32_t lane = 0; lane < VL; lane++) {
            const uint32_t word = word_at(i, lane);
            a[lane] = (1 + 0x1p-23F) * 0x1p-75F;
            b[lane] = (1 - 0x1p-23F) * 0x1p-75F;
            c[lane] = from_bits((word & 0x7FFFFF) | (word & 0x80000000U));
        }
        check(a, b, c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_bits),
        cmocka_unit_test(halfway_between_two_floats),
        cmocka_unit_test(results_below_the_normal_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
