/* How a picture becomes an input: what is written reads back, and what cannot be done is refused. */
#include "test.h"

#include <agr/train/description.h>

static void test_what_is_written_reads_back(void **state)
{
    (void)state;
    const agr_preprocessing cases[] = {
        {{96, 96, 3}, AGR_RESIZE_BILINEAR, 0},
        {{1, 16384, 3}, AGR_RESIZE_AREA, 16384},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        agr_error err;
        agr_text text = {0};
        agr_preprocessing read;
        agr_preprocessing_write(&cases[i], &text);
        assert_ok(agr_preprocessing_read(&read, text.data, &err), err);
        assert_int_equal(read.input.height, cases[i].input.height);
        assert_int_equal(read.input.width, cases[i].input.width);
        assert_int_equal(read.input.channels, 3);
        assert_int_equal(read.resize, cases[i].resize);
        assert_int_equal(read.longest_side, cases[i].longest_side);
        agr_text_release(&text);
    }
}

/* Files of other versions may say more or less. */
static void test_other_versions(void **state)
{
    (void)state;
    agr_error err;
    agr_preprocessing read;
    assert_ok(agr_preprocessing_read(&read, "  width=5 crop=none height=7 ", &err), err);
    assert_int_equal(read.input.height, 7);
    assert_int_equal(read.input.width, 5);
    assert_int_equal(read.resize, AGR_RESIZE_BILINEAR);
}

static void test_what_cannot_be_done_is_refused(void **state)
{
    (void)state;
    const struct {
        const char *text, *words;
    } cases[] = {
        {"", "expected 'height=H width=W ...', found ''"},
        {"/255", "expected KEY=VALUE, found '/255'"},
        {"width=96", "expected 'height=H width=W ...', found 'width=96'"},
        {"height=0 width=96", "expected an image side from 1 to 16384, found '0'"},
        {"height=96 width=20000", "expected an image side from 1 to 16384, found '20000'"},
        {"height=96px width=96", "found '96px'"},
        {"height=9 width=9 resize=lanczos", "expected resize=bilinear or area, found 'lanczos'"},
        {"height=9 width=9 longest_side=0", "found '0'"},
        {"height=9 width=9 channels=bgr", "expected channels=rgb, found 'bgr'"},
        {"height=9 width=9 scale=1/127.5", "expected scale=1/255, found '1/127.5'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        agr_error err;
        agr_preprocessing read;
        assert_fails(agr_preprocessing_read(&read, cases[i].text, &err), AGR_FORMAT, err,
                     cases[i].words);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_written_reads_back),
        cmocka_unit_test(test_other_versions),
        cmocka_unit_test(test_what_cannot_be_done_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
