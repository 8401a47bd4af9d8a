/* Charts: each case of the catalogue is well-formed, inside its frame, made of numbers, and the same when drawn again; what
 * the numbers mean stands where it must. `test_report_chart FOLDER` writes them for the eye. */
#include "chart_catalogue.h"
#include "chart_impl.h"

#include <agr/base/file.h>
#include <agr/report/chart.h>
#include <test.h>

static agr_text drawn(const chart_case *c)
{
    agr_text svg = {0};
    c->draw(&svg);
    assert_false(svg.failed);
    assert_non_null(svg.data);
    return svg;
}

/* ---- well-formed ---- */

/* Elements close in the order they were opened; attributes are quoted; no stray '<' or '&'. */
static void check_xml(const char *name, const char *xml)
{
    char open[16][16];
    int depth = 0, n_elements = 0;
    for (const char *at = xml; *at != '\0'; at++) {
        if (*at == '&' && strncmp(at, "&lt;", 4) != 0 && strncmp(at, "&gt;", 4) != 0 &&
            strncmp(at, "&amp;", 5) != 0 && strncmp(at, "&quot;", 6) != 0 &&
            strncmp(at, "&#39;", 5) != 0)
            fail_msg("%s: stray '&' before '%.20s'", name, at);
        if (*at != '<')
            continue;
        char word[16];
        const int closes = at[1] == '/';
        if (sscanf(at + 1 + closes, "%15[a-z]", word) != 1)
            fail_msg("%s: stray '<' before '%.20s'", name, at);
        const char *end = at;
        bool quoted = false;
        for (; *end != '\0' && (quoted || *end != '>'); end++) {
            quoted = quoted != (*end == '"');
            if (end > at && *end == '<')
                fail_msg("%s: '<' inside a tag: '%.40s'", name, at);
        }
        if (*end == '\0')
            fail_msg("%s: a tag without end: '%.40s'", name, at);
        if (closes) {
            if (depth == 0 || strcmp(open[depth - 1], word) != 0)
                fail_msg("%s: </%s> closes <%s>", name, word, depth > 0 ? open[depth - 1] : "");
            depth--;
        } else if (end[-1] != '/') {
            assert_true(depth < 16);
            snprintf(open[depth++], sizeof open[0], "%s", word);
        }
        n_elements++;
        at = end;
    }
    if (depth != 0 || n_elements < 5)
        fail_msg("%s: %d elements, %d of them open at the end", name, n_elements, depth);
}

/* ---- inside ---- */

typedef struct {
    double width, height;
} frame;

static void check_inside(const char *name, frame f, double x, double y)
{
    if (!(x >= -0.05 && x <= f.width + 0.05 && y >= -0.05 && y <= f.height + 0.05))
        fail_msg("%s: (%g, %g) lies outside of %g x %g", name, x, y, f.width, f.height);
}

/* A value that is wanted of the tag that begins at `tag`. */
static double attribute(const char *name, const char *tag, const char *attribute_name)
{
    char wanted[32];
    snprintf(wanted, sizeof wanted, " %s=\"", attribute_name);
    const char *end = strchr(tag, '>'), *found = strstr(tag, wanted);
    if (found == NULL || found > end)
        fail_msg("%s: no%s in '%.60s'", name, wanted, tag);
    return strtod(found + strlen(wanted), NULL);
}

static bool begins(const char *at, const char *word)
{
    return strncmp(at, word, strlen(word)) == 0;
}

static void check_path(const char *name, frame f, const char *tag)
{
    const char *at = strstr(tag, " d=\"");
    assert_non_null(at);
    for (at += 4; *at != '"' && *at != 'Z';) {
        char *next;
        assert_true(*at == 'M' || *at == 'L');
        const double x = strtod(at + 1, &next), y = strtod(next, &next);
        check_inside(name, f, x, y);
        at = next;
    }
}

/* From its first letter to its last, by the widths that the layout counts with. */
static void check_text(const char *name, frame f, const char *tag)
{
    const double x = attribute(name, tag, "x"), y = attribute(name, tag, "y");
    const char *begin = strchr(tag, '>') + 1;
    if (begins(begin, "<title>"))
        begin = strstr(begin, "</title>") + strlen("</title>");
    char words[400];
    snprintf(words, sizeof words, "%.*s", (int)(strchr(begin, '<') - begin), begin);
    check_inside(name, f, x, y);
    if (strchr(words, '&') != NULL) /* is shorter than it is written */
        return;
    const bool small = strstr(tag, "small") != NULL && strstr(tag, "small") < begin;
    const double width = chart_width_of(words, small ? 10 : 12);
    const double before = begins(strstr(tag, "text-anchor=\"") + 13, "end")      ? width
                          : begins(strstr(tag, "text-anchor=\"") + 13, "middle") ? width / 2
                                                                                 : 0;
    check_inside(name, f, x - before, y);
    check_inside(name, f, x - before + width, y);
}

