#include "test.h"

#include <agr/base/hash.h>
#include <agr/kernels/layers.h>

/* A loss under test: the kernel, and its formula in double as layers.h states it. */
typedef void number_loss(const agr_loss_rows *rows, const agr_number_classes *classes);
typedef double formula(const agr_number_classes *classes, int64_t n, const double *p, double y);

enum { MAX_CLASSES = 117 };

static double number(const agr_number_classes *classes, int64_t k)
{
    return classes->first_value + (double)k;
}

static double expectation(const agr_number_classes *classes, int64_t n, const double *p)
{
    double sum = 0;
    for (int64_t k = 0; k < n; k++)
        sum += p[k] * number(classes, k);
    return sum;
}

static double square(double x)
{
    return x * x;
}

static double expected_mse(const agr_number_classes *classes, int64_t n, const double *p, double y)
{
    return square(expectation(classes, n, p) - y);
}

static double variance(const agr_number_classes *classes, int64_t n, const double *p, double y)
{
    double sum = 0;
    for (int64_t k = 0; k < n; k++)
        sum += p[k] * square(number(classes, k) - p[k] * y);
    return sum;
}

static double logarithm(const agr_number_classes *classes, double x)
{
    return classes->log1p ? log1p(x) : log(x);
}

static double mse_crossentropy(const agr_number_classes *classes, int64_t n, const double *p,
                               double y)
{
    double sum = 0;
    for (int64_t k = 0; k < n; k++)
        sum += p[k] * square(logarithm(classes, number(classes, k)) - p[k] * logarithm(classes, y));
    return sum;
}

static double crossentropy(const agr_number_classes *classes, int64_t n, const double *p, double y)
{
    (void)n;
    return -log(p[(int64_t)lround(y - classes->first_value)]);
}

static double label_distribution(const agr_number_classes *classes, int64_t n, const double *p,
                                 double y)
{
    double total = 0, sum = 0, t[MAX_CLASSES];
    for (int64_t k = 0; k < n; k++)
        total += t[k] = exp(-square(number(classes, k) - y) / (2 * square(classes->sigma)));
    for (int64_t k = 0; k < n; k++)
        if (t[k] > 0)
            sum += t[k] / total * log(t[k] / total / p[k]);
    return sum;
}

static double mean_variance(const agr_number_classes *classes, int64_t n, const double *p, double y)
{
    const double mean = expectation(classes, n, p);
    double spread = 0;
    for (int64_t k = 0; k < n; k++)
        spread += p[k] * square(number(classes, k) - mean);
    const double weight = classes->crossentropy_weight;
    return (weight > 0 ? weight * crossentropy(classes, n, p, y) : 0) +
           classes->mean_weight * square(mean - y) / 2 + classes->variance_weight * spread;
}

typedef struct {
    const char *name;
    number_loss *kernel;
    formula *formula;
    agr_number_classes classes;
    int64_t n_classes;
    double least; /* label */
} loss_case;

static const loss_case cases[] = {
    {"expected_mse", agr_loss_expected_mse, expected_mse, {.first_value = 0}, 117, 0},
    {"expected_mse", agr_loss_expected_mse, expected_mse, {.first_value = 1}, 5, 1},
    {"variance", agr_loss_variance, variance, {.first_value = 0}, 117, 0},
    {"variance", agr_loss_variance, variance, {.first_value = 1}, 117, 0},
    {"log", agr_loss_mse_crossentropy, mse_crossentropy, {.first_value = 1}, 117, 1},
    {"log1p", agr_loss_mse_crossentropy, mse_crossentropy, {.log1p = true}, 117, 0},
    {"number", agr_loss_number_crossentropy, crossentropy, {.first_value = 3}, 20, 3},
    {"distribution", agr_loss_label_distribution, label_distribution, {.sigma = 2}, 117, 0},
    {"distribution", agr_loss_label_distribution, label_distribution, {.sigma = 0.3}, 7, 0},
    {"mean-variance",
     agr_loss_mean_variance,
     mean_variance,
     {.mean_weight = 0.2, .variance_weight = 0.05, .crossentropy_weight = 1},
     117,
     0},
    {"mean-variance",
     agr_loss_mean_variance,
     mean_variance,
     {.first_value = 10, .mean_weight = 2, .variance_weight = 0.5},
     9,
     10},
};
enum { N_CASES = sizeof cases / sizeof cases[0], N_ROWS = 6 };

