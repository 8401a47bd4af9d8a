/* A table of labels held against the files that were found: rows by file, columns by kind. */
#include "label_table_impl.h"

#include <agr/base/file.h>
#include <agr/base/parse.h>
#include <agr/base/text.h>
#include <agr/store/dataset.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char split_header[] = "split";

/* ---- rows and files ---- */

static const char *without_dot_slash(const char *path)
{
    while (path[0] == '.' && path[1] == '/')
        path += 2;
    return path;
}

typedef struct {
    const char *path;
    int64_t row;
} row_entry;

static int compare_rows(const void *left, const void *right)
{
    const row_entry *a = left, *b = right;
    const int by_path = strcmp(a->path, b->path);
    return by_path != 0 ? by_path : a->row < b->row ? -1 : a->row > b->row;
}

/* Rows sorted by path. Of rows with one path the first counts; the others become rejects. */
static agr_status index_rows(const agr_matched_table *table, row_entry *entry, int64_t *n_entries,
                             agr_rejects *rejects, agr_error *err)
{
    const agr_csv *csv = &table->csv;
    for (int64_t row = 0; row < csv->n_rows; row++)
        entry[row] = (row_entry){
            .path = without_dot_slash(agr_csv_field(csv, row, table->path_column)), .row = row};
    if (csv->n_rows > 0)
        qsort(entry, (size_t)csv->n_rows, sizeof *entry, compare_rows);
    int64_t n = 0;
    for (int64_t i = 0; i < csv->n_rows; i++) {
        if (n == 0 || strcmp(entry[i].path, entry[n - 1].path) != 0) {
            entry[n++] = entry[i];
            continue;
        }
        char detail[AGR_PATH_BYTES];
        snprintf(detail, sizeof detail, "lines %lld and %lld of '%s'",
                 (long long)agr_csv_line(csv, entry[n - 1].row),
                 (long long)agr_csv_line(csv, entry[i].row), table->path);
        AGR_TRY(
            agr_rejects_add_reason(rejects, entry[i].path, AGR_REJECT_REPEATED_ROW, detail, err));
    }
    *n_entries = n;
    return AGR_OK;
}

