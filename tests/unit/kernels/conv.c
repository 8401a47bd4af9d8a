#include <naive_conv.h>
#include <openblas.h>
#include <test.h>

#include <agr/base/size.h>
#include <agr/kernels/isa.h>

typedef struct {
    int64_t height, width, in_channels, out_channels;
    int kernel;
    bool relu;
    int64_t n_images, micro_batch;
    bool view_affine;
    int window;
    bool batch_norm;
    bool with_dx;
} conv_case;

static const conv_case cases[] = {
    {1, 1, 1, 1, 3, false, 1, 1, false, 1, false, true},
    {1, 1, 3, 5, 1, true, 3, 2, true, 1, true, true},
    {2, 3, 1, 17, 3, true, 2, 1, false, 1, false, true},
    {5, 4, 33, 1, 3, false, 3, 2, true, 2, false, true},
    {8, 8, 16, 32, 3, true, 4, 2, true, 2, true, true},
    {13, 12, 3, 16, 3, true, 3, 2, false, 3, true, false},
    {16, 16, 32, 32, 3, true, 5, 2, false, 2, false, true},
    {25, 26, 7, 40, 3, true, 3, 2, true, 3, true, true},
    {26, 25, 65, 70, 3, false, 1, 1, true, 1, true, true},
    {19, 21, 3, 33, 3, true, 3, 2, true, 3, true, true},
    {10, 11, 1, 8, 5, true, 2, 1, true, 2, true, true},
    {9, 7, 4, 6, 5, true, 3, 2, true, 2, true, true},
    {6, 6, 20, 24, 1, true, 4, 3, false, 3, false, true},
    {96, 96, 3, 16, 3, true, 2, 2, true, 3, true, false},
    {12, 13, 96, 136, 3, true, 3, 2, false, 2, true, true},
};

enum { N_CASES = sizeof cases / sizeof *cases, GUARD = 64 };
static const float sentinel = 1234.5F;

/* Aligned floats between two guards. */
static float *guarded(int64_t n)
{
    float *memory = aligned_alloc(64, (size_t)agr_round_up(n + 2 * GUARD, 16) * sizeof *memory);
    assert_non_null(memory);
    for (int i = 0; i < GUARD; i++)
        memory[i] = memory[GUARD + n + i] = sentinel;
    for (int64_t i = 0; i < n; i++)
        memory[GUARD + i] = NAN;
    return memory + GUARD;
}

static void release_guarded(float *values, int64_t n)
{
    for (int i = 0; i < GUARD; i++)
        assert_true(values[-1 - i] == sentinel && values[n + i] == sentinel);
    free(values - GUARD);
}

static void fill(float *values, int64_t n, uint32_t seed)
{
    for (int64_t i = 0; i < n; i++) {
        seed = seed * 1664525U + 1013904223U;
        values[i] = (float)(seed >> 8) / (float)(1 << 23) - 1.0F;
    }
}

static float *filled(int64_t n, uint32_t seed)
{
    float *values = guarded(n);
    fill(values, n, seed);
    return values;
}

/* Everything a layer has for one batch. */
typedef struct {
    conv_case c;
    agr_conv_shape shape;
    int64_t x_size, y_size, w_size, pooled_size; /* of the whole batch; of the kernel */
    float *x, *w, *bias, *scale, *shift;
    float *dy, *norm_x, *norm_scale, *norm_slope, *norm_offset;
    uint8_t *argmax;
    int64_t n_micro_batches;
} batch;

static agr_view view_of(const batch *b, int64_t first_image)
{
    return (agr_view){b->x + first_image * b->x_size / b->c.n_images,
                      b->c.view_affine ? b->scale : NULL, b->c.view_affine ? b->shift : NULL};
}

