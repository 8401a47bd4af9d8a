/**
 * Charts as SVG text: arrays in, one complete picture out; equal arrays give equal bytes.
 *
 * A picture stands alone as a file (readable on light and on dark) or inside an HTML page, where the
 * page's colours rule (--paper --ink --faint --line). Titles and names may hold any characters; what
 * is too long for its place is cut and stays whole in the tooltip. Values that are no numbers are
 * gaps. Colours are indices of a palette that all kinds of colour vision tell apart; beyond its end
 * they repeat. Nothing fails but memory: see svg->failed. Structs borrow what they point to.
 */
#ifndef AGR_REPORT_CHART_H
#define AGR_REPORT_CHART_H

#include <agr/base/text.h>
#include <agr/data/statistics.h>

/* ---- what was learnt: values by epoch ---- */

typedef struct {
    const char *name; /* in the legend; NULL: not named there (again) */
    int colour;
    bool dotted; /* what is only for comparison: training beside validation */
    int64_t n;
    const double *value; /* [n], of epochs 1 .. n */
    int64_t marked;      /* epoch with a ring: the best; 0: none */
} agr_chart_line;

typedef struct {
    const char *name; /* of the values: "loss" */
    int n_lines;
    const agr_chart_line *line;
    double baseline; /* a level to compare with; NaN: none */
} agr_chart_panel;

/** Panels one below another over the same epochs. A panel whose values are all above 0 and span more
 * than a factor of 50 has a logarithmic scale, and says so. */
void agr_chart_curves(agr_text *svg, const char *title, const char *note,
                      const agr_chart_panel *panel, int n_panels);

/* ---- what was said of what ---- */

/** Confusion: count[n,n], rows by label, columns by what was said; shaded and written as shares of
 * the row. */
void agr_chart_heat(agr_text *svg, const char *title, const char *note, int n,
                    const char *const *name, const int64_t *count);

/** Said (up) against labelled (across) numbers, with the line where both agree; in ranges of the label
 * the middle half and the middle nine tenths of what was said, and its median. AGR_MEMORY leaves
 * svg->failed. */
void agr_chart_scatter(agr_text *svg, const char *title, const char *note, int64_t n,
                       const double *label, const double *said);

typedef struct {
    int64_t n;
    double confidence, accuracy; /* means; NaN when n is 0 */
} agr_chart_reliability_bin;

/** How often it is right when it is so sure, with 95 % intervals (Wilson 1927), and how often it is
 * so sure. Bin b of n_bins holds confidences above b/n_bins and at most (b+1)/n_bins. */
void agr_chart_reliability(agr_text *svg, const char *title, const char *note, int n_bins,
                           const agr_chart_reliability_bin *bin);

/* ---- who did what when ---- */

typedef struct {
    int lane;
    double from_s, to_s;
    int colour;
    const char *name;
} agr_chart_span;

typedef struct {
    double at_s;
    const char *name;
} agr_chart_mark;

typedef struct {
    const char *title, *note;
    int n_lanes;
    const char *lanes; /* what a lane is: "rank" */
    double end_s;      /* the axis goes from 0 to here */
    int n_spans;
    const agr_chart_span *span;
    int n_names; /* the legend: names by colour */
    const char *const *name;
    int n_marks;
    const agr_chart_mark *mark;
} agr_chart_times;

/** Lanes over time. */
void agr_chart_timeline(agr_text *svg, const agr_chart_times *times);

/* ---- parts of a whole ---- */

/** A dot with its interval; one without `n` is a heading over those that follow. */
typedef struct {
    const char *name;
    int64_t n; /* -1: a heading */
    double value, low, high;
    bool faint; /* too few to count */
} agr_chart_interval;

/** A row each, and a line for the whole (NaN: none). value_name: "mae (years)". */
void agr_chart_intervals(agr_text *svg, const char *title, const char *note, const char *value_name,
                         int n, const agr_chart_interval *row, double whole);

/* ---- distributions ---- */

/** Upright bars over a scale; the median is marked. */
void agr_chart_histogram(agr_text *svg, const char *title, const agr_number_statistics *statistics,
                         const agr_histogram *histogram);

/** One bar a class, with count and share. */
void agr_chart_classes(agr_text *svg, const char *title, const char *const *name,
                       const agr_class_statistics *statistics);

/** One box a class: the middle half, its median, and whiskers that leave 5 % out on either side. */
void agr_chart_boxes(agr_text *svg, const char *title, int n, const char *const *name,
                     const agr_number_statistics *box);

#endif