static void softmax(int64_t n, const double *z, double *p)
{
    double sum = 0;
    for (int64_t k = 0; k < n; k++)
        sum += p[k] = exp(z[k]);
    for (int64_t k = 0; k < n; k++)
        p[k] /= sum;
}

static double formula_at(const loss_case *c, const double *z, double y)
{
    double p[MAX_CLASSES];
    softmax(c->n_classes, z, p);
    return c->formula(&c->classes, c->n_classes, p, y);
}

static void fill(float *values, size_t n, float scale)
{
    uint32_t seed = 77;
    for (size_t i = 0; i < n; i++) {
        seed = seed * 1664525U + 1013904223U;
        values[i] = scale * ((float)(seed >> 8) / (float)(1 << 23) - 1.0F);
    }
}

/* The slope of the formula in double along one logit, fourth order: error of step^4. */
static double slope(const loss_case *c, double *z, int64_t k, double y)
{
    const double step = 1e-3, at = z[k];
    double value[4];
    const double offsets[4] = {-2, -1, 1, 2};
    for (int i = 0; i < 4; i++) {
        z[k] = at + offsets[i] * step;
        value[i] = formula_at(c, z, y);
    }
    z[k] = at;
    return (value[0] - 8 * value[1] + 8 * value[2] - value[3]) / (12 * step);
}

static void check_row(const loss_case *c, const float *z, double y, double loss, const float *dz,
                      double gradient_scale)
{
    double exact[MAX_CLASSES], slopes[MAX_CLASSES], largest = 0;
    for (int64_t k = 0; k < c->n_classes; k++)
        exact[k] = (double)z[k];
    const double expected = formula_at(c, exact, y);
    if (!(fabs(loss - expected) <= 1e-9 * fabs(expected) + 1e-12))
        fail_msg("%s at %g: expected loss %.15g, found %.15g", c->name, y, expected, loss);
    for (int64_t k = 0; k < c->n_classes; k++) {
        slopes[k] = gradient_scale * slope(c, exact, k, y);
        largest = fmax(largest, fabs(slopes[k]));
    }
    for (int64_t k = 0; k < c->n_classes; k++)
        if (!(fabs((double)dz[k] - slopes[k]) <= 1e-6 * largest + 1e-9))
            fail_msg("%s at %g: gradient of logit %d: expected %.9g, found %.9g", c->name, y,
                     (int)k, slopes[k], (double)dz[k]);
}

static void test_formulas_and_their_slopes(void **state)
{
    (void)state;
    for (int i = 0; i < N_CASES; i++) {
        const loss_case *c = &cases[i];
        float z[N_ROWS * MAX_CLASSES], dz[N_ROWS * MAX_CLASSES], target[N_ROWS];
        double loss[N_ROWS];
        fill(z, (size_t)(N_ROWS * c->n_classes), 2);
        const double most = number(&c->classes, c->n_classes - 1);
        for (int row = 0; row < N_ROWS; row++)
            target[row] = (float)rint(c->least + (most - c->least) * row / (N_ROWS - 1));
        const agr_loss_rows rows = {N_ROWS, c->n_classes, z, target, 0.5F, loss, dz, NULL};
        c->kernel(&rows, &c->classes);
        for (int row = 0; row < N_ROWS; row++)
            check_row(c, z + row * c->n_classes, (double)target[row], loss[row],
                      dz + row * c->n_classes, 0.5);
        double alone[N_ROWS];
        const agr_loss_rows evaluation = {N_ROWS, c->n_classes, z, target, 0.5F, alone, NULL};
        c->kernel(&evaluation, &c->classes);
        assert_memory_equal(alone, loss, sizeof loss);
    }
}

/* A distribution p as logits. */
static void logits_of(const double *p, int64_t n, float *z)
{
    for (int64_t k = 0; k < n; k++)
        z[k] = p[k] > 0 ? (float)log(p[k]) : -200;
}

static double loss_of(number_loss *kernel, agr_number_classes classes, const double *p, float y,
                      float dz[MAX_CLASSES])
{
    float z[MAX_CLASSES];
    double loss;
    logits_of(p, MAX_CLASSES, z);
    const agr_loss_rows rows = {1, MAX_CLASSES, z, &y, 1, &loss, dz, NULL};
    kernel(&rows, &classes);
    return loss;
}

