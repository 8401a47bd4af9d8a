/**
 * Times the smaller kernels:  bench_layers [threads [batch [repeats [name]]]]
 *
 * For every kernel: microseconds an image (median, beside it the best; one thread by the processor
 * time it got, several by the clock), the bytes an image that must move at least, and the rate that
 * gives. Beside them a plain read and a copy of memory in the same turns.
 */
#include <agr/base/size.h>
#include <agr/kernels/isa.h>
#include <agr/kernels/layers.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

static clockid_t timer = CLOCK_MONOTONIC;

static double seconds(void)
{
    struct timespec now;
    clock_gettime(timer, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Everything that the kernels read and write. */
typedef struct {
    agr_pool *pool;
    agr_shard shard;
    float *large[4]; /* images */
    float *weights[4];
    float *vectors; /* [8][1024] per channel */
    float *work;
    uint8_t *argmax;
    double *sums;
    agr_draw_address *address;
} bench_memory;

enum {
    LARGE_FLOATS = 32 * 32 * 1024, /* of an image at most */
    WEIGHT_FLOATS = 262144 * 117 + 117,
    MAX_THREADS = 64
};

static float *allocate(size_t n)
{
    const size_t size = (size_t)agr_round_up((int64_t)(n * sizeof(float)), 2 << 20);
    float *memory = aligned_alloc(2U << 20, size);
    if (memory == NULL)
        abort();
    madvise(memory, size, MADV_HUGEPAGE);
    uint32_t seed = (uint32_t)n;
    for (size_t i = 0; i < size / sizeof(float); i++) {
        seed = seed * 1664525U + 1013904223U;
        memory[i] = (float)(seed >> 8) * 0x1p-23F - 1;
    }
    return memory;
}

static const agr_extent first_age = {96, 96, 32}, first_gender = {96, 96, 16};
static const agr_extent last_age = {32, 32, 1024}, second_gender = {32, 32, 32};
static const agr_extent picture = {96, 96, 3}, flat = {1, 1, 262144};

static agr_view view_of(const bench_memory *b)
{
    return (agr_view){b->large[0], b->vectors, b->vectors + 1024};
}

static agr_weight_gradient rows_of(float *row)
{
    return (agr_weight_gradient){row, WEIGHT_FLOATS};
}

static void read_memory(const bench_memory *b)
{
    agr_sum_of_squares(b->pool, (size_t)b->shard.n_images * LARGE_FLOATS, b->large[0]);
}

static void copy_memory(const bench_memory *b)
{
    memcpy(b->large[1], b->large[0], (size_t)b->shard.n_images * LARGE_FLOATS * sizeof(float));
}

static void max_pool(const bench_memory *b, agr_extent extent, int window)
{
    agr_max_pool_forward(b->pool, b->shard.n_images, extent, window, view_of(b), b->large[1],
                         b->large[2], b->argmax);
}

static void max_pool_gender(const bench_memory *b)
{
    max_pool(b, first_gender, 3);
}

static void max_pool_age(const bench_memory *b)
{
    max_pool(b, first_age, 3);
}

static void max_pool_gender_2(const bench_memory *b)
{
    max_pool(b, second_gender, 2);
}

static void max_pool_age_last(const bench_memory *b)
{
    max_pool(b, last_age, 2);
}

static void batch_norm_sums(const bench_memory *b)
{
    agr_batch_norm_sums(b->pool, &b->shard, last_age, (agr_view){.data = b->large[0]}, b->sums);
}

static void gradient_sums(const bench_memory *b, agr_extent extent, int window)
{
    const agr_gradient_view g = {.dy = b->large[1], .argmax = b->argmax, .window = window};
    agr_batch_norm_gradient_sums(b->pool, &b->shard, extent, b->large[0], b->vectors, &g, b->sums);
}

static void gradient_sums_gender_pooled(const bench_memory *b)
{
    gradient_sums(b, first_gender, 3);
}

static void gradient_sums_gender_picked(const bench_memory *b)
{
    gradient_sums(b, (agr_extent){32, 32, 16}, 1);
}

static void gradient_sums_age(const bench_memory *b)
{
    gradient_sums(b, last_age, 1);
}

static void dropout(const bench_memory *b)
{
    const agr_random_key key = {{1, 2}};
    agr_dropout(b->pool, b->shard.n_images, 32 * 32 * 16, key, 3, b->address, 0.25F, b->large[1],
                b->large[1]);
}

static void relu(const bench_memory *b)
{
    agr_relu_forward(b->pool, b->shard.n_images, flat, (agr_view){.data = b->large[0]},
                     b->large[0]);
}

static void depthwise_forward(const bench_memory *b)
{
    agr_depthwise_forward(b->pool, &b->shard, picture, (agr_view){.data = b->large[0]},
                          b->weights[0], b->vectors, true, b->large[1], b->sums, b->work);
}

static void depthwise_backward(const bench_memory *b)
{
    const agr_gradient_view dy = {.dy = b->large[2],
                                  .window = 1,
                                  .x = b->large[1],
                                  .scale = b->vectors,
                                  .slope = b->vectors,
                                  .offset = b->vectors};
    agr_depthwise_backward(b->pool, &b->shard, picture, (agr_view){.data = b->large[0]},
                           b->weights[0], true, b->large[1], &dy, NULL, rows_of(b->weights[1]),
                           rows_of(b->weights[1] + 27), b->work);
}

static void dense_forward(const bench_memory *b, int64_t n_in, int64_t n_out)
{
    const agr_dense dense = {n_in, n_out, .relu = false};
    agr_dense_forward(&dense, b->pool, &b->shard, b->large[0], b->weights[0], b->vectors,
                      b->large[3], b->work);
}

static void dense_backward(const bench_memory *b, int64_t n_in, int64_t n_out)
{
    const agr_dense dense = {n_in, n_out, .relu = false};
    agr_dense_backward(&dense, b->pool, &b->shard, b->large[0], b->weights[0], b->large[3],
                       b->large[1], rows_of(b->weights[1]), rows_of(b->weights[1] + n_in * n_out),
                       b->work);
}

static void dense_forward_age(const bench_memory *b)
{
    dense_forward(b, 262144, 1);
}

static void dense_backward_age(const bench_memory *b)
{
    dense_backward(b, 262144, 1);
}

static void dense_forward_classes(const bench_memory *b)
{
    dense_forward(b, 262144, 117);
}

static void dense_backward_classes(const bench_memory *b)
{
    dense_backward(b, 262144, 117);
}

static void dense_forward_few(const bench_memory *b)
{
    dense_forward(b, 262144, 5);
}

static void dense_backward_few(const bench_memory *b)
{
    dense_backward(b, 262144, 5);
}

static void dense_forward_gender(const bench_memory *b)
{
    dense_forward(b, 2048, 128);
}

static void dense_backward_gender(const bench_memory *b)
{
    dense_backward(b, 2048, 128);
}

static void adam(const bench_memory *b, size_t n)
{
    const agr_adam step = {1e-6F, 0.9F, 0.999F, 1e-7F, 1};
    const agr_slab_range all = {0, n, false};
    const agr_trained_slabs slabs = {.n_ranges = 1,
                                     .range = &all,
                                     .gradient = b->weights[0],
                                     .gradient_scale = 1,
                                     .value = b->weights[3],
                                     .slot = {b->weights[1], b->weights[2]}};
    agr_adam_apply(b->pool, &step, &slabs);
}

static void adam_age(const bench_memory *b)
{
    adam(b, 3013925);
}

static void adam_gender(const bench_memory *b)
{
    adam(b, 277153);
}

/* Bytes are those of one call that do not depend on the batch, and those of an image. */
static const struct {
    const char *name;
    void (*run)(const bench_memory *memory);
    double batch_bytes, image_bytes;
} cases[] = {
    {"read", read_memory, 0, 4.0 * LARGE_FLOATS},
    {"copy", copy_memory, 0, 8.0 * LARGE_FLOATS},
    {"max_pool 96x96x16 / 3", max_pool_gender, 0, 4.0 * (96 * 96 + 2 * 32 * 32) * 16},
    {"max_pool 32x32x32 / 2", max_pool_gender_2, 0, 4.0 * (32 * 32 + 2 * 16 * 16) * 32},
    {"max_pool 96x96x32 / 3", max_pool_age, 0, 4.0 * (96 * 96 + 2 * 32 * 32) * 32},
    {"max_pool 32x32x1024 / 2", max_pool_age_last, 0, 4.0 * (32 * 32 + 2 * 16 * 16) * 1024},
    {"bn sums 32x32x1024", batch_norm_sums, 0, 4.0 * 32 * 32 * 1024},
    {"bn gradient 96x96x16 / 3", gradient_sums_gender_pooled, 0, 4.0 * 2 * 32 * 32 * 16},
    {"bn gradient 32x32x16", gradient_sums_gender_picked, 0, 4.0 * 2 * 32 * 32 * 16},
    {"bn gradient 32x32x1024", gradient_sums_age, 0, 4.0 * 2 * 32 * 32 * 1024},
    {"dropout 32x32x16", dropout, 0, 4.0 * 2 * 32 * 32 * 16},
    {"relu 262144", relu, 0, 4.0 * 2 * 262144},
    {"depthwise 96x96x3 fwd", depthwise_forward, 0, 4.0 * 2 * 96 * 96 * 3},
    {"depthwise 96x96x3 bwd", depthwise_backward, 0, 4.0 * 3 * 96 * 96 * 3},
    {"dense 262144x1 fwd", dense_forward_age, 4.0 * 262144, 4.0 * 262144},
    {"dense 262144x1 bwd", dense_backward_age, 4.0 * 2 * 262144, 4.0 * 2 * 262144},
    {"dense 262144x5 fwd", dense_forward_few, 4.0 * 5 * 262144, 4.0 * 262144},
    {"dense 262144x5 bwd", dense_backward_few, 4.0 * 10 * 262144, 4.0 * 2 * 262144},
    {"dense 262144x117 fwd", dense_forward_classes, 4.0 * 117 * 262144, 4.0 * 262144},
    {"dense 262144x117 bwd", dense_backward_classes, 4.0 * 234 * 262144, 4.0 * 2 * 262144},
    {"dense 2048x128 fwd", dense_forward_gender, 4.0 * 128 * 2048, 4.0 * 2048},
    {"dense 2048x128 bwd", dense_backward_gender, 4.0 * 256 * 2048, 4.0 * 2 * 2048},
    {"adam 3.0 M", adam_age, 28.0 * 3013925, 0},
    {"adam 0.28 M", adam_gender, 28.0 * 277153, 0},
};

enum { N_CASES = sizeof cases / sizeof cases[0] };

static bench_memory prepare(agr_pool *pool, int64_t n_images)
{
    const size_t images = (size_t)n_images;
    const agr_dense largest = {262144, 117, .relu = false};
    const size_t work = agr_dense_work_floats(&largest, n_images, n_images, MAX_THREADS) +
                        agr_depthwise_work_floats((agr_extent){96, 96, 3}, n_images, MAX_THREADS);
    bench_memory b = {.pool = pool, .shard = agr_shard_whole(n_images, 2)};
    for (int i = 0; i < 4; i++) {
        b.large[i] = allocate(images * LARGE_FLOATS);
        b.weights[i] = allocate(WEIGHT_FLOATS);
    }
    b.vectors = allocate(8 * 1024);
    b.work = allocate(work);
    b.argmax = calloc(images * LARGE_FLOATS, 1);
    b.sums = calloc(images * 2 * 1024, sizeof *b.sums);
    b.address = calloc(images, sizeof *b.address);
    for (size_t i = 0; i < images; i++)
        b.address[i].sample = (uint32_t)i;
    for (size_t i = 0; i < WEIGHT_FLOATS; i++)
        b.weights[2][i] *= b.weights[2][i]; /* Adam's v */
    return b;
}

static void run_case(const bench_memory *b, int index, int n_repeats)
{
    double *times = calloc((size_t)n_repeats, sizeof *times);
    if (index >= 2)
        max_pool(b, first_gender, 3); /* argmax of a pool of 3; fits every window here */
    for (int i = -1; i < n_repeats; i++) {
        const double begin = seconds();
        cases[index].run(b);
        if (i >= 0)
            times[i] = seconds() - begin;
    }
    qsort(times, (size_t)n_repeats, sizeof *times, compare);
    const double median = times[n_repeats / 2], images = (double)b->shard.n_images;
    const double bytes = cases[index].batch_bytes + images * cases[index].image_bytes;
    printf("%-26s %9.1f us/image, best %9.1f %8.1f GB/s\n", cases[index].name,
           1e6 * median / images, 1e6 * times[0] / images, 1e-9 * bytes / median);
    fflush(stdout);
    free(times);
}

int main(int argc, char **argv)
{
    const int n_threads = argc > 1 ? atoi(argv[1]) : 1;
    const int n_images = argc > 2 ? atoi(argv[2]) : 32;
    const int n_repeats = argc > 3 ? atoi(argv[3]) : 7;
    agr_error err;
    agr_pool *pool;
    agr_isa isa;
    if (n_threads < 1 || n_threads > MAX_THREADS || n_images < 1 || n_repeats < 1 ||
        agr_isa_choose(&isa, &err) != AGR_OK || agr_pool_create(n_threads, &pool, &err) != AGR_OK) {
        fprintf(stderr, "bench_layers: bad arguments\n");
        return 2;
    }
    agr_kernels_select(isa);
    if (n_threads == 1)
        timer = CLOCK_PROCESS_CPUTIME_ID;
    printf("%s, %s, %d threads, batch %d, median of %d\n", agr_kernels_description(),
           agr_cpu_model(), n_threads, n_images, n_repeats);
    const bench_memory memory = prepare(pool, n_images);
    for (int i = 0; i < N_CASES; i++)
        if (argc <= 4 || strstr(cases[i].name, argv[4]) != NULL)
            run_case(&memory, i, n_repeats);
    agr_pool_destroy(pool);
    return 0;
}
