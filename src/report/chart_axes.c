/* Axes: lines, numbers and names around the area of a chart. */
#include "chart_impl.h"

#include <math.h>
#include <stdio.h>

enum { SIZE = 12 };

double chart_numbers_width(const chart_scale *scale)
{
    double widest = 0;
    for (int i = 0; i < scale->n_ticks; i++) {
        char words[32];
        chart_number(scale->tick[i], words);
        widest = fmax(widest, chart_width_of(words, SIZE));
    }
    return widest;
}

void chart_y_axis(chart_drawing *d, const chart_area *area, chart_scale *scale, const char *name)
{
    scale->from = area->bottom;
    scale->to = area->top;
    for (int i = 0; i < scale->n_ticks; i++) {
        const double y = chart_at(scale, scale->tick[i]);
        char words[32];
        chart_number(scale->tick[i], words);
        chart_line(d, "grid", area->left, y, area->right, y);
        chart_text(d, area->left - 8, y + 4, CHART_END, "f", area->left, words);
    }
    chart_text(d, CHART_MARGIN, area->top - 12, CHART_START, "strong", area->right - CHART_MARGIN,
               name);
}

void chart_x_axis(chart_drawing *d, const chart_area *area, chart_scale *scale, const char *name,
                  bool lines)
{
    scale->from = area->left;
    scale->to = area->right;
    double taken = -INFINITY;
    for (int i = 0; i < scale->n_ticks; i++) {
        const double x = chart_at(scale, scale->tick[i]);
        char words[32];
        chart_number(scale->tick[i], words);
        const double width = chart_width_of(words, SIZE);
        if (lines)
            chart_line(d, "grid", x, area->top, x, area->bottom);
        if (x - width / 2 < taken)
            continue;
        chart_line(d, "axis", x, area->bottom, x, area->bottom + 4);
        chart_text(d, x, area->bottom + 18, CHART_MIDDLE, "f", width, words);
        taken = x + width / 2 + 8;
    }
    chart_line(d, "axis", area->left, area->bottom, area->right, area->bottom);
    if (name != NULL)
        chart_text(d, area->right, area->bottom + 35, CHART_END, "f", area->right - area->left,
                   name);
    d->y = area->bottom + (name != NULL ? 46 : 28);
}

/* ---- names ---- */

#define SLANT 0.7072 /* sine and cosine of 45 degrees */
enum { LONGEST = 110, CLOSE_CELL = 18 /* below it names are small */, NARROWEST = 15 };

static double widest_of(const char *const *name, int n)
{
    double widest = 0;
    for (int i = 0; i < n; i++)
        widest = fmax(widest, chart_width_of(name[i], SIZE));
    return widest;
}

double chart_names_height(const char *const *name, int n, double cell)
{
    const double widest = widest_of(name, n);
    return widest <= cell - 6 ? 20 : 14 + SLANT * fmin(widest, LONGEST);
}

void chart_names_below(chart_drawing *d, double left, double y, double cell,
                       const char *const *name, int n)
{
    const bool slants = widest_of(name, n) > cell - 6;
    const int every = (int)ceil(NARROWEST / cell);
    const char *style = cell < CLOSE_CELL ? "small" : "";
    for (int i = 0; i < n; i += slants ? every : 1) {
        const double x = left + (i + 0.5) * cell;
        if (!slants) {
            chart_text(d, x, y + 15, CHART_MIDDLE, "", cell, name[i]);
            continue;
        }
        /* Towards the lower left, as far as there is picture. */
        char fitted[CHART_WORD_BYTES];
        const double room = fmin(LONGEST, (x - 4) / SLANT);
        agr_text_add(&d->body,
                     "<text transform=\"translate(%.1f %.1f) rotate(-45)\" text-anchor=\"end\" "
                     "class=\"%s\"><title>",
                     x + 4, y + 12, style);
        agr_text_add_escaped(&d->body, name[i]);
        agr_text_add(&d->body, "</title>");
        agr_text_add_escaped(&d->body, chart_fit(name[i], SIZE, room, fitted));
        agr_text_add(&d->body, "</text>\n");
    }
}