/* The tutorial's two losses are 0 where the prediction is not the answer, and stay there. */
static void test_false_minima(void **state)
{
    (void)state;
    const agr_number_classes from_0 = {.first_value = 0}, from_1 = {.first_value = 1};
    float dz[MAX_CLASSES];
    double p[MAX_CLASSES] = {0};
    p[10] = 1.0 / 3, p[20] = 2.0 / 3;
    assert_true(loss_of(agr_loss_variance, from_0, p, 30, dz) < 1e-10);
    for (int k = 0; k < MAX_CLASSES; k++)
        assert_true(fabsf(dz[k]) < 1e-4F);                                /* nothing leads away */
    assert_true(loss_of(agr_loss_expected_mse, from_0, p, 30, dz) > 150); /* it says 16.7 */
    assert_true(loss_of(agr_loss_label_distribution, (agr_number_classes){.sigma = 2}, p, 30, dz) >
                1);
    double q[MAX_CLASSES] = {0}; /* classes from 1: number 5 is class 4 */
    q[4] = log(5) / log(30), q[5] = log(6) / log(30);
    assert_true(loss_of(agr_loss_mse_crossentropy, from_1, q, 30, dz) < 1e-10);
    for (int k = 0; k < MAX_CLASSES; k++)
        assert_true(fabsf(dz[k]) < 1e-4F);
    double right[MAX_CLASSES] = {0};
    right[30] = 1;
    assert_true(loss_of(agr_loss_variance, from_0, right, 30, dz) < 1e-10);
}

static void test_saturated_logits_stay_finite(void **state)
{
    (void)state;
    for (int i = 0; i < N_CASES; i++) {
        const loss_case *c = &cases[i];
        float z[MAX_CLASSES], dz[MAX_CLASSES];
        fill(z, (size_t)c->n_classes, 1e4F);
        z[1] = 3e38F;
        const float y = (float)number(&c->classes, c->n_classes - 1);
        double loss;
        const agr_loss_rows rows = {1, c->n_classes, z, &y, 1, &loss, dz, NULL};
        c->kernel(&rows, &c->classes);
        assert_true(isfinite(loss));
        for (int64_t k = 0; k < c->n_classes; k++)
            assert_true(isfinite(dz[k]));
    }
}

/* Each column is a logit of its own: whether the label is above the column's number. */
static void test_thresholds_are_questions_of_one_logit(void **state)
{
    (void)state;
    const agr_number_classes classes = {.first_value = 10};
    const float label[] = {9, 10, 12.5F, 30, NAN};
    enum { N = sizeof label / sizeof *label, K = 5 };
    float z[N * K], dz[N * K];
    double loss[N];
    fill(z, N * K, 6);
    z[7] = 3e38F;
    const agr_loss_rows rows = {N, K, z, label, 0.5F, loss, dz, NULL, 0.2};
    agr_loss_coral(&rows, &classes);
    for (int n = 0; n < N; n++) {
        double sum = 0;
        for (int k = 0; k < K; k++) {
            const float above = isnan(label[n]) ? NAN : label[n] > (float)(10 + k) ? 1 : 0;
            double one;
            float slope;
            const agr_loss_rows single = {1,    1,      z + n * K + k, &above, 0.5F,
                                          &one, &slope, NULL,          0.2};
            agr_loss_binary_crossentropy(&single);
            assert_true(slope == dz[n * K + k]);
            sum += one;
        }
        assert_true(sum == loss[n]);
    }
    assert_true(loss[4] == 0);
    z[0] = NAN;
    agr_loss_coral(&rows, &classes);
    assert_true(isnan(loss[0]) && isnan(dz[0]));
}

/* Numbers that a loss of this row of `cases`, or one of the three simple ones behind them, gives. */
static void run_loss(int i, const agr_loss_rows *rows)
{
    if (i < N_CASES)
        cases[i].kernel(rows, &cases[i].classes);
    else if (i == N_CASES)
        agr_loss_softmax_crossentropy(rows);
    else if (i == N_CASES + 1)
        agr_loss_mse(rows);
    else
        agr_loss_binary_crossentropy(rows);
}

