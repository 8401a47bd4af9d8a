/* Reads comma-separated tables, unquoting in place. */
#include <agr/data/csv.h>

#include <agr/base/file.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TABLE_BYTES = 1 << 30 };

/* Fields are unquoted in place: what is written never overtakes what is read, because every field
 * gives up at least its separator for the terminator. */
typedef struct {
    const char *subject;
    char *from; /* next byte to read */
    char *end;
    char *to; /* where the next unquoted byte goes */
    char separator;
    int64_t line;
    char **field; /* all fields of all rows, header included */
    int64_t n_fields, n_fields_room;
    int64_t *row_line; /* line on which each row began, header included */
    int64_t n_rows, n_rows_room;
} parser;

typedef enum { FIELD_ENDS_ROW, FIELD_GOES_ON } field_end;

static agr_status fail(const parser *p, agr_error *err, const char *what)
{
    return agr_error_set(err, AGR_FORMAT, "table '%s': line %lld: %s", p->subject,
                         (long long)p->line, what);
}

/* The items with room for one more, or NULL; the old ones stay valid then. */
static void *grow(void *items, int64_t n, int64_t *room, size_t item_bytes)
{
    if (n < *room)
        return items;
    const int64_t wanted = *room > 0 ? 2 * *room : 256;
    void *grown = realloc(items, (size_t)wanted * item_bytes);
    if (grown != NULL)
        *room = wanted;
    return grown;
}

