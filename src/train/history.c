/* Keeps what each epoch achieved; writes it as a table, as CSV, as a line for people. */
#include <agr/train/history.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    agr_history_branch about;
    agr_epoch_report *report; /* owned; [n_reports], report[i].epoch == i + 1 */
    int64_t n_reports, capacity;
} branch_history;

struct agr_history {
    int n_branches;
    branch_history *branch; /* owned */
};

agr_status agr_history_create(const agr_history_branch *branches, int n_branches,
                              agr_history **history_out, agr_error *err)
{
    agr_history *history = calloc(1, sizeof *history);
    branch_history *branch = calloc((size_t)n_branches, sizeof *branch);
    if (history == NULL || branch == NULL) {
        free(history);
        free(branch);
        return agr_error_set(err, AGR_MEMORY, "cannot allocate the history");
    }
    for (int i = 0; i < n_branches; i++)
        branch[i].about = branches[i];
    history->n_branches = n_branches;
    history->branch = branch;
    *history_out = history;
    return AGR_OK;
}

void agr_history_destroy(agr_history *history)
{
    if (history == NULL)
        return;
    for (int i = 0; i < history->n_branches; i++)
        free(history->branch[i].report);
    free(history->branch);
    free(history);
}

agr_status agr_history_add(agr_history *history, const agr_epoch_report *report, agr_error *err)
{
    AGR_ASSERT(report->branch >= 0 && report->branch < history->n_branches);
    branch_history *branch = &history->branch[report->branch];
    if (report->epoch != branch->n_reports + 1)
        return agr_error_set(
            err, AGR_FORMAT, "history of branch '%s': expected epoch %lld, found %lld",
            branch->about.name, (long long)branch->n_reports + 1, (long long)report->epoch);
    if (branch->n_reports == branch->capacity) {
        const int64_t capacity = branch->capacity > 0 ? 2 * branch->capacity : 64;
        agr_epoch_report *grown = realloc(branch->report, (size_t)capacity * sizeof *grown);
        if (grown == NULL)
            return agr_error_set(err, AGR_MEMORY, "cannot allocate the history");
        branch->report = grown;
        branch->capacity = capacity;
    }
    branch->report[branch->n_reports++] = *report;
    return AGR_OK;
}

const agr_epoch_report *agr_history_best(const agr_history *history, int branch)
{
    const branch_history *b = &history->branch[branch];
    for (int64_t i = b->n_reports - 1; i >= 0; i--)
        if (b->report[i].is_best)
            return &b->report[i];
    return b->n_reports > 0 ? &b->report[b->n_reports - 1] : NULL;
}

void agr_history_reopen(agr_history *history, int branch)
{
    branch_history *b = &history->branch[branch];
    if (b->n_reports > 0)
        b->report[b->n_reports - 1].ending = AGR_BRANCH_RUNNING;
}

void agr_history_end(agr_history *history, int branch, agr_branch_ending ending)
{
    branch_history *b = &history->branch[branch];
    if (b->n_reports > 0)
        b->report[b->n_reports - 1].ending = (int32_t)ending;
}

const agr_epoch_report *agr_history_last(const agr_history *history, int branch)
{
    const branch_history *b = &history->branch[branch];
    return b->n_reports > 0 ? &b->report[b->n_reports - 1] : NULL;
}

/* As figures_monitored() has it of the sums. */
static double monitored(const agr_history_branch *about, const agr_epoch_report *report,
                        agr_monitor monitor)
{
    const bool is_judged = !isnan(report->validation_loss);
    if (monitor == AGR_MONITOR_LOSS)
        return is_judged ? report->validation_loss : report->loss;
    const double value = (is_judged ? report->validation : report->train)[0].metric;
    return about->head[0].larger_is_better ? -value : value;
}

double agr_history_best_value(const agr_history *history, int branch, int64_t last_epoch,
                              agr_monitor monitor)
{
    const branch_history *b = &history->branch[branch];
    double best = HUGE_VAL;
    for (int64_t i = 0; i < b->n_reports && i < last_epoch; i++) {
        const double value = monitored(&b->about, &b->report[i], monitor);
        if (value < best)
            best = value;
    }
    return best;
}

static bool has_ended(const branch_history *branch)
{
    return branch->n_reports > 0 &&
           branch->report[branch->n_reports - 1].ending != AGR_BRANCH_RUNNING;
}

bool agr_history_total_of(const agr_history *history, int64_t epoch, agr_history_total *total)
{
    bool anyone_ran = false;
    *total = (agr_history_total){0};
    for (int i = 0; i < history->n_branches; i++) {
        const branch_history *branch = &history->branch[i];
        const agr_epoch_report *report;
        if (epoch <= branch->n_reports) {
            report = &branch->report[epoch - 1];
            anyone_ran = true;
        } else if (has_ended(branch)) {
            report = agr_history_best(history, i);
            total->carried = true;
        } else {
            return false;
        }
        total->loss += report->loss;
        total->validation_loss += report->validation_loss;
    }
    return anyone_ran;
}

