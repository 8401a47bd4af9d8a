/* A comparison for programs: JSON and CSV. */
#include <agr/report/comparison.h>

#include <agr/data/csv.h>
#include <math.h>
#include <stdio.h>

/* ---- JSON ---- */

static void add_runs(const agr_comparison *c, cJSON *root)
{
    cJSON *runs = cJSON_AddArrayToObject(root, "runs");
    for (int r = 0; r < c->runs->n; r++) {
        const agr_compared_run *run = &c->run[r];
        cJSON *item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "run", run->path);
        cJSON_AddNumberToObject(item, "parameters", (double)run->n_parameters);
        cJSON_AddNumberToObject(item, "multiply_adds", run->multiply_adds);
        cJSON_AddNumberToObject(item, "wall_s", run->wall_s);
        cJSON_AddBoolToObject(item, "trained_on_judged", run->trained_on_judged);
        cJSON_AddItemToArray(runs, item);
    }
}

static void add_terms(const agr_comparison *c, cJSON *root)
{
    cJSON *terms = cJSON_AddObjectToObject(root, "terms");
    cJSON_AddBoolToObject(terms, "equal", c->same_terms);
    cJSON_AddBoolToObject(terms, "same_data", c->same_data);
    cJSON *settings = cJSON_AddArrayToObject(terms, "different");
    for (int s = 0; s < c->n_settings; s++) {
        const agr_compared_setting *setting = &c->setting[s];
        cJSON *item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, setting->is_network ? "network" : "key", setting->key);
        cJSON_AddBoolToObject(item, "bears_on_weights", setting->bears_on_weights);
        cJSON *values = cJSON_AddArrayToObject(item, "values");
        for (int r = 0; r < c->runs->n; r++)
            cJSON_AddItemToArray(values, cJSON_CreateString(setting->value[r].data));
        cJSON_AddItemToArray(settings, item);
    }
}

static void add_pairs(const agr_comparison *c, const agr_compared_head *head,
                      const agr_audit_paired_figure *figure, cJSON *item)
{
    cJSON *pairs = cJSON_AddArrayToObject(item, "pairs");
    for (int i = 0; i < head->n; i++)
        for (int j = i + 1; j < head->n; j++) {
            const agr_audit_difference *d = &figure->pair[i][j];
            cJSON *pair = cJSON_CreateObject();
            cJSON_AddStringToObject(pair, "first", c->run[head->run[i]].path);
            cJSON_AddStringToObject(pair, "second", c->run[head->run[j]].path);
            cJSON_AddNumberToObject(pair, "difference", d->difference);
            cJSON_AddNumberToObject(pair, "low", d->low);
            cJSON_AddNumberToObject(pair, "high", d->high);
            cJSON_AddBoolToObject(pair, "shown", d->shown);
            cJSON_AddItemToArray(pairs, pair);
        }
}

static void add_figure(const agr_comparison *c, const agr_compared_head *head,
                       const agr_audit_paired_figure *figure, cJSON *figures)
{
    const int winner = agr_compared_winner(head, figure);
    cJSON *item = cJSON_AddObjectToObject(figures, figure->name);
    cJSON_AddStringToObject(item, "better", agr_audit_better_name(figure->metric->better));
    cJSON_AddNumberToObject(item, "baseline", figure->baseline);
    cJSON_AddItemToObject(item, "values", cJSON_CreateDoubleArray(figure->value, head->n));
    add_pairs(c, head, figure, item);
    if (winner >= 0)
        cJSON_AddStringToObject(item, "winner", c->run[winner].path);
    else
        cJSON_AddNullToObject(item, "winner");
}

static void add_head(const agr_comparison *c, const agr_compared_head *head, cJSON *heads)
{
    cJSON *item = cJSON_CreateObject();
    cJSON_AddStringToObject(item, "head", head->name);
    cJSON *runs = cJSON_AddArrayToObject(item, "runs");
    for (int m = 0; m < head->n; m++) {
        const agr_model *model = head->of[m]->model;
        const agr_layer_cost cost = agr_network_total_cost(model->network);
        cJSON *run = cJSON_CreateObject();
        cJSON_AddStringToObject(run, "run", c->run[head->run[m]].path);
        cJSON_AddStringToObject(run, "branch", model->name);
        cJSON_AddStringToObject(run, "slot", model->slot);
        cJSON_AddNumberToObject(run, "epoch", (double)model->epoch);
        cJSON_AddNumberToObject(run, "parameters", (double)cost.n_parameters);
        cJSON_AddNumberToObject(run, "multiply_adds", cost.multiply_adds);
        cJSON_AddItemToArray(runs, run);
    }
    cJSON *figures = cJSON_AddObjectToObject(item, "figures");
    for (int f = 0; f < head->paired.n_figures; f++)
        add_figure(c, head, &head->paired.figure[f], figures);
    cJSON_AddItemToArray(heads, item);
}

cJSON *agr_comparison_json(const agr_comparison *c)
{
    const agr_evaluation *first = c->runs->run[0].evaluation;
    char fingerprint[17];
    snprintf(fingerprint, sizeof fingerprint, "%016llx",
             (unsigned long long)agr_dataset_fingerprint(first->dataset));
    cJSON *root = cJSON_CreateObject();
    cJSON *dataset = cJSON_AddObjectToObject(root, "dataset");
    cJSON_AddStringToObject(dataset, "path", agr_dataset_path(first->dataset));
    cJSON_AddStringToObject(dataset, "fingerprint", fingerprint);
    cJSON_AddStringToObject(root, "split", agr_split_name(first->request.split));
    cJSON_AddNumberToObject(root, "n", (double)first->n_samples);
    add_runs(c, root);
    add_terms(c, root);
    cJSON *heads = cJSON_AddArrayToObject(root, "heads");
    for (int h = 0; h < c->n_heads; h++)
        add_head(c, &c->head[h], heads);
    return root;
}

/* ---- CSV ---- */

static void add_number(agr_text *text, double value)
{
    agr_text_add(text, ",");
    if (!isnan(value))
        agr_text_add(text, "%.17g", value);
}

static void add_pair(const agr_comparison *c, const agr_compared_head *head,
                     const agr_audit_paired_figure *figure, int i, int j, agr_text *text)
{
    const agr_audit_difference *d = &figure->pair[i][j];
    const int winner = agr_compared_winner(head, figure);
    agr_csv_add_field(text, head->name);
    agr_text_add(text, ",%s,", figure->name);
    agr_csv_add_field(text, c->run[head->run[i]].path);
    agr_text_add(text, ",");
    agr_csv_add_field(text, c->run[head->run[j]].path);
    add_number(text, figure->value[i]);
    add_number(text, figure->value[j]);
    add_number(text, figure->baseline);
    add_number(text, d->difference);
    add_number(text, d->low);
    add_number(text, d->high);
    agr_text_add(text, ",%s,", d->shown ? "yes" : "no");
    if (winner >= 0)
        agr_csv_add_field(text, c->run[winner].path);
    agr_text_add(text, "\n");
}

void agr_comparison_csv(const agr_comparison *c, agr_text *text)
{
    agr_text_add(text, "head,figure,first,second,first_value,second_value,baseline,difference,low,"
                       "high,shown,winner\n");
    for (int h = 0; h < c->n_heads; h++) {
        const agr_compared_head *head = &c->head[h];
        for (int f = 0; f < head->paired.n_figures; f++)
            for (int i = 0; i < head->n; i++)
                for (int j = i + 1; j < head->n; j++)
                    add_pair(c, head, &head->paired.figure[f], i, j, text);
    }
}