static agr_status add_field(parser *p, agr_error *err)
{
    char **field = grow(p->field, p->n_fields, &p->n_fields_room, sizeof *field);
    if (field == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for a table");
    p->field = field;
    p->field[p->n_fields++] = p->to;
    return AGR_OK;
}

static agr_status add_row(parser *p, int64_t line, agr_error *err)
{
    int64_t *row_line = grow(p->row_line, p->n_rows, &p->n_rows_room, sizeof *row_line);
    if (row_line == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for a table");
    p->row_line = row_line;
    p->row_line[p->n_rows++] = line;
    return AGR_OK;
}

static bool at_line_end(const parser *p)
{
    return *p->from == '\n' || (*p->from == '\r' && p->from + 1 < p->end && p->from[1] == '\n');
}

static void skip_line_end(parser *p)
{
    p->from += *p->from == '\r' ? 2 : 1;
    p->line++;
}

static agr_status read_quoted(parser *p, agr_error *err)
{
    for (p->from++; p->from < p->end; p->from++) {
        if (*p->from == '"') {
            if (p->from + 1 < p->end && p->from[1] == '"')
                p->from++;
            else
                break;
        }
        p->line += *p->from == '\n';
        *p->to++ = *p->from;
    }
    if (p->from == p->end)
        return fail(p, err, "quoted field without an end");
    p->from++;
    if (p->from < p->end && *p->from != p->separator && !at_line_end(p))
        return fail(p, err, "text after a closing quote");
    return AGR_OK;
}

static void read_plain(parser *p)
{
    while (p->from < p->end && *p->from != p->separator && !at_line_end(p))
        *p->to++ = *p->from++;
}

static agr_status read_field(parser *p, field_end *ended_by, agr_error *err)
{
    AGR_TRY(add_field(p, err));
    if (p->from < p->end && *p->from == '"')
        AGR_TRY(read_quoted(p, err));
    else
        read_plain(p);
    *ended_by = p->from < p->end && *p->from == p->separator ? FIELD_GOES_ON : FIELD_ENDS_ROW;
    if (*ended_by == FIELD_GOES_ON)
        p->from++;
    else if (p->from < p->end)
        skip_line_end(p);
    *p->to++ = '\0';
    return AGR_OK;
}

static agr_status read_row(parser *p, int64_t *n_columns, agr_error *err)
{
    const int64_t first_field = p->n_fields, first_line = p->line;
    field_end ended_by;
    do
        AGR_TRY(read_field(p, &ended_by, err));
    while (ended_by == FIELD_GOES_ON);
    const int64_t n = p->n_fields - first_field;
    if (*n_columns == 0)
        *n_columns = n;
    if (n != *n_columns)
        return agr_error_set(err, AGR_FORMAT,
                             "table '%s': line %lld: expected %lld fields, found %lld", p->subject,
                             (long long)first_line, (long long)*n_columns, (long long)n);
    return add_row(p, first_line, err);
}

static agr_status read_rows(parser *p, int64_t *n_columns, agr_error *err)
{
    *n_columns = 0;
    while (p->from < p->end) {
        if (at_line_end(p))
            skip_line_end(p);
        else
            AGR_TRY(read_row(p, n_columns, err));
    }
    if (p->n_rows == 0)
        return agr_error_set(err, AGR_FORMAT, "table '%s': expected a header row, found nothing",
                             p->subject);
    if (*n_columns > INT32_MAX)
        return fail(p, err, "too many columns");
    return AGR_OK;
}

/* The separator is the first of comma, semicolon and tab that the header row has outside quotes. */
static char choose_separator(const char *bytes, size_t size_bytes)
{
    static const char candidates[] = ",;\t";
    bool seen[3] = {false}, quoted = false, has_begun = false;
    for (size_t i = 0; i < size_bytes; i++) {
        if (bytes[i] == '\n' && !quoted && has_begun)
            break;
        has_begun = has_begun || (bytes[i] != '\n' && bytes[i] != '\r');
        quoted = quoted != (bytes[i] == '"');
        for (int c = 0; c < 3; c++)
            seen[c] = seen[c] || (!quoted && bytes[i] == candidates[c]);
    }
    for (int c = 0; c < 3; c++)
        if (seen[c])
            return candidates[c];
    return ',';
}

agr_status agr_csv_parse(const char *bytes, size_t size_bytes, const char *subject, agr_csv *csv,
                         agr_error *err)
{
    *csv = (agr_csv){0};
    if (size_bytes >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0) {
        bytes += 3;
        size_bytes -= 3;
    }
    if (size_bytes > 0 && memchr(bytes, '\0', size_bytes) != NULL)
        return agr_error_set(err, AGR_FORMAT, "table '%s': expected text, found a zero byte",
                             subject);
    char *text = malloc(size_bytes + 1);
    if (text == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for table '%s'", subject);
    if (size_bytes > 0)
        memcpy(text, bytes, size_bytes);
    parser p = {.subject = subject, .from = text, .end = text + size_bytes, .to = text, .line = 1};
    p.separator = size_bytes > 0 ? choose_separator(text, size_bytes) : ',';
    int64_t n_columns;
    const agr_status status = read_rows(&p, &n_columns, err);
    *csv = (agr_csv){.header = p.field, .line = p.row_line, .text = text};
    if (status != AGR_OK) {
        agr_csv_release(csv);
        return status;
    }
    csv->n_columns = (int)n_columns;
    csv->n_rows = p.n_rows - 1;
    return AGR_OK;
}

agr_status agr_csv_read(const char *path, agr_csv *csv, agr_error *err)
{
    *csv = (agr_csv){0};
    char *bytes;
    size_t size_bytes;
    if (agr_file_is_lfs_pointer(path)) {
        agr_error_set(err, AGR_INPUT, "table '%s': a Git LFS pointer, not the file itself", path);
        return agr_error_hint(err, "git lfs pull");
    }
    AGR_TRY(agr_file_read(path, MAX_TABLE_BYTES, &bytes, &size_bytes, err));
    const agr_status status = agr_csv_parse(bytes, size_bytes, path, csv, err);
    free(bytes);
    return status;
}

int agr_csv_column(const agr_csv *csv, const char *name)
{
    for (int column = 0; column < csv->n_columns; column++)
        if (strcmp(csv->header[column], name) == 0)
            return column;
    return -1;
}

/* The header is row 0 of the fields and of the lines. */
const char *agr_csv_field(const agr_csv *csv, int64_t row, int column)
{
    return csv->header[(row + 1) * csv->n_columns + column];
}

int64_t agr_csv_line(const agr_csv *csv, int64_t row)
{
    return csv->line[row + 1];
}

void agr_csv_release(agr_csv *csv)
{
    free(csv->header);
    free(csv->line);
    free(csv->text);
    *csv = (agr_csv){0};
}

void agr_csv_add_field(agr_text *text, const char *field)
{
    if (strpbrk(field, "\",\r\n;\t") == NULL) {
        agr_text_add(text, "%s", field);
        return;
    }
    agr_text_add_bytes(text, "\"", 1);
    for (const char *c = field; *c != '\0'; c++)
        agr_text_add_bytes(text, *c == '"' ? "\"\"" : c, *c == '"' ? 2 : 1);
    agr_text_add_bytes(text, "\"", 1);
}

static void add_tsv_field(agr_text *text, const char *field)
{
    for (const char *c = field; *c != '\0'; c++)
        switch (*c) {
        case '\t':
            agr_text_add_bytes(text, "\\t", 2);
            break;
        case '\n':
            agr_text_add_bytes(text, "\\n", 2);
            break;
        case '\r':
            agr_text_add_bytes(text, "\\r", 2);
            break;
        default:
            agr_text_add_bytes(text, c, 1);
        }
}

void agr_table_add_field(agr_text *text, char separator, const char *field)
{
    if (separator == '\t')
        add_tsv_field(text, field);
    else
        agr_csv_add_field(text, field);
}
