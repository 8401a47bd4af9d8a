#include "naive_layers.h"

#include "kernel_cases.h"

enum { N_IMAGES = 3 };

static void check_max_pool(agr_extent extent, int window, bool affine)
{
    const size_t size = N_IMAGES * (size_t)agr_extent_size(extent);
    const size_t channels = (size_t)extent.channels;
    const size_t n =
        N_IMAGES * (size_t)(extent.height / window * (extent.width / window)) * channels;
    float *data = test_floats(size, 1, -1, 1);
    for (size_t i = 0; i < size; i++) /* few different values: ties everywhere */
        data[i] = roundf(data[i] * 4) / 4;
    float *scale = test_floats(channels, 2, -1, 1), *shift = test_floats(channels, 3, -1, 1);
    scale[channels / 2] = 0;
    const agr_view x = {data, affine ? scale : NULL, affine ? shift : NULL};
    float *y = test_guarded(n, sizeof *y), *expected_y = test_guarded(n, sizeof *y);
    float *picked = test_guarded(n, sizeof *y), *expected_picked = test_guarded(n, sizeof *y);
    uint8_t *argmax = test_guarded(n, 1), *expected = test_guarded(n, 1);
    naive_max_pool_forward(N_IMAGES, extent, window, x, expected_y, expected_picked, expected);
    FOR_EVERY_ISA
    {
        FOR_EVERY_POOL
        {
            memset(y, 0, n * sizeof *y);
            agr_max_pool_forward(pool, N_IMAGES, extent, window, x, y, picked, argmax);
            assert_true(test_relative_difference(y, expected_y, n) <= 2e-7);
            assert_memory_equal(argmax, expected, n);
            assert_memory_equal(picked, expected_picked, n * sizeof *y);
            memset(y, 0, n * sizeof *y);
            agr_max_pool_forward(pool, N_IMAGES, extent, window, x, y, NULL, NULL);
            assert_true(test_relative_difference(y, expected_y, n) <= 2e-7);
        }
    }
    void *buffers[] = {data,   scale,           shift,  y,       expected_y,
                       picked, expected_picked, argmax, expected};
    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++)
        test_guarded_release(buffers[i]);
}

static void test_max_pool_is_its_twin(void **state)
{
    (void)state;
    for (int k = 0; k < test_n_extents; k++)
        for (int window = 2; window <= 4; window++)
            for (int affine = 0; affine < 2; affine++)
                if (test_extents[k].height >= window && test_extents[k].width >= window)
                    check_max_pool(test_extents[k], window, affine == 1);
}

static void check_ties(const float data[4], float scale, uint8_t expected_place, float expected_y)
{
    const agr_extent extent = {2, 2, 1};
    const float shift = 1;
    float y;
    uint8_t place;
    FOR_EVERY_ISA
    {
        agr_max_pool_forward(NULL, 1, extent, 2, (agr_view){data, &scale, &shift}, &y, NULL,
                             &place);
        assert_int_equal(place, expected_place);
        assert_true(y == expected_y);
    }
}

static void test_max_pool_compares_values_after_the_affine(void **state)
{
    (void)state;
    check_ties((const float[]){3, 5, 5, 4}, 1, 1, 6);
    check_ties((const float[]){3, 5, 3, 4}, -1, 0,
               -2); /* the smallest datum is the largest value */
    check_ties((const float[]){3, 2, 5, 2}, -1, 1, -1); /* and the first of them wins */
    check_ties((const float[]){3, 5, 9, 4}, 0, 0, 1);   /* all equal: the first */
    check_ties((const float[]){1, 1.0000001F, 2, 2.0000002F}, 1e-12F, 0,
               1); /* equal once rounded */
}

static void test_global_average(void **state)
{
    (void)state;
    for (int k = 0; k < test_n_extents; k++) {
        const agr_extent extent = test_extents[k];
        const size_t size = N_IMAGES * (size_t)agr_extent_size(extent);
        const size_t channels = (size_t)extent.channels, n = N_IMAGES * channels;
        const int64_t pixels = extent.height * extent.width;
        float *data = test_floats(size, 1, -1, 3);
        float *scale = test_floats(channels, 2, -1, 1), *shift = test_floats(channels, 3, -1, 1);
        float *dy = test_floats(n, 4, -1, 1), *dx = test_guarded(size, sizeof *dx);
        float *y = test_guarded(n, sizeof *y), *expected = test_guarded(n, sizeof *y);
        float *first = test_guarded(n, sizeof *y);
        double *sums = test_guarded(2 * channels, sizeof *sums);
        const agr_view x = {data, scale, shift};
        for (int64_t image = 0; image < N_IMAGES; image++) {
            naive_batch_norm_sums(image, image + 1, extent, x, sums);
            for (size_t c = 0; c < channels; c++)
                expected[(size_t)image * channels + c] = (float)(sums[c] / (double)pixels);
        }
        FOR_EVERY_ISA
        {
            FOR_EVERY_POOL
            {
                agr_global_average_forward(pool, N_IMAGES, extent, x, y);
                assert_true(test_relative_difference(y, expected, n) <= 1e-6);
                if (IS_FIRST_RESULT)
                    memcpy(first, y, n * sizeof *y);
                assert_memory_equal(first, y, n * sizeof *y);
                agr_global_average_backward(pool, N_IMAGES, extent, dy, dx);
                for (size_t i = 0; i < size; i++)
                    assert_true(dx[i] ==
                                dy[i / (channels * (size_t)pixels) * channels + i % channels] /
                                    (float)pixels);
            }
        }
        void *buffers[] = {data, scale, shift, dy, dx, y, first, expected, sums};
        for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++)
            test_guarded_release(buffers[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_max_pool_is_its_twin),
        cmocka_unit_test(test_max_pool_compares_values_after_the_affine),
        cmocka_unit_test(test_global_average),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
