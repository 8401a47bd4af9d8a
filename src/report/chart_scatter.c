/* Numbers said against numbers labelled. */
#include "chart_impl.h"

#include <agr/report/chart.h>
#include <math.h>
#include <stdlib.h>

enum {
    SIDE = 400,
    MOST_DOTS = 3000, /* beyond, every second or third... is drawn */
    RANGES = 16,
    FEWEST = 8, /* that say something of their spread */
    FEW = 400   /* are drawn larger */
};

enum { N_QUANTILES = 5 };
static const double quantile[N_QUANTILES] = {0.05, 0.25, 0.5, 0.75, 0.95};

/* What was said of the labels in one range. */
typedef struct {
    double middle; /* of the range */
    double value[N_QUANTILES];
} range;

/* Those pairs that can be drawn. */
typedef struct {
    int64_t n;
    double *label, *said;
    double low, high;
} pairs;

static bool take_pairs(pairs *p, int64_t n, const double *label, const double *said)
{
    *p = (pairs){.low = INFINITY, .high = -INFINITY};
    p->label = malloc((size_t)(2 * n + 1) * sizeof *p->label);
    if (p->label == NULL)
        return false;
    p->said = p->label + n;
    for (int64_t i = 0; i < n; i++) {
        if (!chart_is_drawable(label[i]) || !chart_is_drawable(said[i]))
            continue;
        p->label[p->n] = label[i];
        p->said[p->n++] = said[i];
        p->low = fmin(p->low, fmin(label[i], said[i]));
        p->high = fmax(p->high, fmax(label[i], said[i]));
    }
    return true;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double quantile_of(const double *sorted, int64_t n, double share)
{
    const double at = share * (double)(n - 1);
    const int64_t below = (int64_t)at;
    if (below + 1 >= n)
        return sorted[n - 1];
    return sorted[below] + (at - (double)below) * (sorted[below + 1] - sorted[below]);
}

/* The range's quantiles; false when it holds too few. said[] is scratch of p->n. */
static bool measure(const pairs *p, double from, double to, double *said, range *r)
{
    int64_t n = 0;
    for (int64_t i = 0; i < p->n; i++)
        if (p->label[i] >= from && p->label[i] < to)
            said[n++] = p->said[i];
    if (n < FEWEST)
        return false;
    qsort(said, (size_t)n, sizeof *said, compare);
    for (int q = 0; q < N_QUANTILES; q++)
        r->value[q] = quantile_of(said, n, quantile[q]);
    return true;
}

static void draw_band(chart_drawing *d, const range *r, int n, int lower, int upper,
                      const chart_scale *x, const chart_scale *y)
{
    agr_text_add(&d->body, "<path class=\"a1\" fill-opacity=\"0.22\" d=\"");
    for (int i = 0; i < n; i++)
        agr_text_add(&d->body, "%c%.1f %.1f", i == 0 ? 'M' : 'L', chart_at(x, r[i].middle),
                     chart_at(y, r[i].value[upper]));
    for (int i = n - 1; i >= 0; i--)
        agr_text_add(&d->body, "L%.1f %.1f", chart_at(x, r[i].middle),
                     chart_at(y, r[i].value[lower]));
    agr_text_add(&d->body, "Z\"/>\n");
}

/* Neighbouring ranges that hold enough, as one piece. */
static void draw_ranges(chart_drawing *d, const range *r, int n, const chart_scale *x,
                        const chart_scale *y)
{
    if (n == 0)
        return;
    draw_band(d, r, n, 0, 4, x, y);
    draw_band(d, r, n, 1, 3, x, y);
    agr_text_add(&d->body, "<path class=\"line l1\" d=\"");
    for (int i = 0; i < n; i++)
        agr_text_add(&d->body, "%c%.1f %.1f", i == 0 ? 'M' : 'L', chart_at(x, r[i].middle),
                     chart_at(y, r[i].value[2]));
    agr_text_add(&d->body, "\"/>\n");
}

static void draw_dots(chart_drawing *d, const pairs *p, const chart_scale *x, const chart_scale *y)
{
    const int64_t every = 1 + (p->n - 1) / MOST_DOTS;
    const bool few = p->n <= FEW;
    agr_text_add(&d->body, "<g class=\"a0\" fill-opacity=\"%s\">\n", few ? "0.6" : "0.4");
    for (int64_t i = 0; i < p->n; i += every)
        agr_text_add(&d->body, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%s\"/>\n",
                     chart_at(x, p->label[i]), chart_at(y, p->said[i]), few ? "3" : "1.7");
    agr_text_add(&d->body, "</g>\n");
}

static void draw_bands(chart_drawing *d, const pairs *p, double *scratch, const chart_scale *x,
                       const chart_scale *y)
{
    range r[RANGES];
    int n = 0;
    double low = INFINITY, high = -INFINITY;
    for (int64_t i = 0; i < p->n; i++) {
        low = fmin(low, p->label[i]);
        high = fmax(high, p->label[i]);
    }
    for (int i = 0; i < RANGES; i++) {
        const double width = (high - low) / RANGES, from = low + width * i;
        if (measure(p, from, i + 1 < RANGES ? from + width : (double)INFINITY, scratch, &r[n])) {
            r[n++].middle = from + width / 2;
            continue;
        }
        draw_ranges(d, r, n, x, y);
        n = 0;
    }
    draw_ranges(d, r, n, x, y);
}

static void draw(chart_drawing *d, const pairs *p, double *scratch)
{
    chart_scale x = chart_scale_wide(p->n > 0 ? fmin(p->low, 0) : 0, p->n > 0 ? p->high : 1, 6),
                y = x;
    static const chart_key key[] = {{"one picture", "a0", false},
                                    {"median of what was said", "line l1", true},
                                    {"its middle half and nine tenths", "a1", false},
                                    {"said = label", "axis dash", true}};
    chart_legend(d, CHART_MARGIN, key, 4);
    const double left = CHART_MARGIN + chart_numbers_width(&y) + 8, top = d->y + 28;
    const chart_area area = {left, left + SIDE + 40, top, top + SIDE};
    chart_y_axis(d, &area, &y, "said");
    chart_x_axis(d, &area, &x, "label", true);
    draw_dots(d, p, &x, &y);
    draw_bands(d, p, scratch, &x, &y);
    chart_line(d, "axis dash", chart_at(&x, x.low), chart_at(&y, y.low), chart_at(&x, x.high),
               chart_at(&y, y.high));
}

void agr_chart_scatter(agr_text *svg, const char *title, const char *note, int64_t n,
                       const double *label, const double *said)
{
    pairs p;
    double *scratch = malloc((size_t)(n + 1) * sizeof *scratch);
    if (take_pairs(&p, n, label, said) && scratch != NULL) {
        chart_drawing d;
        chart_begin(&d, CHART_WIDTH, title, note);
        draw(&d, &p, scratch);
        chart_end(&d, svg);
    } else {
        svg->failed = true;
    }
    free(p.label);
    free(scratch);
}
