/* history.csv read back: what each epoch of each head reached, and the total. */
#include "run_record_impl.h"

#include <agr/base/parse.h>
#include <agr/data/csv.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The columns, by what they are called. */
enum { EPOCH, BRANCH, HEAD, LOSS, VAL_LOSS, METRIC, VALUE, VAL_VALUE, BEST, N_COLUMNS };
static const char *const column_name[N_COLUMNS] = {
    "epoch", "branch", "head", "loss", "val_loss", "metric", "value", "val_value", "best"};

typedef struct {
    agr_run_record *record;
    const char *path;
    agr_csv csv;
    int column[N_COLUMNS];
} reading;

static const char *field(const reading *r, int64_t row, int column)
{
    return agr_csv_field(&r->csv, row, r->column[column]);
}

static agr_status bad_field(const reading *r, int64_t row, int column, const char *expected,
                            agr_error *err)
{
    return agr_error_set(err, AGR_FORMAT, "'%s': line %lld: %s: expected %s, found '%s'", r->path,
                         (long long)agr_csv_line(&r->csv, row), column_name[column], expected,
                         field(r, row, column));
}

/* An empty field is "not measured"; a loss that was none is written as such. */
static agr_status read_number(const reading *r, int64_t row, int column, double *value,
                              agr_error *err)
{
    const char *text = field(r, row, column);
    *value = NAN;
    if (text[0] == '\0' || strcmp(text, "inf") == 0 || strcmp(text, "-inf") == 0 ||
        agr_parse_number(text, value))
        return AGR_OK;
    return bad_field(r, row, column, "a number", err);
}

static agr_status find_columns(reading *r, agr_error *err)
{
    for (int c = 0; c < N_COLUMNS; c++) {
        r->column[c] = agr_csv_column(&r->csv, column_name[c]);
        if (r->column[c] < 0)
            return agr_error_set(err, AGR_FORMAT, "'%s': expected a column '%s', found none",
                                 r->path, column_name[c]);
    }
    return AGR_OK;
}

/* The head of a branch, made when it is met first. */
static agr_status find_head(const reading *r, int64_t row, agr_run_branch *branch,
                            agr_run_head **head, agr_error *err)
{
    for (int h = 0; h < branch->n_heads; h++)
        if (strcmp(branch->head[h].name, field(r, row, HEAD)) == 0) {
            *head = &branch->head[h];
            return AGR_OK;
        }
    if (branch->n_heads == AGR_MAX_HEADS)
        return bad_field(r, row, HEAD, "not so many heads", err);
    *head = &branch->head[branch->n_heads];
    /* As long as the whole table could ask for. */
    const size_t n = (size_t)r->csv.n_rows;
    (*head)->loss = malloc(4 * n * sizeof *(*head)->loss);
    if ((*head)->loss == NULL)
        return agr_error_set(err, AGR_MEMORY, "out of memory");
    for (size_t i = 0; i < 4 * n; i++)
        (*head)->loss[i] = NAN;
    (*head)->val_loss = (*head)->loss + n;
    (*head)->value = (*head)->val_loss + n;
    (*head)->val_value = (*head)->value + n;
    snprintf((*head)->name, AGR_RUN_NAME_BYTES, "%s", field(r, row, HEAD));
    snprintf((*head)->metric, AGR_RUN_NAME_BYTES, "%s", field(r, row, METRIC));
    branch->n_heads++;
    return AGR_OK;
}

static agr_status read_head_row(const reading *r, int64_t row, int64_t epoch, agr_error *err)
{
    const int b = run_record_branch(r->record, field(r, row, BRANCH));
    if (b < 0)
        return bad_field(r, row, BRANCH, "not so many branches", err);
    agr_run_branch *branch = &r->record->branch[b];
    agr_run_head *head = NULL;
    if (epoch != branch->n_epochs && epoch != branch->n_epochs + 1)
        return bad_field(r, row, EPOCH, "the one after that before", err);
    AGR_TRY(find_head(r, row, branch, &head, err));
    branch->n_epochs = epoch;
    if (strcmp(field(r, row, BEST), "1") == 0)
        branch->best_epoch = epoch;
    AGR_TRY(read_number(r, row, LOSS, &head->loss[epoch - 1], err));
    AGR_TRY(read_number(r, row, VAL_LOSS, &head->val_loss[epoch - 1], err));
    AGR_TRY(read_number(r, row, VALUE, &head->value[epoch - 1], err));
    return read_number(r, row, VAL_VALUE, &head->val_value[epoch - 1], err);
}

static agr_status read_total_row(const reading *r, int64_t row, int64_t epoch, agr_error *err)
{
    agr_run_record *record = r->record;
    if (epoch != record->n_totals + 1)
        return bad_field(r, row, EPOCH, "the one after that before", err);
    AGR_TRY(read_number(r, row, LOSS, &record->total[epoch - 1], err));
    AGR_TRY(read_number(r, row, VAL_LOSS, &record->val_total[epoch - 1], err));
    if (strcmp(field(r, row, BEST), "1") == 0)
        record->best_total = epoch;
    record->n_totals = epoch;
    return AGR_OK;
}

/* The row of a total has no head. */
static agr_status read_row(const reading *r, int64_t row, agr_error *err)
{
    int64_t epoch;
    if (!agr_parse_int(field(r, row, EPOCH), &epoch) || epoch < 1 || epoch > r->csv.n_rows)
        return bad_field(r, row, EPOCH, "an epoch", err);
    const bool is_total = field(r, row, HEAD)[0] == '\0';
    return is_total ? read_total_row(r, row, epoch, err) : read_head_row(r, row, epoch, err);
}

static agr_status read_rows(reading *r, agr_error *err)
{
    agr_run_record *record = r->record;
    AGR_TRY(find_columns(r, err));
    record->total = malloc((2 * (size_t)r->csv.n_rows + 1) * sizeof *record->total);
    if (record->total == NULL)
        return agr_error_set(err, AGR_MEMORY, "out of memory");
    record->val_total = record->total + r->csv.n_rows;
    for (int64_t row = 0; row < r->csv.n_rows; row++)
        AGR_TRY(read_row(r, row, err));
    return AGR_OK;
}

agr_status run_record_read_history(agr_run_record *record, agr_error *err)
{
    char path[AGR_PATH_BYTES];
    AGR_TRY(agr_path_join(path, record->path, "history.csv", err));
    reading r = {.record = record, .path = path};
    if (!agr_path_exists(path))
        return AGR_OK;
    AGR_TRY(agr_csv_read(path, &r.csv, err));
    const agr_status status = read_rows(&r, err);
    agr_csv_release(&r.csv);
    return status;
}
