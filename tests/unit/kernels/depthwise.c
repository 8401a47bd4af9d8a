#include "naive_layers.h"

#include "kernel_cases.h"

enum { N_IMAGES = 7, MICRO_BATCH = 2, N_MICRO_BATCHES = 4, MAX_THREADS = 3 };

typedef struct {
    agr_extent extent;
    bool affine, relu;
    int window; /* of the pool that dy comes through */
    size_t size, kernel, width;
    float *data, *scale, *shift, *w, *bias, *y, *dy, *slope, *offset, *work;
    uint8_t *argmax;
    double *sums;
    agr_pool *pool;
} depthwise_case;

static depthwise_case begin_case(agr_extent extent, bool affine, bool relu, int window)
{
    const size_t c = (size_t)extent.channels, size = N_IMAGES * (size_t)agr_extent_size(extent);
    depthwise_case d = {
        .extent = extent,
        .affine = affine,
        .relu = relu,
        .window = window,
        .size = size,
        .kernel = 9 * c,
        .width = 10 * c,
        .data = test_floats(size, 1, -1, 1),
        .scale = test_floats(c, 2, -1, 1),
        .shift = test_floats(c, 3, -1, 1),
        .w = test_floats(9 * c, 4, -1, 1),
        .bias = test_floats(c, 5, -1, 1),
        .y = test_guarded(size, sizeof(float)),
        .dy = test_floats(size, 6, -1, 1),
        .slope = test_floats(c, 7, -1, 1),
        .offset = test_floats(c, 8, -1, 1),
        .work = test_guarded(agr_depthwise_work_floats(extent, N_MICRO_BATCHES, MAX_THREADS),
                             sizeof(float)),
        .argmax = test_guarded(size, 1),
        .sums = test_guarded(2 * c * N_MICRO_BATCHES, sizeof(double)),
    };
    for (size_t i = 0; i < size; i++)
        d.argmax[i] = (uint8_t)((i * 7 + i / 5) % (size_t)(window * window));
    return d;
}

static void end_case(depthwise_case *d)
{
    void *buffers[] = {d->data, d->scale, d->shift,  d->w,    d->bias,   d->y,
                       d->dy,   d->slope, d->offset, d->work, d->argmax, d->sums};
    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++)
        test_guarded_release(buffers[i]);
}

static agr_view x_of(const depthwise_case *d, int64_t image)
{
    return (agr_view){d->data + image * agr_extent_size(d->extent), d->affine ? d->scale : NULL,
                      d->affine ? d->shift : NULL};
}

static agr_gradient_view dy_of(const depthwise_case *d, int64_t image)
{
    const int64_t pooled =
        d->extent.height / d->window * (d->extent.width / d->window) * d->extent.channels;
    agr_gradient_view dy = {.dy = d->dy + image * pooled, .window = d->window};
    if (d->window > 1) { /* a pool and a batch norm behind this layer */
        dy.argmax = d->argmax + image * pooled;
        dy.x = d->data + image * agr_extent_size(d->extent);
        dy.scale = d->scale;
        dy.slope = d->slope;
        dy.offset = d->offset;
    }
    return dy;
}

