#include "naive_layers.h"

#include "kernel_cases.h"

enum { N_IMAGES = 2 };

static const int64_t sizes[][2] = {{1, 1}, {3, 2}, {7, 11}, {24, 5}};

static void check(agr_extent in, int64_t height, int64_t width)
{
    const size_t n_in = N_IMAGES * (size_t)agr_extent_size(in);
    const size_t n_out = N_IMAGES * (size_t)(height * width * in.channels);
    const size_t channels = (size_t)in.channels;
    float *data = test_floats(n_in, 1, -1, 1), *dy = test_floats(n_out, 2, -1, 1);
    float *scale = test_floats(channels, 3, -1, 1), *shift = test_floats(channels, 4, -1, 1);
    float *y = test_guarded(n_out, sizeof *y), *expected = test_guarded(n_out, sizeof *y);
    float *dx = test_guarded(n_in, sizeof *dx), *first = test_guarded(n_in, sizeof *dx);
    naive_resize_forward(N_IMAGES, in, height, width, (agr_view){data, scale, shift}, expected);
    FOR_EVERY_POOL
    {
        agr_resize_forward(pool, N_IMAGES, in, height, width, (agr_view){data, scale, shift}, y);
        assert_true(test_relative_difference(y, expected, n_out) <= 1e-6);
        agr_resize_backward(pool, N_IMAGES, in, height, width, dy, dx);
        if (n_threads == 1)
            memcpy(first, dx, n_in * sizeof *dx);
        assert_memory_equal(first, dx, n_in * sizeof *dx);
    }
    /* the transpose: <dy, resize(x)> = <dx, x> */
    agr_resize_forward(NULL, N_IMAGES, in, height, width, (agr_view){.data = data}, y);
    double forward = 0, backward = 0, size = 0;
    for (size_t i = 0; i < n_out; i++) {
        forward += (double)dy[i] * (double)y[i];
        size += fabs((double)dy[i] * (double)y[i]);
    }
    for (size_t i = 0; i < n_in; i++)
        backward += (double)dx[i] * (double)data[i];
    assert_true(fabs(forward - backward) <= 1e-6 * size);
    float *buffers[] = {data, dy, scale, shift, y, expected, dx, first};
    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++)
        test_guarded_release(buffers[i]);
}

static void test_every_shape(void **state)
{
    (void)state;
    for (int k = 0; k < test_n_extents; k++)
        for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++)
            check(test_extents[k], sizes[s][0], sizes[s][1]);
}

static void test_same_size_copies(void **state)
{
    (void)state;
    const agr_extent extent = {9, 13, 17};
    const size_t n = (size_t)agr_extent_size(extent);
    float *x = test_floats(n, 1, -1, 1), *y = test_guarded(n, sizeof *y);
    agr_resize_forward(NULL, 1, extent, 9, 13, (agr_view){.data = x}, y);
    assert_memory_equal(x, y, n * sizeof *y);
    agr_resize_backward(NULL, 1, extent, 9, 13, x, y);
    assert_memory_equal(x, y, n * sizeof *y);
    test_guarded_release(x);
    test_guarded_release(y);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_shape),
        cmocka_unit_test(test_same_size_copies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
