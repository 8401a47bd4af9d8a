/* Gathers what there is to know about a dataset, and says what is wrong with it. */
#include <agr/report/dataset_facts.h>

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static void warn(agr_dataset_facts *facts, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void warn(agr_dataset_facts *facts, const char *format, ...)
{
    if (facts->n_warnings == AGR_FACTS_MAX_WARNINGS)
        return;
    va_list values;
    va_start(values, format);
    vsnprintf(facts->warning[facts->n_warnings++], AGR_FACTS_WARNING_BYTES, format, values);
    va_end(values);
}

static agr_status gather_label(agr_dataset_facts *facts, agr_label_facts *label,
                               const agr_label_column *column, agr_error *err)
{
    const int64_t n = agr_dataset_count(facts->dataset);
    label->column = column;
    label->has_classes = column->kind == AGR_LABEL_CLASS;
    if (label->has_classes)
        agr_class_statistics_of(column->values, NULL, n, column->n_classes, &label->classes);
    else
        AGR_TRY(agr_number_statistics_of(column->values, NULL, n, &label->number, err));
    return agr_baseline_of(facts->dataset, column, &label->baseline, err);
}

/* A class with five times the pictures of another, or one with none at all. */
static void warn_of_classes(agr_dataset_facts *facts, const agr_label_facts *label)
{
    enum { FACTOR = 5 };
    const agr_class_statistics *classes = &label->classes;
    if (classes->n == 0)
        return;
    const int64_t most = classes->count[classes->largest],
                  fewest = classes->count[classes->smallest];
    const char *const *name = label->column->classes;
    if (fewest == 0)
        warn(facts, "%s: no picture of class '%s'", label->column->name, name[classes->smallest]);
    else if (most >= FACTOR * fewest)
        warn(facts, "%s: imbalance: '%s' has %.1f times the pictures of '%s'", label->column->name,
             name[classes->largest], (double)most / (double)fewest, name[classes->smallest]);
}

/* A fifth of the range that holds less than a fiftieth of the pictures. */
static void warn_of_thin_ranges(agr_dataset_facts *facts, const agr_label_facts *label)
{
    enum { PARTS = 5 };
    const agr_number_statistics *number = &label->number;
    const double width = (number->max - number->min) / PARTS;
    if (number->n == 0 || !(width > 0))
        return;
    int64_t count[PARTS] = {0};
    for (int64_t i = 0; i < agr_dataset_count(facts->dataset); i++) {
        const double x = (double)label->column->values[i];
        if (isfinite(x))
            count[(int)fmin(PARTS - 1, (x - number->min) / width)]++;
    }
    for (int p = 0; p < PARTS; p++) {
        const double share = (double)count[p] / (double)number->n;
        if (share < 0.02)
            warn(facts, "%s: imbalance: %.1f %% of the pictures from %.3g to %.3g",
                 label->column->name, 100 * share, number->min + width * p,
                 number->min + width * (p + 1));
    }
}

static void warn_of_copies(agr_dataset_facts *facts)
{
    const agr_copies_report *copies = &facts->copies;
    const double share = (double)copies->n_copies / (double)agr_dataset_count(facts->dataset);
    if (share > 0.1)
        warn(facts, "%.0f %% of the pictures are copies: the same set twice?", 100 * share);
    if (copies->n_conflicts > 0)
        warn(facts, "%lld groups of equal pictures have different labels",
             (long long)copies->n_conflicts);
    if (copies->n_across > 0)
        warn(facts,
             "%lld groups of equal pictures lie in more than one part of the set: validation is "
             "too kind",
             (long long)copies->n_across);
}

static void gather_warnings(agr_dataset_facts *facts)
{
    if (facts->n_part[AGR_SPLIT_VALIDATION] == 0)
        warn(facts, "no validation part: nothing tells what is learned from what is remembered");
    if (facts->n_part[AGR_SPLIT_TRAIN] == 0)
        warn(facts, "no training part");
    for (int i = 0; i < facts->n_labels; i++) {
        const agr_label_facts *label = &facts->label[i];
        const int64_t n_missing =
            label->has_classes ? label->classes.n_missing : label->number.n_missing;
        if (n_missing > 0)
            warn(facts, "%s: %lld pictures without label", label->column->name,
                 (long long)n_missing);
        if (label->has_classes)
            warn_of_classes(facts, label);
        else
            warn_of_thin_ranges(facts, label);
    }
    warn_of_copies(facts);
}

agr_status agr_dataset_facts_of(const agr_dataset *dataset, agr_dataset_facts *facts,
                                agr_error *err)
{
    *facts = (agr_dataset_facts){.dataset = dataset};
    const int n_labels = agr_dataset_n_labels(dataset);
    facts->label = calloc((size_t)n_labels + 1, sizeof *facts->label);
    if (facts->label == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for %d labels", n_labels);
    facts->n_labels = n_labels;
    for (int i = 0; i < n_labels; i++)
        AGR_TRY(gather_label(facts, &facts->label[i], agr_dataset_label(dataset, i), err));
    for (int part = 0; part < AGR_SPLIT_COUNT; part++)
        agr_dataset_split_indices(dataset, (agr_split)part, &facts->n_part[part]);
    AGR_TRY(agr_copies_report_of(dataset, &facts->copies, err));
    gather_warnings(facts);
    return AGR_OK;
}

void agr_dataset_facts_release(agr_dataset_facts *facts)
{
    free(facts->label);
    *facts = (agr_dataset_facts){0};
}
