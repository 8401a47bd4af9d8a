/* Lanes over time: who did what when. */
#include "chart_impl.h"

#include <agr/report/chart.h>
#include <math.h>
#include <stdio.h>

enum { LARGEST_LANE = 24, SMALLEST_LANE = 6, ROOM = 320, NAMED_LANE = 13 };

/* ---- time ---- */

/* 1, 2, 5, 10, 15, 30 seconds, minutes; hours, days. */
static double time_step(double end_s)
{
    static const double step[] = {1,   2,   5,    10,   15,   30,    60,    120,   300,
                                  600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400};
    enum { N = sizeof step / sizeof *step };
    if (end_s < 5)
        return 0;
    for (int i = 0; i < N; i++)
        if (end_s / step[i] <= 7)
            return step[i];
    return 86400 * ceil(end_s / 86400 / 7);
}

static const char *unit_of(double end_s, double *unit_s)
{
    *unit_s = end_s < 120 ? 1 : end_s < 7200 ? 60 : end_s < 172800 ? 3600 : 86400;
    return end_s < 120      ? "seconds of training"
           : end_s < 7200   ? "minutes of training"
           : end_s < 172800 ? "hours of training"
                            : "days of training";
}

/* In units; the step in seconds is a round one. */
static chart_scale time_scale(double end_s, double unit_s)
{
    const double step = time_step(end_s);
    chart_scale s = chart_scale_exact(0, end_s / unit_s, 6, false);
    if (step == 0)
        return s;
    s.n_ticks = 0;
    for (int i = 0; i < CHART_MAX_TICKS && i * step <= end_s; i++)
        s.tick[s.n_ticks++] = i * step / unit_s;
    return s;
}

/* ---- drawing ---- */

static void draw_span(chart_drawing *d, const agr_chart_span *span, const chart_scale *x,
                      double unit_s, double top, double lane)
{
    char style[16], hint[CHART_WORD_BYTES];
    const double from = chart_at(x, span->from_s / unit_s), to = chart_at(x, span->to_s / unit_s),
                 gap = lane > 10 ? 2 : 0.5;
    snprintf(style, sizeof style, "a%d", span->colour % CHART_COLOURS);
    snprintf(hint, sizeof hint, "%.120s: %.1f s to %.1f s", span->name, span->from_s, span->to_s);
    chart_box(d, style, from, top + gap / 2, fmax(to - from - 0.7, 0.4), lane - gap, 1, hint);
}

static void draw_marks(chart_drawing *d, const agr_chart_times *t, const chart_scale *x,
                       double unit_s, const chart_area *area)
{
    double taken = -INFINITY;
    for (int i = 0; i < t->n_marks; i++) {
        const double at = chart_at(x, t->mark[i].at_s / unit_s),
                     width = chart_width_of(t->mark[i].name, 10);
        chart_line(d, "axis dash", at, area->top - 4, at, area->bottom);
        const double begin = fmin(at - width / 2, d->width - 4 - width);
        if (begin < taken)
            continue;
        chart_text(d, at, area->top - 8, CHART_MIDDLE, "f small", width + 1, t->mark[i].name);
        taken = fmax(begin, 4) + width + 6;
    }
}

static void draw_lanes(chart_drawing *d, const agr_chart_times *t, const chart_area *area,
                       double lane)
{
    const int every = lane >= NAMED_LANE ? 1 : lane * 5 >= NAMED_LANE ? 5 : 10;
    for (int i = 0; i < t->n_lanes; i += every) {
        char words[32];
        snprintf(words, sizeof words, "%d", i);
        chart_text(d, area->left - 8, area->top + (i + 0.5) * lane + 4, CHART_END, "f", 60, words);
    }
    chart_text(d, CHART_MARGIN, area->top - 8, CHART_START, "strong", 120, t->lanes);
}

static void draw_names(chart_drawing *d, const agr_chart_times *t)
{
    enum { MAX_KEYS = 32 };
    chart_key key[MAX_KEYS];
    char style[MAX_KEYS][8];
    int n = 0;
    for (; n < t->n_names && n < MAX_KEYS; n++) {
        snprintf(style[n], sizeof style[n], "a%d", n % CHART_COLOURS);
        key[n] = (chart_key){t->name[n], style[n], false};
    }
    chart_legend(d, CHART_MARGIN, key, n);
}

void agr_chart_timeline(agr_text *svg, const agr_chart_times *t)
{
    chart_drawing d;
    double unit_s;
    const double end_s = chart_is_drawable(t->end_s) && t->end_s > 0 ? t->end_s : 1,
                 lane = fmax(SMALLEST_LANE,
                             fmin(LARGEST_LANE, (double)ROOM / (t->n_lanes > 0 ? t->n_lanes : 1)));
    const char *unit = unit_of(end_s, &unit_s);
    chart_scale x = time_scale(end_s, unit_s);
    chart_begin(&d, CHART_WIDTH, t->title, t->note);
    draw_names(&d, t);
    const double left = CHART_MARGIN + fmax(chart_width_of(t->lanes, 14), 26) + 8, top = d.y + 28;
    const chart_area area = {left, d.width - CHART_MARGIN - 8, top, top + t->n_lanes * lane};
    draw_lanes(&d, t, &area, lane);
    chart_x_axis(&d, &area, &x, unit, true);
    for (int i = 0; i < t->n_spans; i++)
        if (t->span[i].lane >= 0 && t->span[i].lane < t->n_lanes)
            draw_span(&d, &t->span[i], &x, unit_s, top + t->span[i].lane * lane, lane);
    draw_marks(&d, t, &x, unit_s, &area);
    chart_end(&d, svg);
}