/* What a small value of is good: validation where there is any. */
static double judged(double loss, double validation_loss)
{
    return isnan(validation_loss) ? loss : validation_loss;
}

double agr_history_judged(const agr_history_total *total)
{
    return judged(total->loss, total->validation_loss);
}

int64_t agr_history_best_total(const agr_history *history, agr_history_total *best)
{
    int64_t best_epoch = 0;
    agr_history_total total;
    for (int64_t epoch = 1; agr_history_total_of(history, epoch, &total); epoch++) {
        if (best_epoch == 0 || agr_history_judged(&total) < agr_history_judged(best)) {
            best_epoch = epoch;
            *best = total;
        }
    }
    return best_epoch;
}

bool agr_history_total_of_bests(const agr_history *history, double *total)
{
    *total = 0;
    for (int i = 0; i < history->n_branches; i++) {
        const agr_epoch_report *best = agr_history_best(history, i);
        if (best == NULL)
            return false;
        *total += judged(best->loss, best->validation_loss);
    }
    return true;
}

static void add_figures(const agr_history_branch *about, const agr_head_figures *figures,
                        const char *prefix, agr_text *text)
{
    for (int h = 0; h < about->n_heads; h++) {
        if (about->n_heads > 1)
            agr_text_add(text, "  %s", about->head[h].name);
        agr_text_add(text, "  %sloss %.4f  %s%s %.4f", prefix, figures[h].loss, prefix,
                     about->head[h].metric, figures[h].metric);
    }
}

void agr_history_line(const agr_history *history, const agr_epoch_report *report, int64_t n_epochs,
                      agr_text *text)
{
    const agr_history_branch *about = &history->branch[report->branch].about;
    agr_text_add(text, "epoch %lld/%lld  %-8s", (long long)report->epoch, (long long)n_epochs,
                 about->name);
    add_figures(about, report->train, "", text);
    if (!isnan(report->validation_loss))
        add_figures(about, report->validation, "val_", text);
    agr_text_add(text, "  lr %.3g", report->lr);
    if (report->elapsed_s > 0)
        agr_text_add(text, report->elapsed_s < 10 ? "  %.1f s" : "  %.0f s", report->elapsed_s);
    if (report->is_best)
        agr_text_add(text, "  best");
    if (report->ending == AGR_BRANCH_STOPPED_EARLY)
        agr_text_add(text, "  stopped early");
}

void agr_history_best_line(const agr_history *history, const agr_epoch_report *best, agr_text *text)
{
    const agr_history_branch *about = &history->branch[best->branch].about;
    agr_text_add(text, "best   %-8s  epoch %lld", about->name, (long long)best->epoch);
    if (isnan(best->validation_loss))
        add_figures(about, best->train, "", text);
    else
        add_figures(about, best->validation, "val_", text);
}

/* CSV knows no NaN: an empty field is "not measured". */
static void add_number(agr_text *text, double value)
{
    if (isnan(value))
        agr_text_add(text, ",");
    else
        agr_text_add(text, ",%.9g", value);
}

static void add_csv_rows(const agr_history_branch *about, const agr_epoch_report *report,
                         agr_text *text)
{
    for (int h = 0; h < about->n_heads; h++) {
        agr_text_add(text, "%lld,%s,%s", (long long)report->epoch, about->name,
                     about->head[h].name);
        add_number(text, report->lr);
        add_number(text, report->train[h].loss);
        add_number(text, report->validation[h].loss);
        agr_text_add(text, ",%s", about->head[h].metric);
        add_number(text, report->train[h].metric);
        add_number(text, report->validation[h].metric);
        agr_text_add(text, ",%d\n", report->is_best);
    }
}

void agr_history_csv(const agr_history *history, agr_text *text)
{
    agr_text_add(text, "epoch,branch,head,lr,loss,val_loss,metric,value,val_value,best\n");
    int64_t n_epochs = 0;
    for (int i = 0; i < history->n_branches; i++)
        if (history->branch[i].n_reports > n_epochs)
            n_epochs = history->branch[i].n_reports;
    double best_total = HUGE_VAL;
    for (int64_t epoch = 1; epoch <= n_epochs; epoch++) {
        for (int i = 0; i < history->n_branches; i++)
            if (epoch <= history->branch[i].n_reports)
                add_csv_rows(&history->branch[i].about, &history->branch[i].report[epoch - 1],
                             text);
        agr_history_total total;
        if (!agr_history_total_of(history, epoch, &total))
            continue;
        agr_text_add(text, "%lld,total,", (long long)epoch);
        add_number(text, (double)NAN);
        add_number(text, total.loss);
        add_number(text, total.validation_loss);
        const bool is_best = agr_history_judged(&total) < best_total;
        if (is_best)
            best_total = agr_history_judged(&total);
        agr_text_add(text, ",%s,,,%d\n", total.carried ? "carried" : "", is_best);
    }
}

/* ---- the table of a checkpoint ---- */

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
