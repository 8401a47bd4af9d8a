#include "kernel_cases.h"

#include <agr/kernels/layers.h>

enum { N_STEPS = 5 };

/* The update in double, with hyper-parameters as the floats they are. */
static void naive_adam(const agr_adam *adam, size_t n, const float *g, double *m, double *v,
                       double *w)
{
    for (size_t i = 0; i < n; i++) {
        const double gradient = (double)g[i] * (double)adam->gradient_scale;
        m[i] += (gradient - m[i]) * (double)(1.0F - adam->beta_1);
        v[i] += (gradient * gradient - v[i]) * (double)(1.0F - adam->beta_2);
        w[i] -= m[i] * (double)adam->alpha / (sqrt(v[i]) + (double)adam->epsilon);
    }
}

static void check_adam(size_t n)
{
    float *m = test_floats(n, 0, 0, 0), *v = test_floats(n, 0, 0, 0), *w = test_floats(n, 1, -1, 1);
    float *initial = test_floats(n, 1, -1, 1), *first = test_guarded(n, sizeof *first);
    double *dm = test_guarded(n, sizeof *dm), *dv = test_guarded(n, sizeof *dv);
    double *dw = test_guarded(n, sizeof *dw);
    FOR_EVERY_ISA
    {
        FOR_EVERY_POOL
        {
            for (size_t i = 0; i < n; i++) {
                m[i] = v[i] = 0;
                w[i] = initial[i];
                dm[i] = dv[i] = 0;
                dw[i] = (double)initial[i];
            }
            for (uint32_t step = 1; step <= N_STEPS; step++) {
                const double t = step;
                const agr_adam adam = {
                    .alpha = (float)(0.005 * sqrt(1 - pow(0.999, t)) / (1 - pow(0.9, t))),
                    .beta_1 = 0.9F,
                    .beta_2 = 0.999F,
                    .epsilon = 1e-7F,
                    .gradient_scale = step == 2 ? 0.5F : 1.0F};
                float *g = test_floats(n, step, -1, 1);
                for (size_t i = 0; i < n; i++)
                    g[i] *= powf(10, (float)(i % 13) - 9); /* 1e-9 .. 1e3 */
                agr_adam_apply(pool, &adam, n, g, m, v, w);
                naive_adam(&adam, n, g, dm, dv, dw);
                test_guarded_release(g);
            }
            for (size_t i = 0; i < n; i++) {
                const double magnitude = pow(10, (double)(i % 13) - 9); /* of the gradients */
                assert_true(fabs((double)m[i] - dm[i]) <= 1e-6 * magnitude);
                assert_true(fabs((double)v[i] - dv[i]) <= 1e-6 * dv[i]);
                assert_true(fabs((double)w[i] - dw[i]) <= 2e-7);
            }
            if (IS_FIRST_RESULT)
                memcpy(first, w, n * sizeof *w);
            assert_memory_equal(first, w, n * sizeof *w);
        }
    }
    void *buffers[] = {m, v, w, initial, first, dm, dv, dw};
    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++)
        test_guarded_release(buffers[i]);
}

static void test_adam(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 15, 16, 37, 1000};
    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++)
        check_adam(sizes[k]);
}

static void test_no_gradient_no_step(void **state)
{
    (void)state;
    const agr_adam adam = {0.005F, 0.9F, 0.999F, 1e-7F, 1};
    const float g = 0;
    float m = 0, v = 0, w = 0.5F;
    FOR_EVERY_ISA
    {
        agr_adam_apply(NULL, &adam, 1, &g, &m, &v, &w);
        assert_true(m == 0 && v == 0 && w == 0.5F);
    }
}

static void test_sum_of_squares(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 63, 64, 1000, 123457};
    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
        float *x = test_floats(sizes[k], 1, -1, 1);
        double expected = 0;
        for (size_t i = 0; i < sizes[k]; i++)
            expected += (double)x[i] * (double)x[i];
        double first = 0;
        FOR_EVERY_ISA
        {
            FOR_EVERY_POOL
            {
                const double sum = agr_sum_of_squares(pool, sizes[k], x);
                assert_true(fabs(sum - expected) <= 1e-6 * expected);
                if (IS_FIRST_RESULT)
                    first = sum;
                assert_memory_equal(&first, &sum, sizeof sum);
            }
        }
        test_guarded_release(x);
    }
    assert_true(agr_sum_of_squares(NULL, 0, NULL) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_adam),
        cmocka_unit_test(test_no_gradient_no_step),
        cmocka_unit_test(test_sum_of_squares),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
