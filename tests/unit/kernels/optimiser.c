#include "kernel_cases.h"

#include <agr/kernels/layers.h>

enum { N_STEPS = 5 };

/* One optimiser in float, and the same in double with hyper-parameters as the floats they are. The
 * slab is three ranges of which the second does not decay, with a gap before the third. */
typedef struct {
    size_t n;
    agr_slab_range range[3];
    float *initial, *first; /* [n] */
    float *w, *slot[2];     /* [n] */
    double *dw, *dslot[2];  /* [n] */
} trial;

typedef struct {
    const char *name;
    int n_slots;
    void (*apply)(agr_pool *pool, uint32_t step, const agr_trained_slabs *slabs);
    /* of one element, whose gradient is g */
    void (*naive)(uint32_t step, bool decays, double g, double *w, double *slot_0, double *slot_1);
} update_rule;

/* ---- the rules ---- */

static agr_adam adam_at(uint32_t step, float keep)
{
    const double t = step;
    return (agr_adam){.alpha = (float)(0.005 * sqrt(1 - pow(0.999, t)) / (1 - pow(0.9, t))),
                      .beta_1 = 0.9F,
                      .beta_2 = 0.999F,
                      .epsilon = 1e-7F,
                      .keep = keep};
}

static void naive_adam_step(const agr_adam *adam, bool decays, double g, double *w, double *m,
                            double *v)
{
    if (decays)
        *w *= (double)adam->keep;
    *m += (g - *m) * (double)(1.0F - adam->beta_1);
    *v += (g * g - *v) * (double)(1.0F - adam->beta_2);
    *w -= *m * (double)adam->alpha / (sqrt(*v) + (double)adam->epsilon);
}

static void apply_adam(agr_pool *pool, uint32_t step, const agr_trained_slabs *slabs)
{
    const agr_adam adam = adam_at(step, 1);
    agr_adam_apply(pool, &adam, slabs);
}

static void naive_adam(uint32_t step, bool decays, double g, double *w, double *m, double *v)
{
    const agr_adam adam = adam_at(step, 1);
    naive_adam_step(&adam, decays, g, w, m, v);
}

static void apply_decaying_adam(agr_pool *pool, uint32_t step, const agr_trained_slabs *slabs)
{
    const agr_adam adam = adam_at(step, 0.9F);
    agr_adam_apply(pool, &adam, slabs);
}

static void naive_decaying_adam(uint32_t step, bool decays, double g, double *w, double *m,
                                double *v)
{
    const agr_adam adam = adam_at(step, 0.9F);
    naive_adam_step(&adam, decays, g, w, m, v);
}

static const agr_sgd plain = {.rate = 0.02F, .weight_decay = 0.1F},
                     heavy = {.rate = 0.02F, .momentum = 0.9F},
                     ahead = {
                         .rate = 0.02F, .weight_decay = 0.1F, .momentum = 0.9F, .nesterov = true};

static void naive_sgd_step(const agr_sgd *sgd, bool decays, double g, double *w, double *b)
{
    if (decays)
        g += (double)sgd->weight_decay * *w;
    if (b != NULL) {
        *b = (double)sgd->momentum * *b + g;
        g = sgd->nesterov ? g + (double)sgd->momentum * *b : *b;
    }
    *w -= (double)sgd->rate * g;
}

#define SGD_RULE(sgd, slot)                                                                        \
    static void apply_##sgd(agr_pool *pool, uint32_t step, const agr_trained_slabs *slabs)         \
    {                                                                                              \
        (void)step;                                                                                \
        agr_sgd_apply(pool, &sgd, slabs);                                                          \
    }                                                                                              \
    static void naive_##sgd(uint32_t step, bool decays, double g, double *w, double *slot_0,       \
                            double *slot_1)                                                        \
    {                                                                                              \
        (void)step, (void)slot_0, (void)slot_1;                                                    \
        naive_sgd_step(&sgd, decays, g, w, slot);                                                  \
    }
SGD_RULE(plain, NULL)
SGD_RULE(heavy, slot_0)
SGD_RULE(ahead, slot_0)

static const update_rule rules[] = {
    {"adam", 2, apply_adam, naive_adam},
    {"adam with decay", 2, apply_decaying_adam, naive_decaying_adam},
    {"sgd with decay", 0, apply_plain, naive_plain},
    {"sgd with momentum", 1, apply_heavy, naive_heavy},
    {"sgd with momentum, decay and nesterov", 1, apply_ahead, naive_ahead},
};

/* ---- running them ---- */

