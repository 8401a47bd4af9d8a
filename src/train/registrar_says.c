/* What people are told of a run: on the screen, in log.txt, and in what looks on. */
#include "registrar_books_impl.h"

#include "weighing_impl.h"

#include <agr/base/duration.h>
#include <agr/base/log.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

void registrar_say(registrar *r, const char *format, ...)
{
    char line[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    r->options->line(r->options->context, line);
    agr_run_folder_log(r->folder, line);
}

void registrar_say_positions(registrar *r)
{
    agr_text line = {0};
    agr_text_add(&line, "resumed:");
    for (int b = 0; b < r->n_branches; b++) {
        agr_text_add(&line, "%s %s ", b > 0 ? ";" : "", r->branch[b].name);
        agr_position_describe(agr_trainee_state(r->about[b]), &line);
    }
    if (!line.failed)
        registrar_say(r, "%s", line.data);
    agr_text_release(&line);
}

void registrar_say_balance(registrar *r)
{
    int n_weighted = 0;
    const agr_balance *balance = agr_trainee_balance(r->about[0]);
    if (balance->cells.n_cells > 0) {
        agr_text cells = {0};
        agr_balance_describe(balance, &cells);
        registrar_say(r, "balance by %s: %s", r->options->config->balance.by,
                      cells.failed ? "" : cells.data);
        agr_text_release(&cells);
    }
    for (int b = 0; b < r->n_branches; b++) {
        const agr_network *network = agr_trainee_network(r->about[b]);
        for (int h = 0; h < agr_network_n_heads(network); h++) {
            agr_text weights = {0};
            const bool weighted =
                weights_describe(network, h, agr_trainee_set(r->about[b]), &weights);
            if (weighted && !weights.failed)
                registrar_say(r, "class weights of %s: %s", agr_network_head(network, h)->name,
                              weights.data);
            agr_text_release(&weights);
            n_weighted += weighted;
        }
    }
    if (n_weighted == 0 && r->options->config->balance.weights != AGR_WEIGHTS_NONE)
        agr_log_warning("balance.weights weighs nothing here: no branch predicts classes");
}

void registrar_show(registrar *r)
{
    if (r->options->watch != NULL)
        r->options->watch(r->options->context, outlook_view(&r->outlook));
}

void registrar_say_outlook(registrar *r)
{
    enum { HOUR_S = 3600 };
    char left[AGR_DURATION_BYTES];
    agr_text branches = {0};
    const agr_outlook *view = outlook_view(&r->outlook);
    for (int b = 0; b < view->n_branches; b++)
        if (!view->branch[b].has_ended)
            agr_text_add(&branches, "%s %s %s", branches.length > 0 ? "," : ":",
                         view->branch[b].name, agr_duration_text(view->branch[b].left_s, left));
    if (view->total.left_s > 0 && !branches.failed)
        registrar_say(r, "about %s %s%s", agr_duration_text(view->total.left_s, left),
                      r->is_resumed ? "left" : "to the end", branches.data);
    if (view->total.left_s > HOUR_S && !r->is_resumed && r->options->shorter != NULL)
        registrar_say(r, "more than an hour: %s", r->options->shorter);
    agr_text_release(&branches);
}

/* Losses of different branches add up to the run's. Those of a population's members say nothing
 * together. */
static bool adds_up(const registrar *r)
{
    for (int b = 0; b < r->n_branches; b++)
        if (!agr_member_is_alone(&r->options->config->branch[b].member))
            return false;
    return r->n_branches > 1;
}

void registrar_say_totals(registrar *r)
{
    agr_history_total total;
    if (!adds_up(r))
        return;
    while (agr_history_total_of(r->history, r->totals_said + 1, &total)) {
        r->totals_said++;
        if (r->tensorboard != NULL)
            tensorboard_add_total(r->tensorboard, r->totals_said, &total);
        outlook_total(&r->outlook, r->totals_said, total.loss);
        const char *mark = total.carried ? "  (with the best of branches that have ended)" : "";
        if (isnan(total.validation_loss))
            registrar_say(r, "epoch %lld  total     loss %.4f%s", (long long)r->totals_said,
                          total.loss, mark);
        else
            registrar_say(r, "epoch %lld  total     loss %.4f  val_loss %.4f%s",
                          (long long)r->totals_said, total.loss, total.validation_loss, mark);
    }
}

void registrar_say_epoch(registrar *r, const agr_epoch_report *report)
{
    char left[AGR_DURATION_BYTES];
    agr_text line = {0};
    const agr_standing *standing = &outlook_view(&r->outlook)->branch[report->branch];
    agr_history_line(r->history, report, agr_trainee_epochs(r->about[report->branch]), &line);
    if (report->ending == AGR_BRANCH_RUNNING)
        agr_text_add(&line, "  %s left", agr_duration_text(standing->left_s, left));
    if (!line.failed)
        registrar_say(r, "%s", line.data);
    agr_text_release(&line);
}

static void say_best_of_branch(registrar *r, int b)
{
    const agr_epoch_report *best = agr_history_best(r->history, b);
    agr_text line = {0};
    if (best != NULL)
        agr_history_best_line(r->history, best, &line);
    else
        agr_text_add(&line, "best   %-8s  no epoch is complete", r->branch[b].name);
    if (!line.failed)
        registrar_say(r, "%s", line.data);
    agr_text_release(&line);
}

void registrar_say_best(registrar *r)
{
    for (int b = 0; b < r->n_branches; b++)
        say_best_of_branch(r, b);
    agr_history_total total;
    double bests;
    const int64_t epoch = agr_history_best_total(r->history, &total);
    if (adds_up(r) && epoch > 0 && agr_history_total_of_bests(r->history, &bests))
        registrar_say(r,
                      "best   total     epoch %lld  %.4f; the bests of the branches add up to %.4f",
                      (long long)epoch, agr_history_judged(&total), bests);
}
