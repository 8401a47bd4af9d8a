/* The cases: one value and five hundred, two classes and two hundred, names that do not fit, numbers that are none. */
#include "chart_catalogue.h"

#include <agr/report/chart.h>
#include <math.h>
#include <stdio.h>

enum { MANY = 500, CLASSES = 200 };

static const char *const awkward[] = {
    "Black or African American <\"&'> of the longest possible name",
    "\u4e2d\u56fd\u4eba\u4e2d\u56fd\u4eba\u4e2d\u56fd\u4eba", "\xff\xfe", "",
    "a name\nof two lines"};

/* Names of n classes, some of them awkward. */
static const char *const *names(int n)
{
    static char room[CLASSES][24];
    static const char *name[CLASSES];
    for (int c = 0; c < n; c++) {
        snprintf(room[c], sizeof room[c], "class %d", c);
        name[c] = n > 2 && c < 5 ? awkward[c] : room[c];
    }
    return name;
}

/* A value between 0 and 1 that looks random. */
static double noise(int64_t i)
{
    return (double)((uint64_t)(i + 1) * 2654435761u % 1000003u) / 1000003.0;
}

/* ---- curves ---- */

static void curves(agr_text *svg, int64_t n, double from, double factor)
{
    static double train[MANY], validation[MANY], accuracy[MANY];
    double value = from;
    for (int64_t i = 0; i < n; i++, value *= factor) {
        train[i] = value * (1 + 0.05 * noise(i));
        validation[i] = value * (1.1 + 0.2 * noise(i + 1000));
        accuracy[i] = 1 - 0.6 / (double)(i + 2) - 0.05 * noise(i);
    }
    const agr_chart_line loss[] = {{"training", 0, true, n, train, 0},
                                   {"validation", 0, false, n, validation, n > 1 ? n - 1 : n}};
    const agr_chart_line metric[] = {{NULL, 0, false, n, accuracy, n}};
    const agr_chart_panel panel[] = {{"loss", 2, loss, NAN}, {"accuracy", 1, metric, 0.52}};
    agr_chart_curves(svg, "gender", "quick, 6 epochs of 1200 pictures", panel, 2);
}
static void one_epoch(agr_text *svg)
{
    curves(svg, 1, 0.6931, 1);
}
static void two_epochs(agr_text *svg)
{
    curves(svg, 2, 0.69, 0.9);
}
static void ten_epochs(agr_text *svg)
{
    curves(svg, 10, 0.69, 0.93);
}
static void many_epochs(agr_text *svg)
{
    curves(svg, MANY, 900, 0.98);
}
static void no_epochs(agr_text *svg)
{
    curves(svg, 0, 0, 0);
}
static void gaps(agr_text *svg)
{
    const double value[] = {3, NAN, 2.5, 2, (double)INFINITY, 1.5, -(double)INFINITY, 1e300, 1.2};
    const double none[] = {NAN, NAN};
    const agr_chart_line line[] = {{awkward[0], 1, false, 9, value, 9},
                                   {awkward[1], 2, true, 2, none, 2}};
    const agr_chart_panel panel[] = {{"loss", 2, line, (double)INFINITY},
                                     {"nothing", 1, &line[1], NAN}};
    agr_chart_curves(svg, awkward[0],
                     "A note that is so long that it has to be broken into more than one line: "
                     "nothing of it may be lost "
                     "on the way, or end outside of the picture that it belongs to.",
                     panel, 2);
}
static void flat(agr_text *svg)
{
    const double value[] = {5, 5, 5}, tiny[] = {1e-300, 2e-300}, huge[] = {-3e90, 4e90},
                 near[] = {1, 1 + 1e-15};
    const agr_chart_line line[] = {{"flat", 0, false, 3, value, 0},
                                   {"tiny", 1, false, 2, tiny, 0},
                                   {"huge", 2, false, 2, huge, 0},
                                   {"near", 3, false, 2, near, 0}};
    agr_chart_panel panel[4];
    for (int p = 0; p < 4; p++)
        panel[p] = (agr_chart_panel){line[p].name, 1, &line[p], NAN};
    agr_chart_curves(svg, "odd scales", NULL, panel, 4);
}

/* ---- heat maps ---- */

