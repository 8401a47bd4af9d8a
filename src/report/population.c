/* Members of one variant, judged together. */
#include "evaluation_impl.h"

#include <agr/report/answer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- who belongs together ---- */

static const agr_checkpoint_member *member_of(const agr_evaluated_head *r)
{
    return &r->model->about->member;
}

static bool are_alike(const agr_evaluated_head *a, const agr_evaluated_head *b)
{
    const agr_checkpoint_member *x = member_of(a), *y = member_of(b);
    return x->base != NULL && y->base != NULL && strcmp(x->base, y->base) == 0 &&
           x->variant == y->variant && a->head == b->head;
}

bool agr_populations_have(const agr_populations *populations, int result)
{
    for (int p = 0; p < populations->n; p++)
        for (int m = 0; m < populations->item[p].n_members; m++)
            if (populations->item[p].member[m] == result)
                return true;
    return false;
}

static void name_population(const agr_evaluated_head *r, agr_population *p)
{
    const agr_checkpoint_member *m = member_of(r);
    const agr_network *network = r->model->network;
    int length = snprintf(p->name, sizeof p->name, "%s", m->base);
    if (m->variant > 0)
        length += snprintf(p->name + length, sizeof p->name - (size_t)length, "-v%d", m->variant);
    if (agr_network_n_heads(network) > 1)
        snprintf(p->name + length, sizeof p->name - (size_t)length, " %s",
                 agr_network_head(network, r->head)->target);
    p->settings = m->settings;
}

static agr_population gather_members(const agr_evaluation *e, int first)
{
    agr_population p = {.n_members = 0};
    name_population(&e->result[first], &p);
    for (int r = first; r < e->n_results && p.n_members < AGR_MAX_MODELS; r++)
        if (are_alike(&e->result[first], &e->result[r]))
            p.member[p.n_members++] = r;
    return p;
}

/* ---- the ensemble ---- */

static void add_rows(const agr_audit_rows *from, evaluated_rows *sum)
{
    const int64_t n = from->n * (1 + from->n_classes); /* predictions, then probabilities */
    double *to = sum->numbers + from->n;
    for (int64_t i = 0; i < n; i++)
        to[i] += from->prediction[i];
}

static double most_probable(const double *probability, int n_classes)
{
    int best = 0;
    for (int c = 1; c < n_classes; c++)
        best = probability[c] > probability[best] ? c : best;
    return best;
}

static void divide(evaluated_rows *sum, int n_members)
{
    const int64_t n = sum->rows.n;
    const int n_classes = sum->rows.n_classes;
    double *prediction = sum->numbers + n, *probability = prediction + n;
    for (int64_t i = 0; i < n * n_classes; i++)
        probability[i] /= n_members;
    for (int64_t i = 0; i < n; i++)
        prediction[i] = n_classes > 0 ? most_probable(probability + i * n_classes, n_classes)
                                      : prediction[i] / n_members;
}

/* Sums in the order of the members. */
static agr_status average(const agr_evaluation *e, const agr_population *p, evaluated_rows *mean,
                          agr_error *err)
{
    AGR_TRY(evaluated_rows_make(e, &e->result[p->member[0]], mean, err));
    for (int m = 1; m < p->n_members; m++) {
        evaluated_rows rows;
        AGR_TRY(evaluated_rows_make(e, &e->result[p->member[m]], &rows, err));
        add_rows(&rows.rows, mean);
        evaluated_rows_release(&rows);
    }
    divide(mean, p->n_members);
    return AGR_OK;
}

static agr_status judge_ensemble(const agr_evaluation *e, agr_population *p, agr_error *err)
{
    const agr_evaluated_head *first = &e->result[p->member[0]];
    p->ensemble =
        (agr_evaluated_head){.model = first->model, .head = first->head, .guess = first->guess};
    evaluated_rows mean = {0};
    agr_status status = average(e, p, &mean, err);
    if (status == AGR_OK)
        status = evaluated_judge_rows(e, &p->ensemble, &mean.rows, err);
    evaluated_rows_release(&mean);
    return status;
}

/* ---- all of them ---- */

agr_status agr_populations_judge(const agr_evaluation *e, agr_populations *populations,
                                 agr_error *err)
{
    *populations = (agr_populations){0};
    populations->item = calloc((size_t)e->n_results + 1, sizeof *populations->item);
    if (populations->item == NULL)
        return agr_error_set(err, AGR_MEMORY, "out of memory");
    for (int r = 0; r < e->n_results; r++) {
        if (agr_populations_have(populations, r))
            continue;
        const agr_population p = gather_members(e, r);
        if (p.n_members < 2)
            continue;
        populations->item[populations->n++] = p;
        AGR_TRY(judge_ensemble(e, &populations->item[populations->n - 1], err));
    }
    return AGR_OK;
}

void agr_populations_release(const agr_evaluation *e, agr_populations *populations)
{
    for (int p = 0; p < populations->n; p++)
        evaluated_release(e, &populations->item[p].ensemble);
    free(populations->item);
    *populations = (agr_populations){0};
}

agr_audit_spread agr_population_spread(const agr_evaluation *e, const agr_population *p, int figure)
{
    double value[AGR_MAX_MODELS];
    for (int m = 0; m < p->n_members; m++)
        value[m] = e->result[p->member[m]].judgement.figure[figure].value;
    return agr_audit_spread_of(value, p->n_members);
}

/* ---- JSON ---- */

static cJSON *figure_json(const agr_evaluation *e, const agr_population *p, int index)
{
    const agr_audit_spread spread = agr_population_spread(e, p, index);
    cJSON *figure = cJSON_CreateObject();
    cJSON_AddNumberToObject(figure, "mean", spread.mean);
    cJSON_AddNumberToObject(figure, "deviation", spread.deviation);
    cJSON_AddNumberToObject(figure, "low", spread.low);
    cJSON_AddNumberToObject(figure, "high", spread.high);
    cJSON_AddNumberToObject(figure, "ensemble", p->ensemble.judgement.figure[index].value);
    cJSON_AddNumberToObject(figure, "baseline", p->ensemble.judgement.figure[index].baseline);
    return figure;
}

static cJSON *population_json(const agr_evaluation *e, const agr_population *p)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "name", p->name);
    cJSON_AddStringToObject(object, "settings", p->settings);
    cJSON_AddNumberToObject(object, "n", (double)p->ensemble.judgement.n);
    cJSON *members = cJSON_AddArrayToObject(object, "members");
    for (int m = 0; m < p->n_members; m++)
        cJSON_AddItemToArray(members, cJSON_CreateString(e->result[p->member[m]].model->name));
    cJSON *figures = cJSON_AddObjectToObject(object, "figures");
    const agr_audit_judgement *judgement = &p->ensemble.judgement;
    for (int i = 0; i < judgement->n_figures && judgement->figure[i].of < 0; i++)
        cJSON_AddItemToObject(figures, judgement->figure[i].name, figure_json(e, p, i));
    agr_evaluated_add_slices(e, &p->ensemble, object);
    return object;
}

void agr_populations_add_json(const agr_evaluation *e, cJSON *root)
{
    if (e->populations.n == 0)
        return;
    cJSON *list = cJSON_AddArrayToObject(root, "populations");
    for (int p = 0; p < e->populations.n; p++)
        cJSON_AddItemToArray(list, population_json(e, &e->populations.item[p]));
}