static void check_places(const char *name, const char *svg)
{
    const char *box = strstr(svg, "viewBox=\"0 0 ");
    frame f = {0};
    assert_non_null(box);
    assert_int_equal(sscanf(box, "viewBox=\"0 0 %lf %lf\"", &f.width, &f.height), 2);
    for (const char *at = strstr(svg, "</style>"); (at = strchr(at, '<')) != NULL; at++) {
        if (begins(at, "<text x"))
            check_text(name, f, at);
        else if (begins(at, "<line")) {
            check_inside(name, f, attribute(name, at, "x1"), attribute(name, at, "y1"));
            check_inside(name, f, attribute(name, at, "x2"), attribute(name, at, "y2"));
        } else if (begins(at, "<circle")) {
            check_inside(name, f, attribute(name, at, "cx"), attribute(name, at, "cy"));
        } else if (begins(at, "<rect") && !begins(at, "<rect class=\"paper\"")) {
            const double x = attribute(name, at, "x"), y = attribute(name, at, "y");
            check_inside(name, f, x, y);
            check_inside(name, f, x + attribute(name, at, "width"),
                         y + attribute(name, at, "height"));
        } else if (begins(at, "<path")) {
            check_path(name, f, at);
        }
    }
}

/* No value is drawn or written that is none. */
static void check_numbers(const char *name, const char *svg)
{
    const char *body = strstr(svg, "</style>");
    for (const char *at = body; (at = strchr(at, '=')) != NULL; at++)
        if (begins(at, "=\"nan") || begins(at, "=\"-nan") || begins(at, "=\"inf") ||
            begins(at, "=\"-inf"))
            fail_msg("%s: a value is no number: '%.20s'", name, at);
    if (strstr(body, " nan") != NULL || strstr(body, ">nan") != NULL ||
        strstr(body, ">inf") != NULL || strstr(body, " inf") != NULL ||
        strstr(body, ">-inf") != NULL || strstr(body, ">-nan") != NULL)
        fail_msg("%s: says nan or inf", name);
}

static void test_catalogue(void **state)
{
    (void)state;
    for (const chart_case *c = chart_catalogue; c->name != NULL; c++) {
        agr_text svg = drawn(c), again = drawn(c);
        check_xml(c->name, svg.data);
        check_places(c->name, svg.data);
        check_numbers(c->name, svg.data);
        if (svg.length != again.length || memcmp(svg.data, again.data, svg.length) != 0)
            fail_msg("%s: drawn twice, two pictures", c->name);
        agr_text_release(&svg);
        agr_text_release(&again);
    }
}

/* ---- meaning ---- */

static int count_of(const char *text, const char *words)
{
    int n = 0;
    for (const char *at = text; (at = strstr(at, words)) != NULL; at++)
        n++;
    return n;
}

static void has(const agr_text *svg, const char *words, int n)
{
    if (count_of(strstr(svg->data, "</style>"), words) != n)
        fail_msg("expected '%s' %d times, found %d", words, n,
                 count_of(strstr(svg->data, "</style>"), words));
}

/* A gap interrupts the path, and a value alone between gaps is a dot. */
static void test_gaps(void **state)
{
    (void)state;
    const double value[] = {1, 2, NAN, 3, NAN, 4, 5};
    const agr_chart_line line = {"v", 0, true, 7, value, 0};
    const agr_chart_panel panel = {"loss", 1, &line, NAN};
    agr_text svg = {0};
    agr_chart_curves(&svg, "t", NULL, &panel, 1);
    const char *path = strstr(svg.data, "<path");
    assert_non_null(path);
    char drawn_path[400];
    snprintf(drawn_path, sizeof drawn_path, "%.*s", (int)(strchr(path, '>') - path), path);
    assert_int_equal(count_of(drawn_path, "M"), 3);
    assert_int_equal(count_of(drawn_path, "L"), 2);
    has(&svg, "<circle", 1);
    agr_text_release(&svg);
}

