/* Members of one variant, judged together. */
#include "evaluation_impl.h"

#include <stdlib.h>

/* ---- who belongs together ---- */

static bool are_alike(const agr_evaluated_head *a, const agr_evaluated_head *b)
{
    return a->head == b->head && agr_ensemble_are_alike(a->model, b->model);
}

bool agr_populations_have(const agr_populations *populations, int result)
{
    for (int p = 0; p < populations->n; p++)
        for (int m = 0; m < populations->item[p].n_members; m++)
            if (populations->item[p].member[m] == result)
                return true;
    return false;
}

agr_population agr_population_of(const agr_evaluation *e, int result)
{
    const agr_evaluated_head *head = &e->result[result];
    agr_population p = {.settings = head->model->about->member.settings};
    for (int r = 0; r < e->n_results && p.n_members < AGR_MAX_MODELS; r++)
        if (are_alike(head, &e->result[r]))
            p.member[p.n_members++] = r;
    if (p.n_members > 0)
        agr_ensemble_name(head->model, head->head, p.name);
    return p;
}

/* ---- the ensemble ---- */

/* each: room for what all members say of one sample. */
static void say_together(const agr_evaluation *e, const agr_population *p, double *each)
{
    for (int64_t i = 0; i < e->n_samples; i++) {
        int n = 0;
        for (int m = 0; m < p->n_members; m++)
            n += evaluated_say(&e->result[p->member[m]], i, each + n * (1 + p->n_classes));
        agr_ensemble_say(each, n, p->n_classes, p->said + i * (2 + p->n_classes));
    }
}

static agr_status ask_members(const agr_evaluation *e, agr_population *p, agr_error *err)
{
    const size_t n_said = (size_t)(1 + p->n_classes);
    double *each = malloc((size_t)p->n_members * n_said * sizeof *each);
    p->said = malloc((size_t)e->n_samples * (n_said + 1) * sizeof *p->said);
    const bool whole = each != NULL && p->said != NULL;
    if (whole)
        say_together(e, p, each);
    free(each);
    return whole ? AGR_OK : agr_error_set(err, AGR_MEMORY, "out of memory");
}

static agr_status judge_ensemble(const agr_evaluation *e, agr_population *p, agr_error *err)
{
    const agr_evaluated_head *first = &e->result[p->member[0]];
    p->n_classes = first->judgement.n_classes;
    p->ensemble =
        (agr_evaluated_head){.model = first->model, .head = first->head, .guess = first->guess};
    AGR_TRY(ask_members(e, p, err));
    evaluated_rows rows;
    AGR_TRY(evaluated_rows_allocate(e, &p->ensemble, &rows, err));
    for (int64_t i = 0; i < e->n_samples; i++)
        evaluated_rows_set(&rows, i, p->said + i * (2 + p->n_classes));
    const agr_status status = evaluated_judge_rows(e, &p->ensemble, &rows.rows, err);
    evaluated_rows_release(&rows);
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
        const agr_population p = agr_population_of(e, r);
        if (p.n_members < 2)
            continue;
        populations->item[populations->n++] = p;
        AGR_TRY(judge_ensemble(e, &populations->item[populations->n - 1], err));
    }
    return AGR_OK;
}

void agr_populations_release(const agr_evaluation *e, agr_populations *populations)
{
    for (int p = 0; p < populations->n; p++) {
        free(populations->item[p].said);
        evaluated_release(e, &populations->item[p].ensemble);
    }
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
    evaluated_figures_add_json(e, &p->ensemble, cJSON_AddObjectToObject(object, "ensemble"));
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
