/* What the columns of a table become: numbers, or classes. */
#include "label_table_impl.h"

#include <agr/base/parse.h>
#include <agr/store/dataset.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
        if (c == table->path_column || strcmp(table->csv.header[c], AGR_PART_COLUMN) == 0)
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
