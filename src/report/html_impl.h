/* A page being written: elements, and text that may hold any characters. */
#ifndef AGR_REPORT_HTML_IMPL_H
#define AGR_REPORT_HTML_IMPL_H

#include <agr/base/text.h>

/** The style sheet, page.css. */
extern const char html_style[];

/** From the document type to the open body, style included. */
void html_begin(agr_text *page, const char *title);
void html_end(agr_text *page);

/** Adds formatted text; what means something to HTML is written so that it does not. */
void html_words(agr_text *page, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** <p> with formatted text; style: a class of the style sheet, or NULL. */
void html_paragraph(agr_text *page, const char *style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** Lines of code, as they are. */
void html_code(agr_text *page, const char *lines);

/** A section with its heading; its id is "<id>-<of>", unique on a page of several runs. */
void html_section_begin(agr_text *page, const char *id, int of, const char *title);
void html_section_end(agr_text *page);
void html_heading(agr_text *page, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- tables ---- */

/** Column kinds, a letter each: 'l' text, 'n' numbers, right-aligned. The names in the head are
 * separated by '|'. */
void html_table_begin(agr_text *page, const char *columns, const char *head);
/** The same piece by piece, for names that are data: open, a head cell a column, body. */
void html_table_open(agr_text *page);
void html_head(agr_text *page, char kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void html_table_body(agr_text *page);
void html_table_end(agr_text *page);
void html_row_begin(agr_text *page);
void html_row_end(agr_text *page);
/** The next cell: 'l' text, 'n' a number; 'L', 'N' what stands out; 'F', 'f' what stays back; 'c' code. */
void html_cell(agr_text *page, char kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- figures ---- */

/** A <figure>; between begin and end the caller adds an SVG. Several stand side by side where there
 * is room, within html_figures_begin() and _end(). */
void html_figures_begin(agr_text *page);
void html_figures_end(agr_text *page);
void html_figure_begin(agr_text *page);
/** With its caption. */
void html_figure_end(agr_text *page, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
