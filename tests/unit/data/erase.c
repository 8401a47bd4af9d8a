#include "test.h"

#include <agr/data/erase.h>
#include <stdbool.h>

enum { H = 96, W = 96, N = 4000 };

static agr_draw_address at(uint32_t sample)
{
    return (agr_draw_address){.epoch = 3, .sample = sample};
}

static bool is_nothing(const agr_erasure *e)
{
    return e->height == 0 && e->width == 0;
}

static int count_erased(double probability)
{
    int n = 0;
    for (uint32_t sample = 0; sample < N; sample++) {
        const agr_erasure e = agr_erasure_draw_at(7, at(sample), probability, H, W);
        n += !is_nothing(&e);
    }
    return n;
}

static void test_so_many_images_lose_something(void **state)
{
    (void)state;
    assert_int_equal(count_erased(0), 0);
    assert_int_equal(count_erased(1), N);
    assert_in_range(count_erased(0.25), N / 4 - 110, N / 4 + 110); /* 4 standard deviations */
}

/* Sizes are whole pixels: half a pixel on each side, next to what was drawn. */
static void assert_shape(const agr_erasure *e)
{
    const double h = (double)e->height, w = (double)e->width;
    assert_true((h + 0.5) * (w + 0.5) >= 0.02 * H * W && (h - 0.5) * (w - 0.5) <= 0.33 * H * W);
    assert_true((h + 0.5) / (w - 0.5) >= 0.3 && (h - 0.5) / (w + 0.5) <= 3.3);
    assert_true(e->row >= 0 && e->row + e->height <= H);
    assert_true(e->column >= 0 && e->column + e->width <= W);
}

static void test_rectangles_fill_their_limits_and_the_picture(void **state)
{
    (void)state;
    double smallest = 1, largest = 0, widest = 9, tallest = 0, area = 0;
    int n_upright = 0, n_lying = 0, n_first[2] = {0}, n_last[2] = {0};
    for (uint32_t sample = 0; sample < N; sample++) {
        const agr_erasure e = agr_erasure_draw_at(7, at(sample), 1, H, W);
        assert_shape(&e);
        const double part = (double)(e.height * e.width) / (H * W);
        smallest = fmin(smallest, part);
        largest = fmax(largest, part);
        area += part / N;
        widest = fmin(widest, (double)e.height / (double)e.width);
        tallest = fmax(tallest, (double)e.height / (double)e.width);
        n_upright += e.height > e.width;
        n_lying += e.height < e.width;
        n_first[0] += e.row == 0;
        n_first[1] += e.column == 0;
        n_last[0] += e.row + e.height == H;
        n_last[1] += e.column + e.width == W;
    }
    assert_true(smallest < 0.022 && largest > 0.32);
    assert_true(fabs(area - 0.175) < 0.01);
    assert_true(widest < 0.32 && tallest > 3.1);
    assert_in_range(n_upright, n_lying - 260, n_lying + 260);
    for (int axis = 0; axis < 2; axis++)
        assert_true(n_first[axis] > N / 100 && n_last[axis] > N / 100);
}

/* A strip can hold few of the shapes, a single pixel none. */
static void test_what_does_not_fit_is_drawn_again(void **state)
{
    (void)state;
    int n_whole = 0;
    for (uint32_t sample = 0; sample < N; sample++) {
        const agr_erasure e = agr_erasure_draw_at(7, at(sample), 1, 4, 60);
        n_whole += is_nothing(&e);
        assert_true(e.row + e.height <= 4 && e.column + e.width <= 60);
        const agr_erasure pixel = agr_erasure_draw_at(7, at(sample), 1, 1, 1);
        assert_true(pixel.height <= 1 && pixel.width <= 1);
    }
    assert_in_range(n_whole, 1, N / 2);
}

static void test_noise_fills_the_rectangle_and_nothing_else(void **state)
{
    (void)state;
    const agr_erasure e = {.row = 20, .column = 30, .height = 40, .width = 50};
    static float image[H * W * 3];
    int n_of_value[256] = {0};
    for (int i = 0; i < H * W * 3; i++)
        image[i] = -1;
    agr_erasure_apply(&e, 7, at(5), W, image);
    for (int i = 0; i < H; i++)
        for (int j = 0; j < W; j++)
            for (int c = 0; c < 3; c++) {
                const bool inside = i >= 20 && i < 60 && j >= 30 && j < 80;
                const float value = image[(i * W + j) * 3 + c];
                const int level = (int)(255 * value + 0.5f);
                assert_true(inside ? value == (float)level / 255.0f : value == -1);
                if (inside)
                    n_of_value[level]++;
            }
    for (int level = 0; level < 256; level++) /* of 6,000: 23.4 each, 4.8 standard deviation */
        assert_in_range(n_of_value[level], 3, 50);
}

static void test_rectangle_and_noise_are_addressed(void **state)
{
    (void)state;
    const agr_erasure e = {.height = 8, .width = 8};
    const agr_draw_address others[] = {{4, 5, 0}, {3, 6, 0}, {3, 5, 1}};
    float image[8 * 8 * 3], same[8 * 8 * 3], other[8 * 8 * 3];
    const agr_erasure first = agr_erasure_draw_at(7, at(5), 1, H, W);
    const agr_erasure again = agr_erasure_draw_at(7, at(5), 1, H, W);
    assert_memory_equal(&first, &again, sizeof first);
    agr_erasure_apply(&e, 7, at(5), 8, image);
    agr_erasure_apply(&e, 7, at(5), 8, same);
    assert_memory_equal(image, same, sizeof image);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        const agr_erasure moved = agr_erasure_draw_at(7, others[i], 1, H, W);
        assert_memory_not_equal(&first, &moved, sizeof first);
        agr_erasure_apply(&e, 7, others[i], 8, other);
        assert_memory_not_equal(image, other, sizeof image);
    }
    agr_erasure_apply(&e, 8, at(5), 8, other);
    assert_memory_not_equal(image, other, sizeof image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_so_many_images_lose_something),
        cmocka_unit_test(test_rectangles_fill_their_limits_and_the_picture),
        cmocka_unit_test(test_what_does_not_fit_is_drawn_again),
        cmocka_unit_test(test_noise_fills_the_rectangle_and_nothing_else),
        cmocka_unit_test(test_rectangle_and_noise_are_addressed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
