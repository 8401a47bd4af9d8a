/* Draws a run record: curves of its branches, the total, its teams. */
#include <agr/report/plots.h>

#include <agr/report/chart.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static bool has_any(const double *value, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        if (!isnan(value[i]))
            return true;
    return false;
}

/* Training and, where there is any, validation. Yields how many lines. */
static int add_lines(agr_chart_line line[2], const double *train, const double *validation,
                     int64_t n, int64_t best, bool named)
{
    const bool both = has_any(validation, n);
    line[0] = (agr_chart_line){.name = named ? "training" : NULL,
                               .dotted = both,
                               .n = n,
                               .value = train,
                               .marked = both ? 0 : best};
    line[1] = (agr_chart_line){.name = named ? "validation (ring: best epoch)" : NULL,
                               .n = n,
                               .value = validation,
                               .marked = best};
    return both ? 2 : 1;
}

static void describe_epochs(int64_t n, int64_t planned, int64_t best, char note[160])
{
    int at = snprintf(note, 160, "%lld", (long long)n);
    if (planned > n)
        at += snprintf(note + at, (size_t)(160 - at), " of %lld", (long long)planned);
    at += snprintf(note + at, (size_t)(160 - at), " epoch%s", n == 1 && planned <= n ? "" : "s");
    if (best > 0)
        snprintf(note + at, (size_t)(160 - at), ", best after epoch %lld", (long long)best);
}

void agr_plot_branch(const agr_run_record *record, int index, agr_text *svg)
{
    const agr_run_branch *branch = &record->branch[index];
    agr_chart_line line[4 * AGR_MAX_HEADS];
    agr_chart_panel panel[2 * AGR_MAX_HEADS];
    char name[2 * AGR_MAX_HEADS][2 * AGR_RUN_NAME_BYTES + 4], note[160];
    int n = 0;
    for (int i = 0; i < 2 * branch->n_heads; i++) {
        const agr_run_head *head = &branch->head[i / 2];
        const bool is_loss = i % 2 == 0;
        const char *what = is_loss ? "loss" : head->metric;
        snprintf(name[n], sizeof name[n], "%s%s%s", branch->n_heads > 1 ? head->name : "",
                 branch->n_heads > 1 ? ": " : "", what);
        panel[n] = (agr_chart_panel){.name = name[n], .line = &line[2 * n], .baseline = NAN};
        panel[n].n_lines = add_lines(&line[2 * n], is_loss ? head->loss : head->value,
                                     is_loss ? head->val_loss : head->val_value, branch->n_epochs,
                                     branch->best_epoch, n == 0);
        n++;
    }
    describe_epochs(branch->n_epochs, branch->planned, branch->best_epoch, note);
    agr_chart_curves(svg, branch->name, note, panel, n);
}

void agr_plot_total(const agr_run_record *record, agr_text *svg)
{
    agr_chart_line line[2];
    char note[160];
    agr_chart_panel panel = {.name = "loss", .line = line, .baseline = NAN};
    panel.n_lines = add_lines(line, record->total, record->val_total, record->n_totals,
                              record->best_total, true);
    describe_epochs(record->n_totals, 0, record->best_total, note);
    agr_chart_curves(svg, "total: the weighted sum over branches", note, &panel, 1);
}

/* ---- teams ---- */

static int n_lanes_of(const agr_run_record *record)
{
    int n = record->n_ranks;
    for (int64_t i = 0; i < record->n_spans; i++)
        n = record->span[i].rank >= n ? record->span[i].rank + 1 : n;
    return n;
}

void agr_plot_teams(const agr_run_record *record, agr_text *svg)
{
    const char *name[AGR_RUN_MAX_BRANCHES];
    agr_chart_mark mark[AGR_RUN_MAX_MARKS];
    agr_chart_span *span = malloc(((size_t)record->n_spans + 1) * sizeof *span);
    char note[160];
    if (span == NULL) {
        svg->failed = true;
        return;
    }
    for (int b = 0; b < record->n_branches; b++)
        name[b] = record->branch[b].name;
    for (int m = 0; m < record->n_marks; m++)
        mark[m] = (agr_chart_mark){record->mark[m].at_s, record->mark[m].what};
    for (int64_t i = 0; i < record->n_spans; i++)
        span[i] =
            (agr_chart_span){record->span[i].rank, record->span[i].from_s, record->span[i].to_s,
                             record->span[i].branch, name[record->span[i].branch]};
    const int n_lanes = n_lanes_of(record);
    snprintf(note, sizeof note, "%d rank%s, %s; time between a stop and a resume is left out",
             n_lanes, n_lanes == 1 ? "" : "s", agr_run_state_name(record->state));
    const agr_chart_times times = {.title = "Who trained what when",
                                   .note = note,
                                   .n_lanes = n_lanes,
                                   .lanes = "rank",
                                   .end_s = record->trained_s,
                                   .n_spans = (int)record->n_spans,
                                   .span = span,
                                   .n_names = record->n_branches,
                                   .name = name,
                                   .n_marks = record->n_marks,
                                   .mark = mark};
    agr_chart_timeline(svg, &times);
    free(span);
}
