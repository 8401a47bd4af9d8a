#include "naive_layers.h"

#include "kernel_cases.h"
#include "openblas.h"

enum { N_IMAGES = 13, MICRO_BATCH = 2, MAX_THREADS = 3 };

typedef struct {
    agr_dense dense;
    int64_t n_in, n_out;
    float *x, *w, *bias, *dz;
    float *work;
} dense_case;

/* The longest is more rows than one block of a chunk. */
static const int64_t shapes[][2] = {
    {1, 1},   {5, 1},     {128, 5},  {129, 1},   {40, 16},
    {67, 17}, {130, 117}, {1100, 3}, {33000, 1}, {700, 64},
};
enum { N_SHAPES = sizeof shapes / sizeof shapes[0] };

static const agr_gemm gemms[] = {AGR_GEMM_OWN, AGR_GEMM_OPENBLAS};

static dense_case begin_case(const agr_dense *dense)
{
    const int64_t n_in = dense->n_in, n_out = dense->n_out;
    return (dense_case){
        .dense = *dense,
        .n_in = n_in,
        .n_out = n_out,
        .x = test_floats((size_t)(N_IMAGES * n_in), 1, -1, 1),
        .w = test_floats((size_t)(n_in * n_out), 2, -1, 1),
        .bias = test_floats((size_t)n_out, 3, -1, 1),
        .dz = test_floats((size_t)(N_IMAGES * n_out), 4, -1, 1),
        .work = test_guarded(agr_dense_work_floats(dense, N_IMAGES, N_IMAGES, MAX_THREADS),
                             sizeof(float)),
    };
}

static void end_case(dense_case *d)
{
    float *buffers[] = {d->x, d->w, d->bias, d->dz, d->work};
    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++)
        test_guarded_release(buffers[i]);
}

static void check_forward(const agr_dense *dense)
{
    dense_case d = begin_case(dense);
    const int64_t n_in = d.n_in, n_out = d.n_out;
    const size_t n = (size_t)(N_IMAGES * n_out);
    const agr_shard whole = agr_shard_whole(N_IMAGES, MICRO_BATCH);
    float *y = test_guarded(n, sizeof *y), *first = test_guarded(n, sizeof *y);
    float *expected = test_guarded(n, sizeof *y);
    naive_dense_forward(N_IMAGES, n_in, n_out, d.x, d.w, d.bias, dense->relu, expected);
    FOR_EVERY_ISA
    {
        FOR_EVERY_POOL
        {
            agr_dense_forward(dense, pool, &whole, d.x, d.w, d.bias, y, d.work);
            assert_true(test_relative_difference(y, expected, n) <= 2e-6);
            if (IS_FIRST_RESULT)
                memcpy(first, y, n * sizeof *y);
            assert_memory_equal(y, first, n * sizeof *y);
        }
        for (int64_t m = 0; m < agr_shard_micro_batches(&whole); m++) { /* the last ones alone */
            const agr_shard part = {N_IMAGES, MICRO_BATCH, m, agr_shard_micro_batches(&whole) - m};
            const int64_t from = agr_shard_first_image(&part);
            agr_dense_forward(dense, NULL, &part, d.x + from * n_in, d.w, d.bias, y, d.work);
            assert_memory_equal(y, first + from * n_out,
                                (size_t)(agr_shard_images(&part) * n_out) * sizeof *y);
        }
    }
    test_guarded_release(y);
    test_guarded_release(first);
    test_guarded_release(expected);
    end_case(&d);
}

static void test_forward(void **state)
{
    (void)state;
    for (int k = 0; k < N_SHAPES; k++)
        for (int relu = 0; relu < 2; relu++)
            for (int g = 0; g < 2; g++)
                check_forward(
                    &(agr_dense){shapes[k][0], shapes[k][1], .relu = relu == 1, .gemm = gemms[g]});
}

/* Rows hold w's gradient, then the bias'. */
static void gradient(const void *context, const agr_shard *shard, float *rows, size_t stride)
{
    const dense_case *d = context;
    const int64_t first = agr_shard_first_image(shard);
    const agr_weight_gradient dw = {rows, stride}, db = {rows + d->n_in * d->n_out, stride};
    agr_dense_backward(&d->dense, NULL, shard, d->x + first * d->n_in, d->w,
                       d->dz + first * d->n_out, NULL, dw, db, d->work);
}

