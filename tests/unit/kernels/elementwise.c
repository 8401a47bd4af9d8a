#include "naive_layers.h"

#include "kernel_cases.h"

enum { N_IMAGES = 3 };

static void test_relu(void **state)
{
    (void)state;
    for (int k = 0; k < test_n_extents; k++) {
        const agr_extent extent = test_extents[k];
        const size_t n = N_IMAGES * (size_t)agr_extent_size(extent);
        const size_t channels = (size_t)extent.channels;
        float *x = test_floats(n, 1, -1, 1), *y = test_guarded(n, sizeof *y);
        float *scale = test_floats(channels, 2, -1, 1), *shift = test_floats(channels, 3, -1, 1);
        float *dx = test_guarded(n, sizeof *dx), *dy = test_floats(n, 4, -1, 1);
        float *expected = test_guarded(n, sizeof *y);
        FOR_EVERY_ISA
        {
            FOR_EVERY_POOL
            {
                agr_view_form(NULL, (agr_view){x, scale, shift}, extent, N_IMAGES, expected);
                agr_relu_forward(pool, N_IMAGES, extent, (agr_view){x, scale, shift}, y);
                for (size_t i = 0; i < n; i++)
                    assert_true(y[i] == (expected[i] > 0 ? expected[i] : 0));
                memcpy(y, x, n * sizeof *y);
                agr_relu_forward(pool, N_IMAGES, extent, (agr_view){.data = y}, y);
                for (size_t i = 0; i < n; i++)
                    assert_true(y[i] == (x[i] > 0 ? x[i] : 0));
                agr_relu_backward(pool, (int64_t)n, y, dy, dx);
                for (size_t i = 0; i < n; i++)
                    assert_true(dx[i] == (y[i] > 0 ? dy[i] : 0));
            }
        }
        float *buffers[] = {x, y, scale, shift, dx, dy, expected};
        for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++)
            test_guarded_release(buffers[i]);
    }
}

static void test_relu_at_its_edge(void **state)
{
    (void)state;
    const float x[3] = {0, -0.0F, NAN}, ones[3] = {1, 1, 1};
    float y[3], dx[3];
    FOR_EVERY_ISA
    {
        agr_relu_forward(NULL, 1, (agr_extent){1, 1, 3}, (agr_view){.data = x}, y);
        agr_relu_backward(NULL, 3, y, ones, dx);
        assert_true(dx[0] == 0 && dx[1] == 0);
        assert_true(isnan(y[2])); /* a broken run must show */
    }
}

static void test_sigmoid_and_softmax(void **state)
{
    (void)state;
    const float x[6] = {0, 1, -1, 200, -200, 0.25F};
    float y[6];
    FOR_EVERY_POOL
    {
        agr_sigmoid_forward(pool, 6, x, y);
        for (int i = 0; i < 6; i++)
            assert_true(fabs((double)y[i] - 1 / (1 + exp(-(double)x[i]))) <= 1e-7);
        const float z[6] = {1000, 1000, 999, -3, -1, 2};
        agr_softmax_forward(pool, 2, 3, z, y);
        const double sums[2] = {2 + exp(-1), exp(-3) + exp(-1) + exp(2)};
        for (int i = 0; i < 6; i++)
            assert_true(fabs((double)y[i] - exp((double)z[i] - (i < 3 ? 1000 : 0)) / sums[i / 3]) <=
                        1e-7);
    }
}

static void test_dropout_draws_the_addressed_numbers(void **state)
{
    (void)state;
    static const int64_t sizes[] = {1, 3, 4, 31, 33, 1024, 1029, 4999};
    static const float rates[] = {0, 0.25F, 0.5F, 0.9999999F};
    const agr_draw_address address[N_IMAGES] = {{1, 2, 0}, {1, 77, 3}, {0xFFFFFFFF, 5, 1}};
    const agr_random_key key = agr_random_key_make(42, AGR_RANDOM_DROPOUT, 7);
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++)
        for (size_t r = 0; r < sizeof rates / sizeof rates[0]; r++) {
            const size_t n = N_IMAGES * (size_t)sizes[s];
            float *x = test_floats(n, 1, -1, 1), *y = test_guarded(n, sizeof *y);
            float *expected = test_guarded(n, sizeof *y);
            naive_dropout(N_IMAGES, sizes[s], key, 9, address, rates[r], x, expected);
            FOR_EVERY_ISA
            {
                FOR_EVERY_POOL
                {
                    agr_dropout(pool, N_IMAGES, sizes[s], key, 9, address, rates[r], x, y);
                    for (size_t i = 0; i < n; i++)
                        if (y[i] != expected[i])
                            fail_msg("%s, size %d, rate %g, element %zu: expected %g, found %g",
                                     agr_isa_name(isa), (int)sizes[s], (double)rates[r], i,
                                     (double)expected[i], (double)y[i]);
                    memcpy(y, x, n * sizeof *y); /* in place */
                    agr_dropout(pool, N_IMAGES, sizes[s], key, 9, address, rates[r], y, y);
                    for (size_t i = 0; i < n; i++)
                        assert_true(y[i] == expected[i]);
                }
            }
            test_guarded_release(x);
            test_guarded_release(y);
            test_guarded_release(expected);
        }
}

static void test_dropout_keeps_its_share(void **state)
{
    (void)state;
    enum { N = 100000 };
    const agr_draw_address address = {3, 4, 0};
    const agr_random_key key = agr_random_key_make(1, AGR_RANDOM_DROPOUT, 2);
    float *x = test_floats(N, 1, 1, 2), *y = test_guarded(N, sizeof *y);
    agr_dropout(NULL, 1, N, key, 0, &address, 0.25F, x, y);
    int kept = 0;
    for (int i = 0; i < N; i++)
        kept += y[i] != 0;
    assert_true(abs(kept - 75000) < 5 * 137); /* five standard deviations */
    test_guarded_release(x);
    test_guarded_release(y);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_relu),
        cmocka_unit_test(test_relu_at_its_edge),
        cmocka_unit_test(test_sigmoid_and_softmax),
        cmocka_unit_test(test_dropout_draws_the_addressed_numbers),
        cmocka_unit_test(test_dropout_keeps_its_share),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
