#include "test.h"

#include "opencv_cases.h"
#include <agr/image/resize.h>
#include <stdbool.h>

/* ---- against OpenCV itself ---- */

static void fill_pattern(uint8_t *pixels, int n)
{
    for (int64_t i = 0; i < n; i++)
        pixels[i] = (uint8_t)((11 * i * i + 37 * i + 91 * (i / 7)) % 256);
}

static void check_case(int h, int w, int dst_h, int dst_w, const uint8_t *expected)
{
    uint8_t src[4096], dst[4096];
    agr_error err;
    fill_pattern(src, h * w * 3);
    assert_ok(agr_image_resize(AGR_RESIZE_BILINEAR, src, h, w, dst, dst_h, dst_w, &err), err);
    for (int i = 0; i < dst_h * dst_w * 3; i++)
        if (dst[i] != expected[i])
            fail_msg("%dx%d to %dx%d: byte %d: expected %d, found %d", h, w, dst_h, dst_w, i,
                     expected[i], dst[i]);
}

static void test_bilinear_is_opencv_to_the_bit(void **state)
{
    (void)state;
#define X(h, w, dst_h, dst_w)                                                                      \
    check_case(h, w, dst_h, dst_w, opencv_##h##x##w##_to_##dst_h##x##dst_w);
    OPENCV_CASES(X)
#undef X
}

/* ---- against a naive twin, over odd shapes ---- */

/* Position and weight of one output coordinate, each time anew. */
static void naive_tap(int n_src, int n_dst, int d, bool is_column, int from[2], int weight[2])
{
    const double scale = 1.0 / ((double)n_dst / n_src);
    float f = (float)((d + 0.5) * scale - 0.5);
    int s = (int)floorf(f);
    f -= (float)s;
    if (is_column && (s < 0 || s >= n_src - 1)) {
        f = 0;
        s = s < 0 ? 0 : n_src - 1;
    }
    for (int k = 0; k < 2; k++)
        from[k] = s + k < 0 ? 0 : s + k >= n_src ? n_src - 1 : s + k;
    weight[0] = (int)nearbyintf((1.0f - f) * 2048.0f);
    weight[1] = (int)nearbyintf(f * 2048.0f);
}

static int naive_bilinear(const uint8_t *src, int h, int w, int dst_h, int dst_w, int i, int j,
                          int c)
{
    int row[2], row_weight[2], column[2], column_weight[2], mixed[2];
    naive_tap(h, dst_h, i, false, row, row_weight);
    naive_tap(w, dst_w, j, true, column, column_weight);
    for (int k = 0; k < 2; k++)
        mixed[k] = src[(row[k] * w + column[0]) * 3 + c] * column_weight[0] +
                   src[(row[k] * w + column[1]) * 3 + c] * column_weight[1];
    return (((row_weight[0] * (mixed[0] >> 4)) >> 16) + ((row_weight[1] * (mixed[1] >> 4)) >> 16) +
            2) >>
           2;
}

/* Mean over the covered area, in double, straight from the definition. */
static double naive_area(const uint8_t *src, int h, int w, int dst_h, int dst_w, int i, int j,
                         int c)
{
    const double scale_i = (double)h / dst_h, scale_j = (double)w / dst_w;
    double sum = 0, total = 0;
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            const double covered_i = fmin(y + 1, (i + 1) * scale_i) - fmax(y, i * scale_i);
            const double covered_j = fmin(x + 1, (j + 1) * scale_j) - fmax(x, j * scale_j);
            if (covered_i <= 0 || covered_j <= 0)
                continue;
            sum += covered_i * covered_j * src[(y * w + x) * 3 + c];
            total += covered_i * covered_j;
        }
    return sum / total;
}

typedef struct {
    int h, w, dst_h, dst_w;
} shape;

static const shape shapes[] = {{1, 1, 1, 1},   {1, 1, 5, 3},   {5, 3, 1, 1},   {2, 2, 3, 3},
                               {7, 13, 5, 9},  {9, 5, 13, 7},  {31, 17, 8, 8}, {8, 8, 17, 31},
                               {20, 10, 9, 5}, {3, 40, 5, 11}, {16, 12, 8, 6}, {16, 12, 8, 5}};

enum { SENTINEL = 0xA5 };

static void resize_shape(agr_resize_method method, const shape *s, uint8_t *src, uint8_t *dst)
{
    agr_error err;
    const int n = s->dst_h * s->dst_w * 3;
    fill_pattern(src, s->h * s->w * 3);
    memset(dst, SENTINEL, (size_t)n + 16);
    assert_ok(agr_image_resize(method, src, s->h, s->w, dst, s->dst_h, s->dst_w, &err), err);
    for (int i = 0; i < 16; i++)
        assert_int_equal(dst[n + i], SENTINEL);
}