static int64_t find_row(const row_entry *entry, int64_t n, const char *path)
{
    const row_entry wanted = {.path = without_dot_slash(path)};
    int64_t low = 0, high = n;
    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        if (strcmp(entry[middle].path, wanted.path) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n && strcmp(entry[low].path, wanted.path) == 0 ? low : -1;
}

/* The absolute folder behind a folder argument, "" when there is none. */
static void resolve_folder(char resolved[AGR_PATH_BYTES], const char *folder)
{
    char *path = realpath(folder, NULL);
    snprintf(resolved, AGR_PATH_BYTES, "%s", path != NULL ? path : "");
    free(path);
}

/* Names of a file that a table may use besides the one the dataset uses. */
typedef struct {
    const char *folder; /* the argument that `resolved` belongs to */
    char resolved[AGR_PATH_BYTES];
} name_maker;

/* "<folder's last component>/<name>" */
static bool make_joined(const agr_listed_file *file, char name[AGR_PATH_BYTES])
{
    char folder[AGR_PATH_BYTES];
    snprintf(folder, sizeof folder, "%s", file->folder);
    for (size_t length = strlen(folder); length > 1 && folder[length - 1] == '/'; length--)
        folder[length - 1] = '\0';
    return agr_path_join(name, agr_path_name(folder), file->name, NULL) == AGR_OK;
}

/* "/where/the/folder/is/<name>" */
static bool make_absolute(name_maker *maker, const agr_listed_file *file, char name[AGR_PATH_BYTES])
{
    if (maker->folder != file->folder)
        resolve_folder(maker->resolved, file->folder);
    maker->folder = file->folder;
    const char *below = file->path + strlen(file->folder);
    return maker->resolved[0] != '\0' &&
           agr_path_join(name, maker->resolved, below + strspn(below, "/"), NULL) == AGR_OK;
}

/* The entry that names this file in one of the four ways, or -1. */
static int64_t find_entry(const row_entry *entry, int64_t n, name_maker *maker,
                          const agr_listed_file *file)
{
    char name[AGR_PATH_BYTES];
    int64_t found = find_row(entry, n, file->name);
    if (found < 0)
        found = find_row(entry, n, file->path);
    if (found < 0 && make_joined(file, name))
        found = find_row(entry, n, name);
    if (found < 0 && make_absolute(maker, file, name))
        found = find_row(entry, n, name);
    return found;
}

static agr_status match_rows(agr_matched_table *table, const agr_listing *listing, row_entry *entry,
                             bool *named, agr_rejects *rejects, agr_error *err)
{
    int64_t n_entries;
    name_maker maker = {.folder = NULL};
    AGR_TRY(index_rows(table, entry, &n_entries, rejects, err));
    for (int64_t f = 0; f < listing->n_files; f++) {
        const int64_t e = find_entry(entry, n_entries, &maker, &listing->file[f]);
        table->row_of_file[f] = e >= 0 ? entry[e].row : -1;
        if (e >= 0)
            named[e] = true;
    }
    for (int64_t e = 0; e < n_entries; e++) {
        char detail[AGR_PATH_BYTES];
        snprintf(detail, sizeof detail, "line %lld of '%s'",
                 (long long)agr_csv_line(&table->csv, entry[e].row), table->path);
        if (!named[e])
            AGR_TRY(
                agr_rejects_add_reason(rejects, entry[e].path, AGR_REJECT_NO_FILE, detail, err));
    }
    return AGR_OK;
}

static agr_status find_path_column(agr_matched_table *table, const char *name, agr_error *err)
{
    table->path_column = agr_csv_column(&table->csv, name);
    if (table->path_column >= 0)
        return AGR_OK;
    agr_text columns = {0};
    for (int c = 0; c < table->csv.n_columns; c++)
        agr_text_add(&columns, "%s%s", c > 0 ? ", " : "", table->csv.header[c]);
    agr_error_set(err, AGR_INPUT, "table '%s': expected a column '%s', found %s", table->path, name,
                  columns.data != NULL ? columns.data : "none");
    agr_text_release(&columns);
    return agr_error_hint(err, "--path-column NAME names the column of file names");
}

agr_status agr_matched_table_create(const char *path, const char *path_column,
                                    const agr_listing *listing, agr_matched_table *table,
                                    agr_rejects *rejects, agr_error *err)
{
    *table = (agr_matched_table){.path = path};
    AGR_TRY(agr_csv_read(path, &table->csv, err));
    const size_t n_files = (size_t)listing->n_files, n_rows = (size_t)table->csv.n_rows;
    row_entry *entry = malloc((n_rows + 1) * sizeof *entry);
    bool *named = calloc(n_rows + 1, sizeof *named);
    table->row_of_file = malloc((n_files + 1) * sizeof *table->row_of_file);
    agr_status status = find_path_column(table, path_column, err);
    if (status == AGR_OK && (entry == NULL || named == NULL || table->row_of_file == NULL))
        status = agr_error_set(err, AGR_MEMORY, "cannot allocate memory for table '%s'", path);
    if (status == AGR_OK)
        status = match_rows(table, listing, entry, named, rejects, err);
    free(entry);
    free(named);
    if (status != AGR_OK)
        agr_matched_table_release(table);
    return status;
}

void agr_matched_table_release(agr_matched_table *table)
{
    agr_csv_release(&table->csv);
    free(table->row_of_file);
    *table = (agr_matched_table){0};
}

/* ---- columns ---- */

/* A column of the table on its way to being a label. */
typedef struct {
    const agr_csv *csv;
    const char *table_path;
    int column;
    int64_t n_filled, n_numbers;
    int64_t n_commas;       /* "3,5": numbers but for their comma */
    int64_t first_word_row; /* row of the first field that is no number, or -1 */
} table_column;

static bool parse_number(const char *field, float *number)
{
    double value;
    if (!agr_parse_number(field, &value) || !isfinite((float)value))
        return false;
    *number = (float)value;
    return true;
}

/* A number with a decimal comma. */
static bool has_comma(const char *field)
{
    char point[64];
    float number;
    const char *comma = strchr(field, ',');
    if (comma == NULL || strlen(field) >= sizeof point)
        return false;
    strcpy(point, field);
    point[comma - field] = '.';
    return parse_number(point, &number);
}

static void survey_column(table_column *column)
{
    column->first_word_row = -1;
    for (int64_t row = 0; row < column->csv->n_rows; row++) {
        const char *field = agr_csv_field(column->csv, row, column->column);
        float number;
        if (field[0] == '\0')
            continue;
        column->n_filled++;
        if (parse_number(field, &number)) {
            column->n_numbers++;
            continue;
        }
        column->n_commas += has_comma(field);
        if (column->first_word_row < 0)
            column->first_word_row = row;
    }
}

static agr_status hint_at_classes(const table_column *column, const char *remedy, agr_error *err)
{
    return agr_error_hint(err, "%s; --classes %s=A,B,... says that these are classes", remedy,
                          column->csv->header[column->column]);
}

/* Neither one typing error nor another country's comma must turn a column of numbers into classes.
 */
static agr_status check_numbers(const table_column *column, agr_error *err)
{
    const int64_t n_meant = column->n_numbers + column->n_commas;
    if (column->n_numbers == column->n_filled || 2 * n_meant < column->n_filled)
        return AGR_OK;
    const int64_t row = column->first_word_row;
    const char *field = agr_csv_field(column->csv, row, column->column);
    const char *name = column->csv->header[column->column];
    const long long line = (long long)agr_csv_line(column->csv, row);
    if (has_comma(field)) {
        agr_error_set(err, AGR_INPUT,
                      "table '%s': line %lld: column '%s': expected numbers with a decimal point, "
                      "found '%s'",
                      column->table_path, line, name, field);
        return hint_at_classes(column, "write 3.5 for 3,5", err);
    }
    agr_error_set(err, AGR_INPUT,
                  "table '%s': line %lld: column '%s': expected a number as in %lld of %lld rows, "
                  "found '%s'",
                  column->table_path, line, name, (long long)n_meant, (long long)column->n_filled,
                  field);
    return hint_at_classes(column, "an empty field means 'no label'", err);
}

static int compare_words(const void *left, const void *right)
{
    const char *const *a = left, *const *b = right;
    return strcmp(*a, *b);
}

/* The different words of a column in bytewise order. *words [*n_words] is the caller's to free; the
 * strings are the table's. */
static agr_status collect_words(const table_column *column, const char ***words, int64_t *n_words,
                                agr_error *err)
{
    const char **word = malloc((size_t)(column->n_filled + 1) * sizeof *word);
    if (word == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for classes");
    int64_t n = 0;
    for (int64_t row = 0; row < column->csv->n_rows; row++) {
        const char *field = agr_csv_field(column->csv, row, column->column);
        if (field[0] != '\0')
            word[n++] = field;
    }
    qsort(word, (size_t)n, sizeof *word, compare_words);
    int64_t n_different = 0;
    for (int64_t i = 0; i < n; i++)
        if (n_different == 0 || strcmp(word[i], word[n_different - 1]) != 0)
            word[n_different++] = word[i];
    *words = word;
    *n_words = n_different;
    return AGR_OK;
}

static agr_status add_word_column(const table_column *column, agr_labels *labels, agr_error *err)
{
    const char *name = column->csv->header[column->column];
    const char **word = NULL;
    int64_t n_words = 0;
    AGR_TRY(collect_words(column, &word, &n_words, err));
    agr_status status;
    if (n_words > AGR_DATASET_MAX_CLASSES) {
        agr_error_set(err, AGR_INPUT,
                      "table '%s': column '%s': expected numbers or at most %d different words, "
                      "found %lld",
                      column->table_path, name, AGR_DATASET_MAX_CLASSES, (long long)n_words);
        status = agr_error_hint(err, "take a column that is no label out of the table");
    } else {
        status = agr_labels_add(labels, name, (int)n_words, word, err);
    }
    free(word);
    return status;
}

static const agr_class_order *find_order(int n_orders, const agr_class_order *order,
                                         const char *column)
{
    for (int i = 0; i < n_orders; i++)
        if (strcmp(order[i].column, column) == 0)
            return &order[i];
    return NULL;
}

static agr_status add_column(table_column *column, int n_orders, const agr_class_order *orders,
                             agr_labels *labels, agr_error *err)
{
    const char *name = column->csv->header[column->column];
    const agr_class_order *order = find_order(n_orders, orders, name);
    if (order != NULL)
        return agr_labels_add(labels, name, order->n_classes,
                              (const char *const *)order->class_name, err);
    survey_column(column);
    AGR_TRY(check_numbers(column, err));
    if (column->n_numbers == column->n_filled)
        return agr_labels_add(labels, name, 0, NULL, err);
    return add_word_column(column, labels, err);
}

/* The value of a field: a number, a class by its name or, where classes were listed,
 * by its index. */
static bool parse_value(const agr_labels_column *column, const char *field, float *value)
{
    *value = NAN;
    if (field[0] == '\0')
        return true;
    if (column->n_classes == 0)
        return parse_number(field, value);
    const int class = agr_labels_class(column, field);
    if (class >= 0) {
        *value = (float)class;
        return true;
    }
    return parse_number(field, value) && *value >= 0 && *value < (float)column->n_classes &&
           *value == floorf(*value);
}

static agr_status fill_column(const table_column *column, const agr_matched_table *table,
                              const agr_listing *listing, const int64_t *kept, int64_t n_kept,
                              agr_labels_column *label, bool *usable, agr_rejects *rejects,
                              agr_error *err)
{
    for (int64_t i = 0; i < n_kept; i++) {
        const int64_t row = table->row_of_file[kept[i]];
        const char *field = agr_csv_field(column->csv, row, column->column);
        if (parse_value(label, field, &label->value[i]) || !usable[i])
            continue;
        usable[i] = false;
        char detail[AGR_PATH_BYTES];
        snprintf(detail, sizeof detail, "line %lld: '%s' is no class of '%s'",
                 (long long)agr_csv_line(column->csv, row), field, label->name);
        AGR_TRY(agr_rejects_add_reason(rejects, listing->file[kept[i]].name, AGR_REJECT_LABEL,
                                       detail, err));
    }
    return AGR_OK;
}

static agr_status check_orders(const agr_matched_table *table, int n_orders,
                               const agr_class_order *order, agr_error *err)
{
    for (int i = 0; i < n_orders; i++)
        if (agr_csv_column(&table->csv, order[i].column) < 0)
            return agr_error_set(err, AGR_INPUT, "classes of '%s': table '%s' has no such column",
                                 order[i].column, table->path);
    return AGR_OK;
}

agr_status agr_labels_from_table(const agr_matched_table *table, const agr_listing *listing,
                                 const int64_t *kept, int64_t n_kept, int n_orders,
                                 const agr_class_order *order, agr_labels *labels, bool *usable,
                                 agr_rejects *rejects, agr_error *err)
{
    *labels = (agr_labels){.n_rows = n_kept};
    for (int64_t i = 0; i < n_kept; i++)
        usable[i] = true;
    agr_status status = check_orders(table, n_orders, order, err);
    for (int c = 0; status == AGR_OK && c < table->csv.n_columns; c++) {
        if (c == table->path_column || strcmp(table->csv.header[c], split_header) == 0)
            continue;
        table_column column = {.csv = &table->csv, .table_path = table->path, .column = c};
        status = add_column(&column, n_orders, order, labels, err);
        if (status == AGR_OK)
            status = fill_column(&column, table, listing, kept, n_kept,
                                 &labels->column[labels->n_columns - 1], usable, rejects, err);
    }
    if (status == AGR_OK && labels->n_columns == 0)
        status = agr_error_set(err, AGR_INPUT,
                               "table '%s': expected a column of labels, found none", table->path);
    if (status != AGR_OK)
        agr_labels_release(labels);
    return status;
}

/* ---- parts of the set ---- */

static uint8_t parse_part(const char *word)
{
    static const struct {
        const char *word;
        agr_split part;
    } words[] = {{"train", AGR_SPLIT_TRAIN},
                 {"training", AGR_SPLIT_TRAIN},
                 {"0", AGR_SPLIT_TRAIN},
                 {"validation", AGR_SPLIT_VALIDATION},
                 {"valid", AGR_SPLIT_VALIDATION},
                 {"val", AGR_SPLIT_VALIDATION},
                 {"1", AGR_SPLIT_VALIDATION},
                 {"test", AGR_SPLIT_TEST},
                 {"2", AGR_SPLIT_TEST}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i].word, word) == 0)
            return (uint8_t)words[i].part;
    return AGR_PART_NONE;
}

