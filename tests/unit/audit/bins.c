/* Ranges of a number: what is read, what lies in which, what is refused. */
#include "test.h"

#include <agr/audit/bins.h>

static void finds(const char *text, double value, const char *expected)
{
    agr_error err;
    agr_audit_bins bins;
    assert_ok(agr_audit_bins_parse(text, &bins, &err), err);
    const int b = agr_audit_bins_find(&bins, value);
    if (strcmp(b < 0 ? "none" : bins.bin[b].name, expected) != 0)
        fail_msg("%s: expected %g in '%s', found it in '%s'", text, value, expected,
                 b < 0 ? "none" : bins.bin[b].name);
}

static void whole(void **state)
{
    (void)state;
    const char *text = AGR_AUDIT_DEFAULT_BINS;
    finds(text, 0, "0-2");
    finds(text, 2, "0-2");
    finds(text, 2.9, "0-2");
    finds(text, 3, "3-9");
    finds(text, 9, "3-9");
    finds(text, 10, "10-19");
    finds(text, 69.99, "60-69");
    finds(text, 70, "70+");
    finds(text, 116, "70+");
    finds(text, -1, "none");
    finds(text, (double)NAN, "none");
    finds("1-1,3-3", 2, "none");
    finds("1-1,3-3", 3, "3-3");
    finds("-10--5,-4-0", -5, "-10--5");
    finds("-10--5,-4-0", -4, "-4-0");
}

static void fractions(void **state)
{
    (void)state;
    finds("0-0.5,0.5-1", 0.5, "0.5-1");
    finds("0-0.5,0.5-1", 1, "none");
    finds("0-0.5,0.5+", 1, "0.5+");
}

static void refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
    } cases[] = {
        {"", "found ''"},
        {"0-2,", "found ''"},
        {"young", "found 'young'"},
        {"5", "found '5'"},
        {"+", "found '+'"},
        {"9-3", "found '9-3'"},
        {"0-9,9-12", "found '9-12' after '0-9'"},
        {"10-19,0-9", "found '0-9' after '10-19'"},
        {"70+,80-90", "found '80-90' after '70+'"},
        {"0-nan", "found '0-nan'"},
        {"0000000000000000000000000000000000000000000000000000-1", "found '0000"},
    };
    agr_error err;
    agr_audit_bins bins;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_fails(agr_audit_bins_parse(cases[i].text, &bins, &err), AGR_USAGE, err,
                     cases[i].words);
    char many[8 * (AGR_AUDIT_MAX_BINS + 1)] = "0-0";
    for (int b = 1; b <= AGR_AUDIT_MAX_BINS; b++)
        snprintf(many + strlen(many), 16, ",%d-%d", b, b);
    assert_fails(agr_audit_bins_parse(many, &bins, &err), AGR_USAGE, err, "at most 64");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole),
        cmocka_unit_test(fractions),
        cmocka_unit_test(refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