static void open_trial(trial *t, size_t n)
{
    const size_t third = n / 3;
    *t = (trial){.n = n,
                 .range = {{0, third, true}, {third, 2 * third, false}, {n - third, n, true}},
                 .initial = test_floats(n, 1, -1, 1),
                 .first = test_guarded(n, sizeof *t->first),
                 .w = test_guarded(n, sizeof *t->w),
                 .dw = test_guarded(n, sizeof *t->dw)};
    for (int s = 0; s < 2; s++) {
        t->slot[s] = test_guarded(n, sizeof **t->slot);
        t->dslot[s] = test_guarded(n, sizeof **t->dslot);
    }
}

static void close_trial(trial *t)
{
    void *buffers[] = {t->initial, t->first,   t->w,        t->dw,
                       t->slot[0], t->slot[1], t->dslot[0], t->dslot[1]};
    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++)
        test_guarded_release(buffers[i]);
}

/* 1e-9 .. 1e3, but where weights follow their gradients: 1e-9 .. 1. */
static double magnitude_at(const update_rule *rule, size_t i)
{
    return pow(10, (double)(i % (rule->n_slots == 2 ? 13 : 10)) - 9);
}

static void run_steps(trial *t, const update_rule *rule, agr_pool *pool)
{
    for (size_t i = 0; i < t->n; i++) {
        t->w[i] = t->initial[i];
        t->dw[i] = (double)t->initial[i];
        t->slot[0][i] = t->slot[1][i] = 0;
        t->dslot[0][i] = t->dslot[1][i] = 0;
    }
    for (uint32_t step = 1; step <= N_STEPS; step++) {
        float *g = test_floats(t->n, step, -1, 1);
        for (size_t i = 0; i < t->n; i++)
            g[i] *= (float)magnitude_at(rule, i);
        const agr_trained_slabs slabs = {
            .n_ranges = 3,
            .range = t->range,
            .gradient = g,
            .gradient_scale = step == 2 ? 0.5F : 1.0F,
            .value = t->w,
            .slot = {rule->n_slots > 0 ? t->slot[0] : NULL, rule->n_slots > 1 ? t->slot[1] : NULL}};
        rule->apply(pool, step, &slabs);
        for (int r = 0; r < 3; r++)
            for (size_t i = t->range[r].begin; i < t->range[r].end; i++)
                rule->naive(step, t->range[r].decays, (double)g[i] * (double)slabs.gradient_scale,
                            &t->dw[i], &t->dslot[0][i], &t->dslot[1][i]);
        test_guarded_release(g);
    }
}

static void check_trial(const trial *t, const update_rule *rule)
{
    for (size_t i = 0; i < t->n; i++) {
        const double m = magnitude_at(rule, i) + (rule->n_slots == 1 ? 1 : 0); /* decay adds w */
        if (fabs((double)t->w[i] - t->dw[i]) > 2.5e-7)
            fail_msg("%s: w[%zu]: expected %.9g, found %.9g", rule->name, i, t->dw[i],
                     (double)t->w[i]);
        if (rule->n_slots > 0)
            assert_true(fabs((double)t->slot[0][i] - t->dslot[0][i]) <= 1e-6 * m);
        if (rule->n_slots > 1)
            assert_true(fabs((double)t->slot[1][i] - t->dslot[1][i]) <= 1e-6 * t->dslot[1][i]);
    }
}

static void check_rule(const update_rule *rule, size_t n)
{
    trial t;
    open_trial(&t, n);
    FOR_EVERY_ISA
    {
        FOR_EVERY_POOL
        {
            run_steps(&t, rule, pool);
            check_trial(&t, rule);
            if (IS_FIRST_RESULT)
                memcpy(t.first, t.w, n * sizeof *t.w);
            assert_memory_equal(t.first, t.w, n * sizeof *t.w);
        }
    }
    close_trial(&t);
}

static void test_every_rule_is_its_formula(void **state)
{
    (void)state;
    static const size_t sizes[] = {3, 4, 47, 48, 113, 1000};
    for (size_t r = 0; r < sizeof rules / sizeof rules[0]; r++)
        for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++)
            check_rule(&rules[r], sizes[k]);
}

static void test_no_gradient_no_step(void **state)
{
    (void)state;
    const agr_adam adam = adam_at(1, 1);
    const agr_slab_range all = {0, 1, true};
    const float g = 0;
    float m = 0, v = 0, w = 0.5F;
    const agr_trained_slabs slabs = {.n_ranges = 1,
                                     .range = &all,
                                     .gradient = &g,
                                     .gradient_scale = 1,
                                     .value = &w,
                                     .slot = {&m, &v}};
    FOR_EVERY_ISA
    {
        agr_adam_apply(NULL, &adam, &slabs);
        agr_sgd_apply(NULL, &heavy, &slabs);
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
        cmocka_unit_test(test_every_rule_is_its_formula),
        cmocka_unit_test(test_no_gradient_no_step),
        cmocka_unit_test(test_sum_of_squares),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
