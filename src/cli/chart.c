/* Draws charts as SVG: histograms, bars of classes, boxes of numbers by class. */
#include "chart.h"

#include <math.h>
#include <stdio.h>

/* The drawing area inside the picture, in SVG's units. */
enum { WIDTH = 760, HEIGHT = 400, LEFT = 70, RIGHT = 24, TOP = 58, BOTTOM = 52 };
enum { PLOT_WIDTH = WIDTH - LEFT - RIGHT, PLOT_HEIGHT = HEIGHT - TOP - BOTTOM };
#define INK "#24292f"
#define FAINT "#6e7781"
#define GRID "#e4e8ec"
#define BAR "#3d74b0"
#define MARK "#d1603d"

void chart_add_escaped(agr_text *svg, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '<':
            agr_text_add(svg, "&lt;");
            break;
        case '&':
            agr_text_add(svg, "&amp;");
            break;
        case '"':
            agr_text_add(svg, "&quot;");
            break;
        default: /* control characters are not allowed in XML at all */
            agr_text_add(svg, "%c", (unsigned char)*text < 32 ? ' ' : *text);
        }
    }
}

static void begin(agr_text *svg, const char *title)
{
    agr_text_add(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d "
        "%d\" "
        "font-family=\"Helvetica, Arial, DejaVu Sans, sans-serif\" font-size=\"12\" fill=\"" INK
        "\">\n"
        "<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n"
        "<text x=\"%d\" y=\"26\" font-size=\"17\" font-weight=\"bold\">",
        WIDTH, HEIGHT, WIDTH, HEIGHT, LEFT);
    chart_add_escaped(svg, title);
    agr_text_add(svg, "</text>\n");
}

static void subtitle(agr_text *svg, const char *text)
{
    agr_text_add(svg, "<text x=\"%d\" y=\"44\" fill=\"" FAINT "\">", LEFT);
    chart_add_escaped(svg, text);
    agr_text_add(svg, "</text>\n");
}

static void end(agr_text *svg)
{
    agr_text_add(svg, "</svg>\n");
}

/* 1, 2 or 5 times a power of ten, about a fifth of the range: where the lines of a scale go. */
static double tick_step(double range)
{
    const double rough = range / 5, decade = pow(10, floor(log10(rough)));
    const double share = rough / decade;
    return decade * (share <= 1 ? 1 : share <= 2 ? 2 : share <= 5 ? 5 : 10);
}

static double y_of(double value, double low, double high)
{
    return TOP + PLOT_HEIGHT * (1 - (value - low) / (high - low));
}

static void horizontal_grid(agr_text *svg, double low, double high)
{
    const double step = tick_step(high - low);
    for (double value = ceil(low / step) * step; value <= high * (1 + 1e-9); value += step) {
        const double y = y_of(value, low, high);
        agr_text_add(svg,
                     "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"" GRID "\"/>"
                     "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\" fill=\"" FAINT "\">%g</text>\n",
                     LEFT, y, WIDTH - RIGHT, y, LEFT - 8, y + 4, value);
    }
}

static void base_line(agr_text *svg)
{
    agr_text_add(svg, "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"" INK "\"/>\n", LEFT,
                 HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM);
}

static void bar(agr_text *svg, double x, double width, double value, double high)
{
    const double y = y_of(value, 0, high);
    agr_text_add(svg,
                 "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" fill=\"" BAR "\"/>\n",
                 x, y, width, HEIGHT - BOTTOM - y);
}

static void caption(agr_text *svg, double x, double y, const char *colour, const char *text)
{
    agr_text_add(svg, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\" fill=\"%s\">", x, y,
                 colour);
    chart_add_escaped(svg, text);
    agr_text_add(svg, "</text>\n");
}

