/* What people are told of a run: on the screen, in log.txt, and in what looks on. */
#include "registrar_books_impl.h"

#include "weighing_impl.h"

#include <agr/base/duration.h>
#include <agr/base/log.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void registrar_say(registrar *r, const char *format, ...)
{
    char *line;
    va_list arguments;
    va_start(arguments, format);
    const int length = vasprintf(&line, format, arguments);
    va_end(arguments);
    if (length < 0)
        return;
    r->options->line(r->options->context, line);
    agr_run_folder_log(r->folder, line);
    free(line);
}

/* "gender-r3", or of several "gender (16 x)". */
static void add_name(const registrar *r, int b, int n, agr_text *line)
{
    const agr_member *m = &r->options->config->branch[b].member;
    char kind[AGR_CONFIG_NAME_BYTES];
    agr_variant_name(m->base, m->variant, kind, sizeof kind);
    if (n > 1)
        agr_text_add(line, "%s (%d x)", kind, n);
    else
        agr_text_add(line, "%s", r->branch[b].name);
}

/* How many branches from b on are like b and stand where it stands; 0: one before it does. */
static int count_there(const registrar *r, const agr_text *position, int b)
{
    int n = 0;
    for (int i = 0; i < r->n_branches; i++) {
        if (agr_config_first_alike(r->options->config, i) !=
                agr_config_first_alike(r->options->config, b) ||
            strcmp(position[i].data, position[b].data) != 0)
            continue;
        if (i < b)
            return 0;
        n++;
    }
    return n;
}

void registrar_say_positions(registrar *r)
{
    agr_text line = {0}, position[MAX_BRANCHES] = {{0}};
    for (int b = 0; b < r->n_branches; b++) {
        agr_position_describe(agr_trainee_state(r->about[b]), &position[b]);
        line.failed = line.failed || position[b].failed;
    }
    agr_text_add(&line, "resumed:");
    for (int b = 0; b < r->n_branches && !line.failed; b++) {
        const int n = count_there(r, position, b);
        if (n == 0)
            continue;
        agr_text_add(&line, "%s ", b > 0 ? ";" : "");
        add_name(r, b, n, &line);
        agr_text_add(&line, " %s", position[b].data);
    }
    if (!line.failed)
        registrar_say(r, "%s", line.data);
    for (int b = 0; b < r->n_branches; b++)
        agr_text_release(&position[b]);
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
        if (agr_config_first_alike(r->options->config, b) != b)
            continue; /* its labels are the same, or another fold's */
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

/* Those like b, b being the first, that go on: how many, the last of them to end, and when. */
static int count_going_on(const registrar *r, const agr_outlook *view, int b, int *last)
{
    int n = 0;
    for (int i = b; i < view->n_branches; i++) {
        if (view->branch[i].has_ended || agr_config_first_alike(r->options->config, i) != b)
            continue;
        if (n++ == 0 || view->branch[i].left_s > view->branch[*last].left_s)
            *last = i;
    }
    return n;
}

/* ": age 4 min, gender (16 x) 80 s": of several until the last has ended. */
static void add_times(const registrar *r, const agr_outlook *view, agr_text *line)
{
    char left[AGR_DURATION_BYTES];
    for (int b = 0; b < view->n_branches; b++) {
        int last = b;
        const int n = agr_config_first_alike(r->options->config, b) == b
                          ? count_going_on(r, view, b, &last)
                          : 0;
        if (n == 0)
            continue;
        agr_text_add(line, "%s ", line->length > 0 ? "," : ":");
        add_name(r, last, n, line);
        agr_text_add(line, " %s", agr_duration_text(view->branch[last].left_s, left));
    }
}

void registrar_say_outlook(registrar *r)
{
    enum { HOUR_S = 3600 };
    char left[AGR_DURATION_BYTES];
    agr_text branches = {0};
    const agr_outlook *view = outlook_view(&r->outlook);
    add_times(r, view, &branches);
    if (view->total.left_s > 0 && !branches.failed)
        registrar_say(r, "about %s %s%s", agr_duration_text(view->total.left_s, left),
                      r->is_resumed ? "left" : "to the end", branches.data);
    if (view->total.left_s > HOUR_S && !r->is_resumed && r->options->shorter != NULL)
        registrar_say(r, "more than an hour: %s", r->options->shorter);
    agr_text_release(&branches);
}

bool registrar_adds_up(const registrar *r)
{
    for (int b = 0; b < r->n_branches; b++)
        if (!agr_member_is_alone(&r->options->config->branch[b].member))
            return false;
    return r->n_branches > 1;
}

void registrar_say_totals(registrar *r)
{
    agr_history_total total;
    if (!registrar_adds_up(r))
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