/* One number for all losses: plain C, our own elementary functions, so every machine and compiler finds it. */
static void test_bits_of_every_machine(void **state)
{
    (void)state;
    uint64_t bits = 0;
    for (int i = 0; i < N_CASES + 3; i++) {
        const int64_t n = i < N_CASES ? cases[i].n_classes : i == N_CASES ? 5 : 1;
        float z[N_ROWS * MAX_CLASSES], dz[N_ROWS * MAX_CLASSES], target[N_ROWS];
        double loss[N_ROWS];
        fill(z, (size_t)(N_ROWS * n), 3);
        for (int row = 0; row < N_ROWS; row++)
            target[row] = i < N_CASES ? (float)cases[i].least + (float)(row % 5) : (float)(row % 2);
        const agr_loss_rows rows = {N_ROWS, n, z, target, 0.3F, loss, dz, NULL};
        run_loss(i, &rows);
        bits = agr_hash_chain(bits, agr_hash(loss, sizeof loss));
        bits = agr_hash_chain(bits, agr_hash(dz, (size_t)(N_ROWS * n) * sizeof *dz));
    }
    float y[2 * MAX_CLASSES], z[2 * MAX_CLASSES];
    fill(z, 2 * MAX_CLASSES, 5);
    agr_softmax_forward(NULL, 2, MAX_CLASSES, z, y);
    bits = agr_hash_chain(bits, agr_hash(y, sizeof y));
    agr_sigmoid_forward(NULL, 2 * MAX_CLASSES, z, y);
    bits = agr_hash_chain(bits, agr_hash(y, sizeof y));
    if (bits != 0x5f428dc9504e32ba)
        fail_msg("expected other bits, found %016llx", (unsigned long long)bits);
}

static void test_no_label_no_loss(void **state)
{
    (void)state;
    const float y = NAN;
    float z[MAX_CLASSES], dz[MAX_CLASSES];
    fill(z, MAX_CLASSES, 2);
    for (int i = 0; i < N_CASES + 3; i++) {
        double loss = -1;
        const int64_t n = i < N_CASES ? cases[i].n_classes : i == N_CASES ? 5 : 1;
        const agr_loss_rows rows = {1, n, z, &y, 1, &loss, dz, NULL};
        for (int64_t k = 0; k < n; k++)
            dz[k] = 1;
        run_loss(i, &rows);
        assert_true(loss == 0);
        for (int64_t k = 0; k < n; k++)
            assert_true(dz[k] == 0);
    }
}

static void test_labels_that_a_loss_cannot_take(void **state)
{
    (void)state;
    const agr_number_classes plain = {.first_value = 1}, from_0 = {.first_value = 0};
    const agr_number_classes mixed = {.crossentropy_weight = 1};
    const float z[3] = {1, 2, 3};
    const struct {
        number_loss *kernel;
        const agr_number_classes *classes;
        float y;
    } refused[] = {
        {agr_loss_mse_crossentropy, &plain, 0},    {agr_loss_mse_crossentropy, &from_0, 1},
        {agr_loss_number_crossentropy, &plain, 4}, {agr_loss_number_crossentropy, &plain, 0},
        {agr_loss_mean_variance, &mixed, 3},       {agr_loss_mean_variance, &mixed, -1e30F},
    };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        double loss;
        float dz[3];
        const agr_loss_rows rows = {1, 3, z, &refused[i].y, 1, &loss, dz, NULL};
        refused[i].kernel(&rows, refused[i].classes);
        assert_true(isnan(loss) && isnan(dz[0]) && isnan(dz[2]));
    }
    const float outside[4] = {3, -1, 0.5F, INFINITY};
    for (int i = 0; i < 4; i++) {
        double loss;
        const agr_loss_rows rows = {1, 3, z, &outside[i], 1, &loss, NULL};
        agr_loss_softmax_crossentropy(&rows);
        assert_true(isnan(loss));
    }
}

/* Loss and gradient are those without weights, times the weight of the row's class. */
static void test_weights_multiply_the_rows_of_their_class(void **state)
{
    (void)state;
    const double weights[] = {0.5, 3, 8};
    const float z[] = {0.3F, -1, 2, 1.5F, 0.2F, -0.7F}, classes[] = {2, 0}, sexes[] = {1, 0};
    double plain[2], weighed[2];
    float d_plain[6], d_weighed[6];
    agr_loss_rows rows = {2, 3, z, classes, 1, plain, d_plain, NULL};
    agr_loss_softmax_crossentropy(&rows);
    rows.loss = weighed, rows.dz = d_weighed, rows.class_weight = weights;
    agr_loss_softmax_crossentropy(&rows);
    for (int row = 0; row < 2; row++) {
        const double weight = weights[(int)classes[row]]; /* powers of two: exact */
        assert_true(weighed[row] == weight * plain[row]);
        for (int k = 0; k < 3; k++)
            assert_true(d_weighed[3 * row + k] == (float)weight * d_plain[3 * row + k]);
    }
    rows = (agr_loss_rows){2, 1, z, sexes, 1, plain, d_plain, NULL};
    agr_loss_binary_crossentropy(&rows);
    rows.loss = weighed, rows.dz = d_weighed, rows.class_weight = weights + 1;
    agr_loss_binary_crossentropy(&rows);
    assert_true(weighed[0] == 8 * plain[0] && d_weighed[0] == 8 * d_plain[0]);
    assert_true(fabs(weighed[1] - 3 * plain[1]) < 1e-15);
}

