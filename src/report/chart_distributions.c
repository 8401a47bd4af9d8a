/* Distributions of labels: histograms, bars of classes, boxes of numbers by class. */
#include "chart_impl.h"

#include <agr/report/chart.h>
#include <math.h>
#include <stdio.h>

enum { HEIGHT = 250, SIZE = 12, COUNTED_CELL = 46 };

/* The area of a chart below what is there. */
static chart_area area_of(const chart_drawing *d, const chart_scale *y)
{
    const double top = d->y + 28;
    return (chart_area){CHART_MARGIN + chart_numbers_width(y) + 8, d->width - CHART_MARGIN - 8, top,
                        top + HEIGHT};
}

static void base_line(chart_drawing *d, const chart_area *area)
{
    chart_line(d, "axis", area->left, area->bottom, area->right, area->bottom);
}

/* ---- numbers ---- */

/* A bin of one whole number is named in its middle, a wider one at its edge. */
static double shift_of(const agr_number_statistics *statistics, const agr_histogram *histogram)
{
    return statistics->whole && histogram->width == 1 ? 0.5 : 0;
}

static void draw_bins(chart_drawing *d, const chart_area *area, const agr_histogram *histogram,
                      const chart_scale *y)
{
    const double cell = (area->right - area->left) / histogram->n_bins,
                 gap = cell > 4 ? 1 : 0.12 * cell;
    for (int b = 0; b < histogram->n_bins; b++) {
        char hint[64];
        const double top = chart_at(y, (double)histogram->count[b]);
        snprintf(hint, sizeof hint, "from %g: %lld", histogram->low + b * histogram->width,
                 (long long)histogram->count[b]);
        chart_box(d, "a0", area->left + cell * b + gap / 2, top, cell - gap, area->bottom - top, 1,
                  hint);
    }
}

static void draw_median(chart_drawing *d, const chart_area *area, double at, double median)
{
    char words[48], number[32];
    chart_number(median, number);
    snprintf(words, sizeof words, "median %s", number);
    const bool fits = at + 6 + chart_width_of(words, SIZE) < area->right;
    chart_line(d, "line l1 dash", at, area->top, at, area->bottom);
    chart_text(d, fits ? at + 6 : at - 6, area->top - 4, fits ? CHART_START : CHART_END, "",
               area->right - area->left, words);
}

void agr_chart_histogram(agr_text *svg, const char *title, const agr_number_statistics *statistics,
                         const agr_histogram *histogram)
{
    chart_drawing d;
    char note[200] = "no labels";
    int64_t most = 1;
    for (int b = 0; b < histogram->n_bins; b++)
        most = histogram->count[b] > most ? histogram->count[b] : most;
    if (statistics->n > 0)
        snprintf(note, sizeof note, "%lld labels, %g to %g, mean %.1f, standard deviation %.1f",
                 (long long)statistics->n, statistics->min, statistics->max, statistics->mean,
                 statistics->deviation);
    chart_begin(&d, CHART_WIDTH, title, note);
    chart_scale y = chart_scale_wide(0, (double)most, 5);
    const chart_area area = area_of(&d, &y);
    chart_y_axis(&d, &area, &y, "pictures");
    if (histogram->n_bins > 0) {
        const double shift = shift_of(statistics, histogram) * histogram->width;
        chart_scale x = chart_scale_exact(
            histogram->low - shift, histogram->low + histogram->width * histogram->n_bins - shift,
            8, statistics->whole);
        draw_bins(&d, &area, histogram, &y);
        chart_x_axis(&d, &area, &x, NULL, false);
        draw_median(&d, &area, chart_at(&x, statistics->median), statistics->median);
    } else {
        base_line(&d, &area);
        d.y = area.bottom + CHART_MARGIN;
    }
    chart_end(&d, svg);
}

/* ---- classes ---- */

static void draw_class(chart_drawing *d, const chart_area *area, const chart_scale *y, double cell,
                       int c, const char *name, int64_t count, int64_t n)
{
    char hint[CHART_WORD_BYTES], words[48];
    const double middle = area->left + cell * (c + 0.5), width = fmin(0.66 * cell, 90),
                 top = chart_at(y, (double)count), share = n > 0 ? (double)count / (double)n : 0;
    snprintf(hint, sizeof hint, "%.150s: %lld (%.1f %%)", name, (long long)count, 100 * share);
    chart_box(d, "a0", middle - width / 2, top, width, area->bottom - top, 1, hint);
    if (cell < COUNTED_CELL)
        return;
    snprintf(words, sizeof words, "%lld", (long long)count);
    chart_text(d, middle, top - 19, CHART_MIDDLE, "", cell, words);
    snprintf(words, sizeof words, "%.1f\u202f%%", 100 * share);
    chart_text(d, middle, top - 6, CHART_MIDDLE, "f small", cell, words);
}

