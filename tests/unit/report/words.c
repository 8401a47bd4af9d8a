/* Numbers as people read them. */
#include "test.h"

#include "words_impl.h"

#include <math.h>

static void three_places_that_say_something(void **state)
{
    (void)state;
    assert_string_equal(words_number(0.9134).text, "0.913");
    assert_string_equal(words_number(0.99962).text, "1.00");
    assert_string_equal(words_number(7.952).text, "7.95");
    assert_string_equal(words_number(9.996).text, "10.0");
    assert_string_equal(words_number(31.55).text, "31.6");
    assert_string_equal(words_number(1488.2).text, "1488");
    assert_string_equal(words_number(-3.5619).text, "\u22123.56");
    assert_string_equal(words_number(0).text, "0.00");
    assert_string_equal(words_number(0.0000123).text, "1.23e-05");
    assert_string_equal(words_number((double)NAN).text, "\u2013");
    assert_string_equal(words_difference(0.0212).text, "+0.021");
    assert_string_equal(words_difference(-1.3).text, "\u22121.30");
    assert_string_equal(words_difference(0).text, "0.00");
    assert_string_equal(words_difference((double)NAN).text, "\u2013");
}

static void counts_and_sizes(void **state)
{
    (void)state;
    assert_string_equal(words_count(7).text, "7");
    assert_string_equal(words_count(999).text, "999");
    assert_string_equal(words_count(1000).text, "1,000");
    assert_string_equal(words_count(3016939).text, "3,016,939");
    assert_string_equal(words_large(529).text, "529");
    assert_string_equal(words_large(112896).text, "0.11 M");
    assert_string_equal(words_large(2821e6).text, "2,821 M");
    assert_string_equal(words_share(0.4117).text, "41.2\u00a0%");
    assert_string_equal(words_hash(255).text, "00000000000000ff");
}

static void durations(void **state)
{
    (void)state;
    assert_string_equal(words_duration(0.42).text, "0.4 s");
    assert_string_equal(words_duration(95).text, "95 s");
    assert_string_equal(words_duration(12 * 60 + 20).text, "12 min");
    assert_string_equal(words_duration(3 * 3600 + 5 * 60).text, "3 h 05 min");
    assert_string_equal(words_duration((double)NAN).text, "\u2013");
}

static void arguments_survive_a_shell(void **state)
{
    (void)state;
    static const char *const argument[] = {"runs/a", "", "it's", "a b", "$x", "a;b"};
    static const char *const quoted[] = {"runs/a", "''", "'it'\\''s'", "'a b'", "'$x'", "'a;b'"};
    for (size_t i = 0; i < sizeof argument / sizeof *argument; i++) {
        agr_text command = {0};
        words_argument(&command, argument[i]);
        assert_string_equal(command.data, quoted[i]);
        agr_text_release(&command);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_places_that_say_something),
        cmocka_unit_test(counts_and_sizes),
        cmocka_unit_test(durations),
        cmocka_unit_test(arguments_survive_a_shell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