static agr_gradient_view gradient_of(const batch *b, int64_t first_image)
{
    const int64_t pooled = first_image * b->pooled_size / b->c.n_images;
    return (agr_gradient_view){
        .dy = b->dy + pooled,
        .argmax = b->c.window > 1 ? b->argmax + pooled : NULL,
        .window = b->c.window,
        .x = b->c.batch_norm ? b->norm_x + first_image * b->y_size / b->c.n_images : NULL,
        .scale = b->norm_scale,
        .slope = b->norm_slope,
        .offset = b->norm_offset};
}

static batch make_batch(const conv_case *c)
{
    batch b = {.c = *c};
    b.shape = (agr_conv_shape){c->height, c->width, c->in_channels,    c->out_channels,
                               c->kernel, c->relu,  AGR_PRECISION_FP32};
    const int64_t pixels = c->n_images * c->height * c->width;
    b.x_size = pixels * c->in_channels;
    b.y_size = pixels * c->out_channels;
    b.w_size = (int64_t)c->kernel * c->kernel * c->in_channels * c->out_channels;
    b.pooled_size =
        c->n_images * (c->height / c->window) * (c->width / c->window) * c->out_channels;
    b.n_micro_batches = (c->n_images + c->micro_batch - 1) / c->micro_batch;
    b.x = filled(b.x_size, 1);
    b.w = filled(b.w_size, 2);
    b.bias = filled(c->out_channels, 3);
    b.scale = filled(c->in_channels, 4);
    b.shift = filled(c->in_channels, 5);
    b.dy = filled(b.pooled_size, 6);
    b.norm_x = filled(b.y_size, 7);
    b.norm_scale = filled(c->out_channels, 8);
    b.norm_slope = filled(c->out_channels, 9);
    b.norm_offset = filled(c->out_channels, 10);
    b.argmax = malloc((size_t)b.pooled_size + 1);
    for (int64_t i = 0; i < b.pooled_size; i++)
        b.argmax[i] = (uint8_t)((i * 7 + i / 5) % (c->window * c->window));
    return b;
}

static void release_batch(batch *b)
{
    release_guarded(b->x, b->x_size);
    release_guarded(b->w, b->w_size);
    release_guarded(b->bias, b->c.out_channels);
    release_guarded(b->scale, b->c.in_channels);
    release_guarded(b->shift, b->c.in_channels);
    release_guarded(b->dy, b->pooled_size);
    release_guarded(b->norm_x, b->y_size);
    release_guarded(b->norm_scale, b->c.out_channels);
    release_guarded(b->norm_slope, b->c.out_channels);
    release_guarded(b->norm_offset, b->c.out_channels);
    free(b->argmax);
}

/* What a layer computes for one batch; gradients as the total of the tree. */
typedef struct {
    float *y, *dx, *gradient; /* gradient: dw, db */
    double *sums;
} result;

static result make_result(const batch *b)
{
    return (result){guarded(b->y_size), guarded(b->x_size), guarded(b->w_size + b->c.out_channels),
                    calloc((size_t)(b->n_micro_batches * 2 * b->c.out_channels), sizeof(double))};
}

static void release_result(const batch *b, result *r)
{
    release_guarded(r->y, b->y_size);
    release_guarded(r->dx, b->x_size);
    release_guarded(r->gradient, b->w_size + b->c.out_channels);
    free(r->sums);
}

/* Rows of gradients of several processes, folded as a reducer would. */
typedef struct {
    agr_tree tree;
    float *row; /* [AGR_TREE_MAX_DEPTH][width] */
    int64_t width;
} folder;

static void fold_rows(folder *f, const batch *b, const agr_shard *shard, const float *rows)
{
    agr_tree_node cover[AGR_TREE_MAX_DEPTH];
    const int n = agr_tree_cover(b->n_micro_batches, shard->first, shard->count, cover);
    for (int i = 0; i < n; i++) {
        memcpy(f->row + f->tree.depth * f->width, rows + i * f->width,
               (size_t)f->width * sizeof(float));
        float *top = f->row + f->tree.depth * f->width;
        for (int due = agr_tree_push(&f->tree, cover[i]); due > 0; due--, top -= f->width)
            for (int64_t j = 0; j < f->width; j++)
                top[j - f->width] += top[j];
    }
}

