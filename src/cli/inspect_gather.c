/* Gathers what there is to say about a dataset: statistics, baselines, copies, warnings. */
#include "inspect.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static void warn(inspection *all, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void warn(inspection *all, const char *format, ...)
{
    if (all->n_warnings == INSPECT_MAX_WARNINGS)
        return;
    va_list values;
    va_start(values, format);
    vsnprintf(all->warning[all->n_warnings++], INSPECT_WARNING_BYTES, format, values);
    va_end(values);
}

static agr_status gather_label(inspection *all, inspect_label *label,
                               const agr_label_column *column, agr_error *err)
{
    const int64_t n = agr_dataset_count(all->dataset);
    label->column = column;
    label->has_classes = column->kind == AGR_LABEL_CLASS;
    if (label->has_classes)
        agr_class_statistics_of(column->values, NULL, n, column->n_classes, &label->classes);
    else
        AGR_TRY(agr_number_statistics_of(column->values, NULL, n, &label->number, err));
    return agr_baseline_of(all->dataset, column, &label->baseline, err);
}

/* A class with five times the pictures of another, or one with none at all. */
static void warn_of_classes(inspection *all, const inspect_label *label)
{
    enum { FACTOR = 5 };
    const agr_class_statistics *classes = &label->classes;
    if (classes->n == 0)
        return;
    const int64_t most = classes->count[classes->largest],
                  fewest = classes->count[classes->smallest];
    const char *const *name = label->column->classes;
    if (fewest == 0)
        warn(all, "%s: no picture of class '%s'", label->column->name, name[classes->smallest]);
    else if (most >= FACTOR * fewest)
        warn(all, "%s: imbalance: '%s' has %.1f times the pictures of '%s'", label->column->name,
             name[classes->largest], (double)most / (double)fewest, name[classes->smallest]);
}

/* A fifth of the range that holds less than a fiftieth of the pictures. */
static void warn_of_thin_ranges(inspection *all, const inspect_label *label)
{
    enum { PARTS = 5 };
    const agr_number_statistics *number = &label->number;
    const double width = (number->max - number->min) / PARTS;
    if (number->n == 0 || !(width > 0))
        return;
    int64_t count[PARTS] = {0};
    for (int64_t i = 0; i < agr_dataset_count(all->dataset); i++) {
        const double x = (double)label->column->values[i];
        if (isfinite(x))
            count[(int)fmin(PARTS - 1, (x - number->min) / width)]++;
    }
    for (int p = 0; p < PARTS; p++) {
        const double share = (double)count[p] / (double)number->n;
        if (share < 0.02)
            warn(all, "%s: imbalance: %.1f %% of the pictures from %.3g to %.3g",
                 label->column->name, 100 * share, number->min + width * p,
                 number->min + width * (p + 1));
    }
}

static void warn_of_copies(inspection *all)
{
    const agr_copies_report *copies = &all->copies;
    const double share = (double)copies->n_copies / (double)agr_dataset_count(all->dataset);
    if (share > 0.1)
        warn(all, "%.0f %% of the pictures are copies: the same set twice?", 100 * share);
    if (copies->n_conflicts > 0)
        warn(all, "%lld groups of equal pictures have different labels",
             (long long)copies->n_conflicts);
    if (copies->n_across > 0)
        warn(all,
             "%lld groups of equal pictures lie in more than one part of the set: validation is "
             "too kind",
             (long long)copies->n_across);
}

static void gather_warnings(inspection *all)
{
    if (all->n_part[AGR_SPLIT_VALIDATION] == 0)
        warn(all, "no validation part: nothing tells what is learned from what is remembered");
    if (all->n_part[AGR_SPLIT_TRAIN] == 0)
        warn(all, "no training part");
    for (int i = 0; i < all->n_labels; i++) {
        const inspect_label *label = &all->label[i];
        const int64_t n_missing =
            label->has_classes ? label->classes.n_missing : label->number.n_missing;
        if (n_missing > 0)
            warn(all, "%s: %lld pictures without label", label->column->name, (long long)n_missing);
        if (label->has_classes)
            warn_of_classes(all, label);
        else
            warn_of_thin_ranges(all, label);
    }
    warn_of_copies(all);
}

agr_status inspection_open(inspection *all, const char *path, agr_error *err)
{
    *all = (inspection){0};
    AGR_TRY(agr_dataset_open(path, &all->dataset, err));
    all->n_labels = agr_dataset_n_labels(all->dataset);
    all->label = calloc((size_t)all->n_labels + 1, sizeof *all->label);
    if (all->label == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for %d labels",
                             all->n_labels);
    for (int i = 0; i < all->n_labels; i++)
        AGR_TRY(gather_label(all, &all->label[i], agr_dataset_label(all->dataset, i), err));
    for (int part = 0; part < AGR_SPLIT_COUNT; part++)
        agr_dataset_split_indices(all->dataset, (agr_split)part, &all->n_part[part]);
    AGR_TRY(agr_copies_report_of(all->dataset, &all->copies, err));
    gather_warnings(all);
    return AGR_OK;
}

void inspection_release(inspection *all)
{
    free(all->label);
    agr_dataset_close(all->dataset);
    *all = (inspection){0};
}
