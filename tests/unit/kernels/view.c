#include <test.h>

#include <agr/kernels/isa.h>
#include <agr/kernels/view.h>
#include <stdbool.h>

enum { MAX_SIZE = 2 * 11 * 13 * 37 };

typedef struct {
    int64_t n, height, width, channels;
    int window;
} view_case;

static const view_case cases[] = {
    {1, 1, 1, 1, 1},  {2, 3, 5, 17, 1}, {1, 4, 4, 16, 2},   {2, 7, 9, 3, 2},
    {1, 8, 10, 5, 3}, {2, 2, 2, 33, 3}, {2, 11, 13, 37, 3}, {1, 6, 6, 32, 2},
};

static float data[MAX_SIZE], x[MAX_SIZE], value[MAX_SIZE + 1], generic_value[MAX_SIZE];
static uint8_t argmax[MAX_SIZE];
static float scale[64], slope[64], offset[64];

static void fill(float *values, size_t n, uint32_t seed)
{
    for (size_t i = 0; i < n; i++) {
        seed = seed * 1664525U + 1013904223U;
        values[i] = (float)(seed >> 8) / (float)(1 << 23) - 1.0F;
    }
}

static void fill_all(int window)
{
    fill(data, MAX_SIZE, 1);
    fill(x, MAX_SIZE, 2);
    fill(scale, 64, 3);
    fill(slope, 64, 4);
    fill(offset, 64, 5);
    for (size_t i = 0; i < MAX_SIZE; i++)
        argmax[i] = (uint8_t)((i * 7 + i / 5) % (size_t)(window * window));
}

static float gradient_value(const agr_gradient_view *view, const view_case *v, int64_t n, int64_t i,
                            int64_t j, int64_t c)
{
    const int64_t w = view->window, rows = v->height / w, columns = v->width / w;
    float g = 0;
    if (i / w < rows && j / w < columns) {
        const int64_t at = ((n * rows + i / w) * columns + j / w) * v->channels + c;
        if (w == 1 || view->argmax[at] == i % w * w + j % w)
            g = view->dy[at];
    }
    const int64_t here = ((n * v->height + i) * v->width + j) * v->channels + c;
    return view->x == NULL ? g
                           : view->scale[c] * g + view->slope[c] * view->x[here] + view->offset[c];
}

/* The first result is the generic one: kept, and all others have its bits. */
static void assert_same_bits_as_generic(int64_t size)
{
    const size_t n_bytes = (size_t)size * sizeof *value;
    if (agr_kernels_isa() == AGR_ISA_GENERIC)
        memcpy(generic_value, value, n_bytes);
    assert_memory_equal(generic_value, value, n_bytes);
}

static void check_gradient_view(const view_case *v, bool with_x, agr_pool *pool)
{
    fill_all(v->window);
    const agr_gradient_view view = {
        data, v->window > 1 ? argmax : NULL, v->window, with_x ? x : NULL, scale, slope, offset};
    const agr_extent extent = {v->height, v->width, v->channels};
    const int64_t size = v->n * agr_extent_size(extent);
    value[size] = 12345;
    agr_gradient_form(pool, &view, extent, v->n, value);
    assert_true(value[size] == 12345);
    for (int64_t at = 0; at < size; at++) {
        const int64_t c = at % v->channels, j = at / v->channels % v->width,
                      i = at / v->channels / v->width % v->height, n = at / agr_extent_size(extent);
        const float expected = gradient_value(&view, v, n, i, j, c);
        if (!(fabsf(value[at] - expected) <= 1e-6F))
            fail_msg("element %d: expected %g, found %g", (int)at, (double)expected,
                     (double)value[at]);
    }
    assert_same_bits_as_generic(size);
}