/* With a share s spread over K classes: (1 - s) times the loss of the label and s times the mean of
 * the losses of all of them. */
static void test_smoothing_mixes_the_losses_of_all_classes(void **state)
{
    (void)state;
    enum { K = 3 };
    const double s = 0.3;
    const float z[K] = {0.3F, -1, 2}, logit = -1.5F;
    double each[K], of_label, smoothed;
    for (int k = 0; k < K; k++) {
        const float label = (float)k;
        const agr_loss_rows rows = {1, K, z, &label, 1, &each[k], NULL, NULL, 0};
        agr_loss_softmax_crossentropy(&rows);
    }
    for (int k = 0; k < K; k++) {
        const float label = (float)k;
        const agr_loss_rows rows = {1, K, z, &label, 1, &smoothed, NULL, NULL, s};
        agr_loss_softmax_crossentropy(&rows);
        assert_true(fabs(smoothed - (1 - s) * each[k] - s * (each[0] + each[1] + each[2]) / K) <
                    1e-14);
    }
    for (int k = 0; k < 2; k++) {
        const float label = (float)k, other = (float)(1 - k);
        agr_loss_rows rows = {1, 1, &logit, &label, 1, &of_label, NULL, NULL, 0};
        agr_loss_binary_crossentropy(&rows);
        rows.target = &other, rows.loss = &each[0];
        agr_loss_binary_crossentropy(&rows);
        rows.target = &label, rows.loss = &smoothed, rows.smoothing = s;
        agr_loss_binary_crossentropy(&rows);
        assert_true(fabs(smoothed - (1 - s / 2) * of_label - s / 2 * each[0]) < 1e-14);
    }
}

static void test_plain_losses(void **state)
{
    (void)state;
    const float z[5] = {-2, 0, 0.5F, 3, -700}, ages[5] = {1, 0, 30, 2.5F, -700};
    const float sexes[5] = {0, 1, 1, 0, 1};
    double loss[5];
    float dz[5];
    const agr_loss_rows numbers = {5, 1, z, ages, 0.1F, loss, dz, NULL};
    agr_loss_mse(&numbers);
    for (int i = 0; i < 5; i++) {
        assert_true(fabs(loss[i] - square((double)z[i] - (double)ages[i])) < 1e-9);
        assert_true(fabs((double)dz[i] - 0.2 * ((double)z[i] - (double)ages[i])) < 1e-5);
    }
    const agr_loss_rows binary = {5, 1, z, sexes, 0.1F, loss, dz, NULL};
    agr_loss_binary_crossentropy(&binary);
    for (int i = 0; i < 5; i++) {
        const double p = 1 / (1 + exp(-(double)z[i])), y = (double)sexes[i];
        const double expected = i == 4 ? 700 : -y * log(p) - (1 - y) * log(1 - p);
        assert_true(fabs(loss[i] - expected) < 1e-9);
        assert_true(fabs((double)dz[i] - 0.1 * (p - y)) < 1e-8);
    }
    const float logits[6] = {1, 2, 3, 0, 0, 500}, classes[2] = {0, 1};
    float gradient[6];
    const agr_loss_rows sparse = {2, 3, logits, classes, 1, loss, gradient, NULL};
    agr_loss_softmax_crossentropy(&sparse);
    const double sum = exp(1) + exp(2) + exp(3);
    assert_true(fabs(loss[0] - (log(sum) - 1)) < 1e-12);
    assert_true(fabs(loss[1] - 500) < 1e-9);
    assert_true(fabs((double)gradient[0] - (exp(1) / sum - 1)) < 1e-7);
    assert_true(fabs((double)gradient[2] - exp(3) / sum) < 1e-7);
    assert_true(gradient[4] == -1 && gradient[5] == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formulas_and_their_slopes),
        cmocka_unit_test(test_thresholds_are_questions_of_one_logit),
        cmocka_unit_test(test_false_minima),
        cmocka_unit_test(test_saturated_logits_stay_finite),
        cmocka_unit_test(test_bits_of_every_machine),
        cmocka_unit_test(test_no_label_no_loss),
        cmocka_unit_test(test_labels_that_a_loss_cannot_take),
        cmocka_unit_test(test_plain_losses),
        cmocka_unit_test(test_smoothing_mixes_the_losses_of_all_classes),
        cmocka_unit_test(test_weights_multiply_the_rows_of_their_class),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