static bool is_copy_or_halving(const shape *s)
{
    return (s->h == s->dst_h && s->w == s->dst_w) || (s->h == 2 * s->dst_h && s->w == 2 * s->dst_w);
}

static void test_bilinear_over_odd_shapes(void **state)
{
    (void)state;
    static uint8_t src[1 << 16], dst[1 << 16];
    for (size_t k = 0; k < sizeof shapes / sizeof *shapes; k++) {
        const shape *s = &shapes[k];
        resize_shape(AGR_RESIZE_BILINEAR, s, src, dst);
        for (int i = 0; !is_copy_or_halving(s) && i < s->dst_h * s->dst_w * 3; i++)
            assert_int_equal(dst[i], naive_bilinear(src, s->h, s->w, s->dst_h, s->dst_w,
                                                    i / 3 / s->dst_w, i / 3 % s->dst_w, i % 3));
    }
}

static void test_area_is_the_mean_of_what_is_covered(void **state)
{
    (void)state;
    static uint8_t src[1 << 16], dst[1 << 16];
    for (size_t k = 0; k < sizeof shapes / sizeof *shapes; k++) {
        const shape *s = &shapes[k];
        if (s->dst_h > s->h || s->dst_w > s->w)
            continue;
        resize_shape(AGR_RESIZE_AREA, s, src, dst);
        for (int i = 0; i < s->dst_h * s->dst_w * 3; i++) {
            const double expected = naive_area(src, s->h, s->w, s->dst_h, s->dst_w,
                                               i / 3 / s->dst_w, i / 3 % s->dst_w, i % 3);
            assert_true(fabs(dst[i] - expected) <= 0.501);
        }
    }
}

static void test_area_enlarges_between_pixel_centres(void **state)
{
    (void)state;
    const uint8_t src[6] = {0, 0, 0, 100, 200, 40};
    uint8_t dst[12];
    agr_error err;
    assert_ok(agr_image_resize(AGR_RESIZE_AREA, src, 1, 2, dst, 1, 4, &err), err);
    const uint8_t expected[12] = {0, 0, 0, 25, 50, 10, 75, 150, 30, 100, 200, 40};
    assert_memory_equal(dst, expected, sizeof dst);
}

static void test_only_large_pictures_change_the_method(void **state)
{
    (void)state;
    static const struct {
        int longest, h, w, dst_h, dst_w;
        agr_resize_method expected;
    } cases[] = {
        {0, 200, 200, 96, 96, AGR_RESIZE_BILINEAR},   {0, 383, 383, 96, 96, AGR_RESIZE_BILINEAR},
        {0, 384, 96, 96, 96, AGR_RESIZE_AREA},        {0, 10, 384, 96, 96, AGR_RESIZE_AREA},
        {0, 384, 383, 96, 192, AGR_RESIZE_AREA},      {0, 383, 767, 96, 192, AGR_RESIZE_BILINEAR},
        {0, 1, 1, 96, 96, AGR_RESIZE_BILINEAR},       {200, 200, 200, 32, 32, AGR_RESIZE_BILINEAR},
        {200, 201, 200, 32, 32, AGR_RESIZE_AREA},     {200, 10, 201, 32, 32, AGR_RESIZE_AREA},
        {200, 201, 201, 96, 96, AGR_RESIZE_BILINEAR},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(agr_resize_method_for(AGR_RESIZE_BILINEAR, cases[i].longest, cases[i].h,
                                               cases[i].w, cases[i].dst_h, cases[i].dst_w),
                         cases[i].expected);
        assert_int_equal(agr_resize_method_for(AGR_RESIZE_AREA, cases[i].longest, cases[i].h,
                                               cases[i].w, cases[i].dst_h, cases[i].dst_w),
                         AGR_RESIZE_AREA);
    }
}

static void test_constant_images_stay_constant(void **state)
{
    (void)state;
    static uint8_t src[1 << 16], dst[1 << 16];
    agr_error err;
    for (int value = 0; value < 256; value += 51)
        for (size_t k = 0; k < sizeof shapes / sizeof *shapes; k++) {
            const shape *s = &shapes[k];
            memset(src, value, (size_t)(s->h * s->w * 3));
            assert_ok(
                agr_image_resize(AGR_RESIZE_AREA, src, s->h, s->w, dst, s->dst_h, s->dst_w, &err),
                err);
            for (int i = 0; i < s->dst_h * s->dst_w * 3; i++)
                assert_int_equal(dst[i], value);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bilinear_is_opencv_to_the_bit),
        cmocka_unit_test(test_bilinear_over_odd_shapes),
        cmocka_unit_test(test_area_is_the_mean_of_what_is_covered),
        cmocka_unit_test(test_area_enlarges_between_pixel_centres),
        cmocka_unit_test(test_only_large_pictures_change_the_method),
        cmocka_unit_test(test_constant_images_stay_constant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
