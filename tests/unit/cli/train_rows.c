/* The rows of a run and the line of a count, at the widths of terminals: no terminal is needed. */
#include "test.h"

#include "progress.h"
#include "train_rows.h"

enum { MOST_LINES = 32 };

static agr_text text;
static const char *line[MOST_LINES];
static int width[MOST_LINES], n_lines;

static void begin_reading(void)
{
    assert_false(text.failed);
    n_lines = 0;
    for (const char *at = text.data; at != NULL && *at != '\0'; n_lines++) {
        assert_true(n_lines < MOST_LINES);
        line[n_lines] = at;
        width[n_lines] = (int)strcspn(at, "\n");
        assert_int_equal(at[width[n_lines]], '\n'); /* every line is ended */
        at += width[n_lines] + 1;
    }
}

static void lay_out(const agr_outlook *outlook, int columns, int rows)
{
    agr_text_release(&text);
    cli_train_rows(outlook, (cli_terminal){.columns = columns, .rows = rows}, &text);
    begin_reading();
    for (int i = 0; i < n_lines; i++)
        if (width[i] >= columns)
            fail_msg("%d columns: a line of %d: %.*s", columns, width[i], width[i], line[i]);
}

static void expect_line(int i, const char *expected)
{
    assert_true(i < n_lines);
    if ((int)strlen(expected) != width[i] || strncmp(line[i], expected, strlen(expected)) != 0)
        fail_msg("expected\n'%s', found\n'%.*s'", expected, width[i], line[i]);
}

static bool shows(const char *words)
{
    return text.data != NULL && strstr(text.data, words) != NULL;
}

static agr_outlook three_branches(void)
{
    agr_outlook o = {.n_branches = 3};
    o.branch[0] = (agr_standing){.name = "ant",
                                 .metric = "mae",
                                 .epoch = 12,
                                 .n_epochs = 50,
                                 .done = 0.25,
                                 .loss = 192.41,
                                 .value = 10.416,
                                 .images_per_s = 15.2,
                                 .left_s = 4980,
                                 .n_ranks = 8};
    o.branch[1] = (agr_standing){.name = "beetle",
                                 .metric = "accuracy",
                                 .epoch = 50,
                                 .n_epochs = 50,
                                 .has_ended = true,
                                 .done = 1,
                                 .loss = 0.34121,
                                 .value = 0.8612,
                                 .images_per_s = 550};
    o.branch[2] = (agr_standing){.name = "c",
                                 .metric = "accuracy",
                                 .epoch = 1,
                                 .n_epochs = 50,
                                 .validates = true,
                                 .done = 0.01,
                                 .loss = (double)NAN,
                                 .value = (double)NAN,
                                 .left_s = 45240,
                                 .n_ranks = 2};
    o.total = (agr_standing){.name = "total",
                             .epoch = 1,
                             .n_epochs = 50,
                             .done = 0.3,
                             .loss = 8.53,
                             .value = (double)NAN,
                             .images_per_s = 15.2,
                             .left_s = 45240,
                             .n_ranks = 12};
    return o;
}

static void test_a_wide_terminal_shows_all(void **state)
{
    (void)state;
    const agr_outlook o = three_branches();
    lay_out(&o, 120, 40);
    assert_int_equal(n_lines, 5);
    expect_line(0, "branch                              epoch     loss           metric  images/s"
                   "         left  ranks");
    expect_line(1, "ant     [######..................]  12/50    192.4        mae 10.42        15"
                   "       83 min      8");
    expect_line(2, "beetle  [########################]  50/50   0.3412  accuracy 0.8612          "
                   "         done      0");
    expect_line(3, "c       [........................]   1/50                             judging"
                   "  12 h 34 min      2");
    expect_line(4, "total   [#######.................]   1/50     8.53                         15"
                   "  12 h 34 min     12");
}

/* The words of a line, one blank between them. */
static const char *words_of(int i)
{
    static char words[256];
    size_t n = 0;
    for (int c = 0; c < width[i] && n + 1 < sizeof words; c++)
        if (line[i][c] != ' ' || (n > 0 && words[n - 1] != ' '))
            words[n++] = line[i][c];
    words[n] = '\0';
    return words;
}

