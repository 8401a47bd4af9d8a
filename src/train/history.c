/* Keeps what each epoch achieved, and what that comes to over all branches. */
#include "history_impl.h"

#include <math.h>
#include <stdlib.h>

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
