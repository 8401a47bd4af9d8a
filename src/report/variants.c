/* Puts the variants of a run side by side. */
#include <agr/report/variants.h>

#include "verdicts_impl.h"

#include <agr/report/run_record.h>
#include <agr/train/history.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const agr_checkpoint_branch *about(const agr_variants *v, int result)
{
    return v->evaluation->result[result].model->about;
}

/* ---- what its members were given ---- */

/* The last row of a history in this column; NaN without one. */
static double last_of(const agr_history_table *history, const char *column)
{
    for (int c = 0; history != NULL && history->n_rows > 0 && c < history->n_columns; c++)
        if (strcmp(history->columns[c], column) == 0)
            return history->values[(history->n_rows - 1) * history->n_columns + c];
    return (double)NAN;
}

static bool is_halved(const agr_variants *v, int result)
{
    return last_of(about(v, result)->history, "ending") == AGR_BRANCH_HALVED;
}

/* Seconds of all ranks that trained this branch. */
static double seconds_of(const agr_run_record *record, const char *branch)
{
    double seconds = 0;
    for (int64_t i = 0; i < record->n_spans; i++)
        if (strcmp(record->branch[record->span[i].branch].name, branch) == 0)
            seconds += record->span[i].to_s - record->span[i].from_s;
    return seconds;
}

static void count_cost(const agr_variants *v, const agr_run_record *record, agr_variant *variant)
{
    const agr_population *p = &variant->population;
    variant->cost = agr_network_total_cost(v->evaluation->result[p->member[0]].model->network);
    variant->rank_s = record != NULL && record->n_spans > 0 ? 0 : (double)NAN;
    for (int m = 0; m < p->n_members; m++) {
        const agr_checkpoint_branch *member = about(v, p->member[m]);
        variant->n_halved += is_halved(v, p->member[m]);
        variant->n_epochs += member->history != NULL ? member->history->n_rows : 0;
        if (!isnan(variant->rank_s))
            variant->rank_s += seconds_of(record, member->name);
    }
}

/* A run that is damaged or of another kind still has its figures. */
static void count_costs(agr_variants *v)
{
    agr_error ignored;
    agr_run_record *record = calloc(1, sizeof *record);
    const bool is_known = record != NULL && agr_run_record_exists(v->run) &&
                          agr_run_record_read(v->run, record, &ignored) == AGR_OK;
    for (int i = 0; i < v->n_variants; i++)
        count_cost(v, is_known ? record : NULL, &v->variant[i]);
    if (record != NULL)
        agr_run_record_release(record);
    free(record);
}

/* ---- who is compared with whom ---- */

static const char *label_of(const agr_variants *v, const agr_variant *variant)
{
    const agr_evaluated_head *r = &v->evaluation->result[variant->population.member[0]];
    return agr_network_head(r->model->network, r->head)->target;
}

static const char *base_of(const agr_variants *v, const agr_variant *variant)
{
    return about(v, variant->population.member[0])->member.base;
}

static bool belong_together(const agr_variants *v, const agr_variant *a, const agr_variant *b)
{
    return strcmp(base_of(v, a), base_of(v, b)) == 0 && strcmp(label_of(v, a), label_of(v, b)) == 0;
}

static bool is_found(const agr_variants *v, int result)
{
    for (int i = 0; i < v->n_variants; i++)
        for (int m = 0; m < v->variant[i].population.n_members; m++)
            if (v->variant[i].population.member[m] == result)
                return true;
    return false;
}

/* Behind the last that it belongs to: those of a head follow each other, also where a branch has
 * several heads. */
static void insert(agr_variants *v, const agr_variant *variant)
{
    int at = v->n_variants;
    while (at > 0 && !belong_together(v, &v->variant[at - 1], variant))
        at--;
    at = at == 0 ? v->n_variants : at;
    memmove(&v->variant[at + 1], &v->variant[at], (size_t)(v->n_variants - at) * sizeof *variant);
    v->variant[at] = *variant;
    v->n_variants++;
}

static void find_variants(agr_variants *v)
{
    for (int r = 0; r < v->evaluation->n_results; r++) {
        const agr_variant variant = {.population = agr_population_of(v->evaluation, r)};
        if (variant.population.n_members > 0 && !is_found(v, r))
            insert(v, &variant);
    }
}

static void name_head(const agr_variants *v, agr_varied_head *head)
{
    const agr_variant *first = &v->variant[head->first];
    const agr_evaluated_head *r = &v->evaluation->result[first->population.member[0]];
    snprintf(head->name, sizeof head->name, "%s", base_of(v, first));
    if (agr_network_n_heads(r->model->network) > 1)
        snprintf(head->name, sizeof head->name, "%s %s", base_of(v, first), label_of(v, first));
}

static void find_heads(agr_variants *v)
{
    for (int i = 0; i < v->n_variants; i++) {
        if (i == 0 || !belong_together(v, &v->variant[i - 1], &v->variant[i])) {
            v->head[v->n_heads++] = (agr_varied_head){.first = i, .against = i};
            name_head(v, &v->head[v->n_heads - 1]);
        }
        v->head[v->n_heads - 1].n++;
    }
}

static agr_status choose(agr_variants *v, const char *against, agr_error *err)
{
    bool found = against == NULL;
    agr_text known = {0};
    for (int h = 0; h < v->n_heads; h++)
        for (int i = v->head[h].first; i < v->head[h].first + v->head[h].n; i++) {
            const char *name = v->variant[i].population.name;
            agr_text_add(&known, "%s%s", i > 0 ? ", " : "", name);
            if (against == NULL || strcmp(against, name) != 0)
                continue;
            v->head[h].against = i;
            found = true;
        }
    const agr_status status =
        known.failed ? agr_error_set(err, AGR_MEMORY, "out of memory")
        : found      ? AGR_OK
                     : agr_error_set(err, AGR_USAGE, "--against: expected one of %s, found '%s'",
                                     known.data, against);
    agr_text_release(&known);
    return status;
}

