/* A confusion matrix as a heat map. */
#include "chart_impl.h"

#include <agr/report/chart.h>
#include <math.h>
#include <stdio.h>

enum {
    LARGEST_CELL = 84,
    SMALLEST_CELL = 15, /* below it the picture grows wider */
    ROOM = 380,         /* that cells share until then */
    LONGEST_NAME = 120,
    FULL_CELL = 46,  /* holds a share and a count */
    SHARE_CELL = 30, /* holds a share */
};

static int64_t sum_of(const int64_t *count, int n)
{
    int64_t sum = 0;
    for (int i = 0; i < n; i++)
        sum += count[i];
    return sum;
}

/* One cell; `of` pictures have its label. */
static void draw_cell(chart_drawing *d, double x, double y, double cell, int64_t count, int64_t of,
                      const char *hint)
{
    const double share = of > 0 ? (double)count / (double)of : 0;
    const char *ink = share > 0.55 ? "over" : count > 0 ? "" : "f";
    char words[32];
    chart_box(d, "a0 gap", x, y, cell, cell, 0.04 + 0.96 * share, hint);
    if (of == 0 || cell < SHARE_CELL)
        return;
    snprintf(words, sizeof words, "%.0f%s", 100 * share, cell >= FULL_CELL ? "\u202f%" : "");
    chart_text(d, x + cell / 2, y + cell / 2 + (cell >= FULL_CELL ? -1 : 4), CHART_MIDDLE, ink,
               cell, words);
    if (cell < FULL_CELL)
        return;
    char style[32];
    snprintf(style, sizeof style, "small %s", ink[0] != '\0' ? ink : "");
    snprintf(words, sizeof words, "%lld", (long long)count);
    chart_text(d, x + cell / 2, y + cell / 2 + 13, CHART_MIDDLE, style, cell, words);
}

/* Room for the numbers of pictures at the right. */
static double sums_width(const int64_t *count, int n)
{
    double widest = 40;
    for (int row = 0; row < n; row++) {
        char words[32];
        snprintf(words, sizeof words, "%lld", (long long)sum_of(count + row * n, n));
        widest = fmax(widest, chart_width_of(words, 12));
    }
    return widest + 8;
}

static void draw_row(chart_drawing *d, double left, double y, double cell, int n,
                     const char *const *name, int row, const int64_t *count)
{
    char words[64], hint[3 * CHART_WORD_BYTES];
    const int64_t of = sum_of(count, n);
    chart_text(d, left - 8, y + cell / 2 + 4, CHART_END, "", LONGEST_NAME, name[row]);
    for (int c = 0; c < n; c++) {
        snprintf(hint, sizeof hint, "%.180s, said %.180s: %lld of %lld", name[row], name[c],
                 (long long)count[c], (long long)of);
        draw_cell(d, left + c * cell, y, cell, count[c], of, hint);
    }
    snprintf(words, sizeof words, "%lld", (long long)of);
    chart_text(d, left + n * cell + 8, y + cell / 2 + 4, CHART_START, "f", d->width, words);
}

void agr_chart_heat(agr_text *svg, const char *title, const char *note, int n,
                    const char *const *name, const int64_t *count)
{
    chart_drawing d;
    double names = chart_width_of("label", 14);
    for (int c = 0; c < n; c++)
        names = fmax(names, chart_width_of(name[c], 12));
    names = fmin(names, LONGEST_NAME);
    const double cell = fmax(SMALLEST_CELL, fmin(LARGEST_CELL, (double)ROOM / (n > 0 ? n : 1))),
                 left = CHART_MARGIN + names + 8;
    chart_begin(&d, fmax(CHART_WIDTH, left + n * cell + sums_width(count, n) + CHART_MARGIN), title,
                note);
    const double top = d.y + 26;
    chart_text(&d, left - 8, top - 8, CHART_END, "strong", names, "label");
    chart_text(&d, left + n * cell + 8, top - 8, CHART_START, "f", 60, "n");
    for (int row = 0; row < n; row++)
        draw_row(&d, left, top + row * cell, cell, n, name, row, count + row * n);
    d.y = top + n * cell + 4;
    chart_names_below(&d, left, d.y, cell, name, n);
    d.y += chart_names_height(name, n, cell) + 16;
    chart_text(&d, left + n * cell, d.y, CHART_END, "strong", n * cell + names, "said");
    d.y += 14;
    chart_end(&d, svg);
}
