/* Growing texts: base64 as RFC 4648, section 10, has it. */
#include "test.h"

#include <agr/base/text.h>
#include <string.h>

static void test_base64(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
        {"\xFF\xEF\xBE", "/+++"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        agr_text text = {0};
        agr_text_add(&text, "=");
        agr_text_add_base64(&text, cases[i][0], strlen(cases[i][0]));
        assert_string_equal(text.data + 1, cases[i][1]);
        agr_text_release(&text);
    }
}

static void test_escaped(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"a<b>&\"c'", "a&lt;b&gt;&amp;&quot;c&#39;"},
        {"tab\there\x01\x7f!\n", "tab here  !\n"},
        {"\u00e4 \u2013 \U0001F600", "\u00e4 \u2013 \U0001F600"},
        {"\xff\xc3", "\uFFFD\uFFFD"},             /* no byte of UTF-8; a character that is cut */
        {"\xc0\xaf", "\uFFFD\uFFFD"},             /* '/' in more bytes than it needs */
        {"\xed\xa0\x80", "\uFFFD\uFFFD\uFFFD"},   /* half of a pair of UTF-16 */
        {"\xef\xbf\xbf.", "\uFFFD\uFFFD\uFFFD."}, /* U+FFFF, which XML does not know */
        {"\xf4\x90\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        agr_text text = {0};
        agr_text_add_escaped(&text, cases[i][0]);
        assert_string_equal(text.data, cases[i][1]);
        agr_text_release(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_base64),
                                       cmocka_unit_test(test_escaped)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
