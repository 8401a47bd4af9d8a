/* Is it as often right as it is sure? */
#include "chart_impl.h"

#include <agr/report/chart.h>
#include <math.h>
#include <stdio.h>

enum { SIDE = 380, STRIP = 60, GAP = 56 };

typedef struct {
    double low, high;
} interval;

/* Of a share p of n: Wilson 1927, 95 %. */
static interval wilson(double p, double n)
{
    const double z = 1.959964, zz = z * z / n, middle = (p + zz / 2) / (1 + zz),
                 half = z * sqrt(p * (1 - p) / n + zz / (4 * n)) / (1 + zz);
    return (interval){middle - half, middle + half};
}

static void draw_bin(chart_drawing *d, const agr_chart_reliability_bin *bin, const chart_scale *x,
                     const chart_scale *y)
{
    if (bin->n <= 0 || !chart_is_drawable(bin->confidence) || !chart_is_drawable(bin->accuracy))
        return;
    const interval i = wilson(bin->accuracy, (double)bin->n);
    const double at = chart_at(x, bin->confidence);
    chart_line(d, "line l0", at, chart_at(y, i.low), at, chart_at(y, i.high));
    agr_text_add(
        &d->body,
        "<circle class=\"a0\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\"><title>%lld pictures, sure by "
        "%.3f on average, right in %.3f</title></circle>\n",
        at, chart_at(y, bin->accuracy), (long long)bin->n, bin->confidence, bin->accuracy);
}

static void draw_counts(chart_drawing *d, const chart_area *area, chart_scale *y, int n_bins,
                        const agr_chart_reliability_bin *bin)
{
    chart_y_axis(d, area, y, "pictures");
    const double cell = (area->right - area->left) / n_bins;
    for (int b = 0; b < n_bins; b++) {
        char hint[64];
        const double top = chart_at(y, (double)bin[b].n);
        snprintf(hint, sizeof hint, "%lld", (long long)bin[b].n);
        chart_box(d, "a0", area->left + b * cell + 0.5, top, cell - 1, area->bottom - top, 0.7,
                  hint);
    }
}

static int64_t most_of(int n_bins, const agr_chart_reliability_bin *bin)
{
    int64_t most = 1;
    for (int b = 0; b < n_bins; b++)
        most = bin[b].n > most ? bin[b].n : most;
    return most;
}

void agr_chart_reliability(agr_text *svg, const char *title, const char *note, int n_bins,
                           const agr_chart_reliability_bin *bin)
{
    chart_drawing d;
    chart_scale x = chart_scale_exact(0, 1, 5, false), y = x,
                counts = chart_scale_wide(0, (double)most_of(n_bins, bin), 2);
    static const chart_key key[] = {{"right, with 95 % interval", "line l0", true},
                                    {"as sure as right", "axis dash", true}};
    chart_begin(&d, CHART_WIDTH, title, note);
    chart_legend(&d, CHART_MARGIN, key, 2);
    const double left =
        CHART_MARGIN + fmax(chart_numbers_width(&y), chart_numbers_width(&counts)) + 8;
    const double top = d.y + 28, right = left + SIDE + 60;
    const chart_area square = {left, right, top, top + SIDE},
                     strip = {left, right, top + SIDE + GAP, top + SIDE + GAP + STRIP};
    chart_y_axis(&d, &square, &y, "share that is right");
    chart_x_axis(&d, &square, &x, NULL, true);
    chart_line(&d, "axis dash", chart_at(&x, 0), chart_at(&y, 0), chart_at(&x, 1), chart_at(&y, 1));
    for (int b = 0; b < n_bins; b++)
        draw_bin(&d, &bin[b], &x, &y);
    draw_counts(&d, &strip, &counts, n_bins, bin);
    chart_x_axis(&d, &strip, &x, "confidence: the largest probability", false);
    chart_end(&d, svg);
}
