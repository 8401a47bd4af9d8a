/* What a run has achieved, said at its end: the best epoch of each branch; of members of a population
 * how far their bests lie apart. */
#include "registrar_books_impl.h"

#include <agr/audit/spread.h>
#include <math.h>

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

/* The bests of members that differ in fold and replica alone. */
typedef struct {
    int n;        /* with an epoch, and not halved */
    int n_halved; /* beside them */
    const agr_epoch_report *report[MAX_BRANCHES];
    bool is_judged; /* all of them on validation images */
    int first;      /* the branch whose monitored value is the best */
} bests;

static bests bests_of(const registrar *r, int first)
{
    const agr_config *config = r->options->config;
    bests all = {.is_judged = true};
    double least = HUGE_VAL;
    for (int b = first; b < r->n_branches; b++) {
        const agr_epoch_report *best = agr_history_best(r->history, b);
        if (agr_config_first_alike(config, b) != first || best == NULL)
            continue;
        if (agr_history_last(r->history, b)->ending == AGR_BRANCH_HALVED) {
            all.n_halved++;
            continue;
        }
        const double value =
            agr_history_best_value(r->history, b, best->epoch, config->train.monitor);
        if (all.n == 0 || value < least) {
            all.first = b;
            least = value;
        }
        all.is_judged = all.is_judged && !isnan(best->validation_loss);
        all.report[all.n++] = best;
    }
    return all;
}

static void add_spread(const bests *all, int h, bool is_loss, const char *name, agr_text *line)
{
    double value[MAX_BRANCHES];
    for (int i = 0; i < all->n; i++) {
        const agr_head_figures *figures =
            all->is_judged ? &all->report[i]->validation[h] : &all->report[i]->train[h];
        value[i] = is_loss ? figures->loss : figures->metric;
    }
    const agr_audit_spread spread = agr_audit_spread_of(value, all->n);
    agr_text_add(line, "  %s%s %.4f", all->is_judged ? "val_" : "", name, spread.mean);
    if (all->n > 1)
        agr_text_add(line, " (sd %.4f)", spread.deviation);
}

/* "best   gender    16 members  val_loss 0.4512 (sd 0.0121)  ...  the best: gender-r7, epoch 3" */
static void say_best_of_members(registrar *r, int first)
{
    const agr_history_branch about = agr_trainee_history_branch(r->about[first]);
    const agr_member *m = &r->options->config->branch[first].member;
    const int n_members = agr_config_count_alike(r->options->config, first);
    const bests all = bests_of(r, first);
    char kind[AGR_CONFIG_NAME_BYTES];
    agr_text line = {0};
    agr_variant_name(m->base, m->variant, kind, sizeof kind);
    agr_text_add(&line, "best   %-8s  ", kind);
    if (all.n < n_members)
        agr_text_add(&line, "%d of ", all.n);
    agr_text_add(&line, "%d members", n_members);
    for (int h = 0; h < about.n_heads && all.n > 0; h++) {
        if (about.n_heads > 1)
            agr_text_add(&line, "  %s", about.head[h].name);
        add_spread(&all, h, true, "loss", &line);
        add_spread(&all, h, false, about.head[h].metric, &line);
    }
    if (all.n > 0)
        agr_text_add(&line, "  the best: %s, epoch %lld", r->branch[all.first].name,
                     (long long)agr_history_best(r->history, all.first)->epoch);
    else
        agr_text_add(&line, all.n_halved == n_members ? ": halving ended all of them"
                                                      : ": no epoch is complete");
    if (!line.failed)
        registrar_say(r, "%s", line.data);
    agr_text_release(&line);
}

void registrar_say_best(registrar *r)
{
    const agr_config *config = r->options->config;
    for (int b = 0; b < r->n_branches; b++)
        if (agr_config_count_alike(config, b) == 1)
            say_best_of_branch(r, b);
        else if (agr_config_first_alike(config, b) == b)
            say_best_of_members(r, b);
    agr_history_total total;
    double sum;
    const int64_t epoch = agr_history_best_total(r->history, &total);
    if (registrar_adds_up(r) && epoch > 0 && agr_history_total_of_bests(r->history, &sum))
        registrar_say(r,
                      "best   total     epoch %lld  %.4f; the bests of the branches add up to %.4f",
                      (long long)epoch, agr_history_judged(&total), sum);
}
