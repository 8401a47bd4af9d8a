/* Variants side by side, for programs: JSON and CSV. */
#include <agr/report/variants.h>

#include <agr/data/csv.h>
#include <math.h>
#include <stdio.h>

/* ---- JSON ---- */

static void add_spread(const agr_audit_spread *spread, cJSON *object)
{
    cJSON_AddNumberToObject(object, "mean", spread->mean);
    cJSON_AddNumberToObject(object, "deviation", spread->deviation);
    cJSON_AddNumberToObject(object, "low", spread->low);
    cJSON_AddNumberToObject(object, "high", spread->high);
}

static cJSON *figure_json(const agr_variant_figure *figure, bool is_compared)
{
    cJSON *object = cJSON_CreateObject();
    add_spread(&figure->members, object);
    cJSON_AddNumberToObject(object, "ensemble", figure->ensemble);
    cJSON *difference = is_compared ? cJSON_CreateObject() : cJSON_CreateNull();
    cJSON_AddItemToObject(object, "difference", difference);
    if (is_compared) {
        add_spread(&figure->difference, difference);
        cJSON_AddBoolToObject(difference, "shown", agr_audit_spread_is_shown(&figure->difference));
    }
    return object;
}

static const char *name_of(const agr_variants *v, int result)
{
    return v->evaluation->result[result].model->name;
}

/* [[of the variant compared with, of this one], ...] */
static void add_pairs(const agr_variants *v, const agr_variant *variant, cJSON *object)
{
    const agr_population *p = &variant->population;
    cJSON *members = cJSON_AddArrayToObject(object, "members");
    cJSON *pairs = cJSON_AddArrayToObject(object, "pairs");
    for (int m = 0; m < p->n_members; m++) {
        cJSON_AddItemToArray(members, cJSON_CreateString(name_of(v, p->member[m])));
        if (variant->pair[m] < 0)
            continue;
        const char *pair[] = {name_of(v, variant->pair[m]), name_of(v, p->member[m])};
        cJSON_AddItemToArray(pairs, cJSON_CreateStringArray(pair, 2));
    }
}

static cJSON *variant_json(const agr_variants *v, const agr_varied_head *head, int index)
{
    const agr_variant *variant = &v->variant[index];
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "name", variant->population.name);
    cJSON_AddStringToObject(object, "settings", variant->population.settings);
    add_pairs(v, variant, object);
    cJSON_AddNumberToObject(object, "n_left_out", variant->n_left_out);
    cJSON_AddNumberToObject(object, "n_halved", variant->n_halved);
    cJSON_AddNumberToObject(object, "n_epochs", (double)variant->n_epochs);
    cJSON_AddNumberToObject(object, "rank_s", variant->rank_s);
    cJSON_AddNumberToObject(object, "parameters", (double)variant->cost.n_parameters);
    cJSON_AddNumberToObject(object, "multiply_adds", variant->cost.multiply_adds);
    cJSON *figures = cJSON_AddObjectToObject(object, "figures");
    for (int f = 0; f < AGR_VARIANT_FIGURES; f++)
        cJSON_AddItemToObject(figures, head->figure[f]->name,
                              figure_json(&variant->figure[f], index != head->against));
    return object;
}

static cJSON *head_json(const agr_variants *v, const agr_varied_head *head)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "head", head->name);
    cJSON_AddStringToObject(object, "against", v->variant[head->against].population.name);
    cJSON *better = cJSON_AddObjectToObject(object, "better");
    cJSON *baseline = cJSON_AddObjectToObject(object, "baseline");
    for (int f = 0; f < AGR_VARIANT_FIGURES; f++) {
        const agr_audit_figure *figure = head->figure[f];
        cJSON_AddStringToObject(better, figure->name,
                                agr_audit_better_name(figure->metric->better));
        cJSON_AddNumberToObject(baseline, figure->name, figure->baseline);
    }
    cJSON *variants = cJSON_AddArrayToObject(object, "variants");
    for (int i = head->first; i < head->first + head->n; i++)
        cJSON_AddItemToArray(variants, variant_json(v, head, i));
    return object;
}

cJSON *agr_variants_json(const agr_variants *v)
{
    const agr_evaluation *e = v->evaluation;
    char fingerprint[17];
    snprintf(fingerprint, sizeof fingerprint, "%016llx",
             (unsigned long long)agr_dataset_fingerprint(e->dataset));
    cJSON *root = cJSON_CreateObject();
    cJSON *dataset = cJSON_AddObjectToObject(root, "dataset");
    cJSON_AddStringToObject(dataset, "path", agr_dataset_path(e->dataset));
    cJSON_AddStringToObject(dataset, "fingerprint", fingerprint);
    cJSON_AddStringToObject(root, "split", agr_split_name(e->request.split));
    cJSON_AddNumberToObject(root, "n", (double)e->n_samples);
    cJSON_AddStringToObject(root, "run", v->run);
    cJSON_AddNumberToObject(root, "n_intervals", v->n_intervals);
    cJSON_AddNumberToObject(root, "n_shown", v->n_shown);
    cJSON *heads = cJSON_AddArrayToObject(root, "heads");
    for (int h = 0; h < v->n_heads; h++)
        cJSON_AddItemToArray(heads, head_json(v, &v->head[h]));
    return root;
}

/* ---- CSV ---- */

static void add_number(agr_text *text, double value)
{
    agr_text_add(text, ",");
    if (!isnan(value))
        agr_text_add(text, "%.17g", value);
}

static void add_row(const agr_variants *v, const agr_varied_head *head, int index, int f,
                    agr_text *text)
{
    const agr_variant *variant = &v->variant[index];
    const agr_variant_figure *figure = &variant->figure[f];
    const bool is_compared = index != head->against;
    agr_csv_add_field(text, head->name);
    agr_text_add(text, ",");
    agr_csv_add_field(text, variant->population.name);
    agr_text_add(text, ",");
    agr_csv_add_field(text, variant->population.settings);
    agr_text_add(text, ",%s,%d", head->figure[f]->name, figure->members.n);
    add_number(text, figure->members.mean);
    add_number(text, figure->members.low);
    add_number(text, figure->members.high);
    add_number(text, figure->ensemble);
    agr_text_add(text, ",");
    if (is_compared)
        agr_csv_add_field(text, v->variant[head->against].population.name);
    agr_text_add(text, ",%d", variant->n_pairs);
    add_number(text, figure->difference.mean);
    add_number(text, figure->difference.low);
    add_number(text, figure->difference.high);
    agr_text_add(text, ",%s\n",
                 !is_compared                                     ? ""
                 : agr_audit_spread_is_shown(&figure->difference) ? "yes"
                                                                  : "no");
}

void agr_variants_csv(const agr_variants *v, agr_text *text)
{
    agr_text_add(text, "head,variant,settings,figure,members,mean,low,high,ensemble,against,pairs,"
                       "difference,difference_low,difference_high,shown\n");
    for (int h = 0; h < v->n_heads; h++) {
        const agr_varied_head *head = &v->head[h];
        for (int i = head->first; i < head->first + head->n; i++)
            for (int f = 0; f < AGR_VARIANT_FIGURES; f++)
                add_row(v, head, i, f, text);
    }
}
