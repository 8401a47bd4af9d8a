/* Parts beside the whole: dots with intervals. */
#include "chart_impl.h"

#include <agr/report/chart.h>
#include <math.h>
#include <stdio.h>

enum { ROW = 20, HEADING = 28, LONGEST_NAME = 170, COUNT_WIDTH = 52 };

static void include(double value, double *low, double *high)
{
    if (!chart_is_drawable(value))
        return;
    *low = fmin(*low, value);
    *high = fmax(*high, value);
}

static chart_scale scale_of(int n, const agr_chart_interval *row, double whole)
{
    double low = INFINITY, high = -INFINITY;
    include(whole, &low, &high);
    for (int i = 0; i < n; i++) {
        if (row[i].n < 0)
            continue;
        include(row[i].value, &low, &high);
        include(row[i].low, &low, &high);
        include(row[i].high, &low, &high);
    }
    return low <= high ? chart_scale_wide(low, high, 5) : chart_scale_wide(0, 1, 5);
}

static void draw_dot(chart_drawing *d, const agr_chart_interval *row, const chart_scale *x,
                     double y)
{
    const char *line = row->faint ? "axis" : "line l0";
    if (!chart_is_drawable(row->value)) {
        chart_text(d, x->from + 6, y + 4, CHART_START, "f", 200, "cannot be said");
        return;
    }
    const double at = chart_at(x, row->value);
    if (chart_is_drawable(row->low) && chart_is_drawable(row->high))
        chart_line(d, line, chart_at(x, row->low), y, chart_at(x, row->high), y);
    agr_text_add(&d->body, "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\"><title>",
                 row->faint ? "ring axis" : "a0", at, y);
    agr_text_add_escaped(&d->body, row->name);
    agr_text_add(&d->body, ": %.6g", row->value);
    if (chart_is_drawable(row->low) && chart_is_drawable(row->high))
        agr_text_add(&d->body, " (%.6g to %.6g)", row->low, row->high);
    agr_text_add(&d->body, "</title></circle>\n");
}

static void draw_row(chart_drawing *d, const agr_chart_interval *row, const chart_area *area,
                     const chart_scale *x, double y)
{
    char count[32];
    if (row->n < 0) {
        chart_text(d, CHART_MARGIN, y, CHART_START, "strong", d->width, row->name);
        return;
    }
    snprintf(count, sizeof count, "%lld", (long long)row->n);
    chart_line(d, "grid", area->left, y, area->right, y);
    chart_text(d, area->left - COUNT_WIDTH - 10, y + 4, CHART_END, row->faint ? "f" : "",
               area->left - COUNT_WIDTH - CHART_MARGIN, row->name);
    chart_text(d, area->left - 10, y + 4, CHART_END, "f", COUNT_WIDTH - 6, count);
    draw_dot(d, row, x, y);
}

static double left_of(int n, const agr_chart_interval *row)
{
    double names = 0;
    for (int i = 0; i < n; i++)
        if (row[i].n >= 0)
            names = fmax(names, chart_width_of(row[i].name, 12));
    return CHART_MARGIN + fmin(names, LONGEST_NAME) + 10 + COUNT_WIDTH;
}

void agr_chart_intervals(agr_text *svg, const char *title, const char *note, const char *value_name,
                         int n, const agr_chart_interval *row, double whole)
{
    chart_drawing d;
    chart_scale x = scale_of(n, row, whole);
    chart_begin(&d, CHART_WIDTH, title, note);
    if (chart_is_drawable(whole)) {
        static const chart_key key[] = {{"all together", "axis dash", true}};
        chart_legend(&d, CHART_MARGIN, key, 1);
    }
    const double left = left_of(n, row), top = d.y + 22;
    chart_area area = {left, d.width - CHART_MARGIN - 8, top, top};
    for (int i = 0; i < n; i++)
        area.bottom += row[i].n < 0 ? HEADING : ROW;
    chart_text(&d, left - 10, top - 6, CHART_END, "f", COUNT_WIDTH, "n");
    chart_x_axis(&d, &area, &x, value_name, true);
    if (chart_is_drawable(whole))
        chart_line(&d, "axis dash", chart_at(&x, whole), top, chart_at(&x, whole), area.bottom);
    double y = top;
    for (int i = 0; i < n; i++) {
        const double height = row[i].n < 0 ? HEADING : ROW;
        draw_row(&d, &row[i], &area, &x, y + (row[i].n < 0 ? HEADING - 8 : height / 2));
        y += height;
    }
    chart_end(&d, svg);
}