static void heat(agr_text *svg, int n, int64_t size)
{
    static int64_t count[CLASSES * CLASSES];
    for (int i = 0; i < n * n; i++)
        count[i] = i / n == i % n ? size
                   : i / n == 3   ? 0
                                  : (int64_t)((double)size * noise(i) * noise(i) / 4);
    agr_chart_heat(svg, "race", "said of 1,185 validation pictures", n, names(n), count);
}
static void heat_2(agr_text *svg)
{
    heat(svg, 2, 100);
}
static void heat_5(agr_text *svg)
{
    heat(svg, 5, 1000000000);
}
static void heat_40(agr_text *svg)
{
    heat(svg, 40, 20);
}
static void heat_200(agr_text *svg)
{
    heat(svg, CLASSES, 3);
}
static void heat_empty(agr_text *svg)
{
    heat(svg, 2, 0);
}

/* ---- scatter ---- */

static void scatter(agr_text *svg, int64_t n, double from, double to)
{
    static double label[20000], said[20000];
    for (int64_t i = 0; i < n; i++) {
        label[i] = floor(from + (to - from) * noise(3 * i) * noise(7 * i));
        said[i] = 8 + 0.8 * label[i] + 18 * (noise(5 * i + 1) + noise(11 * i + 2) - 1);
    }
    if (n > 3) {
        label[1] = NAN;
        said[2] = (double)INFINITY;
    }
    agr_chart_scatter(svg, "age", "said of validation pictures, in years", n, label, said);
}
static void scatter_many(agr_text *svg)
{
    scatter(svg, 20000, 0, 117);
}
static void scatter_some(agr_text *svg)
{
    scatter(svg, 600, 0, 100);
}
static void scatter_one(agr_text *svg)
{
    scatter(svg, 1, 30, 30);
}
static void scatter_none(agr_text *svg)
{
    scatter(svg, 0, 0, 0);
}
static void scatter_same(agr_text *svg)
{
    scatter(svg, 40, -5, -5);
}

/* ---- reliability ---- */

static void reliability(agr_text *svg)
{
    agr_chart_reliability_bin bin[15];
    for (int b = 0; b < 15; b++)
        bin[b] = b < 4 ? (agr_chart_reliability_bin){0, NAN, NAN}
                       : (agr_chart_reliability_bin){1 + 3 * b * b * b, (b + 0.5) / 15,
                                                     fmin(1, 0.2 + 0.05 * b)};
    agr_chart_reliability(svg, "race", "expected calibration error 0.071", 15, bin);
}
static void reliability_empty(agr_text *svg)
{
    const agr_chart_reliability_bin bin[2] = {{0, NAN, NAN}, {1, 1, 1}};
    agr_chart_reliability(svg, "gender", NULL, 2, bin);
}

/* ---- timelines ---- */

static void timeline(agr_text *svg, int n_lanes, double end_s)
{
    static agr_chart_span span[3 * 128];
    static const char *const name[] = {"age", "gender", "race"};
    for (int i = 0; i < n_lanes; i++) {
        const int branch = i % 4 == 3 ? 0 : i % 3;
        const double change = end_s * (0.3 + 0.4 * noise(i / 4));
        span[2 * i] = (agr_chart_span){i, 0, change, branch, name[branch]};
        span[2 * i + 1] = (agr_chart_span){i, change, end_s, 0, name[0]};
    }
    const agr_chart_mark mark[] = {
        {0.5 * end_s, "resumed"}, {0.52 * end_s, "resumed"}, {end_s, "ended in the morning"}};
    const agr_chart_times times = {.title = "Who trained what when",
                                   .note = "3 branches on 4 ranks",
                                   .n_lanes = n_lanes,
                                   .lanes = "rank",
                                   .end_s = end_s,
                                   .n_spans = 2 * n_lanes,
                                   .span = span,
                                   .n_names = 3,
                                   .name = name,
                                   .n_marks = 3,
                                   .mark = mark};
    agr_chart_timeline(svg, &times);
}
static void timeline_1(agr_text *svg)
{
    timeline(svg, 1, 0.7);
}
static void timeline_4(agr_text *svg)
{
    timeline(svg, 4, 314);
}
static void timeline_128(agr_text *svg)
{
    timeline(svg, 128, 1e6);
}
static void timeline_none(agr_text *svg)
{
    timeline(svg, 0, NAN);
}

/* ---- intervals ---- */

