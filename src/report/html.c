/* Writes HTML: one page without script, and nothing that has to be fetched. */
#include "html_impl.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- text ---- */

static void add_words(agr_text *page, const char *format, va_list values)
{
    char *words;
    if (vasprintf(&words, format, values) < 0) {
        page->failed = true;
        return;
    }
    agr_text_add_escaped(page, words);
    free(words);
}

void html_words(agr_text *page, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    add_words(page, format, values);
    va_end(values);
}

void html_paragraph(agr_text *page, const char *style, const char *format, ...)
{
    va_list values;
    if (style != NULL)
        agr_text_add(page, "<p class=\"%s\">", style);
    else
        agr_text_add(page, "<p>");
    va_start(values, format);
    add_words(page, format, values);
    va_end(values);
    agr_text_add(page, "</p>\n");
}

void html_code(agr_text *page, const char *lines)
{
    agr_text_add(page, "<pre class=\"code\">");
    agr_text_add_escaped(page, lines);
    agr_text_add(page, "</pre>\n");
}

void html_heading(agr_text *page, const char *format, ...)
{
    va_list values;
    agr_text_add(page, "<h3>");
    va_start(values, format);
    add_words(page, format, values);
    va_end(values);
    agr_text_add(page, "</h3>\n");
}

/* ---- the page ---- */

void html_begin(agr_text *page, const char *title)
{
    agr_text_add(page, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
                       "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
                       "<link rel=\"icon\" href=\"data:,\"/>\n<title>");
    agr_text_add_escaped(page, title);
    agr_text_add(page, "</title>\n<style>\n%s</style>\n</head>\n<body>\n", html_style);
}

void html_end(agr_text *page)
{
    agr_text_add(page, "<footer>agr-mpi %s</footer>\n</body>\n</html>\n", AGR_VERSION);
}

void html_section_begin(agr_text *page, const char *id, int of, const char *title)
{
    agr_text_add(page, "<section id=\"%s-%d\">\n<h2>", id, of);
    agr_text_add_escaped(page, title);
    agr_text_add(page, "</h2>\n");
}

void html_section_end(agr_text *page)
{
    agr_text_add(page, "</section>\n");
}

/* ---- tables ---- */

void html_table_open(agr_text *page)
{
    agr_text_add(page, "<div class=\"scroll\" tabindex=\"0\"><table>\n<thead><tr>");
}

void html_head(agr_text *page, char kind, const char *format, ...)
{
    va_list values;
    agr_text_add(page, "<th scope=\"col\"%s>", kind == 'n' ? " class=\"n\"" : "");
    va_start(values, format);
    add_words(page, format, values);
    va_end(values);
    agr_text_add(page, "</th>");
}

void html_table_body(agr_text *page)
{
    agr_text_add(page, "</tr></thead>\n<tbody>\n");
}

void html_table_begin(agr_text *page, const char *columns, const char *head)
{
    html_table_open(page);
    for (; *columns != '\0'; columns++) {
        const int length = (int)strcspn(head, "|");
        html_head(page, *columns, "%.*s", length, head);
        head += head[length] == '|' ? length + 1 : length;
    }
    html_table_body(page);
}

void html_table_end(agr_text *page)
{
    agr_text_add(page, "</tbody></table></div>\n");
}

void html_row_begin(agr_text *page)
{
    agr_text_add(page, "<tr>");
}

void html_row_end(agr_text *page)
{
    agr_text_add(page, "</tr>\n");
}

void html_cell(agr_text *page, char kind, const char *format, ...)
{
    static const char *const style[] = {['l'] = "",
                                        ['L'] = " class=\"stands\"",
                                        ['n'] = " class=\"n\"",
                                        ['N'] = " class=\"n stands\"",
                                        ['f'] = " class=\"n faint\"",
                                        ['F'] = " class=\"faint\"",
                                        ['c'] = " class=\"code\""};
    va_list values;
    agr_text_add(page, "<td%s>", style[(int)kind]);
    va_start(values, format);
    add_words(page, format, values);
    va_end(values);
    agr_text_add(page, "</td>");
}

/* ---- figures ---- */

void html_figures_begin(agr_text *page)
{
    agr_text_add(page, "<div class=\"figures\">\n");
}

void html_figures_end(agr_text *page)
{
    agr_text_add(page, "</div>\n");
}

void html_figure_begin(agr_text *page)
{
    agr_text_add(page, "<figure>\n");
}

void html_figure_end(agr_text *page, const char *format, ...)
{
    va_list values;
    agr_text_add(page, "<figcaption>");
    va_start(values, format);
    add_words(page, format, values);
    va_end(values);
    agr_text_add(page, "</figcaption></figure>\n");
}
