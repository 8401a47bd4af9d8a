#include "test.h"

#include <agr/base/duration.h>

static void test_times_as_people_say_them(void **state)
{
    (void)state;
    const struct {
        double seconds;
        const char *text;
    } cases[] = {{0.0031, "0.003 s"},  {0.37, "0.4 s"},       {1, "1.0 s"},     {9.94, "9.9 s"},
                 {9.96, "10 s"},       {119.4, "119 s"},      {119.6, "2 min"}, {7169, "119 min"},
                 {7171, "2 h 00 min"}, {45240, "12 h 34 min"}};
    char text[AGR_DURATION_BYTES];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(agr_duration_text(cases[i].seconds, text), cases[i].text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_times_as_people_say_them)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