void chart_histogram(agr_text *svg, const char *title, const agr_number_statistics *statistics,
                     const agr_histogram *histogram)
{
    char note[160];
    snprintf(note, sizeof note,
             "%lld labels, %g to %g, mean %.1f, median %g, standard deviation %.1f",
             (long long)statistics->n, statistics->min, statistics->max, statistics->mean,
             statistics->median, statistics->deviation);
    int64_t most = 1;
    for (int b = 0; b < histogram->n_bins; b++)
        most = histogram->count[b] > most ? histogram->count[b] : most;
    const double high = 1.06 * (double)most,
                 cell = (double)PLOT_WIDTH / (histogram->n_bins > 0 ? histogram->n_bins : 1);
    begin(svg, title);
    subtitle(svg, note);
    horizontal_grid(svg, 0, high);
    const double gap = cell > 4 ? 1 : 0.12 * cell;
    for (int b = 0; b < histogram->n_bins; b++)
        bar(svg, LEFT + cell * b + gap / 2, cell - gap, (double)histogram->count[b], high);
    base_line(svg);
    if (histogram->n_bins > 0) {
        /* A bin of one whole number is labelled in its middle, a wider one at its edge. */
        const double range = histogram->width * histogram->n_bins,
                     step = fmax(tick_step(range) / 2, histogram->width);
        const bool middle = statistics->whole && histogram->width == 1;
        for (double v = ceil(histogram->low / step) * step;
             v <= histogram->low + range - (middle ? 0.5 : 0); v += step) {
            char text[32];
            snprintf(text, sizeof text, "%g", v);
            const double x =
                LEFT + cell * ((v - histogram->low) / histogram->width + (middle ? 0.5 : 0));
            caption(svg, x, HEIGHT - BOTTOM + 18, FAINT, text);
        }
        const double x = LEFT + cell * ((statistics->median - histogram->low) / histogram->width +
                                        (middle ? 0.5 : 0));
        agr_text_add(svg,
                     "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"" MARK
                     "\" stroke-width=\"1.5\" stroke-dasharray=\"5 3\"/>"
                     "<text x=\"%.1f\" y=\"%d\" fill=\"" MARK "\">median %g</text>\n",
                     x, TOP, x, HEIGHT - BOTTOM, x + 5, TOP + 11, statistics->median);
    }
    end(svg);
}

void chart_classes(agr_text *svg, const char *title, const char *const *name,
                   const agr_class_statistics *statistics)
{
    char note[160];
    snprintf(note, sizeof note, "%lld labels in %d classes", (long long)statistics->n,
             statistics->n_classes);
    const int n = statistics->n_classes;
    const double high =
        1.12 * (double)(statistics->n > 0 ? statistics->count[statistics->largest] : 1);
    const double cell = (double)PLOT_WIDTH / (n > 0 ? n : 1), width = fmin(0.66 * cell, 110);
    begin(svg, title);
    subtitle(svg, note);
    horizontal_grid(svg, 0, high);
    for (int c = 0; c < n; c++) {
        const double middle = LEFT + cell * (c + 0.5), count = (double)statistics->count[c];
        bar(svg, middle - width / 2, width, count, high);
        char text[48];
        snprintf(text, sizeof text, cell > 90 ? "%.0f (%.1f %%)" : "%.0f", count,
                 100 * count / (double)statistics->n);
        if (cell > 34)
            caption(svg, middle, y_of(count, 0, high) - 6, INK, text);
        if (cell > 34 || c % (1 + (int)(34 / cell)) == 0)
            caption(svg, middle, HEIGHT - BOTTOM + 18, INK, name[c]);
    }
    base_line(svg);
    end(svg);
}

void chart_boxes(agr_text *svg, const char *title, const char *number, int n,
                 const char *const *name, const agr_number_statistics *box)
{
    char note[200];
    snprintf(note, sizeof note,
             "%.80s: middle half, median, whiskers without the outer 5 %% on either side", number);
    double low = INFINITY, high = -INFINITY;
    for (int c = 0; c < n; c++)
        if (box[c].n > 0) {
            low = fmin(low, box[c].low_tail);
            high = fmax(high, box[c].high_tail);
        }
    if (!(low < high)) { /* nothing, or one value */
        low = isfinite(low) ? low - 1 : 0;
        high = low + 2;
    }
    low -= low > 0 && low < 0.25 * high ? low : 0.05 * (high - low);
    high += 0.05 * (high - low);
    const double cell = (double)PLOT_WIDTH / (n > 0 ? n : 1), width = fmin(0.5 * cell, 90);
    begin(svg, title);
    subtitle(svg, note);
    horizontal_grid(svg, low, high);
    for (int c = 0; c < n; c++) {
        const double x = LEFT + cell * (c + 0.5);
        char count[32];
        snprintf(count, sizeof count, "%lld", (long long)box[c].n);
        if (cell > 34 || c % (1 + (int)(34 / cell)) == 0) {
            caption(svg, x, HEIGHT - BOTTOM + 18, INK, name[c]);
            caption(svg, x, HEIGHT - BOTTOM + 34, FAINT, count);
        }
        if (box[c].n == 0)
            continue;
        const double bottom = y_of(box[c].lower_quartile, low, high),
                     top = y_of(box[c].upper_quartile, low, high);
        const double median = y_of(box[c].median, low, high);
        agr_text_add(svg,
                     "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"" FAINT
                     "\"/>\n"
                     "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"" BAR
                     "\" rx=\"2\"/>\n"
                     "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#ffffff\" "
                     "stroke-width=\"2.5\"/>\n"
                     "<text x=\"%.1f\" y=\"%.1f\" fill=\"" MARK "\">%g</text>\n",
                     x, y_of(box[c].low_tail, low, high), x, y_of(box[c].high_tail, low, high),
                     x - width / 2, top, width, fmax(bottom - top, 1), x - width / 2, median,
                     x + width / 2, median, x + width / 2 + 5, median + 4, box[c].median);
    }
    base_line(svg);
    end(svg);
}
