#include "test.h"

static void test_context_goes_in_front_and_keeps_the_hint(void **state)
{
    (void)state;
    agr_error err;
    assert_int_equal(agr_error_set(&err, AGR_FORMAT, "expected %d, found %d", 3, 4), AGR_FORMAT);
    agr_error_hint(&err, "run %s", "prepare");
    assert_int_equal(agr_error_context(&err, "dataset '%s'", "a.h5"), AGR_FORMAT);
    assert_string_equal(err.text, "dataset 'a.h5': expected 3, found 4");
    assert_string_equal(err.hint, "run prepare");
}

static void test_long_texts_are_cut_and_stay_terminated(void **state)
{
    (void)state;
    agr_error err;
    char long_text[3 * AGR_ERROR_TEXT_BYTES];
    memset(long_text, 'x', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    agr_error_set(&err, AGR_IO, "%s", long_text);
    assert_int_equal(strlen(err.text), AGR_ERROR_TEXT_BYTES - 1);
    agr_error_context(&err, "%s", long_text);
    assert_int_equal(strlen(err.text), AGR_ERROR_TEXT_BYTES - 1);
}

static void test_errno_is_spelled_out(void **state)
{
    (void)state;
    agr_error err;
    agr_error_set_errno(&err, AGR_IO, 28, "cannot write '%s'", "x");
    assert_string_equal(err.text, "cannot write 'x': No space left on device");
}

static void test_errors_may_be_ignored(void **state)
{
    (void)state;
    assert_int_equal(agr_error_set(NULL, AGR_IO, "nobody listens"), AGR_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_context_goes_in_front_and_keeps_the_hint),
        cmocka_unit_test(test_long_texts_are_cut_and_stay_terminated),
        cmocka_unit_test(test_errno_is_spelled_out),
        cmocka_unit_test(test_errors_may_be_ignored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
