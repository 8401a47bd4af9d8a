/* A run record in words: where the run stands, what it reached, what to do next. */
#include "words_impl.h"

#include <agr/report/run_record.h>
#include <math.h>
#include <stdio.h>

static void add_ago(agr_text *text, double now_s, double then_s)
{
    agr_text_add(text, "%s ago", words_duration(fmax(0, now_s - then_s)).text);
}

/* "running: started 12 s ago, no epoch yet" */
static void add_state(const agr_run_record *record, double now_s, bool has_epochs, agr_text *text)
{
    agr_text_add(text, "run          %s: %s", record->path, agr_run_state_name(record->state));
    if (record->n_starts == 0) {
        agr_text_add(text, "%s\n", record->state == AGR_RUN_RUNNING ? ", it is being set up" : "");
        return;
    }
    agr_text_add(text, "; started ");
    add_ago(text, now_s, record->started_s);
    if (record->n_starts > 1)
        agr_text_add(text, ", resumed %d time%s", record->n_starts - 1,
                     record->n_starts == 2 ? "" : "s");
    if (record->state != AGR_RUN_RUNNING)
        agr_text_add(text, ", trained for %s", words_duration(record->trained_s).text);
    agr_text_add(text, "%s\n", has_epochs ? "" : ", no epoch yet");
    agr_text_add(text, "last event   %s, ", record->last_event);
    add_ago(text, now_s, record->last_event_s);
    agr_text_add(text, "\n");
    if (record->placement[0] != '\0')
        agr_text_add(text, "placement    %s\n", record->placement);
}

/* ---- branches ---- */

static void add_value(agr_text *text, double value)
{
    if (isnan(value))
        agr_text_add(text, "  %9s", "-");
    else
        agr_text_add(text, "  %9.5g", value);
}

static void add_epoch(agr_text *text, const agr_run_branch *branch, const agr_run_head *head,
                      const char *which, int64_t epoch)
{
    char at[48];
    if (branch->planned > 0)
        snprintf(at, sizeof at, "%s %lld/%lld", which, (long long)epoch,
                 (long long)branch->planned);
    else
        snprintf(at, sizeof at, "%s %lld", which, (long long)epoch);
    agr_text_add(text, "  %-12s  %-14s", branch->n_heads > 1 ? head->name : branch->name, at);
    add_value(text, head->loss[epoch - 1]);
    add_value(text, head->val_loss[epoch - 1]);
    agr_text_add(text, "  %-9s", head->metric);
    add_value(text, head->value[epoch - 1]);
    add_value(text, head->val_value[epoch - 1]);
    agr_text_add(text, "\n");
}

static void add_branch(agr_text *text, const agr_run_branch *branch)
{
    if (branch->n_epochs == 0)
        agr_text_add(text, "  %-12s  no epoch yet\n", branch->name);
    for (int h = 0; h < branch->n_heads; h++) {
        add_epoch(text, branch, &branch->head[h], "epoch", branch->n_epochs);
        if (branch->best_epoch > 0)
            add_epoch(text, branch, &branch->head[h], "best", branch->best_epoch);
    }
}

static void add_total(agr_text *text, const agr_run_record *record)
{
    const int64_t epoch[2] = {record->n_totals, record->best_total};
    static const char *const which[2] = {"epoch", "best"};
    for (int i = 0; i < 2 && record->n_branches > 1; i++) {
        char at[48];
        if (epoch[i] == 0)
            continue;
        snprintf(at, sizeof at, "%s %lld", which[i], (long long)epoch[i]);
        agr_text_add(text, "  %-12s  %-14s", "total", at);
        add_value(text, record->total[epoch[i] - 1]);
        add_value(text, record->val_total[epoch[i] - 1]);
        agr_text_add(text, "\n");
    }
}

/* ---- teams ---- */

/* Time of all ranks that they gave to a branch. */
static void add_teams(agr_text *text, const agr_run_record *record)
{
    for (int b = 0; b < record->n_branches; b++) {
        double spent_s = 0;
        int first = -1, last = -1;
        for (int64_t i = 0; i < record->n_spans; i++) {
            const agr_run_span *span = &record->span[i];
            if (span->branch != b)
                continue;
            spent_s += span->to_s - span->from_s;
            first = first < 0 || span->rank < first ? span->rank : first;
            last = span->rank > last ? span->rank : last;
        }
        if (first < 0)
            continue;
        agr_text_add(text, "  %-12s  %s of ranks' time, ", record->branch[b].name,
                     words_duration(spent_s).text);
        agr_text_add(text, first == last ? "rank %d\n" : "ranks %d to %d\n", first, last);
    }
}

static void add_hints(agr_text *text, const agr_run_record *record)
{
    const char *path = record->path;
    if (record->n_bad_events > 0)
        agr_text_add(text, "\nevents.jsonl: %lld lines are no events, the first is line %lld\n",
                     (long long)record->n_bad_events, (long long)record->first_bad_event);
    if (record->state == AGR_RUN_STOPPED || record->state == AGR_RUN_BROKEN)
        agr_text_add(text, "\nhint: agr-mpi train --run %s --resume%s goes on with it\n", path,
                     record->has_checkpoint ? "" : "=auto");
}

void agr_run_record_words(const agr_run_record *record, double now_s, agr_text *text)
{
    bool has_epochs = false;
    for (int b = 0; b < record->n_branches; b++)
        has_epochs = has_epochs || record->branch[b].n_epochs > 0;
    add_state(record, now_s, has_epochs, text);
    if (has_epochs)
        agr_text_add(text, "\n  %-12s  %-14s  %9s  %9s  %-9s  %9s  %9s\n", "branch", "", "loss",
                     "val_loss", "metric", "value", "val_value");
    for (int b = 0; b < record->n_branches && has_epochs; b++)
        add_branch(text, &record->branch[b]);
    add_total(text, record);
    if (record->n_spans > 0)
        agr_text_add(text, "\nteams\n");
    add_teams(text, record);
    add_hints(text, record);
}