/* One process holding the micro-batches of `shard`. */
static void run_shard(const batch *b, agr_conv_algorithm algorithm, agr_pool *pool,
                      const agr_shard *shard, result *r, folder *f)
{
    agr_error err;
    agr_conv conv;
    assert_ok(agr_conv_plan(&conv, b->shape, algorithm, b->c.micro_batch, shard->count,
                            agr_pool_size(pool), &err),
              err);
    conv.packed = guarded((int64_t)conv.packed_floats);
    conv.work = guarded((int64_t)conv.work_floats);
    const int64_t first = agr_shard_first_image(shard);
    const agr_view x = view_of(b, first);
    const agr_gradient_view dy = gradient_of(b, first);
    float *y = r->y + first * b->y_size / b->c.n_images;
    float *rows = guarded(AGR_TREE_MAX_DEPTH * f->width);

    agr_conv_prepare(&conv, pool, b->w);
    agr_conv_forward(&conv, pool, shard, x, b->bias, y,
                     r->sums + shard->first * 2 * b->c.out_channels);
    agr_conv_backward(&conv, pool, shard, x, y, &dy,
                      b->c.with_dx ? r->dx + first * b->x_size / b->c.n_images : NULL,
                      (agr_weight_gradient){rows, (size_t)f->width},
                      (agr_weight_gradient){rows + b->w_size, (size_t)f->width});
    fold_rows(f, b, shard, rows);
    release_guarded(rows, AGR_TREE_MAX_DEPTH * f->width);
    release_guarded(conv.packed, (int64_t)conv.packed_floats);
    release_guarded(conv.work, (int64_t)conv.work_floats);
}

/* The batch on n_processes of n_threads each. */
static void run_batch(const batch *b, agr_conv_algorithm algorithm, int n_processes, int n_threads,
                      result *r)
{
    agr_error err;
    agr_pool *pool;
    assert_ok(agr_pool_create(n_threads, &pool, &err), err);
    folder f = {.tree = agr_tree_begin(b->n_micro_batches), .width = b->w_size + b->c.out_channels};
    f.row = guarded(AGR_TREE_MAX_DEPTH * f.width);
    for (int process = 0; process < n_processes; process++) {
        int64_t begin, end;
        agr_split_range(b->n_micro_batches, n_processes, process, &begin, &end);
        const agr_shard shard = {b->c.n_images, b->c.micro_batch, begin, end - begin};
        run_shard(b, algorithm, pool, &shard, r, &f);
    }
    assert_int_equal(f.tree.depth, 1);
    memcpy(r->gradient, f.row, (size_t)f.width * sizeof(float));
    release_guarded(f.row, AGR_TREE_MAX_DEPTH * f.width);
    agr_pool_destroy(pool);
}

/* max |found - expected| / max |expected| <= tolerance. */
static void assert_close(const char *what, const conv_case *c, const float *found,
                         const double *expected, int64_t n, double tolerance)
{
    double largest = 1e-30, difference = 0;
    for (int64_t i = 0; i < n; i++) {
        const double d = fabs((double)found[i] - expected[i]);
        if (!(d <= difference))
            difference = d;
        largest = fmax(largest, fabs(expected[i]));
    }
    if (!(difference <= tolerance * largest))
        fail_msg("%s of %dx%d %d->%d k%d (%s): off by %.3g of the largest, expected %.3g", what,
                 (int)c->height, (int)c->width, (int)c->in_channels, (int)c->out_channels,
                 c->kernel, agr_isa_name(agr_kernels_isa()), difference / largest, tolerance);
}

