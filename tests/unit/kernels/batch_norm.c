#include "naive_layers.h"

#include "kernel_cases.h"
#include <agr/base/size.h>

enum { N_IMAGES = 7, MICRO_BATCH = 2, N_MICRO_BATCHES = 4 };

typedef struct {
    agr_extent extent;
    size_t size; /* floats of all images */
    float *data, *scale, *shift, *mean, *slope, *offset, *dy;
    uint8_t *argmax;
    double *expected, *sums, *first;
} sums_case;

static sums_case begin_case(agr_extent extent)
{
    const size_t c = (size_t)extent.channels, size = N_IMAGES * (size_t)agr_extent_size(extent);
    const size_t width = N_MICRO_BATCHES * 2 * c;
    sums_case s = {.extent = extent,
                   .size = size,
                   .data = test_floats(size, 1, -1, 2),
                   .scale = test_floats(c, 2, -1, 1),
                   .shift = test_floats(c, 3, -1, 1),
                   .mean = test_floats(c, 4, 0, 1),
                   .slope = test_floats(c, 5, -1, 1),
                   .offset = test_floats(c, 6, -1, 1),
                   .dy = test_floats(size, 7, -1, 1),
                   .argmax = test_guarded(size, 1),
                   .expected = test_guarded(width, sizeof(double)),
                   .sums = test_guarded(width, sizeof(double)),
                   .first = test_guarded(width, sizeof(double))};
    return s;
}

static void end_case(sums_case *s)
{
    float *buffers[] = {s->data, s->scale, s->shift, s->mean, s->slope, s->offset, s->dy};
    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++)
        test_guarded_release(buffers[i]);
    test_guarded_release(s->argmax);
    test_guarded_release(s->expected);
    test_guarded_release(s->sums);
    test_guarded_release(s->first);
}

static void assert_close(const sums_case *s, size_t n)
{
    double largest = 1;
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, fabs(s->expected[i]));
    for (size_t i = 0; i < n; i++)
        if (!(fabs(s->sums[i] - s->expected[i]) <= 3e-7 * largest))
            fail_msg("extent %d x %d x %d, sum %zu: expected %.9g, found %.9g",
                     (int)s->extent.height, (int)s->extent.width, (int)s->extent.channels, i,
                     s->expected[i], s->sums[i]);
}

/* Sums of any shard of the case. */
typedef void sums_function(const sums_case *s, const void *what, agr_pool *pool,
                           const agr_shard *shard, double *sums);

/* Right, the same for any number of threads, and for any part of the batch. */
static void check(sums_case *s, sums_function *function, const void *what)
{
    const size_t width = 2 * (size_t)s->extent.channels, n = N_MICRO_BATCHES * width;
    const agr_shard whole = agr_shard_whole(N_IMAGES, MICRO_BATCH);
    FOR_EVERY_ISA
    {
        FOR_EVERY_POOL
        {
            function(s, what, pool, &whole, s->sums);
            assert_close(s, n);
            if (IS_FIRST_RESULT)
                memcpy(s->first, s->sums, n * sizeof(double));
            assert_memory_equal(s->first, s->sums, n * sizeof(double));
        }
        for (int64_t first = 0; first < N_MICRO_BATCHES; first++) {
            const agr_shard part = {N_IMAGES, MICRO_BATCH, first, N_MICRO_BATCHES - first};
            function(s, what, NULL, &part, s->sums);
            assert_memory_equal(s->first + (size_t)first * width, s->sums,
                                (size_t)part.count * width * sizeof(double));
        }
    }
}

static agr_view view_of(const sums_case *s, const bool *affine, int64_t first_image)
{
    return (agr_view){s->data + first_image * agr_extent_size(s->extent), *affine ? s->scale : NULL,
                      *affine ? s->shift : NULL};
}

static void forward_sums(const sums_case *s, const void *affine, agr_pool *pool,
                         const agr_shard *shard, double *sums)
{
    agr_batch_norm_sums(pool, shard, s->extent, view_of(s, affine, agr_shard_first_image(shard)),
                        sums);
}

