/**
 * Times convolutions beside sgemm:  bench_conv [threads [batch [repeats [shape [bf16]]]]]
 * or compares them with the naive loop in double:  bench_conv errors
 *
 * For every shape and algorithm: milliseconds an image forward and backward (medians; forward,
 * backward and sgemm take turns, so that a noisy machine disturbs them alike), effective GFLOP/s
 * (operations of a direct evaluation over time), and their ratio to what sgemm reached on one core
 * in the same turns. With BENCH_BEST set it is the best of all repeats instead of the median: what
 * can be compared on a machine that others use.
 */
#include <agr/base/size.h>
#include <agr/kernels/conv.h>
#include <agr/kernels/isa.h>

#include <naive_conv.h>

#include <cblas.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

typedef struct {
    agr_conv_shape shape;
    int window; /* of the max-pool behind it */
    bool with_dx;
    agr_conv_algorithm algorithm;
} bench_case;

static const bench_case cases[] = {
    {{96, 96, 3, 32, 3, true}, 3, true, AGR_CONV_DIRECT},
    {{32, 32, 32, 64, 3, true}, 1, true, AGR_CONV_WINOGRAD},
    {{32, 32, 64, 128, 3, true}, 1, true, AGR_CONV_WINOGRAD},
    {{32, 32, 128, 256, 3, true}, 1, true, AGR_CONV_WINOGRAD},
    {{32, 32, 256, 1024, 3, true}, 2, true, AGR_CONV_WINOGRAD},
    {{96, 96, 3, 16, 3, true}, 3, false, AGR_CONV_DIRECT},
    {{32, 32, 16, 32, 3, true}, 2, true, AGR_CONV_WINOGRAD},
    {{16, 16, 32, 32, 3, true}, 2, true, AGR_CONV_WINOGRAD},
    {{96, 96, 3, 16, 3, true}, 3, false, AGR_CONV_WINOGRAD},
    {{96, 96, 3, 32, 3, true}, 3, true, AGR_CONV_WINOGRAD},
    {{32, 32, 16, 32, 3, true}, 2, true, AGR_CONV_DIRECT},
    {{16, 16, 32, 32, 3, true}, 2, true, AGR_CONV_DIRECT},
    {{32, 32, 32, 64, 3, true}, 1, true, AGR_CONV_DIRECT},
    {{32, 32, 64, 128, 3, true}, 1, true, AGR_CONV_IM2COL},
    {{32, 32, 8, 16, 3, true}, 1, true, AGR_CONV_WINOGRAD},
    {{32, 32, 8, 16, 3, true}, 1, true, AGR_CONV_DIRECT},
    {{32, 32, 16, 32, 5, true}, 1, true, AGR_CONV_DIRECT},
    {{32, 32, 16, 32, 5, true}, 1, true, AGR_CONV_IM2COL},
    {{32, 32, 64, 128, 1, true}, 1, true, AGR_CONV_DIRECT},
    {{32, 32, 64, 128, 1, true}, 1, true, AGR_CONV_IM2COL},
    {{16, 16, 128, 128, 5, true}, 1, true, AGR_CONV_DIRECT},
    {{16, 16, 128, 128, 5, true}, 1, true, AGR_CONV_IM2COL},
};

static const char *const algorithm_name[] = {"auto", "direct", "winograd", "im2col"};

static float *allocate(size_t n)
{
    const size_t size = (n * sizeof(float) + (2U << 20)) & ~(size_t)((2U << 20) - 1);
    float *memory = aligned_alloc(2U << 20, size);
    if (memory == NULL)
        abort();
    if (getenv("BENCH_SMALL_PAGES") == NULL)
        madvise(memory, size, MADV_HUGEPAGE);
    memset(memory, 0, size);
    return memory;
}

