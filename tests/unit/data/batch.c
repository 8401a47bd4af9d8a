#include "test.h"

#include <agr/data/batch.h>
#include <agr/data/colour.h>
#include <agr/data/erase.h>
#include <agr/image/warp.h>

enum { N = 7, H = 12, W = 10, IMAGE = H * W * 3 };

static uint8_t pixel[N * IMAGE];
static const agr_image_set set = {pixel, N, H, W};

static int fill_pixels(void **state)
{
    (void)state;
    for (int i = 0; i < N * IMAGE; i++)
        pixel[i] = (uint8_t)(i * 7 + i / 11);
    return 0;
}

static void test_plain_pixels_are_divided_by_255(void **state)
{
    (void)state;
    const agr_draw_address address[] = {{.sample = 5}, {.sample = 0}};
    float image[2 * IMAGE];
    agr_batch_images(NULL, &set, address, 2, NULL, 1, image);
    for (int i = 0; i < IMAGE; i++) {
        assert_true(image[i] == (float)pixel[5 * IMAGE + i] / 255.0f);
        assert_true(image[IMAGE + i] == (float)pixel[i] / 255.0f);
    }
}

static void test_augmented_pixels_are_the_draw_of_their_sample(void **state)
{
    (void)state;
    const agr_augment_ranges ranges = {.rotation_deg = 25,
                                       .shift_height = 0.1,
                                       .shift_width = 0.1,
                                       .shear_deg = 0.2,
                                       .zoom = 0.2,
                                       .flip_horizontal = true};
    const agr_draw_address address[] = {{4, 6, 0}, {4, 2, 0}, {4, 2, 1}};
    float image[3 * IMAGE], expected[IMAGE];
    agr_pool *pool;
    agr_error err;
    assert_ok(agr_pool_create(2, &pool, &err), err);
    agr_batch_images(pool, &set, address, 3, &ranges, 9, image);
    agr_pool_destroy(pool);
    for (int i = 0; i < 3; i++) {
        double m[6];
        const agr_augment_draw draw = agr_augment_draw_at(9, address[i], &ranges, H, W);
        agr_augment_matrix(&draw, H, W, m);
        agr_image_warp_u8(m, pixel + address[i].sample * IMAGE, H, W, expected);
        assert_memory_equal(image + i * IMAGE, expected, sizeof expected);
    }
    assert_memory_not_equal(image + IMAGE, image + 2 * IMAGE, sizeof expected); /* drawn again */
}

static void test_colours_change_before_something_is_erased(void **state)
{
    (void)state;
    const agr_augment_ranges map = {.rotation_deg = 25};
    agr_augment_ranges all = map;
    all.brightness = all.contrast = all.saturation = 0.5;
    all.erase = 1;
    const agr_draw_address address = {4, 2, 1};
    float expected[IMAGE], image[IMAGE];
    agr_batch_images(NULL, &set, &address, 1, &map, 9, expected);
    const agr_colour_draw colour = agr_colour_draw_at(9, address, &all);
    agr_colour_apply(&colour, H * W, expected);
    const agr_erasure lost = agr_erasure_draw_at(9, address, 1, H, W);
    agr_erasure_apply(&lost, 9, address, W, expected);
    agr_batch_images(NULL, &set, &address, 1, &all, 9, image);
    assert_memory_equal(image, expected, sizeof image);
}

static void test_erasing_leaves_the_rest_as_it_was(void **state)
{
    (void)state;
    const agr_augment_ranges whole = {.rotation_deg = 25, .zoom = 0.2};
    const agr_draw_address address = {4, 2, 1};
    float plain[IMAGE], image[IMAGE];
    agr_augment_ranges erasing = whole;
    erasing.erase = 1;
    agr_batch_images(NULL, &set, &address, 1, &whole, 9, plain);
    agr_batch_images(NULL, &set, &address, 1, &erasing, 9, image);
    assert_memory_not_equal(image, plain, sizeof image);
    const agr_erasure lost = agr_erasure_draw_at(9, address, 1, H, W);
    agr_erasure_apply(&lost, 9, address, W, plain);
    assert_memory_equal(image, plain, sizeof image);
}

static void test_a_mirror_exchanges_left_and_right(void **state)
{
    (void)state;
    enum { ODD = 3 };
    float image[2 * H * ODD * 3], expected[2 * H * ODD * 3];
    agr_pool *pool;
    agr_error err;
    for (int i = 0; i < 2 * H; i++)
        for (int j = 0; j < ODD; j++)
            for (int c = 0; c < 3; c++) {
                image[(i * ODD + j) * 3 + c] = (float)(100 * i + 10 * j + c);
                expected[(i * ODD + ODD - 1 - j) * 3 + c] = (float)(100 * i + 10 * j + c);
            }
    assert_ok(agr_pool_create(2, &pool, &err), err);
    agr_batch_mirror(pool, image, 2, H, ODD);
    agr_pool_destroy(pool);
    assert_memory_equal(image, expected, sizeof expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_pixels_are_divided_by_255),
        cmocka_unit_test(test_augmented_pixels_are_the_draw_of_their_sample),
        cmocka_unit_test(test_colours_change_before_something_is_erased),
        cmocka_unit_test(test_erasing_leaves_the_rest_as_it_was),
        cmocka_unit_test(test_a_mirror_exchanges_left_and_right),
    };
    return cmocka_run_group_tests(tests, fill_pixels, NULL);
}