static void test_a_narrow_terminal_shows_fewer_columns(void **state)
{
    (void)state;
    const struct {
        int columns;
        const char *titles, *first_row;
    } cases[] = {
        {81, "branch epoch loss metric images/s left ranks",
         "ant [#......] 12/50 192.4 mae 10.42 15 83 min 8"},
        {80, "branch epoch loss metric images/s left ranks",
         "ant [#.....] 12/50 192.4 mae 10.42 15 83 min 8"},
        {60, "branch epoch metric left", "ant [###.........] 12/50 mae 10.42 83 min"},
        {40, "branch epoch left", "ant [##.......] 12/50 83 min"},
        {24, "branch left", "ant 83 min"},
        {12, "branch", "ant"},
        {5, "bra~", "ant"},
        {1, "", ""},
    };
    const agr_outlook o = three_branches();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        lay_out(&o, cases[i].columns, 24);
        assert_int_equal(n_lines, 5);
        assert_string_equal(words_of(0), cases[i].titles);
        assert_string_equal(words_of(1), cases[i].first_row);
    }
}

static void test_long_names_leave_room_for_the_rest(void **state)
{
    (void)state;
    agr_outlook o = three_branches();
    o.branch[1].name = "a_name_as_long_as_names_of_branches_may_be_which_is_63_letters_";
    for (int columns = 1; columns <= 200; columns++)
        lay_out(&o, columns, 24);
    lay_out(&o, 60, 24);
    assert_string_equal(words_of(0), "branch epoch left");
    assert_string_equal(words_of(2), "a_name_as_long_~ [###################] 50/50 done");
}

static void test_a_low_terminal_shows_who_trains(void **state)
{
    (void)state;
    const agr_outlook o = three_branches();
    lay_out(&o, 80, 6); /* the cursor has a row of its own */
    assert_int_equal(n_lines, 5);
    assert_true(shows("beetle"));
    lay_out(&o, 80, 0); /* unknown */
    assert_int_equal(n_lines, 5);
    agr_outlook many = o;
    many.n_branches = 16;
    for (int b = 3; b < 16; b++)
        many.branch[b] = o.branch[b % 2];
    for (int rows = 2; rows <= 24; rows++) {
        lay_out(&many, 80, rows);
        assert_true(n_lines < rows);
    }
    lay_out(&many, 80, 6);
    assert_string_equal(words_of(1), "ant [#......] 12/50 192.4 mae 10.42 15 83 min 8");
    assert_int_equal(words_of(2)[0], 'c');
    assert_string_equal(words_of(3), "and 14 more");
    lay_out(&many, 80, 3);
    assert_int_equal(n_lines, 1);
    assert_memory_equal(line[0], "total", 5);
}

static void test_one_branch_is_its_own_total(void **state)
{
    (void)state;
    agr_outlook o = three_branches();
    o.n_branches = 1;
    lay_out(&o, 80, 24);
    assert_int_equal(n_lines, 2);
}

static void test_a_count_fits_too(void **state)
{
    (void)state;
    const struct {
        int columns;
        const char *expected;
    } cases[] = {
        {80, "[############............]  3000 of 6000 images  1500/s  2.0 s left"},
        {60, "[########........]  3000 of 6000 images  1500/s  2.0 s left"},
        {40, "[##..]  3000 of 6000 images  2.0 s left"},
        {24, "3000 of 6000 images"},
        {10, "3000 of ~"},
    };
    cli_progress progress = {
        .unit = "images", .begin_s = 10, .drawn_s = 12, .n_done = 3000, .n_all = 6000};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        agr_text_release(&text);
        cli_progress_line(&progress, (cli_terminal){.columns = cases[i].columns}, &text);
        begin_reading();
        assert_int_equal(n_lines, 1);
        assert_true(width[0] < cases[i].columns);
        expect_line(0, cases[i].expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_wide_terminal_shows_all),
        cmocka_unit_test(test_a_narrow_terminal_shows_fewer_columns),
        cmocka_unit_test(test_long_names_leave_room_for_the_rest),
        cmocka_unit_test(test_a_low_terminal_shows_who_trains),
        cmocka_unit_test(test_one_branch_is_its_own_total),
        cmocka_unit_test(test_a_count_fits_too),
    };
    const int n_failed = cmocka_run_group_tests(tests, NULL, NULL);
    agr_text_release(&text);
    return n_failed;
}