static void intervals(agr_text *svg)
{
    static const agr_chart_interval row[] = {
        {"by race", -1, 0, 0, 0, false},         {"White", 430, 0.91, 0.88, 0.94, false},
        {"Black", 190, 0.74, 0.67, 0.80, false}, {NULL, 150, 0.69, 0.6, 0.77, false},
        {"Other", 12, 0.5, 0.21, 0.79, true},    {"by age", -1, 0, 0, 0, false},
        {"0-2", 0, NAN, NAN, NAN, true},         {"3-9", 64, 0.8, NAN, NAN, false},
        {"70+", 91, 0.83, 0.75, 0.91, false},
    };
    agr_chart_interval all[9];
    for (int i = 0; i < 9; i++)
        all[i] = row[i];
    all[3].name = awkward[0];
    agr_chart_intervals(svg, "gender", "95 % intervals, simultaneous over each table", "accuracy",
                        9, all, 0.86);
}
static void intervals_none(agr_text *svg)
{
    agr_chart_intervals(svg, "nothing", NULL, "mae", 0, NULL, NAN);
}

/* ---- distributions ---- */

static void histogram(agr_text *svg)
{
    static float value[3000];
    agr_number_statistics statistics;
    agr_histogram bins;
    for (int i = 0; i < 3000; i++)
        value[i] = (float)floor(116 * noise(i) * noise(i + 5000));
    if (agr_number_statistics_of(value, NULL, 3000, &statistics, NULL) != AGR_OK)
        return;
    agr_histogram_of(value, NULL, 3000, &statistics, 120, &bins);
    agr_chart_histogram(svg, "age", &statistics, &bins);
}
static void histogram_empty(agr_text *svg)
{
    const agr_number_statistics statistics = {.n_missing = 3};
    const agr_histogram bins = {0};
    agr_chart_histogram(svg, "age", &statistics, &bins);
}
static void classes(agr_text *svg, int n)
{
    static agr_class_statistics statistics;
    statistics = (agr_class_statistics){.n_classes = n};
    for (int c = 0; c < n; c++) {
        statistics.count[c] = (int64_t)(4000 * noise(c));
        statistics.n += statistics.count[c];
        if (statistics.count[c] > statistics.count[statistics.largest])
            statistics.largest = c;
    }
    agr_chart_classes(svg, "race", names(n), &statistics);
}
static void classes_2(agr_text *svg)
{
    classes(svg, 2);
}
static void classes_6(agr_text *svg)
{
    classes(svg, 6);
}
static void classes_200(agr_text *svg)
{
    classes(svg, CLASSES);
}
static void boxes(agr_text *svg, int n)
{
    static agr_number_statistics box[CLASSES];
    for (int c = 0; c < n; c++) {
        const double middle = 20 + 40 * noise(c);
        box[c] = (agr_number_statistics){.n = c == 1 ? 0 : 300 + c,
                                         .median = floor(middle),
                                         .low_tail = middle - 19,
                                         .high_tail = middle + 30,
                                         .lower_quartile = middle - 7,
                                         .upper_quartile = middle + 11};
    }
    agr_chart_boxes(svg, "age by race", n, names(n), box);
}
static void boxes_2(agr_text *svg)
{
    boxes(svg, 2);
}
static void boxes_6(agr_text *svg)
{
    boxes(svg, 6);
}
static void boxes_60(agr_text *svg)
{
    boxes(svg, 60);
}

const chart_case chart_catalogue[] = {{"curves_1", one_epoch},
                                      {"curves_2", two_epochs},
                                      {"curves_10", ten_epochs},
                                      {"curves_500", many_epochs},
                                      {"curves_0", no_epochs},
                                      {"curves_gaps", gaps},
                                      {"curves_flat", flat},
                                      {"heat_2", heat_2},
                                      {"heat_5", heat_5},
                                      {"heat_40", heat_40},
                                      {"heat_200", heat_200},
                                      {"heat_empty", heat_empty},
                                      {"scatter_many", scatter_many},
                                      {"scatter_some", scatter_some},
                                      {"scatter_1", scatter_one},
                                      {"scatter_0", scatter_none},
                                      {"scatter_same", scatter_same},
                                      {"reliability", reliability},
                                      {"reliability_2", reliability_empty},
                                      {"timeline_1", timeline_1},
                                      {"timeline_4", timeline_4},
                                      {"timeline_128", timeline_128},
                                      {"timeline_0", timeline_none},
                                      {"intervals", intervals},
                                      {"intervals_0", intervals_none},
                                      {"histogram", histogram},
                                      {"histogram_0", histogram_empty},
                                      {"classes_2", classes_2},
                                      {"classes_6", classes_6},
                                      {"classes_200", classes_200},
                                      {"boxes_2", boxes_2},
                                      {"boxes_6", boxes_6},
                                      {"boxes_60", boxes_60},
                                      {NULL, NULL}};
