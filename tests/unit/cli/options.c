#include "test.h"

#include "cli.h"
#include "options.h"

/* main.c's; the help text itself is looked at by tests/cli. */
bool cli_speaks(void)
{
    return false;
}

static const char *const colours[] = {"red", "green", NULL};

/* What a command line left behind. */
typedef struct {
    bool json;
    const char *output, *resume;
    int64_t count;
    double rate, max_time_s;
    int colour;
    cli_overrides overrides;
    cli_arguments arguments;
    agr_error err;
    agr_status status;
} outcome;

enum { MAX_WORDS = 12 };

/* Parses these words (up to NULL) by a table with every type. */
static outcome *parse(const char *const *words, int min_positionals, int max_positionals)
{
    static outcome o;
    static char copy[MAX_WORDS][64];
    static char *argv[MAX_WORDS];
    int argc = 0;
    for (; words[argc] != NULL; argc++) {
        snprintf(copy[argc], sizeof copy[argc], "%s", words[argc]);
        argv[argc] = copy[argc];
    }
    o = (outcome){.count = 5, .colour = 1};
    const cli_option options[] = {
        {"json", 'j', CLI_FLAG, NULL, &o.json, "flag"},
        {"output", 'o', CLI_TEXT, "FILE", &o.output, "text"},
        {"resume", 0, CLI_OPTIONAL, "auto", &o.resume, "optional"},
        {"count", 'n', CLI_INTEGER, "N", &o.count, "integer", .min = 1, .max = 10},
        {"rate", 0, CLI_NUMBER, "X", &o.rate, "number"},
        {"max-time", 0, CLI_DURATION, "TIME", &o.max_time_s, "duration"},
        {"colour", 0, CLI_CHOICE, "red|green", &o.colour, "choice", .choices = colours},
        {"set", 0, CLI_SET, "KEY=VALUE", &o.overrides, "assignment"},
        {"lr", 0, CLI_SETTING, "RATE", &o.overrides, "setting", .key = "optimizer.lr"},
    };
    const cli_syntax syntax = {"paint", "THING...", min_positionals,   max_positionals,
                               "",      options,    CLI_COUNT(options)};
    o.status = cli_parse(&syntax, argc, argv, &o.arguments, &o.err);
    return &o;
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void test_every_type(void **state)
{
    (void)state;
    const outcome *o = parse(WORDS("a", "--json", "-o", "x.h5", "--count=7", "b", "--rate", "-2.5",
                                   "--max-time", "2h", "--colour=red", "-"),
                             1, -1);
    assert_ok(o->status, o->err);
    assert_true(o->json);
    assert_string_equal(o->output, "x.h5");
    assert_int_equal(o->count, 7);
    assert_true(o->rate == -2.5 && o->max_time_s == 7200);
    assert_int_equal(o->colour, 0);
    assert_null(o->resume);
    assert_int_equal(o->arguments.n, 3);
    assert_string_equal(o->arguments.item[0], "a");
    assert_string_equal(o->arguments.item[1], "b");
    assert_string_equal(o->arguments.item[2], "-");
}

static void test_defaults_stay(void **state)
{
    (void)state;
    const outcome *o = parse(WORDS("a"), 0, -1);
    assert_ok(o->status, o->err);
    assert_int_equal(o->count, 5);
    assert_int_equal(o->colour, 1);
    assert_false(o->json || o->arguments.help);
}

static void test_an_optional_value_is_only_taken_when_attached(void **state)
{
    (void)state;
    const outcome *o = parse(WORDS("--resume", "a"), 0, -1);
    assert_ok(o->status, o->err);
    assert_string_equal(o->resume, "");
    assert_int_equal(o->arguments.n, 1);
    o = parse(WORDS("--resume=auto"), 0, -1);
    assert_string_equal(o->resume, "auto");
}

static void test_settings_keep_key_value_and_origin_in_order(void **state)
{
    (void)state;
    const outcome *o = parse(WORDS("--set", "a.b=c=d", "--lr", "0.1", "--set=e="), 0, -1);
    assert_ok(o->status, o->err);
    const char *const expected[3][3] = {
        {"a.b", "c=d", "--set"}, {"optimizer.lr", "0.1", "--lr"}, {"e", "", "--set"}};
    assert_int_equal(o->overrides.n, 3);
    for (int i = 0; i < 3; i++) {
        assert_string_equal(o->overrides.item[i].key, expected[i][0]);
        assert_string_equal(o->overrides.item[i].value, expected[i][1]);
        assert_string_equal(o->overrides.item[i].origin, expected[i][2]);
    }
}

static void test_attached_letters_last_one_wins_and_the_end_of_options(void **state)
{
    (void)state;
    const outcome *o = parse(WORDS("-n3", "-n", "4", "--", "--json", "-x"), 0, -1);
    assert_ok(o->status, o->err);
    assert_int_equal(o->count, 4);
    assert_false(o->json);
    assert_int_equal(o->arguments.n, 2);
    assert_string_equal(o->arguments.item[1], "-x");
}

static void test_help_needs_nothing_else_to_be_right(void **state)
{
    (void)state;
    const outcome *o = parse(WORDS("--help", "--nonsense"), 1, 1);
    assert_ok(o->status, o->err);
    assert_true(o->arguments.help);
    assert_true(parse(WORDS("-h"), 1, 1)->arguments.help);
}

static void test_what_is_refused(void **state)
{
    (void)state;
    const struct {
        const char *word, *next, *words, *hint;
    } cases[] = {
        {"--count", "11", "--count: expected an integer from 1 to 10, found '11'", ""},
        {"--count", "x", "--count: expected an integer from 1 to 10, found 'x'", ""},
        {"--count=", NULL, "--count: expected an integer from 1 to 10, found ''", ""},
        {"--rate", "fast", "--rate: expected a number, found 'fast'", ""},
        {"--max-time", "60", "--max-time: expected a time with unit", ""},
        {"--colour", "blue", "--colour: expected one of red, green, found 'blue'", ""},
        {"--json=1", NULL, "--json: expected no value, found '1'", ""},
        {"-jo", NULL, "--json: expected no value, found 'o'", ""},
        {"--set", "x", "--set: expected KEY=VALUE, found 'x'", ""},
        {"--set", "=x", "--set: expected KEY=VALUE, found '=x'", ""},
        {"--output", NULL, "--output: expected FILE, found nothing", ""},
        {"--jsno", NULL, "unknown option '--jsno'", "did you mean '--json'?"},
        {"--zzzzzzzz", NULL, "unknown option '--zzzzzzzz'", "'agr-mpi paint --help' lists"},
        {"-z", NULL, "unknown option '-z'", "'agr-mpi paint --help' lists"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const outcome *o = parse(WORDS(cases[i].word, cases[i].next), 0, -1);
        assert_fails(o->status, AGR_USAGE, o->err, cases[i].words);
        assert_int_equal(strncmp(o->err.hint, cases[i].hint, strlen(cases[i].hint)), 0);
    }
}

static void test_the_number_of_arguments(void **state)
{
    (void)state;
    const outcome *o = parse(WORDS("--json"), 1, 1);
    assert_fails(o->status, AGR_USAGE, o->err, "expected THING..., found nothing");
    o = parse(WORDS("a", "b"), 1, 1);
    assert_fails(o->status, AGR_USAGE, o->err, "expected no further argument, found 'b'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_type),
        cmocka_unit_test(test_defaults_stay),
        cmocka_unit_test(test_an_optional_value_is_only_taken_when_attached),
        cmocka_unit_test(test_settings_keep_key_value_and_origin_in_order),
        cmocka_unit_test(test_attached_letters_last_one_wins_and_the_end_of_options),
        cmocka_unit_test(test_help_needs_nothing_else_to_be_right),
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_the_number_of_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
