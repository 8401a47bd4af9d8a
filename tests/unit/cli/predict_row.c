/* From a picture to inputs: boxes are cut out of the upright picture, large ones shrink by area, and what
 * cannot be used is told apart from a machine that cannot go on. */
#include "test.h"

#include "predict_row.h"

#include <agr/image/encode.h>
#include <agr/image/warp.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 8, INPUT = SIDE * SIDE * 3 };

static const agr_preprocessing preprocessing = {{SIDE, SIDE, 3}, AGR_RESIZE_BILINEAR, 0};
static const predict_recipe recipe = {&preprocessing, false};

/* Pixel (i, j) of the test's picture. */
static void draw(uint8_t *rgb, int i, int j)
{
    rgb[0] = (uint8_t)(7 * i + 3 * j);
    rgb[1] = (uint8_t)(i * j);
    rgb[2] = (uint8_t)(5 * i - 11 * j);
}

/* The PNG of part of it. */
static agr_text png_of(int x, int y, int w, int h)
{
    agr_error err;
    agr_text file = {0};
    uint8_t *rgb = malloc((size_t)(w * h) * 3);
    for (int i = 0; i < h; i++)
        for (int j = 0; j < w; j++)
            draw(rgb + 3 * (i * w + j), y + i, x + j);
    assert_ok(agr_image_encode_png(rgb, h, w, &file, &err), err);
    free(rgb);
    return file;
}

static void load_part(int x, int y, int w, int h, float *input)
{
    predict_row row = {.path = strdup("part"), .bytes = png_of(x, y, w, h)};
    predict_row_load(&recipe, &row, 1, input);
    assert_ok(row.status, row.err);
    predict_row_release(&row);
}

static void test_boxes_are_the_pictures_of_their_parts(void **state)
{
    (void)state;
    float input[3 * INPUT], expected[INPUT];
    predict_row row[3] = {
        {.path = strdup("a"), .bytes = png_of(0, 0, 30, 20), .box = {3, 5, 12, 9}},
        {.path = strdup("a"), .same_picture = true, .box = {0, 0, 30, 20}},
        {.path = strdup("a"), .same_picture = true, .box = {29, 19, 1, 1}},
    };
    predict_row_load(&recipe, row, 3, input);
    for (int i = 0; i < 3; i++) {
        assert_ok(row[i].status, row[i].err);
        assert_int_equal(row[i].note.length, 0);
        load_part(row[i].box.x, row[i].box.y, row[i].box.w, row[i].box.h, expected);
        assert_memory_equal(input + i * INPUT, expected, sizeof expected);
        predict_row_release(&row[i]);
    }
}

static void test_a_box_outside_is_an_error_of_its_row(void **state)
{
    (void)state;
    float input[2 * INPUT];
    predict_row row[2] = {
        {.path = strdup("a"), .bytes = png_of(0, 0, 30, 20), .box = {20, 5, 12, 9}},
        {.path = strdup("a"), .same_picture = true, .box = {18, 5, 12, 9}},
    };
    predict_row_load(&recipe, row, 2, input);
    assert_fails(row[0].status, AGR_INPUT, row[0].err,
                 "'a': expected a box inside the picture of 30x20, found 20,5,12,9");
    for (int k = 0; k < INPUT; k++)
        assert_true(input[k] == 0);
    assert_ok(row[1].status, row[1].err);
    for (int i = 0; i < 2; i++)
        predict_row_release(&row[i]);
}

static void test_large_pictures_shrink_by_area(void **state)
{
    (void)state;
    enum { W = SIDE * AGR_RESIZE_LARGE, H = 11 };
    for (int w = W - 1; w <= W; w++) {
        float input[INPUT], expected[INPUT];
        uint8_t rgb[W * H * 3], small[INPUT];
        predict_row row = {.path = strdup("a"), .bytes = png_of(0, 0, w, H)};
        agr_error err;
        predict_row_load(&recipe, &row, 1, input);
        for (int k = 0; k < w * H; k++)
            draw(rgb + 3 * k, k / w, k % w);
        assert_ok(agr_image_resize(w == W ? AGR_RESIZE_AREA : AGR_RESIZE_BILINEAR, rgb, H, w, small,
                                   SIDE, SIDE, &err),
                  err);
        agr_image_normalise(small, INPUT, expected);
        assert_memory_equal(input, expected, sizeof expected);
        if (w == W)
            assert_string_equal(row.note.data, "shrunk by area from 32x11");
        else
            assert_int_equal(row.note.length, 0);
        predict_row_release(&row);
    }
}

static void test_one_broken_picture_breaks_all_its_rows(void **state)
{
    (void)state;
    float input[2 * INPUT];
    predict_row row[2] = {
        {.path = strdup("a"), .bytes = png_of(0, 0, 30, 20)},
        {.path = strdup("a"), .same_picture = true, .box = {0, 0, 1, 1}},
    };
    row[0].bytes.length -= 20;
    predict_row_load(&recipe, row, 2, input);
    for (int i = 0; i < 2; i++) {
        assert_fails(row[i].status, AGR_INPUT, row[i].err, "truncated image file");
        predict_row_release(&row[i]);
    }
    predict_row absent = {.path = strdup("/nowhere/a.png")};
    predict_row_load(&recipe, &absent, 1, input);
    assert_fails(absent.status, AGR_NOT_FOUND, absent.err, "cannot read '/nowhere/a.png'");
    predict_row_release(&absent);
}

static void test_previews_are_small(void **state)
{
    (void)state;
    const predict_recipe with_preview = {&preprocessing, true};
    static const int sides[][4] = {{30, 20, 30, 20}, {1280, 10, 640, 5}, {1, 3000, 1, 640}};
    for (int k = 0; k < 3; k++) {
        float input[INPUT];
        agr_image image;
        predict_row row = {.path = strdup("a"), .bytes = png_of(0, 0, sides[k][0], sides[k][1])};
        predict_row_load(&with_preview, &row, 1, input);
        assert_int_equal(row.preview.of_width, sides[k][0]);
        assert_int_equal(agr_image_decode((const uint8_t *)row.preview.jpeg.data,
                                          row.preview.jpeg.length, &image),
                         AGR_IMAGE_NONE);
        assert_int_equal(image.width, sides[k][2]);
        assert_int_equal(image.height, sides[k][3]);
        agr_image_release(&image);
        predict_row_release(&row);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_boxes_are_the_pictures_of_their_parts),
        cmocka_unit_test(test_a_box_outside_is_an_error_of_its_row),
        cmocka_unit_test(test_large_pictures_shrink_by_area),
        cmocka_unit_test(test_one_broken_picture_breaks_all_its_rows),
        cmocka_unit_test(test_previews_are_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
