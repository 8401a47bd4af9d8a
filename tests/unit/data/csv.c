#include "test.h"

#include <agr/data/csv.h>

static agr_csv csv;
static agr_error err;

static agr_status parse(const char *text)
{
    return agr_csv_parse(text, strlen(text), "t.csv", &csv, &err);
}

static void assert_field(int64_t row, int column, const char *expected)
{
    assert_string_equal(agr_csv_field(&csv, row, column), expected);
}

static void test_plain_table(void **state)
{
    (void)state;
    assert_ok(parse("path,age\na.jpg,30\nb.jpg,\n"), err);
    assert_int_equal(csv.n_rows, 2);
    assert_int_equal(csv.n_columns, 2);
    assert_int_equal(agr_csv_column(&csv, "age"), 1);
    assert_int_equal(agr_csv_column(&csv, "eyes"), -1);
    assert_field(0, 0, "a.jpg");
    assert_field(1, 1, "");
    assert_int_equal(agr_csv_line(&csv, 1), 3);
    agr_csv_release(&csv);
}

static void test_quotes_and_line_ends(void **state)
{
    (void)state;
    assert_ok(parse("\xEF\xBB\xBFpath,\"a \"\"b\"\"\"\r\n\"x,y\",\"two\r\nlines\"\r\n\r\n\"\",z"),
              err);
    assert_int_equal(csv.n_rows, 2);
    assert_string_equal(csv.header[0], "path");
    assert_string_equal(csv.header[1], "a \"b\"");
    assert_field(0, 0, "x,y");
    assert_field(0, 1, "two\r\nlines");
    assert_field(1, 0, "");
    assert_field(1, 1, "z");
    assert_int_equal(agr_csv_line(&csv, 0), 2);
    assert_int_equal(agr_csv_line(&csv, 1), 5);
    agr_csv_release(&csv);
}

static void test_other_separators(void **state)
{
    (void)state;
    assert_ok(parse("path;age\na;1,5\n"), err);
    assert_field(0, 1, "1,5");
    agr_csv_release(&csv);
    assert_ok(parse("path\tage\na\t2\n"), err);
    assert_field(0, 1, "2");
    agr_csv_release(&csv);
    assert_ok(parse("path\nonly\n"), err);
    assert_int_equal(csv.n_columns, 1);
    assert_field(0, 0, "only");
    agr_csv_release(&csv);
}

static void test_mistakes_name_their_line(void **state)
{
    (void)state;
    assert_fails(parse(""), AGR_FORMAT, err, "expected a header row, found nothing");
    assert_fails(parse("\n\r\n"), AGR_FORMAT, err, "expected a header row");
    assert_fails(parse("a,b\n1,2\n3\n"), AGR_FORMAT, err, "line 3: expected 2 fields, found 1");
    assert_fails(parse("a,b\n1,2,3\n"), AGR_FORMAT, err, "line 2: expected 2 fields, found 3");
    assert_fails(parse("a,b\n1,\"2\n"), AGR_FORMAT, err, "quoted field without an end");
    assert_fails(parse("a,b\n\"1\"x,2\n"), AGR_FORMAT, err, "line 2: text after a closing quote");
    assert_fails(agr_csv_parse("a,b\n1,\0", 7, "t.csv", &csv, &err), AGR_FORMAT, err,
                 "table 't.csv': expected text, found a zero byte");
}

static void test_written_fields_read_back(void **state)
{
    (void)state;
    static const char *const fields[] = {"plain", "", "a,b", "say \"hi\"", "two\nlines", "; \t "};
    agr_text text = {0};
    agr_text_add(&text, "h1,h2,h3,h4,h5,h6\n");
    for (int i = 0; i < 6; i++) {
        agr_text_add(&text, "%s", i > 0 ? "," : "");
        agr_csv_add_field(&text, fields[i]);
    }
    assert_ok(parse(text.data), err);
    assert_int_equal(csv.n_rows, 1);
    for (int i = 0; i < 6; i++)
        assert_field(0, i, fields[i]);
    agr_csv_release(&csv);
    agr_text_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_table),
        cmocka_unit_test(test_quotes_and_line_ends),
        cmocka_unit_test(test_other_separators),
        cmocka_unit_test(test_mistakes_name_their_line),
        cmocka_unit_test(test_written_fields_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
