/* A history as a checkpoint holds it: a table of numbers, there and back. */
#include "history_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIXED_COLUMNS = 6, COLUMNS_PER_HEAD = 4, COLUMN_NAME_BYTES = 2 * AGR_NAME_BYTES };

static int n_columns_of(const agr_history_branch *about)
{
    return FIXED_COLUMNS + COLUMNS_PER_HEAD * about->n_heads;
}

static void column_name(const agr_history_branch *about, int column, char name[COLUMN_NAME_BYTES])
{
    static const char *const fixed[FIXED_COLUMNS] = {"epoch",    "lr",   "loss",
                                                     "val_loss", "best", "ending"};
    if (column < FIXED_COLUMNS) {
        snprintf(name, COLUMN_NAME_BYTES, "%s", fixed[column]);
        return;
    }
    const agr_history_head *head = &about->head[(column - FIXED_COLUMNS) / COLUMNS_PER_HEAD];
    const int which = (column - FIXED_COLUMNS) % COLUMNS_PER_HEAD;
    snprintf(name, COLUMN_NAME_BYTES, "%s%s_%s", which < 2 ? "" : "val_", head->name,
             which % 2 == 0 ? "loss" : head->metric);
}

static void row_from_report(const agr_history_branch *about, const agr_epoch_report *report,
                            double *row)
{
    *row++ = (double)report->epoch;
    *row++ = report->lr;
    *row++ = report->loss;
    *row++ = report->validation_loss;
    *row++ = report->is_best;
    *row++ = report->ending;
    for (int h = 0; h < about->n_heads; h++) {
        *row++ = report->train[h].loss;
        *row++ = report->train[h].metric;
        *row++ = report->validation[h].loss;
        *row++ = report->validation[h].metric;
    }
}

static agr_epoch_report report_from_row(int branch, const agr_history_branch *about,
                                        const double *row)
{
    agr_epoch_report report = {.branch = branch};
    report.epoch = (int64_t)*row++;
    report.lr = *row++;
    report.loss = *row++;
    report.validation_loss = *row++;
    report.is_best = *row++ != 0;
    report.ending = (int32_t)*row++;
    for (int h = 0; h < about->n_heads; h++) {
        report.train[h].loss = *row++;
        report.train[h].metric = *row++;
        report.validation[h].loss = *row++;
        report.validation[h].metric = *row++;
    }
    return report;
}

agr_status agr_history_table_make(const agr_history *history, int branch, int64_t last_epoch,
                                  agr_history_table *table, agr_error *err)
{
    const branch_history *b = &history->branch[branch];
    const int n_columns = n_columns_of(&b->about);
    const int64_t n_rows = last_epoch < b->n_reports ? last_epoch : b->n_reports;
    /* One block for the names and the pointers to them, one for the numbers. */
    char **columns =
        malloc((size_t)n_columns * (sizeof *columns + COLUMN_NAME_BYTES * sizeof(char)));
    double *values = malloc(((size_t)n_rows * (size_t)n_columns + 1) * sizeof *values);
    if (columns == NULL || values == NULL) {
        free(columns);
        free(values);
        return agr_error_set(err, AGR_MEMORY, "cannot allocate the history");
    }
    char *name = (char *)(columns + n_columns);
    for (int c = 0; c < n_columns; c++, name += COLUMN_NAME_BYTES) {
        column_name(&b->about, c, name);
        columns[c] = name;
    }
    for (int64_t r = 0; r < n_rows; r++)
        row_from_report(&b->about, &b->report[r], values + r * n_columns);
    *table = (agr_history_table){.n_columns = n_columns,
                                 .columns = (const char *const *)columns,
                                 .n_rows = n_rows,
                                 .values = values};
    return AGR_OK;
}

void agr_history_table_release(agr_history_table *table)
{
    /* Ours, though a table is const to most who see one; -Wcast-qual allows no shorter way. */
    free((void *)(uintptr_t)table->columns);
    free((void *)(uintptr_t)table->values);
    *table = (agr_history_table){0};
}

static agr_status check_columns(const agr_history_branch *about, const agr_history_table *table,
                                agr_error *err)
{
    const int n_columns = n_columns_of(about);
    if (table->n_columns != n_columns)
        return agr_error_set(err, AGR_FORMAT,
                             "history of branch '%s': expected %d columns, found %d", about->name,
                             n_columns, table->n_columns);
    for (int c = 0; c < n_columns; c++) {
        char name[COLUMN_NAME_BYTES];
        column_name(about, c, name);
        if (strcmp(name, table->columns[c]) != 0)
            return agr_error_set(err, AGR_FORMAT,
                                 "history of branch '%s': expected column '%s', found '%s'",
                                 about->name, name, table->columns[c]);
    }
    return AGR_OK;
}

agr_status agr_history_load(agr_history *history, int branch, const agr_history_table *table,
                            int64_t last_epoch, agr_error *err)
{
    const agr_history_branch *about = &history->branch[branch].about;
    if (last_epoch == 0)
        return AGR_OK;
    if (table->n_rows > 0)
        AGR_TRY(check_columns(about, table, err));
    for (int64_t r = 0; r < table->n_rows; r++) {
        const agr_epoch_report report =
            report_from_row(branch, about, table->values + r * table->n_columns);
        if (report.epoch > last_epoch)
            break;
        AGR_TRY(agr_history_add(history, &report, err));
    }
    const int64_t n_epochs = history->branch[branch].n_reports;
    if (n_epochs != last_epoch)
        return agr_error_set(
            err, AGR_INPUT,
            "history of branch '%s': expected a row for each of %lld epochs, found "
            "%lld",
            about->name, (long long)last_epoch, (long long)n_epochs);
    return AGR_OK;
}
