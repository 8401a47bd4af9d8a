/* Writes Markdown: headings by the caller, text, lists, tables. */
#include "markdown_impl.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_words(agr_text *text, const char *format, va_list values)
{
    char *words;
    if (vasprintf(&words, format, values) < 0) {
        text->failed = true;
        return;
    }
    for (const char *c = words; *c != '\0'; c++) {
        if (strchr("\\`*_{}[]<>#|~&", *c) != NULL)
            agr_text_add(text, "\\");
        agr_text_add(text, "%c", (unsigned char)*c < 32 ? ' ' : *c);
    }
    free(words);
}

void markdown_words(agr_text *text, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    add_words(text, format, values);
    va_end(values);
}

void markdown_paragraph(agr_text *text, const char *mark, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    agr_text_add(text, "%s", mark);
    add_words(text, format, values);
    agr_text_add(text, mark[0] == '\0' ? "\n\n" : "\n");
    va_end(values);
}

void markdown_table_begin(agr_text *text, const char *columns, const char *head)
{
    for (const char *c = columns; *c != '\0'; c++) {
        const int length = (int)strcspn(head, "|");
        markdown_cell(text, "%.*s", length, head);
        head += head[length] == '|' ? length + 1 : length;
    }
    markdown_row_end(text);
    for (const char *c = columns; *c != '\0'; c++)
        agr_text_add(text, *c == 'n' ? "|---:" : "|---");
    markdown_row_end(text);
}

void markdown_cell(agr_text *text, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    agr_text_add(text, "| ");
    add_words(text, format, values);
    agr_text_add(text, " ");
    va_end(values);
}

void markdown_row_end(agr_text *text)
{
    agr_text_add(text, "|\n");
}