void agr_chart_classes(agr_text *svg, const char *title, const char *const *name,
                       const agr_class_statistics *statistics)
{
    chart_drawing d;
    char note[160];
    const int n = statistics->n_classes;
    const int64_t most = statistics->n > 0 ? statistics->count[statistics->largest] : 1;
    snprintf(note, sizeof note, "%lld labels in %d classes", (long long)statistics->n, n);
    chart_begin(&d, CHART_WIDTH, title, note);
    chart_scale y = chart_scale_wide(0, 1.12 * (double)most, 5);
    const chart_area area = area_of(&d, &y);
    const double cell = (area.right - area.left) / (n > 0 ? n : 1);
    chart_y_axis(&d, &area, &y, "pictures");
    for (int c = 0; c < n; c++)
        draw_class(&d, &area, &y, cell, c, name[c], statistics->count[c], statistics->n);
    base_line(&d, &area);
    chart_names_below(&d, area.left, area.bottom, cell, name, n);
    d.y = area.bottom + chart_names_height(name, n, cell) + CHART_MARGIN;
    chart_end(&d, svg);
}

/* ---- numbers by class ---- */

static chart_scale scale_of_boxes(int n, const agr_number_statistics *box)
{
    double low = INFINITY, high = -INFINITY;
    for (int c = 0; c < n; c++)
        if (box[c].n > 0) {
            low = fmin(low, box[c].low_tail);
            high = fmax(high, box[c].high_tail);
        }
    if (!(low <= high))
        return chart_scale_wide(0, 1, 5);
    return chart_scale_wide(low > 0 && low < 0.35 * high ? 0 : low, high, 5);
}

static void draw_box(chart_drawing *d, const agr_number_statistics *box, double x, double cell,
                     const chart_scale *y)
{
    const double width = fmin(0.5 * cell, 70), median = chart_at(y, box->median),
                 top = chart_at(y, box->upper_quartile), bottom = chart_at(y, box->lower_quartile);
    char words[32], hint[120];
    snprintf(hint, sizeof hint, "%lld: median %g, middle half %g to %g", (long long)box->n,
             box->median, box->lower_quartile, box->upper_quartile);
    chart_line(d, "axis", x, chart_at(y, box->low_tail), x, chart_at(y, box->high_tail));
    chart_box(d, "a0", x - width / 2, top, width, fmax(bottom - top, 1), 1, hint);
    agr_text_add(&d->body,
                 "<line class=\"gap\" style=\"stroke-width:2.5\" x1=\"%.1f\" y1=\"%.1f\" "
                 "x2=\"%.1f\" y2=\"%.1f\"/>\n",
                 x - width / 2, median, x + width / 2, median);
    chart_number(box->median, words);
    if ((cell - width) / 2 > chart_width_of(words, SIZE) + 4)
        chart_text(d, x + width / 2 + 4, median + 4, CHART_START, "f", cell, words);
}

void agr_chart_boxes(agr_text *svg, const char *title, int n, const char *const *name,
                     const agr_number_statistics *box)
{
    chart_drawing d;
    chart_begin(&d, CHART_WIDTH, title,
                "middle half with its median; whiskers leave out the outer 5 % on either side");
    chart_scale y = scale_of_boxes(n, box);
    const chart_area area = area_of(&d, &y);
    const double cell = (area.right - area.left) / (n > 0 ? n : 1),
                 names = chart_names_height(name, n, cell);
    chart_y_axis(&d, &area, &y, "");
    for (int c = 0; c < n; c++)
        if (box[c].n > 0)
            draw_box(&d, &box[c], area.left + cell * (c + 0.5), cell, &y);
    base_line(&d, &area);
    chart_names_below(&d, area.left, area.bottom, cell, name, n);
    d.y = area.bottom + names + CHART_MARGIN;
    for (int c = 0; c < n && cell >= COUNTED_CELL; c++) {
        char count[32];
        snprintf(count, sizeof count, "%lld", (long long)box[c].n);
        chart_text(&d, area.left + cell * (c + 0.5), d.y - 2, CHART_MIDDLE, "f small", cell, count);
    }
    d.y += 8;
    chart_end(&d, svg);
}
