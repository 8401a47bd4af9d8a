/* What charts are made of: a drawing with its title, words that keep their place, scales, axes. */
#ifndef AGR_REPORT_CHART_IMPL_H
#define AGR_REPORT_CHART_IMPL_H

#include <agr/base/text.h>
#include <stdbool.h>
#include <stdint.h>

extern const char chart_style[];

enum { CHART_WIDTH = 560, CHART_MARGIN = 16, CHART_COLOURS = 7, CHART_WORD_BYTES = 200 };
enum { CHART_LINE = 17 /* from one line of text to the next */ };

/* A number that can be drawn: neither NaN nor beyond all scales. */
bool chart_is_drawable(double value);

/* ---- words ---- */

/* At most this wide in any of the style's fonts. */
double chart_width_of(const char *words, double size);

/* The words, or their beginning with an ellipsis where they are wider than `room`. */
const char *chart_fit(const char *words, double size, double room, char fitted[CHART_WORD_BYTES]);

/* "0.25", "12000", "1e-05". */
void chart_number(double value, char words[32]);

/* ---- a drawing ---- */

typedef struct {
    agr_text body;
    const char *title;
    double width;
    double y; /* above it everything is taken */
} chart_drawing;

/* Title and note (wrapped; NULL: none). */
void chart_begin(chart_drawing *d, double width, const char *title, const char *note);

/* Adds the picture, which ends at d->y, and releases the drawing. */
void chart_end(chart_drawing *d, agr_text *svg);

typedef enum { CHART_START, CHART_MIDDLE, CHART_END } chart_anchor;

/* One line of text, cut to `room` and moved inside the picture where it would leave it. style:
 * classes of chart.css. */
void chart_text(chart_drawing *d, double x, double y, chart_anchor anchor, const char *style,
                double room, const char *words);

void chart_line(chart_drawing *d, const char *style, double x1, double y1, double x2, double y2);

/* With a tooltip unless `hint` is NULL. */
void chart_box(chart_drawing *d, const char *style, double x, double y, double width, double height,
               double opacity, const char *hint);

typedef struct {
    const char *name;
    const char *style; /* of its swatch */
    bool is_line;
} chart_key;

/* Below what is there, in as many lines as it needs. */
void chart_legend(chart_drawing *d, double left, const chart_key *key, int n);

/* ---- scales ---- */

enum { CHART_MAX_TICKS = 16 };

typedef struct {
    double low, high;
    bool logarithmic;
    double from, to; /* where low and high are drawn */
    int n_ticks;
    double tick[CHART_MAX_TICKS];
} chart_scale;

/* Of values from low to high (any numbers that can be drawn), with about so many ticks. */
chart_scale chart_scale_exact(double low, double high, int n_ticks, bool whole);

/* The same, widened to its outer ticks. */
chart_scale chart_scale_wide(double low, double high, int n_ticks);

/* Of values above 0. */
chart_scale chart_scale_logarithmic(double low, double high);

double chart_at(const chart_scale *scale, double value);

/* ---- axes ---- */

typedef struct {
    double left, right, top, bottom;
} chart_area;

/* Room that the numbers of an upright scale take. */
double chart_numbers_width(const chart_scale *scale);

/* Lines across the area with their numbers, the name above its left end. Sets where the scale is drawn. */
void chart_y_axis(chart_drawing *d, const chart_area *area, chart_scale *scale, const char *name);

/* Numbers below the area; the name under them, at the right; lines up the area where wanted. */
void chart_x_axis(chart_drawing *d, const chart_area *area, chart_scale *scale, const char *name,
                  bool lines);

/* Names below cells of equal width, slanting where they are wider than a cell. Yields the height
 * that they take. */
double chart_names_height(const char *const *name, int n, double cell);
void chart_names_below(chart_drawing *d, double left, double y, double cell,
                       const char *const *name, int n);

#endif
