/* Slices, gaps and means over equal cells as JSON. What cannot be said is null. */
#include "evaluation_impl.h"

#include <agr/audit/simultaneous.h>

static void add_interval(cJSON *object, double low, double high)
{
    cJSON_AddNumberToObject(object, "low", low);
    cJSON_AddNumberToObject(object, "high", high);
}

/* ---- cells ---- */

static void add_slice(const agr_audit_slice *slice, cJSON *object)
{
    cJSON *metric = cJSON_AddObjectToObject(object, slice->figure.name);
    cJSON_AddNumberToObject(metric, "value", slice->figure.value);
    add_interval(metric, slice->low, slice->high);
    cJSON_AddNumberToObject(metric, "baseline", slice->figure.baseline);
    cJSON_AddNumberToObject(metric, "n", (double)slice->figure.n);
}

/* Figures of a class follow those of all rows, class by class. */
static void add_figures(const agr_evaluation *e, const agr_evaluated_head *r,
                        const agr_audit_slices *slices, const agr_audit_cell *cell, cJSON *object)
{
    cJSON *into = object, *classes = NULL;
    int of = -1;
    for (int f = 0; f < slices->n_slices; f++) {
        const agr_audit_slice *slice = &cell->slice[f];
        if (slice->figure.of != of) {
            char room[AGR_EVALUATED_NAME_BYTES];
            of = slice->figure.of;
            if (classes == NULL)
                classes = cJSON_AddArrayToObject(object, "per_class");
            into = cJSON_CreateObject();
            cJSON_AddItemToArray(classes, into);
            cJSON_AddStringToObject(into, "class", agr_evaluated_class(e, r, of, room));
        }
        add_slice(slice, into);
    }
}

static void add_cells(const agr_evaluation *e, const agr_evaluated_head *r, int t, cJSON *list)
{
    const agr_slicing_table *table = &e->slicing.table[t];
    for (int c = 0; c < r->slices[t].n_cells; c++) {
        const agr_audit_cell *cell = &r->slices[t].cell[c];
        cJSON *object = cJSON_CreateObject();
        cJSON_AddItemToArray(list, object);
        cJSON_AddStringToObject(object, "by", table->name);
        cJSON_AddStringToObject(object, "cell", table->cell[c]);
        cJSON_AddNumberToObject(object, "n", (double)cell->n);
        cJSON_AddNumberToObject(object, "n_pictures", (double)cell->n_groups);
        cJSON_AddBoolToObject(object, "compared", cell->n_groups >= e->request.slices.min_count);
        add_figures(e, r, &r->slices[t], cell, object);
    }
}

/* ---- gaps ---- */

static void add_pair(const agr_slicing_table *table, const agr_audit_pair *pair, cJSON *object)
{
    cJSON_AddNumberToObject(object, "difference", pair->difference);
    add_interval(object, pair->low, pair->high);
    cJSON_AddBoolToObject(object, "shown", pair->shown);
    cJSON_AddNumberToObject(object, "needed_n", pair->needed_n);
    cJSON *cells = cJSON_AddArrayToObject(object, "cells");
    for (int c = 0; c < 2; c++)
        cJSON_AddItemToArray(cells, cJSON_CreateString(table->cell[pair->cell[c]]));
}

static void add_gaps(const agr_evaluation *e, const agr_evaluated_head *r, int t, cJSON *list)
{
    const agr_slicing_table *table = &e->slicing.table[t];
    for (int g = 0; g < r->slices[t].n_gaps; g++) {
        const agr_audit_gap *gap = &r->slices[t].gap[g];
        char room[AGR_EVALUATED_NAME_BYTES];
        cJSON *object = cJSON_CreateObject();
        cJSON_AddItemToArray(list, object);
        cJSON_AddStringToObject(object, "metric", gap->name);
        cJSON_AddStringToObject(object, "by", table->name);
        cJSON_AddStringToObject(object, "head", agr_evaluated_name(e, r));
        if (gap->of >= 0)
            cJSON_AddStringToObject(object, "class", agr_evaluated_class(e, r, gap->of, room));
        add_pair(table, &gap->largest, object);
        cJSON_AddNumberToObject(object, "n", (double)gap->largest.n);
        cJSON_AddNumberToObject(object, "ratio", gap->ratio);
        cJSON_AddNumberToObject(object, "n_pairs", (double)gap->n_pairs);
        cJSON_AddNumberToObject(object, "n_shown", (double)gap->n_shown);
        add_pair(table, &gap->clearest, cJSON_AddObjectToObject(object, "clearest"));
    }
}

/* ---- tables ---- */

static void add_equal_cells(const agr_audit_slices *slices, cJSON *object)
{
    for (int i = 0; i < slices->n_equal_cells; i++) {
        const agr_audit_equal_cell *mean = &slices->equal_cell[i];
        agr_text name = {0};
        agr_text_add(&name, "equal_cell_%s", mean->name);
        if (!name.failed) {
            cJSON *figure = cJSON_AddObjectToObject(object, name.data);
            cJSON_AddNumberToObject(figure, "value", mean->value);
            add_interval(figure, mean->low, mean->high);
        }
        agr_text_release(&name);
    }
}

static void add_table(const agr_evaluation *e, const agr_evaluated_head *r, int t, cJSON *list)
{
    const agr_audit_slices *slices = &r->slices[t];
    cJSON *object = cJSON_CreateObject();
    cJSON_AddItemToArray(list, object);
    cJSON_AddStringToObject(object, "by", e->slicing.table[t].name);
    cJSON_AddNumberToObject(object, "n_cells", slices->n_cells);
    cJSON_AddNumberToObject(object, "n_compared", slices->n_compared);
    cJSON_AddNumberToObject(object, "n_outside", (double)slices->n_outside);
    add_equal_cells(slices, object);
}

void agr_evaluated_add_slices(const agr_evaluation *e, const agr_evaluated_head *r, cJSON *head)
{
    if (r->slices == NULL)
        return;
    cJSON *slices = cJSON_AddArrayToObject(head, "slices");
    cJSON *gaps = cJSON_AddArrayToObject(head, "gaps");
    cJSON *tables = cJSON_AddArrayToObject(head, "tables");
    for (int t = 0; t < e->slicing.n_tables; t++) {
        add_cells(e, r, t, slices);
        add_gaps(e, r, t, gaps);
        add_table(e, r, t, tables);
    }
}

void agr_evaluation_add_bootstrap(const agr_evaluation *e, cJSON *root)
{
    if (e->slicing.n_tables == 0)
        return;
    cJSON *object = cJSON_AddObjectToObject(root, "bootstrap");
    cJSON_AddNumberToObject(object, "seed", (double)e->bootstrap.seed);
    cJSON_AddNumberToObject(object, "draws", (double)e->bootstrap.n_draws);
    cJSON_AddNumberToObject(object, "n_pictures", (double)e->bootstrap.n_groups);
    cJSON_AddNumberToObject(object, "level", AGR_AUDIT_LEVEL);
    cJSON_AddNumberToObject(object, "min_count", (double)e->request.slices.min_count);
}