static void check_sums(const batch *b, const result *r)
{
    const int64_t n_out = b->c.out_channels, pixels = b->c.height * b->c.width;
    for (int64_t m = 0; m < b->n_micro_batches; m++)
        for (int64_t o = 0; o < n_out; o++) {
            double sum = 0, sum_of_squares = 0, magnitude = 0;
            const int64_t end = agr_min_i64((m + 1) * b->c.micro_batch, b->c.n_images);
            for (int64_t p = m * b->c.micro_batch * pixels; p < end * pixels; p++) {
                const double y = (double)r->y[p * n_out + o];
                sum += y;
                sum_of_squares += y * y;
                magnitude += fabs(y);
            }
            assert_true(fabs(r->sums[m * 2 * n_out + o] - sum) <= 1e-6 * magnitude);
            assert_true(fabs(r->sums[(m * 2 + 1) * n_out + o] - sum_of_squares) <=
                        1e-6 * sum_of_squares);
        }
}

static void check_against_naive(const batch *b, const result *r)
{
    const double tolerance = b->shape.factors == AGR_PRECISION_BF16 ? 4e-2 : 1e-5;
    double *y = malloc((size_t)b->y_size * sizeof *y);
    double *dx = malloc((size_t)b->x_size * sizeof *dx);
    double *gradient = malloc((size_t)(b->w_size + b->c.out_channels) * sizeof *gradient);
    const agr_gradient_view dy = gradient_of(b, 0);
    naive_conv_forward(b->shape, b->c.n_images, view_of(b, 0), b->w, b->bias, y);
    naive_conv_backward(b->shape, b->c.n_images, view_of(b, 0), b->w, r->y, &dy, dx, gradient,
                        gradient + b->w_size);
    assert_close("y", &b->c, r->y, y, b->y_size, tolerance);
    if (b->c.with_dx)
        assert_close("dx", &b->c, r->dx, dx, b->x_size, tolerance);
    assert_close("dw", &b->c, r->gradient, gradient, b->w_size, tolerance);
    assert_close("db", &b->c, r->gradient + b->w_size, gradient + b->w_size, b->c.out_channels,
                 1e-5);
    check_sums(b, r);
    free(y);
    free(dx);
    free(gradient);
}

static bool suits(const conv_case *c, agr_conv_algorithm algorithm)
{
    return algorithm != AGR_CONV_WINOGRAD || c->kernel == 3;
}

static void assert_same_bits(const batch *b, const result *a, const result *c)
{
    assert_memory_equal(a->y, c->y, (size_t)b->y_size * sizeof(float));
    assert_memory_equal(a->dx, c->dx, (size_t)b->x_size * sizeof(float));
    assert_memory_equal(a->gradient, c->gradient,
                        (size_t)(b->w_size + b->c.out_channels) * sizeof(float));
    assert_memory_equal(a->sums, c->sums,
                        (size_t)(b->n_micro_batches * 2 * b->c.out_channels) * sizeof(double));
}

/* Right, and the same bits whatever the instruction set; im2col's sgemm is the same for all. */
static void check_algorithm(const batch *b, agr_conv_algorithm algorithm, int n_threads)
{
    result first = make_result(b);
    for (int isa = 0; isa <= (int)agr_isa_detect(); isa++) {
        agr_kernels_select((agr_isa)isa);
        result r = make_result(b);
        run_batch(b, algorithm, 1, n_threads, isa == 0 ? &first : &r);
        check_against_naive(b, isa == 0 ? &first : &r);
        if (isa > 0)
            assert_same_bits(b, &first, &r);
        release_result(b, &r);
    }
    release_result(b, &first);
}

static void algorithms_agree_with_the_naive_loop(void **state)
{
    (void)state;
    for (int i = 0; i < N_CASES; i++) {
        batch b = make_batch(&cases[i]);
        for (int algorithm = AGR_CONV_AUTO; algorithm <= AGR_CONV_IM2COL; algorithm++)
            if (suits(&cases[i], (agr_conv_algorithm)algorithm))
                check_algorithm(&b, (agr_conv_algorithm)algorithm, 1 + i % 2);
        b.shape.factors = AGR_PRECISION_BF16;
        if (suits(&cases[i], AGR_CONV_WINOGRAD))
            check_algorithm(&b, AGR_CONV_WINOGRAD, 1 + i % 2);
        release_batch(&b);
    }
    agr_kernels_select(agr_isa_detect());
}

