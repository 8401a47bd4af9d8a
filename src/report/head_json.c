/* The figures of a head or an ensemble as JSON. */
#include "evaluation_impl.h"

/* A baseline that cannot be said is null, as a value is. */
static void add_figure(cJSON *values, cJSON *baselines, const agr_audit_figure *figure)
{
    cJSON_AddNumberToObject(values, figure->name, figure->value);
    if (baselines != NULL)
        cJSON_AddNumberToObject(baselines, figure->name, figure->baseline);
}

static void add_guess(const agr_evaluation *e, const agr_evaluated_head *r, cJSON *baseline)
{
    char room[AGR_EVALUATED_NAME_BYTES];
    if (!agr_evaluated_has_classes(r)) {
        cJSON_AddNumberToObject(baseline, "median", r->guess.median);
        cJSON_AddNumberToObject(baseline, "mean", r->guess.mean);
        return;
    }
    cJSON_AddStringToObject(baseline, "class",
                            agr_evaluated_class(e, r, (int)r->guess.class_index, room));
    cJSON_AddItemToObject(baseline, "shares",
                          cJSON_CreateDoubleArray(r->guess.share, r->judgement.n_classes));
}

static void add_parts(const agr_evaluation *e, const agr_evaluated_head *r, cJSON *object)
{
    const bool classes = agr_evaluated_has_classes(r);
    cJSON *parts = cJSON_AddArrayToObject(object, classes ? "per_class" : "bins");
    cJSON *part = NULL, *baseline = NULL;
    int of = -1;
    for (int i = 0; i < r->judgement.n_figures; i++) {
        const agr_audit_figure *figure = &r->judgement.figure[i];
        if (figure->of < 0)
            continue;
        if (figure->of != of) {
            char room[AGR_EVALUATED_NAME_BYTES];
            of = figure->of;
            part = cJSON_CreateObject();
            cJSON_AddItemToArray(parts, part);
            cJSON_AddStringToObject(part, classes ? "class" : "bin",
                                    agr_evaluated_part(e, r, of, room));
            cJSON_AddNumberToObject(part, "n", (double)figure->n);
            baseline = r->guess.possible ? cJSON_CreateObject() : cJSON_CreateNull();
            cJSON_AddItemToObject(part, "baseline", baseline);
        }
        add_figure(part, r->guess.possible ? baseline : NULL, figure);
    }
}

static void add_classes(const agr_evaluation *e, const agr_evaluated_head *r, cJSON *object)
{
    const int n = r->judgement.n_classes;
    cJSON *names = cJSON_AddArrayToObject(object, "classes");
    cJSON *rows = cJSON_AddArrayToObject(object, "confusion");
    for (int row = 0; row < n; row++) {
        char room[AGR_EVALUATED_NAME_BYTES];
        cJSON_AddItemToArray(names, cJSON_CreateString(agr_evaluated_class(e, r, row, room)));
        cJSON *line = cJSON_CreateArray();
        for (int c = 0; c < n; c++)
            cJSON_AddItemToArray(line,
                                 cJSON_CreateNumber((double)r->judgement.confusion[row * n + c]));
        cJSON_AddItemToArray(rows, line);
    }
}

static void add_reliability(const agr_evaluated_head *r, cJSON *object)
{
    cJSON *bins = cJSON_AddArrayToObject(object, "reliability");
    for (int b = 0; b < AGR_AUDIT_RELIABILITY_BINS; b++) {
        const agr_audit_reliability_bin *bin = &r->judgement.reliability.bin[b];
        cJSON *item = cJSON_CreateObject();
        cJSON_AddNumberToObject(item, "above", (double)b / AGR_AUDIT_RELIABILITY_BINS);
        cJSON_AddNumberToObject(item, "up_to", (double)(b + 1) / AGR_AUDIT_RELIABILITY_BINS);
        cJSON_AddNumberToObject(item, "n", (double)bin->n);
        cJSON_AddNumberToObject(item, "confidence", bin->confidence);
        cJSON_AddNumberToObject(item, "accuracy", bin->accuracy);
        cJSON_AddItemToArray(bins, item);
    }
}

void evaluated_figures_add_json(const agr_evaluation *e, const agr_evaluated_head *r, cJSON *object)
{
    cJSON *baseline = r->guess.possible ? cJSON_CreateObject() : NULL;
    for (int i = 0; i < r->judgement.n_figures; i++)
        if (r->judgement.figure[i].of < 0)
            add_figure(object, baseline, &r->judgement.figure[i]);
    if (baseline != NULL)
        add_guess(e, r, baseline);
    cJSON_AddItemToObject(object, "baseline", baseline != NULL ? baseline : cJSON_CreateNull());
    if (agr_evaluated_has_classes(r)) {
        add_classes(e, r, object);
        add_reliability(r, object);
    }
    add_parts(e, r, object);
}

static const char *use_name(agr_evaluated_use use)
{
    static const char *const name[] = {[AGR_EVALUATED_UNKNOWN] = "unknown",
                                       [AGR_EVALUATED_TRAINED] = "trained on",
                                       [AGR_EVALUATED_CHOSE] = "chose the checkpoint",
                                       [AGR_EVALUATED_UNSEEN] = "unseen"};
    return name[use];
}

void evaluated_head_add_json(const agr_evaluation *e, const agr_evaluated_head *r, cJSON *object)
{
    cJSON_AddNumberToObject(object, "n", (double)r->judgement.n);
    cJSON_AddStringToObject(object, "branch", r->model->name);
    cJSON_AddStringToObject(object, "slot", r->model->slot);
    cJSON_AddNumberToObject(object, "epoch", (double)r->model->epoch);
    cJSON_AddStringToObject(object, "samples", use_name(agr_evaluated_use_of(e, r)));
    cJSON_AddNumberToObject(object, "loss", agr_evaluated_loss(r));
    evaluated_figures_add_json(e, r, object);
    agr_evaluated_add_slices(e, r, object);
}
