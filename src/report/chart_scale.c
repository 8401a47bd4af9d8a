/* Scales: where a value is drawn, and which values are written. */
#include "chart_impl.h"

#include <agr/base/elementary.h>
#include <math.h>

/* The largest power of ten that is not above `size` > 0. */
static double decade_of(double size)
{
    double decade = 1;
    while (decade > size)
        decade /= 10;
    while (decade * 10 <= size)
        decade *= 10;
    return decade;
}

/* 1, 2 or 5 times a power of ten, so that about n steps fill the range. */
static double step_of(double range, int n)
{
    const double rough = range / n, decade = decade_of(rough), share = rough / decade;
    return decade * (share <= 1 ? 1 : share <= 2 ? 2 : share <= 5 ? 5 : 10);
}

/* Some room around a range that has none. */
static void widen(double *low, double *high)
{
    const double size = fmax(fabs(*low), fabs(*high)), least = size > 0 ? 1e-6 * size : 1e-6;
    if (*high - *low >= least)
        return;
    const double more = size > 1e-90 ? 0.1 * size : 1;
    *low -= more;
    *high += more;
}

static void add_ticks(chart_scale *s, double step)
{
    const double first = ceil(s->low / step - 1e-9);
    for (int i = 0; i < CHART_MAX_TICKS && (first + i) * step <= s->high + 1e-9 * step; i++) {
        /* Steps below 1 are divided by, so that 0.3 is the nearest to 0.3 and not 3 times 0.1. */
        const double k = first + i, per_one = nearbyint(1 / step);
        s->tick[s->n_ticks++] = k == 0 ? 0
                                : step < 1 && per_one < 1e15 && fabs(per_one * step - 1) < 1e-9
                                    ? k / per_one
                                    : k * step;
    }
}

chart_scale chart_scale_exact(double low, double high, int n_ticks, bool whole)
{
    chart_scale s = {.low = low, .high = high};
    widen(&s.low, &s.high);
    double step = step_of(s.high - s.low, n_ticks);
    add_ticks(&s, whole ? fmax(step, 1) : step);
    return s;
}

chart_scale chart_scale_wide(double low, double high, int n_ticks)
{
    chart_scale s = {0};
    widen(&low, &high);
    const double step = step_of(high - low, n_ticks);
    s.low = step * floor(low / step + 1e-9);
    s.high = step * ceil(high / step - 1e-9);
    add_ticks(&s, step);
    return s;
}

chart_scale chart_scale_logarithmic(double low, double high)
{
    enum { MAX_ROWS = 8 };
    static const double part[] = {1, 2, 5};
    chart_scale s = {.logarithmic = true, .low = decade_of(low), .high = decade_of(high)};
    if (s.high < high)
        s.high *= 10;
    int n_decades = 0;
    for (double decade = s.low; decade < s.high * 0.99; decade *= 10)
        n_decades++;
    const int n_parts = n_decades <= 2 ? 3 : 1, every = 1 + n_decades / MAX_ROWS;
    double decade = s.low;
    for (int i = 0; i <= n_decades; i++, decade *= 10)
        for (int p = 0; p < n_parts && i % every == 0; p++)
            if (part[p] * decade <= s.high * 1.0001 && s.n_ticks < CHART_MAX_TICKS)
                s.tick[s.n_ticks++] = part[p] * decade;
    return s;
}

double chart_at(const chart_scale *s, double value)
{
    const double share = s->logarithmic
                             ? (agr_ln(value) - agr_ln(s->low)) / (agr_ln(s->high) - agr_ln(s->low))
                             : (value - s->low) / (s->high - s->low);
    return s->from + (s->to - s->from) * fmax(0, fmin(1, share));
}