static void check_forward(depthwise_case *d)
{
    const agr_shard whole = agr_shard_whole(N_IMAGES, MICRO_BATCH);
    const size_t width = 2 * (size_t)d->extent.channels;
    float *expected = test_guarded(d->size, sizeof *expected);
    float *first = test_guarded(d->size, sizeof *first);
    double *sums = test_guarded(width * N_MICRO_BATCHES, sizeof *sums);
    naive_depthwise_forward(N_IMAGES, d->extent, x_of(d, 0), d->w, d->bias, d->relu, expected);
    FOR_EVERY_ISA
    {
        FOR_EVERY_POOL
        {
            agr_depthwise_forward(pool, &whole, d->extent, x_of(d, 0), d->w, d->bias, d->relu, d->y,
                                  d->sums, d->work);
            assert_true(test_relative_difference(d->y, expected, d->size) <= 1e-6);
            if (IS_FIRST_RESULT)
                memcpy(first, d->y, d->size * sizeof *first);
            assert_memory_equal(first, d->y, d->size * sizeof *first);
            agr_batch_norm_sums(NULL, &whole, d->extent, (agr_view){.data = d->y}, sums);
            assert_memory_equal(sums, d->sums, width * N_MICRO_BATCHES * sizeof *sums);
        }
        const agr_shard last = {N_IMAGES, MICRO_BATCH, 2, 2};
        agr_depthwise_forward(NULL, &last, d->extent, x_of(d, 4), d->w, d->bias, d->relu, d->y,
                              NULL, d->work);
        assert_memory_equal(first + 4 * agr_extent_size(d->extent), d->y,
                            3 * (size_t)agr_extent_size(d->extent) * sizeof *first);
    }
    test_guarded_release(expected);
    test_guarded_release(first);
    test_guarded_release(sums);
}

static void gradient(const void *context, const agr_shard *shard, float *rows, size_t stride)
{
    const depthwise_case *d = context;
    const int64_t first = agr_shard_first_image(shard);
    const agr_gradient_view dy = dy_of(d, first);
    agr_depthwise_backward(d->pool, shard, d->extent, x_of(d, first), d->w, d->relu,
                           d->y + first * agr_extent_size(d->extent), &dy, NULL,
                           (agr_weight_gradient){rows, stride},
                           (agr_weight_gradient){rows + d->kernel, stride}, d->work);
}

static void check_backward(depthwise_case *d)
{
    const agr_shard whole = agr_shard_whole(N_IMAGES, MICRO_BATCH);
    const agr_gradient_view dy = dy_of(d, 0);
    float *dw = test_guarded(d->width, sizeof *dw), *first = test_guarded(d->width, sizeof *dw);
    float *expected = test_guarded(d->width, sizeof *dw);
    float *dx = test_guarded(d->size, sizeof *dx), *first_dx = test_guarded(d->size, sizeof *dx);
    float *expected_dx = test_guarded(d->size, sizeof *dx);
    naive_depthwise_forward(N_IMAGES, d->extent, x_of(d, 0), d->w, d->bias, d->relu, d->y);
    naive_depthwise_backward(N_IMAGES, d->extent, x_of(d, 0), d->w, d->relu, d->y, &dy, expected_dx,
                             expected, expected + d->kernel);
    FOR_EVERY_ISA
    {
        FOR_EVERY_POOL
        {
            agr_depthwise_backward(pool, &whole, d->extent, x_of(d, 0), d->w, d->relu, d->y, &dy,
                                   dx, (agr_weight_gradient){dw, d->width},
                                   (agr_weight_gradient){dw + d->kernel, d->width}, d->work);
            assert_true(test_relative_difference(dx, expected_dx, d->size) <= 2e-6);
            assert_true(test_relative_difference(dw, expected, d->width) <= 2e-6);
            if (IS_FIRST_RESULT) {
                memcpy(first, dw, d->width * sizeof *dw);
                memcpy(first_dx, dx, d->size * sizeof *dx);
            }
            assert_memory_equal(dw, first, d->width * sizeof *dw);
            assert_memory_equal(dx, first_dx, d->size * sizeof *dx);
            d->pool = pool;
            test_gradient_divides(gradient, d, N_IMAGES, MICRO_BATCH, d->width, first);
        }
    }
    float *buffers[] = {dw, first, expected, dx, first_dx, expected_dx};
    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++)
        test_guarded_release(buffers[i]);
}

static void test_every_shape(void **state)
{
    (void)state;
    for (int k = 0; k < test_n_extents; k++)
        for (int kind = 0; kind < 8; kind++) {
            depthwise_case d = begin_case(test_extents[k], kind & 1, kind & 2, kind & 4 ? 2 : 1);
            check_forward(&d);
            check_backward(&d);
            end_case(&d);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_shape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
