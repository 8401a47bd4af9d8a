/* Boxes: strict words, edges of pictures, the boxes of one path out of a table. */
#include "test.h"

#include "predict_box.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static agr_error err;

static void test_words(void **state)
{
    (void)state;
    predict_box box;
    assert_ok(predict_box_parse("0,12,1,300", &box, &err), err);
    assert_int_equal(box.x, 0);
    assert_int_equal(box.y, 12);
    assert_int_equal(box.w, 1);
    assert_int_equal(box.h, 300);
    static const struct {
        const char *text, *words;
    } wrong[] = {
        {"", "expected x,y,w,h, found ''"},
        {"1,2,3", "expected x,y,w,h, found '1,2,3'"},
        {"1,2,3,4,5", "expected x,y,w,h, found '1,2,3,4,5'"},
        {"-1,2,3,4", "x: expected a whole number of pixels from 0, found '-1'"},
        {"1,2.5,3,4", "y: expected a whole number of pixels from 0, found '2.5'"},
        {"1,2,0,4", "w: expected a whole number of pixels from 1, found '0'"},
        {"1,2,3,", "h: expected a whole number of pixels from 1, found ''"},
        {"1,2,3,4294967297", "h: expected a whole number of pixels from 1, found '4294967297'"},
        {"1, 2,3,4", "y: expected a whole number of pixels from 0, found ' 2'"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_fails(predict_box_parse(wrong[i].text, &box, &err), AGR_INPUT, err, wrong[i].words);
}

static void test_edges(void **state)
{
    (void)state;
    static const struct {
        predict_box box;
        bool inside;
    } cases[] = {
        {{0, 0, 20, 10}, true},  {{19, 9, 1, 1}, true},  {{1, 0, 20, 10}, false},
        {{0, 1, 20, 10}, false}, {{20, 0, 1, 1}, false}, {{0, 10, 1, 1}, false},
        {{0, 0, 21, 1}, false},  {{0, 0, 1, 11}, false}, {{INT32_MAX, 0, INT32_MAX, 1}, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(predict_box_is_inside(&cases[i].box, 20, 10), cases[i].inside);
}

/* The path of a file with this text. */
static const char *write_file(const char *text)
{
    static char path[64];
    strcpy(path, "/tmp/agr_boxes_XXXXXX");
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_true(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
    return path;
}

static agr_status read_text(predict_boxes *boxes, const char *text)
{
    const char *path = write_file(text);
    const agr_status status = predict_boxes_read(boxes, path, &err);
    unlink(path);
    return status;
}

static void test_boxes_of_a_path_come_in_the_order_of_the_file(void **state)
{
    (void)state;
    predict_boxes boxes;
    const predict_box *box;
    assert_ok(read_text(&boxes, "score,h,w,y,x,path\n"
                                "1,4,3,2,1,b.jpg\n"
                                "1,9,9,9,9,a.jpg\n"
                                "1,7,7,7,7,b.jpg\n"
                                "1,8,8,8,8,\"c,d.jpg\"\n"
                                "1,5,5,5,5,b.jpg\n"),
              err);
    assert_int_equal(boxes.n, 5);
    assert_string_equal(boxes.path[3], "c,d.jpg");
    assert_int_equal(boxes.box[1].x, 9);
    assert_int_equal(predict_boxes_find(&boxes, "b.jpg", &box), 3);
    assert_int_equal(box[0].x, 1);
    assert_int_equal(box[0].y, 2);
    assert_int_equal(box[0].w, 3);
    assert_int_equal(box[0].h, 4);
    assert_int_equal(box[1].x, 7);
    assert_int_equal(box[2].x, 5);
    assert_int_equal(predict_boxes_find(&boxes, "a.jpg", &box), 1);
    assert_int_equal(box->x, 9);
    assert_int_equal(predict_boxes_find(&boxes, "c,d.jpg", &box), 1);
    assert_int_equal(predict_boxes_find(&boxes, "0.jpg", &box), 0);
    assert_int_equal(predict_boxes_find(&boxes, "bb.jpg", &box), 0);
    assert_int_equal(predict_boxes_find(&boxes, "z.jpg", &box), 0);
    predict_boxes_release(&boxes);
}

static void test_a_table_that_is_none(void **state)
{
    (void)state;
    predict_boxes boxes;
    assert_fails(read_text(&boxes, "path,x,y,w\na,1,2,3\n"), AGR_FORMAT, err,
                 "expected columns path, x, y, w, h: no 'h'");
    predict_boxes_release(&boxes);
    assert_fails(read_text(&boxes, "path,x,y,w,h\na,1,2,3,4\nb,1,2,3,4.5\n"), AGR_INPUT, err,
                 "line 3: h: expected a whole number of pixels from 1, found '4.5'");
    predict_boxes_release(&boxes);
    assert_ok(read_text(&boxes, "path,x,y,w,h\n"), err);
    assert_int_equal(boxes.n, 0);
    predict_boxes_release(&boxes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_boxes_of_a_path_come_in_the_order_of_the_file),
        cmocka_unit_test(test_a_table_that_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