static float *filled(size_t n, uint32_t seed)
{
    float *values = allocate(n);
    for (size_t i = 0; i < n; i++) {
        seed = seed * 1664525U + 1013904223U;
        values[i] = (float)(seed >> 8) / (float)(1 << 23) - 1.0F;
    }
    return values;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double median(double *values, int n)
{
    qsort(values, (size_t)n, sizeof *values, compare);
    return values[getenv("BENCH_BEST") != NULL ? 0 : n / 2];
}

/* One thread is timed by the processor time it got, which other programs on the machine disturb
 * less; several by the clock. */
static clockid_t timer = CLOCK_MONOTONIC;

static double seconds(void)
{
    struct timespec now;
    clock_gettime(timer, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Seconds of one sgemm of a transformed tap of the largest layer: 128 tiles, 256 -> 1024. */
static double time_sgemm(const float *a, const float *b, float *c)
{
    const double begin = seconds();
    for (int i = 0; i < 2; i++)
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, 128, 1024, 256, 1, a, 256, b, 1024,
                    0, c, 1024);
    return (seconds() - begin) / 2;
}

static void run_case(const bench_case *c, agr_precision factors, agr_pool *pool, int64_t n_images,
                     int n_repeats)
{
    agr_conv_shape s = c->shape;
    s.factors = factors;
    const agr_shard shard = agr_shard_whole(n_images, 2);
    agr_error err;
    agr_conv conv;
    if (agr_conv_plan(&conv, s, c->algorithm, 2, shard.count, agr_pool_size(pool), &err) != AGR_OK)
        abort();
    conv.packed = allocate(conv.packed_floats);
    conv.work = allocate(conv.work_floats);
    const size_t pixels = (size_t)(n_images * s.height * s.width);
    const size_t n_in = (size_t)s.in_channels, n_out = (size_t)s.out_channels;
    const size_t w_floats = (size_t)(s.kernel * s.kernel) * n_in * n_out;
    float *x = filled(pixels * n_in, 1), *w = filled(w_floats, 2), *bias = filled(n_out, 3);
    float *y = filled(pixels * n_out, 4), *dy = filled(pixels * n_out, 5);
    float *dx = filled(pixels * n_in, 6), *gradient = filled(w_floats + n_out, 7);
    float *vectors = filled(4 * 1024, 8);
    float *a = filled(128 * 256, 9), *b = filled(256 * 1024, 10), *product = filled(128 * 1024, 11);
    uint8_t *argmax = calloc(pixels * n_out, 1);
    double *sums = calloc((size_t)shard.count * 2 * n_out, sizeof *sums);
    double *times = calloc((size_t)n_repeats * 3, sizeof *times);
    const agr_view view = {x, vectors, vectors + 1024};
    const agr_gradient_view gradient_view = {
        dy, c->window > 1 ? argmax : NULL, c->window, y, vectors, vectors + 1024, vectors + 2048};
    for (int i = -2; i < n_repeats; i++) {
        const double t0 = seconds();
        if (i == -2)
            agr_conv_prepare(&conv, pool, w);
        agr_conv_forward(&conv, pool, &shard, view, bias, y, sums);
        const double t1 = seconds();
        agr_conv_backward(&conv, pool, &shard, view, y, &gradient_view, c->with_dx ? dx : NULL,
                          (agr_weight_gradient){gradient, 0},
                          (agr_weight_gradient){gradient + w_floats, 0});
        const double t2 = seconds();
        if (i < 0)
            continue;
        times[i] = t1 - t0;
        times[n_repeats + i] = t2 - t1;
        times[2 * n_repeats + i] = time_sgemm(a, b, product);
    }
    const double begin = seconds();
    agr_conv_prepare(&conv, pool, w);
    const double prepare_ms = 1e3 * (seconds() - begin);
    const double images = (double)n_images;
    const double forward_s = median(times, n_repeats) / images;
    const double backward_s = median(times + n_repeats, n_repeats) / images;
    const double sgemm = 2.0 * 128 * 1024 * 256 / median(times + 2 * n_repeats, n_repeats) * 1e-9;
    const double forward = agr_conv_flop_forward(s) / forward_s * 1e-9;
    const double backward = agr_conv_flop_forward(s) * (c->with_dx ? 2 : 1) / backward_s * 1e-9;
    printf("%3dx%-3d %4d ->%5d k%d %-9s %8.3f %8.3f %8.1f %8.1f %7.1f %6.2f %6.2f %9.2f %8.1f\n",
           (int)s.height, (int)s.width, (int)s.in_channels, (int)s.out_channels, s.kernel,
           algorithm_name[conv.algorithm], 1e3 * forward_s, 1e3 * backward_s, forward, backward,
           sgemm, forward / sgemm, backward / sgemm, prepare_ms,
           (double)(conv.packed_floats + conv.work_floats) * 4e-6);
    fflush(stdout);
    free(conv.packed), free(conv.work), free(x), free(w), free(bias), free(y), free(dy), free(dx);
    free(gradient), free(vectors), free(a), free(b), free(product), free(argmax), free(sums);
    free(times);
}

static double largest_error(const float *found, const double *expected, size_t n)
{
    double largest = 1e-30, error = 0;
    for (size_t i = 0; i < n; i++) {
        error = fmax(error, fabs((double)found[i] - expected[i]));
        largest = fmax(largest, fabs(expected[i]));
    }
    return error / largest;
}

/* One micro-batch of two images; inputs as behind a ReLU, kernels as Glorot draws them. */
static void compare_case(const bench_case *c, agr_precision factors)
{
    agr_conv_shape s = c->shape;
    s.factors = factors;
    const agr_shard shard = agr_shard_whole(2, 2);
    agr_error err;
    agr_conv conv;
    if (agr_conv_plan(&conv, s, c->algorithm, 2, 1, 1, &err) != AGR_OK)
        abort();
    conv.packed = allocate(conv.packed_floats);
    conv.work = allocate(conv.work_floats);
    const size_t pixels = (size_t)(2 * s.height * s.width);
    const size_t n_in = (size_t)s.in_channels, n_out = (size_t)s.out_channels;
    const size_t w_floats = (size_t)(s.kernel * s.kernel) * n_in * n_out;
    float *x = filled(pixels * n_in, 1), *w = filled(w_floats, 2), *bias = allocate(n_out);
    float *y = allocate(pixels * n_out), *dy = filled(pixels * n_out, 5);
    float *dx = allocate(pixels * n_in), *gradient = allocate(w_floats + n_out);
    double *y_naive = calloc(pixels * n_out, sizeof(double));
    double *dx_naive = calloc(pixels * n_in, sizeof(double));
    double *gradient_naive = calloc(w_floats + n_out, sizeof(double));
    const agr_view view = {.data = x};
    const agr_gradient_view gradient_view = {.dy = dy, .window = 1};
    for (size_t i = 0; i < pixels * n_in; i++)
        x[i] = x[i] > 0 ? x[i] : 0;
    agr_conv_prepare(&conv, NULL, w);
    agr_conv_forward(&conv, NULL, &shard, view, bias, y, NULL);
    agr_conv_backward(&conv, NULL, &shard, view, y, &gradient_view, dx,
                      (agr_weight_gradient){gradient, 0},
                      (agr_weight_gradient){gradient + w_floats, 0});
    naive_conv_forward(s, 2, view, w, bias, y_naive);
    naive_conv_backward(s, 2, view, w, y, &gradient_view, dx_naive, gradient_naive,
                        gradient_naive + w_floats);
    printf("%3dx%-3d %4d ->%5d k%d %-9s %s %9.1e %9.1e %9.1e\n", (int)s.height, (int)s.width,
           (int)s.in_channels, (int)s.out_channels, s.kernel, algorithm_name[conv.algorithm],
           factors == AGR_PRECISION_BF16 ? "bf16" : "fp32",
           largest_error(y, y_naive, pixels * n_out), largest_error(dx, dx_naive, pixels * n_in),
           largest_error(gradient, gradient_naive, w_floats));
    fflush(stdout);
    free(conv.packed), free(conv.work), free(x), free(w), free(bias), free(y), free(dy), free(dx);
    free(gradient), free(y_naive), free(dx_naive), free(gradient_naive);
}

static int compare_all(void)
{
    printf("%-24s %-9s %4s %9s %9s %9s   largest error of the largest element\n", "shape",
           "algorithm", "", "y", "dx", "dw");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        compare_case(&cases[i], AGR_PRECISION_FP32);
        if (cases[i].algorithm == AGR_CONV_WINOGRAD)
            compare_case(&cases[i], AGR_PRECISION_BF16);
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "errors") == 0)
        return compare_all();
    const int n_threads = argc > 1 ? atoi(argv[1]) : 1;
    const int n_images = argc > 2 ? atoi(argv[2]) : 32;
    const int n_repeats = argc > 3 ? atoi(argv[3]) : 5;
    const int only = argc > 4 ? atoi(argv[4]) : -1;
    const bool bf16 = argc > 5 && strcmp(argv[5], "bf16") == 0;
    agr_error err;
    agr_pool *pool;
    agr_isa isa;
    if (n_threads < 1 || n_images < 1 || n_repeats < 1 || agr_isa_choose(&isa, &err) != AGR_OK ||
        agr_pool_create(n_threads, &pool, &err) != AGR_OK) {
        fprintf(stderr, "bench_conv: bad arguments\n");
        return 2;
    }
    agr_kernels_select(isa);
    if (n_threads == 1 && getenv("BENCH_WALL") == NULL)
        timer = CLOCK_PROCESS_CPUTIME_ID;
    printf("%s, %s, %d threads, batch %d, median of %d\n", agr_kernels_description(),
           agr_cpu_model(), n_threads, n_images, n_repeats);
    printf("%-24s %-9s %8s %8s %8s %8s %7s %6s %6s %9s %8s\n", "shape", "algorithm", "fwd ms",
           "bwd ms", "GFLOP/s", "GFLOP/s", "sgemm", "ratio", "ratio", "prepare", "MB");
    for (int i = 0; i < (int)(sizeof cases / sizeof *cases); i++)
        if (only < 0 || only == i)
            run_case(&cases[i], bf16 ? AGR_PRECISION_BF16 : AGR_PRECISION_FP32, pool, n_images,
                     n_repeats);
    agr_pool_destroy(pool);
    return 0;
}