static void check_backward(const agr_dense *dense, int64_t micro_batch)
{
    dense_case d = begin_case(dense);
    const int64_t n_in = d.n_in, n_out = d.n_out;
    const size_t kernel = (size_t)(n_in * n_out), width = kernel + (size_t)n_out;
    const size_t n_dx = (size_t)(N_IMAGES * n_in);
    const agr_shard whole = agr_shard_whole(N_IMAGES, micro_batch);
    float *dw = test_guarded(width, sizeof *dw), *first = test_guarded(width, sizeof *dw);
    float *expected = test_guarded(width, sizeof *dw);
    float *dx = test_guarded(n_dx, sizeof *dx), *expected_dx = test_guarded(n_dx, sizeof *dx);
    float *first_dx = test_guarded(n_dx, sizeof *dx);
    naive_dense_backward(N_IMAGES, n_in, n_out, d.x, d.w, d.dz, expected_dx, expected,
                         expected + kernel);
    FOR_EVERY_ISA
    {
        FOR_EVERY_POOL
        {
            const agr_weight_gradient w = {dw, width}, b = {dw + kernel, width};
            agr_dense_backward(dense, pool, &whole, d.x, d.w, d.dz, dx, w, b, d.work);
            assert_true(test_relative_difference(dx, expected_dx, n_dx) <= 2e-6);
            assert_true(test_relative_difference(dw, expected, width) <= 2e-6);
            if (IS_FIRST_RESULT) {
                memcpy(first, dw, width * sizeof *dw);
                memcpy(first_dx, dx, n_dx * sizeof *dx);
            }
            assert_memory_equal(dw, first, width * sizeof *dw);
            assert_memory_equal(dx, first_dx, n_dx * sizeof *dx);
        }
        test_gradient_divides(gradient, &d, N_IMAGES, micro_batch, width, first);
        for (int64_t m = 0; m < agr_shard_micro_batches(&whole); m++) { /* a dx alone */
            const agr_shard one = {N_IMAGES, micro_batch, m, 1};
            const int64_t image = agr_shard_first_image(&one), n = agr_shard_images(&one);
            const agr_weight_gradient w = {dw, width}, b = {dw + kernel, width};
            agr_dense_backward(dense, NULL, &one, d.x + image * n_in, d.w, d.dz + image * n_out, dx,
                               w, b, d.work);
            assert_memory_equal(dx, first_dx + image * n_in, (size_t)(n * n_in) * sizeof *dx);
        }
    }
    float *buffers[] = {dw, first, expected, dx, expected_dx, first_dx};
    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++)
        test_guarded_release(buffers[i]);
    end_case(&d);
}

static void test_backward(void **state)
{
    (void)state;
    for (int k = 0; k < N_SHAPES; k++)
        for (int64_t micro_batch = 1; micro_batch <= 3; micro_batch++)
            for (int g = 0; g < 2; g++)
                check_backward(&(agr_dense){shapes[k][0], shapes[k][1], .gemm = gemms[g]},
                               micro_batch);
}

/* A process may hold no micro-batch of a small batch. */
static void test_nothing_here(void **state)
{
    (void)state;
    const agr_shard none = {4, 2, 2, 0};
    const agr_weight_gradient nowhere = {NULL, 0};
    for (int g = 0; g < 2; g++) {
        const agr_dense dense = {67, 17, .gemm = gemms[g]};
        dense_case d = begin_case(&dense);
        FOR_EVERY_ISA
        {
            agr_dense_forward(&dense, NULL, &none, d.x, d.w, d.bias, NULL, d.work);
            agr_dense_backward(&dense, NULL, &none, d.x, d.w, d.dz, NULL, nowhere, nowhere, d.work);
        }
        end_case(&d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forward),
        cmocka_unit_test(test_backward),
        cmocka_unit_test(test_nothing_here),
    };
    return cmocka_run_group_tests(tests, test_load_openblas, NULL);
}