/* Losses over decades have a logarithmic scale, on which equal factors are equal distances. */
static void test_logarithmic(void **state)
{
    (void)state;
    const double value[] = {1000, 100, 10, 1};
    const agr_chart_line line = {"v", 0, false, 4, value, 0};
    const agr_chart_panel panel = {"loss", 1, &line, NAN};
    agr_text svg = {0};
    agr_chart_curves(&svg, "t", NULL, &panel, 1);
    has(&svg, "loss (logarithmic)", 1);
    double x[4], y[4];
    assert_int_equal(sscanf(strstr(strstr(svg.data, "<path"), "d=\""),
                            "d=\"M%lf %lfL%lf %lfL%lf %lfL%lf %lf", &x[0], &y[0], &x[1], &y[1],
                            &x[2], &y[2], &x[3], &y[3]),
                     8);
    assert_true(fabs((y[1] - y[0]) - (y[2] - y[1])) < 0.11 &&
                fabs((y[2] - y[1]) - (y[3] - y[2])) < 0.11);
    assert_true(y[0] < y[3]);
    agr_text_release(&svg);
}

/* Shares are of the row: 3 of 4 is 75 %. */
static void test_shares(void **state)
{
    (void)state;
    const char *const name[] = {"a", "b"};
    const int64_t count[] = {3, 1, 0, 50};
    agr_text svg = {0};
    agr_chart_heat(&svg, "t", NULL, 2, name, count);
    has(&svg, ">75\u202f%<", 1);
    has(&svg, ">25\u202f%<", 1);
    has(&svg, ">100\u202f%<", 1);
    has(&svg, "a, said b: 1 of 4", 1);
    has(&svg, "fill-opacity=\"0.760\"", 1); /* 0.04 + 0.96 * 0.75 */
    agr_text_release(&svg);
}

/* 9 of 10 right: Wilson's interval is 0.5958 to 0.9821. */
static void test_wilson(void **state)
{
    (void)state;
    const agr_chart_reliability_bin bin[] = {{0, NAN, NAN}, {10, 0.75, 0.9}};
    agr_text svg = {0};
    agr_chart_reliability(&svg, "t", NULL, 2, bin);
    double zero = 0, one = 0, low = 0, high = 0, at = 0;
    const char *line = strstr(strstr(svg.data, "share that is right"), "axis dash");
    assert_int_equal(sscanf(line, "axis dash\" x1=\"%lf\" y1=\"%lf\" x2=\"%lf\" y2=\"%lf\"", &at,
                            &zero, &at, &one),
                     4);
    line = strstr(line, "line l0");
    assert_int_equal(sscanf(line, "line l0\" x1=\"%lf\" y1=\"%lf\" x2=\"%lf\" y2=\"%lf\"", &at,
                            &low, &at, &high),
                     4);
    assert_true(fabs((low - zero) / (one - zero) - 0.5958) < 5e-4);
    assert_true(fabs((high - zero) / (one - zero) - 0.9821) < 5e-4);
    has(&svg, "<circle", 1);
    agr_text_release(&svg);
}

static void test_long_names(void **state)
{
    (void)state;
    const char *const name[] = {
        "a name that is much longer than the place beside the rows of the map", "b"};
    const int64_t count[] = {1, 0, 0, 1};
    agr_text svg = {0};
    agr_chart_heat(&svg, "t", NULL, 2, name, count);
    assert_true(count_of(svg.data, "\u2026</text>") >= 2);
    assert_true(count_of(svg.data, "<title>a name that is much longer than the place beside the "
                                   "rows of the map</title>") >= 2);
    agr_text_release(&svg);
}

static int write_all(const char *folder)
{
    agr_error err;
    for (const chart_case *c = chart_catalogue; c->name != NULL; c++) {
        agr_text svg = {0};
        char path[AGR_PATH_BYTES];
        c->draw(&svg);
        snprintf(path, sizeof path, "%s/%s.svg", folder, c->name);
        if (agr_file_write(path, svg.data, svg.length, &err) != AGR_OK) {
            fprintf(stderr, "%s\n", err.text);
            return 1;
        }
        agr_text_release(&svg);
    }
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_catalogue),   cmocka_unit_test(test_gaps),
        cmocka_unit_test(test_logarithmic), cmocka_unit_test(test_shares),
        cmocka_unit_test(test_wilson),      cmocka_unit_test(test_long_names),
    };
    return argc > 1 ? write_all(argv[1]) : cmocka_run_group_tests(tests, NULL, NULL);
}
