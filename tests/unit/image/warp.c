#include "test.h"

#include <agr/base/random.h>
#include <agr/image/warp.h>

enum { MAX_VALUES = 40 * 40 * 3, SENTINEL_VALUES = 8 };

static uint8_t pixels[MAX_VALUES];
static float values[MAX_VALUES], result[MAX_VALUES + SENTINEL_VALUES];

static agr_random_block draw(uint32_t i, uint32_t j)
{
    return agr_random_at(agr_random_key_make(1, AGR_RANDOM_TEST, 0), i, j, 0, 0);
}

static void fill_images(void)
{
    for (uint32_t i = 0; i < MAX_VALUES; i++) {
        pixels[i] = (uint8_t)draw(i, 0).word[0];
        values[i] = (float)pixels[i] / 255.0f;
    }
}

static double clamp(double x, int size)
{
    return x < 0 ? 0 : x > size - 1 ? size - 1 : x;
}

/* The definition, in double. */
static double naive_warp(const double m[6], const float *x, int h, int w, int i, int j, int c)
{
    const double r = clamp(m[0] * i + m[1] * j + m[2], h);
    const double q = clamp(m[3] * i + m[4] * j + m[5], w);
    const int r0 = (int)floor(r), q0 = (int)floor(q);
    const int r1 = r0 + 1 < h ? r0 + 1 : r0, q1 = q0 + 1 < w ? q0 + 1 : q0;
    const double f = r - r0, g = q - q0;
#define AT(row, column) (double)x[((row)*w + (column)) * 3 + c]
    return (1 - f) * ((1 - g) * AT(r0, q0) + g * AT(r0, q1)) +
           f * ((1 - g) * AT(r1, q0) + g * AT(r1, q1));
#undef AT
}

static void fill_sentinels(void)
{
    for (int i = 0; i < MAX_VALUES + SENTINEL_VALUES; i++)
        result[i] = -7;
}

static void check(const double m[6], int h, int w)
{
    const int n = h * w * 3;
    for (int i = 0; i < n; i++) {
        const double expected = naive_warp(m, values, h, w, i / 3 / w, i / 3 % w, i % 3);
        if (!(fabs((double)result[i] - expected) <= 1e-6))
            fail_msg("%dx%d: value %d: expected %.8f, found %.8f", h, w, i, expected,
                     (double)result[i]);
    }
    for (int i = n; i < n + SENTINEL_VALUES; i++)
        assert_true(result[i] == -7.0f);
}

static const int sizes[][2] = {{1, 1}, {1, 7}, {7, 1}, {2, 2}, {3, 5}, {16, 33}, {40, 40}};

static void test_warps_over_odd_shapes(void **state)
{
    (void)state;
    fill_images();
    for (uint32_t k = 0; k < 7; k++)
        for (uint32_t t = 0; t < 20; t++) {
            const int h = sizes[k][0], w = sizes[k][1];
            double m[6];
            for (uint32_t e = 0; e < 6; e++)
                m[e] = 3 * ((double)agr_random_float(draw(1000 + 20 * k + t, e).word[0]) - 0.5);
            m[2] *= h;
            m[5] *= w;
            fill_sentinels();
            agr_image_warp_u8(m, pixels, h, w, result);
            check(m, h, w);
        }
}

static void test_identity_is_exact(void **state)
{
    (void)state;
    const double identity[6] = {1, 0, 0, 0, 1, 0};
    float expected[MAX_VALUES];
    fill_images();
    for (int k = 0; k < 7; k++) {
        const int h = sizes[k][0], w = sizes[k][1];
        agr_image_normalise(pixels, h * w * 3, expected);
        assert_memory_equal(expected, values, (size_t)(h * w * 3) * sizeof *values);
        agr_image_warp_u8(identity, pixels, h, w, result);
        assert_memory_equal(result, expected, (size_t)(h * w * 3) * sizeof *result);
    }
}

static void test_outside_is_the_nearest_edge(void **state)
{
    (void)state;
    const double far_away[6] = {1, 0, 1e9, 0, 1, -1e9};
    fill_images();
    agr_image_warp_u8(far_away, pixels, 5, 4, result);
    for (int i = 0; i < 5 * 4 * 3; i++)
        assert_true(result[i] == values[(4 * 4 + 0) * 3 + i % 3]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_warps_over_odd_shapes),
        cmocka_unit_test(test_identity_is_exact),
        cmocka_unit_test(test_outside_is_the_nearest_edge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
