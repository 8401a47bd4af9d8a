/* A history in words: a line an epoch for people, CSV for programs. */
#include "history_impl.h"

#include <math.h>

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
