/* Puts runs side by side. */
#include "comparison_impl.h"
#include "evaluation_impl.h"

#include <agr/report/run_record.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* NaN where the folder does not tell, or is none. */
static double trained_s(const char *path)
{
    agr_error ignored;
    double seconds = (double)NAN;
    agr_run_record *record = calloc(1, sizeof *record);
    if (record == NULL)
        return seconds;
    if (agr_run_record_exists(path) && agr_run_record_read(path, record, &ignored) == AGR_OK)
        seconds = record->trained_s;
    agr_run_record_release(record);
    free(record);
    return seconds;
}

static void describe_run(const agr_judged_run *judged, agr_compared_run *run)
{
    const agr_models *models = &judged->evaluation->models;
    *run =
        (agr_compared_run){.path = judged->path,
                           .wall_s = trained_s(judged->path),
                           .trained_on_judged = agr_evaluation_is_trained_on(judged->evaluation)};
    for (int m = 0; m < models->n_models; m++) {
        const agr_layer_cost cost = agr_network_total_cost(models->model[m].network);
        run->n_parameters += cost.n_parameters;
        run->multiply_adds += cost.multiply_adds;
    }
}

/* The head of this name and kind, a new one where there is none yet; NULL when there is no room. */
static agr_compared_head *find_head(agr_comparison *c, const char *name, int n_classes)
{
    for (int h = 0; h < c->n_heads; h++)
        if (strcmp(c->head[h].name, name) == 0 &&
            c->head[h].of[0]->judgement.n_classes == n_classes)
            return &c->head[h];
    if (c->n_heads == AGR_MAX_COMPARED_HEADS)
        return NULL;
    agr_compared_head *head = &c->head[c->n_heads++];
    head->name = name;
    return head;
}

static agr_status match_heads(agr_comparison *c, agr_error *err)
{
    for (int r = 0; r < c->runs->n; r++) {
        const agr_evaluation *e = c->runs->run[r].evaluation;
        for (int i = 0; i < e->n_results; i++) {
            const agr_evaluated_head *result = &e->result[i];
            agr_compared_head *head =
                find_head(c, agr_evaluated_name(e, result), result->judgement.n_classes);
            if (head == NULL)
                return agr_error_set(err, AGR_UNSUPPORTED, "too many heads to compare at once");
            head->run[head->n] = r;
            head->of[head->n++] = result;
        }
    }
    return AGR_OK;
}

static agr_status pair_head(agr_comparison *c, agr_compared_head *head, agr_error *err)
{
    evaluated_rows made[AGR_MAX_JUDGED_RUNS] = {0};
    agr_audit_rows rows[AGR_MAX_JUDGED_RUNS];
    const agr_evaluation *first = c->runs->run[head->run[0]].evaluation;
    const agr_audit_options options = {.within = first->request.within,
                                       .bins = &first->request.bins,
                                       .guess = &head->of[0]->guess};
    agr_status status = AGR_OK;
    for (int m = 0; m < head->n && status == AGR_OK; m++) {
        status =
            evaluated_rows_make(c->runs->run[head->run[m]].evaluation, head->of[m], &made[m], err);
        rows[m] = made[m].rows;
    }
    if (status == AGR_OK)
        status = agr_audit_compare(rows, head->n, &options, &first->bootstrap, first->pool,
                                   &head->paired, err);
    for (int m = 0; m < head->n; m++)
        evaluated_rows_release(&made[m]);
    return status;
}

const char *agr_compared_letter(int run)
{
    static const char *const letter[AGR_MAX_JUDGED_RUNS] = {"A", "B", "C", "D", "E", "F", "G", "H"};
    return letter[run];
}

int agr_compared_winner(const agr_compared_head *head, const agr_audit_paired_figure *figure)
{
    return figure->winner < 0 ? -1 : head->run[figure->winner];
}

agr_status agr_comparison_make(const agr_judged_runs *runs, agr_comparison *c, agr_error *err)
{
    *c = (agr_comparison){.runs = runs};
    for (int r = 0; r < runs->n; r++)
        describe_run(&runs->run[r], &c->run[r]);
    AGR_TRY(match_heads(c, err));
    for (int h = 0; h < c->n_heads; h++)
        if (c->head[h].n > 1)
            AGR_TRY(pair_head(c, &c->head[h], err));
    return comparison_find_terms(c, err);
}

void agr_comparison_release(agr_comparison *c)
{
    for (int h = 0; h < c->n_heads; h++)
        agr_audit_paired_release(&c->head[h].paired);
    for (int s = 0; s < c->n_settings; s++)
        for (int r = 0; r < AGR_MAX_JUDGED_RUNS; r++)
            agr_text_release(&c->setting[s].value[r]);
    c->n_heads = c->n_settings = 0;
}