/* ---- pairs ---- */

static bool are_twins(const agr_variants *v, int a, int b)
{
    const agr_checkpoint_member *x = &about(v, a)->member, *y = &about(v, b)->member;
    return x->fold == y->fold && x->replica == y->replica;
}

static int twin_of(const agr_variants *v, const agr_population *p, int result)
{
    for (int m = 0; m < p->n_members; m++)
        if (are_twins(v, p->member[m], result))
            return p->member[m];
    return -1;
}

/* Whoever was halved has had fewer epochs: what sets it apart is not its settings. */
static void pair_members(const agr_variants *v, const agr_variant *against, agr_variant *variant)
{
    const agr_population *p = &variant->population;
    int n_twins = 0;
    for (int m = 0; m < p->n_members; m++) {
        const int twin = twin_of(v, &against->population, p->member[m]);
        const bool is_pair = twin >= 0 && !is_halved(v, twin) && !is_halved(v, p->member[m]);
        n_twins += twin >= 0;
        variant->pair[m] = is_pair ? twin : -1;
        variant->n_pairs += is_pair;
    }
    variant->n_left_out = p->n_members + against->population.n_members - n_twins - variant->n_pairs;
}

/* ---- figures ---- */

static const char *const *main_figures(const agr_evaluated_head *r)
{
    static const char *const of_numbers[AGR_VARIANT_FIGURES] = {"mae", "rmse", "cs"};
    static const char *const of_classes[AGR_VARIANT_FIGURES] = {"accuracy", "balanced_accuracy",
                                                                "log_loss"};
    return agr_evaluated_has_classes(r) ? of_classes : of_numbers;
}

/* NaN where a variant predicts numbers, and the one that it is compared with classes. */
static double value_of(const agr_evaluated_head *r, const char *metric)
{
    const agr_audit_figure *figure = verdict_figure(r, metric);
    return figure != NULL ? figure->value : (double)NAN;
}

static double ensemble_of(const agr_variants *v, const agr_population *p, const char *metric)
{
    const agr_populations *all = &v->evaluation->populations;
    for (int i = 0; i < all->n; i++)
        if (all->item[i].member[0] == p->member[0])
            return value_of(&all->item[i].ensemble, metric);
    return (double)NAN;
}

static agr_variant_figure figure_of(const agr_variants *v, const agr_variant *variant,
                                    const char *metric)
{
    const agr_evaluated_head *result = v->evaluation->result;
    const agr_population *p = &variant->population;
    double value[AGR_MAX_MODELS], first[AGR_MAX_MODELS], second[AGR_MAX_MODELS];
    int n_pairs = 0;
    for (int m = 0; m < p->n_members; m++) {
        value[m] = value_of(&result[p->member[m]], metric);
        if (variant->pair[m] < 0)
            continue;
        first[n_pairs] = value_of(&result[variant->pair[m]], metric);
        second[n_pairs++] = value[m];
    }
    return (agr_variant_figure){.members = agr_audit_spread_of(value, p->n_members),
                                .ensemble = ensemble_of(v, p, metric),
                                .difference = agr_audit_spread_of_pairs(first, second, n_pairs)};
}

static void compare_variant(agr_variants *v, agr_varied_head *head, agr_variant *variant)
{
    const agr_variant *against = &v->variant[head->against];
    for (int m = 0; m < variant->population.n_members; m++)
        variant->pair[m] = -1;
    if (variant != against)
        pair_members(v, against, variant);
    for (int f = 0; f < AGR_VARIANT_FIGURES; f++) {
        variant->figure[f] = figure_of(v, variant, head->figure[f]->metric->name);
        v->n_intervals += !isnan(variant->figure[f].difference.low);
        v->n_shown += agr_audit_spread_is_shown(&variant->figure[f].difference);
    }
}

static void compare_head(agr_variants *v, agr_varied_head *head)
{
    const agr_variant *against = &v->variant[head->against];
    const agr_evaluated_head *r = &v->evaluation->result[against->population.member[0]];
    for (int f = 0; f < AGR_VARIANT_FIGURES; f++)
        head->figure[f] = verdict_figure(r, main_figures(r)[f]);
    for (int i = head->first; i < head->first + head->n; i++)
        compare_variant(v, head, &v->variant[i]);
}

agr_status agr_variants_make(const agr_evaluation *e, const char *run, const char *against,
                             agr_variants *v, agr_error *err)
{
    const size_t n = (size_t)e->n_results + 1;
    *v = (agr_variants){.evaluation = e, .run = run};
    v->head = calloc(n, sizeof *v->head);
    v->variant = calloc(n, sizeof *v->variant);
    if (v->head == NULL || v->variant == NULL)
        return agr_error_set(err, AGR_MEMORY, "out of memory");
    find_variants(v);
    find_heads(v);
    if (v->n_heads == 0)
        return agr_error_set(err, AGR_USAGE,
                             "run '%s' has neither variants nor replicas: expected another run "
                             "to compare it with",
                             run);
    AGR_TRY(choose(v, against, err));
    count_costs(v);
    for (int h = 0; h < v->n_heads; h++)
        compare_head(v, &v->head[h]);
    return AGR_OK;
}

void agr_variants_release(agr_variants *v)
{
    free(v->head);
    free(v->variant);
    *v = (agr_variants){0};
}