static void check_view(const view_case *v, agr_pool *pool)
{
    fill_all(1);
    const agr_extent extent = {v->height, v->width, v->channels};
    const int64_t size = v->n * agr_extent_size(extent);
    value[size] = 12345;
    agr_view_form(pool, (agr_view){data, scale, slope}, extent, v->n, value);
    assert_true(value[size] == 12345);
    for (int64_t at = 0; at < size; at++) {
        const int64_t c = at % v->channels;
        assert_true(fabsf(value[at] - (data[at] * scale[c] + slope[c])) <= 1e-6F);
    }
    assert_same_bits_as_generic(size);
    agr_view_form(pool, (agr_view){data, NULL, NULL}, extent, v->n, value);
    assert_memory_equal(value, data, (size_t)size * sizeof(float));
}

/* Of bfloat16 data: what the same numbers give as float32, to the bit. */
static void check_bfloat16(const view_case *v, agr_pool *pool)
{
    static uint16_t half[MAX_SIZE];
    static float whole[MAX_SIZE], expected[MAX_SIZE];
    fill_all(1);
    const agr_extent extent = {v->height, v->width, v->channels};
    const int64_t size = v->n * agr_extent_size(extent);
    for (int64_t i = 0; i < size; i++) {
        uint32_t bits;
        memcpy(&bits, data + i, sizeof bits);
        half[i] = (uint16_t)(bits >> 16);
        bits &= 0xFFFF0000U;
        memcpy(whole + i, &bits, sizeof bits);
    }
    for (int affine = 0; affine < 2; affine++) {
        const float *a = affine ? scale : NULL, *b = affine ? slope : NULL;
        agr_view_form(NULL, (agr_view){whole, a, b, AGR_FLOAT32}, extent, v->n, expected);
        value[size] = 12345;
        agr_view_form(pool, (agr_view){half, a, b, AGR_BFLOAT16}, extent, v->n, value);
        assert_true(value[size] == 12345);
        assert_memory_equal(value, expected, (size_t)size * sizeof *value);
    }
}

typedef void check(const view_case *v, agr_pool *pool);

static void check_gradient(const view_case *v, agr_pool *pool)
{
    check_gradient_view(v, false, pool);
}

static void check_gradient_with_x(const view_case *v, agr_pool *pool)
{
    check_gradient_view(v, true, pool);
}

static void for_every_isa(const view_case *v, check *function, agr_pool *pool)
{
    for (int isa = 0; isa <= (int)agr_isa_detect(); isa++) {
        agr_kernels_select((agr_isa)isa);
        function(v, pool);
    }
}

static void views_have_their_value(void **state)
{
    (void)state;
    agr_error err;
    for (int n_threads = 1; n_threads <= 3; n_threads++) {
        agr_pool *pool;
        assert_ok(agr_pool_create(n_threads, &pool, &err), err);
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            for_every_isa(&cases[i], check_view, pool);
            for_every_isa(&cases[i], check_bfloat16, pool);
            for_every_isa(&cases[i], check_gradient, pool);
            for_every_isa(&cases[i], check_gradient_with_x, pool);
        }
        agr_pool_destroy(pool);
    }
}

static void kernels_say_which_they_are(void **state)
{
    (void)state;
    agr_kernels_select(AGR_ISA_GENERIC);
    assert_int_equal(agr_kernels_isa(), AGR_ISA_GENERIC);
    assert_string_equal(agr_kernels_description(), "generic");
    agr_kernels_select(agr_isa_detect());
    assert_int_equal(agr_kernels_isa(), agr_isa_detect());
}

static void a_unit_for_bfloat16_is_a_gain(void **state)
{
    (void)state;
    assert_true(agr_kernels_bf16_gain(AGR_ISA_AVX512) == 0);
#if defined(__x86_64__)
    assert_true(agr_kernels_bf16_gain(AGR_ISA_AVX512_BF16) > 1);
    assert_true(agr_kernels_bf16_gain(AGR_ISA_AMX) > agr_kernels_bf16_gain(AGR_ISA_AVX512_BF16));
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(views_have_their_value),
        cmocka_unit_test(kernels_say_which_they_are),
        cmocka_unit_test(a_unit_for_bfloat16_is_a_gain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