static void test_forward_sums(void **state)
{
    (void)state;
    for (int k = 0; k < test_n_extents; k++)
        for (int a = 0; a < 2; a++) {
            const bool affine = a == 1;
            sums_case s = begin_case(test_extents[k]);
            for (int64_t m = 0; m < N_MICRO_BATCHES; m++)
                naive_batch_norm_sums(m * MICRO_BATCH, agr_min_i64((m + 1) * MICRO_BATCH, N_IMAGES),
                                      s.extent, view_of(&s, &affine, 0),
                                      s.expected + 2 * m * s.extent.channels);
            check(&s, forward_sums, &affine);
            end_case(&s);
        }
}

typedef struct {
    int window;
    bool affine;
} gradient_kind;

static agr_gradient_view gradient_of(const sums_case *s, const gradient_kind *kind,
                                     int64_t first_image)
{
    const int64_t pooled =
        s->extent.height / kind->window * (s->extent.width / kind->window) * s->extent.channels;
    agr_gradient_view g = {.dy = s->dy + first_image * pooled, .window = kind->window};
    if (kind->window > 1)
        g.argmax = s->argmax + first_image * pooled;
    if (kind->affine) {
        g.x = s->data + first_image * agr_extent_size(s->extent);
        g.scale = s->scale;
        g.slope = s->slope;
        g.offset = s->offset;
    }
    return g;
}

static void gradient_sums(const sums_case *s, const void *kind, agr_pool *pool,
                          const agr_shard *shard, double *sums)
{
    const int64_t first = agr_shard_first_image(shard);
    const agr_gradient_view g = gradient_of(s, kind, first);
    agr_batch_norm_gradient_sums(pool, shard, s->extent,
                                 s->data + first * agr_extent_size(s->extent), s->mean, &g, sums);
}

static void test_gradient_sums(void **state)
{
    (void)state;
    for (int k = 0; k < test_n_extents; k++)
        for (int window = 1; window <= 3; window++)
            for (int a = 0; a < 2; a++) {
                const gradient_kind kind = {window, a == 1};
                sums_case s = begin_case(test_extents[k]);
                for (size_t i = 0; i < s.size; i++)
                    s.argmax[i] = (uint8_t)((i * 7 + i / 5) % (size_t)(window * window));
                const agr_gradient_view g = gradient_of(&s, &kind, 0);
                for (int64_t m = 0; m < N_MICRO_BATCHES; m++)
                    naive_batch_norm_gradient_sums(
                        m * MICRO_BATCH, agr_min_i64((m + 1) * MICRO_BATCH, N_IMAGES), s.extent,
                        s.data, s.mean, &g, s.expected + 2 * m * s.extent.channels);
                check(&s, gradient_sums, &kind);
                end_case(&s);
            }
}

/* What a pool has kept stands for the tensor before it, to the bit. */
static void test_pooled_sums_are_those_of_what_the_pool_kept(void **state)
{
    (void)state;
    const agr_extent extent = {9, 13, 17}, pooled = {3, 4, 17};
    const agr_shard shard = agr_shard_whole(N_IMAGES, MICRO_BATCH);
    sums_case s = begin_case(extent);
    const size_t n_pooled = N_IMAGES * (size_t)agr_extent_size(pooled);
    const size_t n = N_MICRO_BATCHES * 2 * (size_t)extent.channels;
    float *y = test_guarded(n_pooled, sizeof *y), *picked = test_guarded(n_pooled, sizeof *picked);
    FOR_EVERY_ISA
    {
        agr_max_pool_forward(NULL, N_IMAGES, extent, 3, (agr_view){s.data, s.scale, s.shift}, y,
                             picked, s.argmax);
        const agr_gradient_view large = {.dy = s.dy, .argmax = s.argmax, .window = 3};
        const agr_gradient_view small = {.dy = s.dy, .window = 1};
        agr_batch_norm_gradient_sums(NULL, &shard, extent, s.data, s.mean, &large, s.sums);
        agr_batch_norm_gradient_sums(NULL, &shard, pooled, picked, s.mean, &small, s.first);
        assert_memory_equal(s.sums, s.first, n * sizeof(double));
    }
    test_guarded_release(y);
    test_guarded_release(picked);
    end_case(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forward_sums),
        cmocka_unit_test(test_gradient_sums),
        cmocka_unit_test(test_pooled_sums_are_those_of_what_the_pool_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