/* What keeps a file from having a part. */
static char *describe_missing_part(const agr_matched_table *table, int64_t row, int column)
{
    agr_text text = {0};
    if (row < 0)
        agr_text_add(&text, "no row in '%s'", table->path);
    else
        agr_text_add(&text, "line %lld of '%s': expected train, validation or test, found '%s'",
                     (long long)agr_csv_line(&table->csv, row), table->path,
                     agr_csv_field(&table->csv, row, column));
    if (!text.failed)
        return text.data;
    agr_text_release(&text);
    return NULL;
}

agr_status agr_parts_from_table(const agr_matched_table *table, int64_t n_files, uint8_t *part,
                                char **why_not, agr_error *err)
{
    const int column = agr_csv_column(&table->csv, split_header);
    if (column < 0)
        return agr_error_set(err, AGR_INPUT, "table '%s': expected a column '%s', found none",
                             table->path, split_header);
    for (int64_t f = 0; f < n_files; f++) {
        const int64_t row = table->row_of_file[f];
        part[f] = row >= 0 ? parse_part(agr_csv_field(&table->csv, row, column)) : AGR_PART_NONE;
        if (part[f] != AGR_PART_NONE)
            continue;
        why_not[f] = describe_missing_part(table, row, column);
        if (why_not[f] == NULL)
            return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for the split");
    }
    return AGR_OK;
}
