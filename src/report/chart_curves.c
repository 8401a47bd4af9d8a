/* Curves over epochs, in panels one below another. */
#include "chart_impl.h"

#include <agr/report/chart.h>
#include <math.h>
#include <stdio.h>

enum { PANEL_HEIGHT = 190, DOTS = 40 /* so many epochs have a dot each */ };
#define LOGARITHMIC_FROM 50

static int64_t n_epochs_of(const agr_chart_panel *panel, int n_panels)
{
    int64_t n = 1;
    for (int p = 0; p < n_panels; p++)
        for (int l = 0; l < panel[p].n_lines; l++)
            n = panel[p].line[l].n > n ? panel[p].line[l].n : n;
    return n;
}

static void include(double value, double *low, double *high)
{
    if (!chart_is_drawable(value))
        return;
    *low = fmin(*low, value);
    *high = fmax(*high, value);
}

/* Of all values of the panel. */
static chart_scale scale_of(const agr_chart_panel *panel)
{
    double low = INFINITY, high = -INFINITY;
    include(panel->baseline, &low, &high);
    for (int l = 0; l < panel->n_lines; l++)
        for (int64_t i = 0; i < panel->line[l].n; i++)
            include(panel->line[l].value[i], &low, &high);
    if (!(low <= high))
        return chart_scale_wide(0, 1, 5);
    if (low > 1e-90 && high > LOGARITHMIC_FROM * low)
        return chart_scale_logarithmic(low, high);
    return chart_scale_wide(low > 0 && low < 0.35 * high ? 0 : low, high, 5);
}

/* One path; a value that cannot be drawn interrupts it. */
static void draw_path(chart_drawing *d, const agr_chart_line *line, const chart_scale *x,
                      const chart_scale *y)
{
    bool is_inside = false;
    agr_text_add(&d->body, "<path class=\"%s l%d\" d=\"", line->dotted ? "thin" : "line",
                 line->colour % CHART_COLOURS);
    for (int64_t i = 0; i < line->n; i++) {
        const bool drawn = chart_is_drawable(line->value[i]);
        if (drawn)
            agr_text_add(&d->body, "%c%.1f %.1f", is_inside ? 'L' : 'M', chart_at(x, (double)i + 1),
                         chart_at(y, line->value[i]));
        is_inside = drawn;
    }
    agr_text_add(&d->body, "\"/>\n");
}

static bool stands_alone(const agr_chart_line *line, int64_t i)
{
    return (i == 0 || !chart_is_drawable(line->value[i - 1])) &&
           (i + 1 == line->n || !chart_is_drawable(line->value[i + 1]));
}

static void draw_dots(chart_drawing *d, const agr_chart_line *line, const chart_scale *x,
                      const chart_scale *y)
{
    const int colour = line->colour % CHART_COLOURS;
    for (int64_t i = 0; i < line->n; i++) {
        if (!chart_is_drawable(line->value[i]))
            continue;
        const double at_x = chart_at(x, (double)i + 1), at_y = chart_at(y, line->value[i]);
        if (i + 1 == line->marked)
            agr_text_add(&d->body, "<circle class=\"ring l%d\" cx=\"%.1f\" cy=\"%.1f\" r=\"5\"/>\n",
                         colour, at_x, at_y);
        else if (stands_alone(line, i) || (!line->dotted && line->n <= DOTS))
            agr_text_add(&d->body, "<circle class=\"a%d\" cx=\"%.1f\" cy=\"%.1f\" r=\"%s\"/>\n",
                         colour, at_x, at_y, line->dotted ? "2" : "2.5");
    }
}

static void draw_panel(chart_drawing *d, const agr_chart_panel *panel, const chart_area *area,
                       chart_scale *x, chart_scale *y)
{
    char name[CHART_WORD_BYTES];
    snprintf(name, sizeof name, "%s%s", panel->name, y->logarithmic ? " (logarithmic)" : "");
    chart_y_axis(d, area, y, name);
    x->from = area->left;
    x->to = area->right;
    if (chart_is_drawable(panel->baseline)) {
        const double level = chart_at(y, panel->baseline);
        chart_line(d, "axis dash", area->left, level, area->right, level);
    }
    for (int l = 0; l < panel->n_lines; l++)
        draw_path(d, &panel->line[l], x, y);
    for (int l = 0; l < panel->n_lines; l++)
        draw_dots(d, &panel->line[l], x, y);
}

static void draw_legend(chart_drawing *d, const agr_chart_panel *panel, int n_panels)
{
    enum { MAX_KEYS = 24 };
    chart_key key[MAX_KEYS + 1];
    char style[MAX_KEYS][16];
    int n = 0;
    bool has_baseline = false;
    for (int p = 0; p < n_panels; p++) {
        has_baseline = has_baseline || chart_is_drawable(panel[p].baseline);
        for (int l = 0; l < panel[p].n_lines && n < MAX_KEYS; l++) {
            const agr_chart_line *line = &panel[p].line[l];
            if (line->name == NULL)
                continue;
            snprintf(style[n], sizeof style[n], "%s l%d", line->dotted ? "thin" : "line",
                     line->colour % CHART_COLOURS);
            key[n] = (chart_key){line->name, style[n], true};
            n++;
        }
    }
    if (has_baseline)
        key[n++] = (chart_key){"a guess that does not look", "axis dash", true};
    chart_legend(d, CHART_MARGIN, key, n);
}

void agr_chart_curves(agr_text *svg, const char *title, const char *note,
                      const agr_chart_panel *panel, int n_panels)
{
    chart_drawing d;
    const double n_epochs = (double)n_epochs_of(panel, n_panels);
    chart_scale x = n_epochs > 1 ? chart_scale_exact(1, n_epochs, 7, true)
                                 : chart_scale_exact(0.5, 1.5, 1, true);
    chart_begin(&d, CHART_WIDTH, title, note);
    draw_legend(&d, panel, n_panels);
    double numbers = 0;
    for (int p = 0; p < n_panels; p++) {
        const chart_scale y = scale_of(&panel[p]);
        numbers = fmax(numbers, chart_numbers_width(&y));
    }
    for (int p = 0; p < n_panels; p++) {
        chart_scale y = scale_of(&panel[p]);
        const double top = d.y + 28;
        const chart_area area = {CHART_MARGIN + numbers + 8, d.width - CHART_MARGIN - 8, top,
                                 top + PANEL_HEIGHT};
        draw_panel(&d, &panel[p], &area, &x, &y);
        chart_x_axis(&d, &area, &x, p + 1 == n_panels ? "epoch" : NULL, false);
    }
    chart_end(&d, svg);
}
