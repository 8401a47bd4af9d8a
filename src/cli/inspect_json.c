/* What was gathered about a dataset, as JSON. */
#include "cli.h"
#include "inspect.h"

#include <cjson/cJSON.h>
#include <stdio.h>

static void add_number(cJSON *to, const agr_number_statistics *number)
{
    cJSON_AddNumberToObject(to, "labels", (double)number->n);
    cJSON_AddNumberToObject(to, "missing", (double)number->n_missing);
    if (number->n == 0)
        return;
    cJSON_AddNumberToObject(to, "min", number->min);
    cJSON_AddNumberToObject(to, "max", number->max);
    cJSON_AddNumberToObject(to, "mean", number->mean);
    cJSON_AddNumberToObject(to, "median", number->median);
    cJSON_AddNumberToObject(to, "standard_deviation", number->deviation);
}

static void add_classes(cJSON *to, const agr_label_facts *label)
{
    cJSON_AddNumberToObject(to, "labels", (double)label->classes.n);
    cJSON_AddNumberToObject(to, "missing", (double)label->classes.n_missing);
    cJSON *counts = cJSON_AddObjectToObject(to, "classes");
    for (int c = 0; c < label->classes.n_classes; c++)
        cJSON_AddNumberToObject(counts, label->column->classes[c], (double)label->classes.count[c]);
}

static void add_baseline(cJSON *to, const agr_label_facts *label)
{
    if (!label->baseline.possible)
        return;
    cJSON *baseline = cJSON_AddObjectToObject(to, "baseline");
    if (label->has_classes)
        cJSON_AddStringToObject(baseline, "guess",
                                label->column->classes[(int)label->baseline.guess]);
    else
        cJSON_AddNumberToObject(baseline, "guess", label->baseline.guess);
    cJSON_AddNumberToObject(baseline, label->has_classes ? "accuracy" : "mae",
                            label->baseline.score);
    cJSON_AddStringToObject(baseline, "split", agr_split_name(label->baseline.part));
    cJSON_AddNumberToObject(baseline, "labels", (double)label->baseline.n);
}

static void add_copies(cJSON *to, const agr_copies_report *report)
{
    if (!report->known) {
        cJSON_AddNullToObject(to, "copies");
        return;
    }
    cJSON *copies = cJSON_AddObjectToObject(to, "copies");
    cJSON_AddNumberToObject(copies, "groups", (double)report->n_groups);
    cJSON_AddNumberToObject(copies, "beyond_first", (double)report->n_copies);
    cJSON_AddNumberToObject(copies, "conflicts", (double)report->n_conflicts);
    cJSON_AddNumberToObject(copies, "across_split", (double)report->n_across);
}

static cJSON *describe(const agr_dataset_facts *all)
{
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "format", "agr-mpi/dataset");
    cJSON_AddStringToObject(root, "path", agr_dataset_path(all->dataset));
    cJSON_AddNumberToObject(root, "images", (double)agr_dataset_count(all->dataset));
    cJSON_AddNumberToObject(root, "height", (double)agr_dataset_height(all->dataset));
    cJSON_AddNumberToObject(root, "width", (double)agr_dataset_width(all->dataset));
    char fingerprint[17]; /* text: JSON's numbers do not hold 64 bits */
    snprintf(fingerprint, sizeof fingerprint, "%016llx",
             (unsigned long long)agr_dataset_fingerprint(all->dataset));
    cJSON_AddStringToObject(root, "fingerprint", fingerprint);
    cJSON *split = cJSON_AddObjectToObject(root, "split");
    for (int part = 0; part < AGR_SPLIT_COUNT; part++)
        cJSON_AddNumberToObject(split, agr_split_name((agr_split)part), (double)all->n_part[part]);
    add_copies(root, &all->copies);
    cJSON *labels = cJSON_AddObjectToObject(root, "labels");
    for (int i = 0; i < all->n_labels; i++) {
        const agr_label_facts *label = &all->label[i];
        cJSON *item = cJSON_AddObjectToObject(labels, label->column->name);
        cJSON_AddStringToObject(item, "kind", agr_label_kind_name(label->column->kind));
        if (label->has_classes)
            add_classes(item, label);
        else
            add_number(item, &label->number);
        add_baseline(item, label);
    }
    cJSON *warnings = cJSON_AddArrayToObject(root, "warnings");
    for (int i = 0; i < all->n_warnings; i++)
        cJSON_AddItemToArray(warnings, cJSON_CreateString(all->warning[i]));
    return root;
}

agr_status inspect_print_dataset_json(const agr_dataset_facts *all, agr_error *err)
{
    cJSON *root = describe(all);
    return cli_print_json(root, err);
}
