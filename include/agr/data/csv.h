/**
 * Comma-separated tables as RFC 4180 has them: fields may be quoted, a quote inside a quoted field
 * is doubled, quoted fields may hold commas and line ends. Beyond it: LF alone ends a row too, a
 * UTF-8 byte order mark is skipped, empty lines are skipped, and a file whose header row
 * holds semicolons or tabs but no comma (outside quotes) is read with that separator.
 */
#ifndef AGR_DATA_CSV_H
#define AGR_DATA_CSV_H

#include <agr/base/error.h>
#include <agr/base/text.h>
#include <stddef.h>
#include <stdint.h>

/** A table in memory. Opaque but for its size and header: read fields with agr_csv_field(). */
typedef struct {
    int64_t n_rows; /* the header row not counted */
    int n_columns;
    char **header; /* [n_columns]; the fields of all rows follow; owned */
    int64_t *line; /* line of the file on which each row begins; owned */
    char *text;    /* what the fields point into; owned */
} agr_csv;

/** Parses size_bytes bytes. `subject` names them in messages. AGR_FORMAT with the line: no header
 * row, a row with another number of fields, an unfinished quoted field, text after a closing quote,
 * a 0 byte. AGR_MEMORY. Caller releases. */
agr_status agr_csv_parse(const char *bytes, size_t size_bytes, const char *subject, agr_csv *csv,
                         agr_error *err);

/** Reads and parses a file. Also AGR_NOT_FOUND, AGR_IO. */
agr_status agr_csv_read(const char *path, agr_csv *csv, agr_error *err);

/** The column with this header, or -1. */
int agr_csv_column(const agr_csv *csv, const char *name);

/** A field as a 0-terminated string; row in [0, n_rows). Borrowed from the table. */
const char *agr_csv_field(const agr_csv *csv, int64_t row, int column);

/** The line of the file, from 1, on which this row begins. */
int64_t agr_csv_line(const agr_csv *csv, int64_t row);

void agr_csv_release(agr_csv *csv);

/** Adds one field to a table being written, quoted where it must be; no separator is added. */
void agr_csv_add_field(agr_text *text, const char *field);

/** The same for a table with this separator: ',' as CSV; '\t' as TSV, which has no quotes: a tab or
 * line break in the field is written as \t, \n or \r. */
void agr_table_add_field(agr_text *text, char separator, const char *field);

#endif
