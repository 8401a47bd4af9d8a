/* A picture with its title: words that stay inside, lines, boxes, a legend. */
#include "chart_impl.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { TITLE_SIZE = 15, SIZE = 12, SMALL = 10 };
#define BOLD 1.16 /* bold letters are so much wider */

static void add_note(chart_drawing *d, const char *note)
{
    enum { MAX_LINES = 4 };
    const double room = d->width - 2 * CHART_MARGIN;
    for (int line = 0; *note != '\0' && line < MAX_LINES; line++) {
        char words[CHART_WORD_BYTES] = "";
        size_t taken = 0;
        for (size_t end = 1; end < sizeof words; end++) {
            if (note[end - 1] != '\0' && note[end] != ' ' && note[end] != '\0')
                continue;
            char tried[CHART_WORD_BYTES];
            snprintf(tried, sizeof tried, "%.*s", (int)end, note);
            if (taken > 0 && chart_width_of(tried, SIZE) > room)
                break;
            memcpy(words, tried, sizeof words);
            taken = end;
            if (note[end] == '\0')
                break;
        }
        if (taken == 0) { /* one word wider than a line */
            snprintf(words, sizeof words, "%s", note);
            taken = strlen(note);
        }
        d->y += CHART_LINE;
        chart_text(d, CHART_MARGIN, d->y, CHART_START, "f", room, words);
        note += taken;
        while (*note == ' ')
            note++;
    }
}

void chart_begin(chart_drawing *d, double width, const char *title, const char *note)
{
    *d = (chart_drawing){.title = title, .width = width, .y = 26};
    chart_text(d, CHART_MARGIN, d->y, CHART_START, "title", width - 2 * CHART_MARGIN, title);
    d->y += 2;
    if (note != NULL)
        add_note(d, note);
    d->y += 8;
}

void chart_end(chart_drawing *d, agr_text *svg)
{
    const double height = ceil(d->y);
    agr_text_add(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" "
        "class=\"chart\" viewBox=\"0 0 %.0f %.0f\" "
        "width=\"%.0f\" height=\"%.0f\" role=\"img\" aria-label=\"",
        d->width, height, d->width, height);
    agr_text_add_escaped(svg, d->title);
    agr_text_add(
        svg, "\">\n<style>\n%s</style>\n<rect class=\"paper\" width=\"%.0f\" height=\"%.0f\"/>\n",
        chart_style, d->width, height);
    if (d->body.length > 0)
        agr_text_add_bytes(svg, d->body.data, d->body.length);
    agr_text_add(svg, "</svg>\n");
    svg->failed = svg->failed || d->body.failed;
    agr_text_release(&d->body);
}

/* ---- pieces ---- */

static double size_of(const char *style)
{
    const double size = strstr(style, "title") != NULL   ? TITLE_SIZE
                        : strstr(style, "small") != NULL ? SMALL
                                                         : SIZE;
    return strstr(style, "title") != NULL || strstr(style, "strong") != NULL ? BOLD * size : size;
}

void chart_text(chart_drawing *d, double x, double y, chart_anchor anchor, const char *style,
                double room, const char *words)
{
    static const char *const name[] = {"start", "middle", "end"};
    static const double share[] = {0, 0.5, 1}; /* of the words that lies before x */
    char fitted[CHART_WORD_BYTES];
    const double edge = 4;
    const char *shown = chart_fit(words, size_of(style), fmin(room, d->width - 2 * edge), fitted);
    const double width = chart_width_of(shown, size_of(style)), before = share[anchor] * width;
    x = fmax(edge + before, fmin(x, d->width - edge - (width - before)));
    agr_text_add(&d->body, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" class=\"%s\">", x, y,
                 name[anchor], style);
    if (shown == fitted) {
        agr_text_add(&d->body, "<title>");
        agr_text_add_escaped(&d->body, words);
        agr_text_add(&d->body, "</title>");
    }
    agr_text_add_escaped(&d->body, shown);
    agr_text_add(&d->body, "</text>\n");
}

void chart_line(chart_drawing *d, const char *style, double x1, double y1, double x2, double y2)
{
    agr_text_add(&d->body, "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n",
                 style, x1, y1, x2, y2);
}

void chart_box(chart_drawing *d, const char *style, double x, double y, double width, double height,
               double opacity, const char *hint)
{
    agr_text_add(&d->body,
                 "<rect class=\"%s\" x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\"", style,
                 x, y, fmax(width, 0), fmax(height, 0));
    if (opacity < 1)
        agr_text_add(&d->body, " fill-opacity=\"%.3f\"", opacity);
    if (hint == NULL) {
        agr_text_add(&d->body, "/>\n");
        return;
    }
    agr_text_add(&d->body, "><title>");
    agr_text_add_escaped(&d->body, hint);
    agr_text_add(&d->body, "</title></rect>\n");
}

void chart_legend(chart_drawing *d, double left, const chart_key *key, int n)
{
    enum { SWATCH = 18, GAP = 16 };
    double x = left;
    if (n == 0)
        return;
    d->y += CHART_LINE - 5;
    for (int i = 0; i < n; i++) {
        const double room = d->width - left - CHART_MARGIN - SWATCH - 6,
                     width = SWATCH + 6 + fmin(room, chart_width_of(key[i].name, SIZE));
        if (x > left && x + width > d->width - CHART_MARGIN) {
            x = left;
            d->y += CHART_LINE;
        }
        if (key[i].is_line)
            chart_line(d, key[i].style, x, d->y - 4, x + SWATCH, d->y - 4);
        else
            chart_box(d, key[i].style, x + 4, d->y - 9, 10, 10, 1, NULL);
        chart_text(d, x + SWATCH + 6, d->y, CHART_START, "f", room, key[i].name);
        x += width + GAP;
    }
    d->y += 8;
}
