/* Markdown being written, with text that may hold any characters. */
#ifndef AGR_REPORT_MARKDOWN_IMPL_H
#define AGR_REPORT_MARKDOWN_IMPL_H

#include <agr/base/text.h>

/** Adds formatted text; what means something to Markdown is written so that it does not. */
void markdown_words(agr_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** A paragraph, or with `mark` "- " an item of a list. */
void markdown_paragraph(agr_text *text, const char *mark, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** The head of a table: columns a letter each, 'l' text, 'n' numbers; names separated by '|'. Rows
 * are cells and one markdown_row_end() each; a blank line ends the table. */
void markdown_table_begin(agr_text *text, const char *columns, const char *head);
void markdown_cell(agr_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void markdown_row_end(agr_text *text);

#endif
