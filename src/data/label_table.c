/* A table of labels held against the files that were found: which row speaks of which. */
#include "label_table_impl.h"

#include <agr/base/file.h>
#include <agr/base/text.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
