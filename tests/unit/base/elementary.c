/* Elementary functions: right to one unit in the last place, and the same bits wherever this runs. */
#include <test.h>

#include <agr/base/elementary.h>
#include <agr/base/hash.h>
#include <agr/base/random.h>
#include <math.h>
#include <stdbool.h>

enum { N_ARGUMENTS = 200000 };

typedef double function(double x);
typedef long double reference(long double x);

typedef struct {
    const char *name;
    function *ours;
    reference *right; /* the library's long double, of 64 bits at least */
    double low, high;
    bool by_exponent; /* arguments spread evenly over exponents of two between low and high */
    uint64_t bits;    /* hash of all results */
} subject;

static const subject subjects[] = {
    {"exp", agr_exp, expl, -20, 20, false, 0x647598048943e6a2},
    {"exp", agr_exp, expl, -708, 709.7, false, 0xabc01fb6bd069483},
    {"log", agr_ln, logl, -1074, 1023, true, 0x48138999f573e738},
    {"log", agr_ln, logl, 0.5, 2, false, 0x64b66fbc07aa0a16},
    {"log1p", agr_ln1p, log1pl, -60, 60, true, 0x2174a05da6536395},
    {"log1p", agr_ln1p, log1pl, -0.999, 1.5, false, 0x1d3d32ecde71bdbe},
    {"sin", agr_sin, sinl, -7, 7, false, 0x2f73a9885d6feb0d},
    {"sin", agr_sin, sinl, -1e5, 1e5, false, 0xa6ee7d41dedeeb64},
    {"cos", agr_cos, cosl, -7, 7, false, 0x5baf50da43393586},
    {"cos", agr_cos, cosl, -1e5, 1e5, false, 0x7f7a432d0636698d},
};

static double argument(const subject *s, uint32_t i)
{
    const agr_random_key key = agr_random_key_make(1, AGR_RANDOM_TEST, 0);
    const agr_random_block block = agr_random_at(key, i, 0, 0, 0);
    const double u = agr_random_double(block.word[0], block.word[1]);
    const double x = s->low + (s->high - s->low) * u;
    if (!s->by_exponent)
        return x;
    return ldexp(1 + agr_random_double(block.word[2], block.word[3]), (int)floor(x));
}

static double unit_in_the_last_place(double x)
{
    return fmax(nextafter(fabs(x), (double)INFINITY) - fabs(x), 0x1p-1074);
}

static void results_are_right_to_the_last_place(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof subjects / sizeof *subjects; k++) {
        const subject *s = &subjects[k];
        for (uint32_t i = 0; i < N_ARGUMENTS; i++) {
            const double x = argument(s, i), found = s->ours(x);
            const long double right = s->right((long double)x);
            const long double distance = fabsl((long double)found - right);
            const double error =
                (double)(distance / (long double)unit_in_the_last_place((double)right));
            if (!(error < 1))
                fail_msg("%s(%a): %a is off by %.2f units in the last place", s->name, x, found,
                         error);
        }
    }
}

static void results_have_the_bits_of_every_machine(void **state)
{
    (void)state;
    static double results[N_ARGUMENTS];
    for (size_t k = 0; k < sizeof subjects / sizeof *subjects; k++) {
        for (uint32_t i = 0; i < N_ARGUMENTS; i++)
            results[i] = subjects[k].ours(argument(&subjects[k], i));
        const uint64_t bits = agr_hash(results, sizeof results);
        if (bits != subjects[k].bits)
            fail_msg("%s (row %d): expected bits %016llx, found %016llx", subjects[k].name, (int)k,
                     (unsigned long long)subjects[k].bits, (unsigned long long)bits);
    }
}

static void edges_are_those_of_the_library(void **state)
{
    (void)state;
    static const double edges[] = {0, -0.0, 1, -1, 2, 1e-300, -1e-300, 0x1p-1074, 710, -746, 1e308};
    const double nan = (double)NAN, infinity = (double)INFINITY;
    assert_true(isnan(agr_exp(nan)) && isnan(agr_ln(nan)) && isnan(agr_ln1p(nan)));
    assert_true(isnan(agr_sin(nan)) && isnan(agr_cos(infinity)) && isnan(agr_ln(-1)));
    assert_true(isnan(agr_ln1p(-1.5)) && agr_ln1p(-1) == -infinity && agr_ln(0) == -infinity);
    assert_true(agr_exp(infinity) == infinity && agr_exp(-infinity) == 0);
    assert_true(agr_ln(infinity) == infinity && agr_ln1p(infinity) == infinity);
    assert_true(agr_exp(0) == 1 && agr_ln(1) == 0 && agr_cos(0) == 1);
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) {
        const double x = edges[i];
        assert_true(fabs(agr_exp(x) - exp(x)) <= unit_in_the_last_place(exp(x)) ||
                    agr_exp(x) == exp(x));
        if (fabs(x) < 1)
            assert_true(agr_sin(x) == x && agr_ln1p(x) == x);
    }
}

static void powers_are_products(void **state)
{
    (void)state;
    double product = 1;
    for (int n = 0; n <= 5000; n++, product *= 0.999)
        assert_true(fabs(agr_power(0.999, n) - product) <= 1e-12 * product);
    assert_true(agr_power(3, 4) == 81 && agr_power(0, 0) == 1 && agr_power(0.9, 1000000) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_are_right_to_the_last_place),
        cmocka_unit_test(results_have_the_bits_of_every_machine),
        cmocka_unit_test(edges_are_those_of_the_library),
        cmocka_unit_test(powers_are_products),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