static const conv_case bit_cases[] = {
    {25, 26, 20, 70, 3, true, 13, 2, true, 2, true, true},
    {8, 8, 16, 32, 3, true, 9, 2, true, 2, true, true},
    {48, 50, 3, 16, 3, true, 5, 1, true, 3, true, true},
    {7, 9, 5, 6, 5, true, 11, 2, true, 3, false, true},
};

static void check_ways(const batch *b, agr_conv_algorithm algorithm)
{
    static const struct {
        int n_processes, n_threads;
    } ways[] = {{1, 2}, {1, 3}, {2, 1}, {3, 2}, {4, 1}, {5, 3}};
    result whole = make_result(b);
    run_batch(b, algorithm, 1, 1, &whole);
    for (size_t way = 0; way < sizeof ways / sizeof *ways; way++) {
        result r = make_result(b);
        run_batch(b, algorithm, ways[way].n_processes, ways[way].n_threads, &r);
        assert_same_bits(b, &whole, &r);
        release_result(b, &r);
    }
    release_result(b, &whole);
}

static void threads_and_processes_leave_the_bits_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bit_cases / sizeof *bit_cases; i++) {
        batch b = make_batch(&bit_cases[i]);
        for (int algorithm = AGR_CONV_DIRECT; algorithm <= AGR_CONV_IM2COL; algorithm++) {
            if (!suits(&bit_cases[i], (agr_conv_algorithm)algorithm))
                continue;
            check_ways(&b, (agr_conv_algorithm)algorithm);
        }
        b.shape.factors = AGR_PRECISION_BF16;
        if (suits(&bit_cases[i], AGR_CONV_WINOGRAD))
            check_ways(&b, AGR_CONV_WINOGRAD);
        release_batch(&b);
    }
}

static void plan_refuses_what_it_cannot_do(void **state)
{
    (void)state;
    agr_error err;
    agr_conv conv;
    const agr_conv_shape even = {8, 8, 4, 4, 2, false}, five = {8, 8, 4, 4, 5, false};
    assert_fails(agr_conv_plan(&conv, even, AGR_CONV_AUTO, 2, 1, 1, &err), AGR_UNSUPPORTED, err,
                 "expected kernel 1, 3 or 5, found 2");
    assert_fails(agr_conv_plan(&conv, five, AGR_CONV_WINOGRAD, 2, 1, 1, &err), AGR_UNSUPPORTED, err,
                 "expects kernel 3, found 5");
}

static void a_process_without_micro_batches_does_nothing(void **state)
{
    (void)state;
    batch b = make_batch(&cases[4]);
    result r = make_result(&b);
    folder f = {.tree = agr_tree_begin(b.n_micro_batches), .width = b.w_size + b.c.out_channels};
    const agr_shard nothing = {b.c.n_images, b.c.micro_batch, 1, 0};
    for (int algorithm = AGR_CONV_DIRECT; algorithm <= AGR_CONV_IM2COL; algorithm++)
        run_shard(&b, (agr_conv_algorithm)algorithm, NULL, &nothing, &r, &f);
    assert_int_equal(f.tree.depth, 0);
    assert_true(isnan(r.y[0]) && isnan(r.dx[0]));
    release_result(&b, &r);
    release_batch(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(algorithms_agree_with_the_naive_loop),
        cmocka_unit_test(threads_and_processes_leave_the_bits_alone),
        cmocka_unit_test(plan_refuses_what_it_cannot_do),
        cmocka_unit_test(a_process_without_micro_batches_does_nothing),
    };
    return cmocka_run_group_tests(tests, test_load_openblas, NULL);
}
