/* Who ends at the rungs of train.halving: from the history, and from nothing else. */
#include <agr/train/halving.h>

#include <string.h>

typedef struct {
    const agr_config *config;
    const agr_history *history;
    agr_halving_standing *standing;
} judging;

static bool are_rivals(const agr_config *config, int a, int b)
{
    const agr_member *one = &config->branch[a].member, *other = &config->branch[b].member;
    return one->fold == other->fold && strcmp(one->base, other->base) == 0;
}

/* Still compared at a rung: not ended by an earlier one. */
static bool is_in(const judging *j, int branch)
{
    return j->standing[branch].ends_at == 0;
}

static bool has_come(const judging *j, int branch, int epoch)
{
    const agr_epoch_report *last = agr_history_last(j->history, branch);
    return last != NULL && (last->epoch >= epoch || last->ending != AGR_BRANCH_RUNNING);
}

static bool is_settled(const judging *j, int first, int epoch)
{
    for (int b = first; b < j->config->n_branches; b++)
        if (are_rivals(j->config, first, b) && is_in(j, b) && !has_come(j, b, epoch))
            return false;
    return true;
}

/* Its place at the rung, from 1, among those who are in. */
static int place_of(const judging *j, int branch, int epoch, int *n_rivals)
{
    const agr_monitor monitor = j->config->train.monitor;
    const double mine = agr_history_best_value(j->history, branch, epoch, monitor);
    int place = 1;
    *n_rivals = 0;
    for (int b = 0; b < j->config->n_branches; b++) {
        if (!are_rivals(j->config, branch, b) || !is_in(j, b))
            continue;
        const double value = agr_history_best_value(j->history, b, epoch, monitor);
        place += value < mine || (value == mine && b < branch);
        ++*n_rivals;
    }
    return place;
}

static int n_to_keep(double share, int n_members)
{
    const int n = (int)(share * n_members + 0.5);
    return n > 1 ? n : 1;
}

/* Rung `rung` of the rivals of `first`, the first of its base and fold. */
static void settle(const judging *j, int first, int rung, int n_members)
{
    const agr_config *config = j->config;
    const int epoch = config->halving.at[rung];
    const int n_kept = n_to_keep(config->halving.keep[rung], n_members);
    agr_halving_standing next[AGR_CONFIG_MAX_BRANCHES];
    for (int b = first; b < config->n_branches; b++) {
        next[b] = j->standing[b];
        if (!are_rivals(config, first, b))
            continue;
        next[b].n_settled = rung + 1;
        if (!is_in(j, b))
            continue;
        int n_rivals;
        const int place = place_of(j, b, epoch, &n_rivals);
        if (place > n_kept)
            next[b] = (agr_halving_standing){rung + 1, epoch, place, n_rivals, n_kept};
    }
    for (int b = first; b < config->n_branches; b++)
        j->standing[b] = next[b];
}

/* Members of the same base and fold; 0 when `branch` is not the first of them. */
static int count_members(const agr_config *config, int branch)
{
    int n = 0;
    for (int b = 0; b < config->n_branches; b++) {
        if (!are_rivals(config, branch, b))
            continue;
        if (b < branch)
            return 0;
        n++;
    }
    return n;
}

void agr_halving_judge(const agr_config *config, const agr_history *history,
                       agr_halving_standing *standing)
{
    const judging j = {config, history, standing};
    memset(standing, 0, (size_t)config->n_branches * sizeof *standing);
    for (int first = 0; first < config->n_branches; first++) {
        const int n_members = count_members(config, first);
        for (int rung = 0; n_members > 0 && rung < config->halving.n &&
                           is_settled(&j, first, config->halving.at[rung]);
             rung++)
            settle(&j, first, rung, n_members);
    }
}

int agr_halving_rung(const agr_config *config, int64_t epochs)
{
    for (int rung = 0; rung < config->halving.n; rung++)
        if (config->halving.at[rung] == epochs)
            return rung;
    return -1;
}

agr_halving_order agr_halving_order_of(const agr_config *config, int branch,
                                       const agr_position *position,
                                       const agr_halving_verdicts *verdicts)
{
    const int rung = agr_halving_rung(config, position->epoch);
    if (rung < 0 || position->phase != AGR_PHASE_TRAIN || position->step > 0)
        return AGR_HALVING_GO_ON;
    if (verdicts->n_settled[branch] <= rung)
        return AGR_HALVING_WAIT;
    return verdicts->ends[branch] ? AGR_HALVING_END : AGR_HALVING_GO_ON;
}
