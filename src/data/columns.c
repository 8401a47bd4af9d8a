/* What became of the columns of labels, in words. */
#include "plan_impl.h"

#include <agr/base/text.h>
#include <math.h>

enum { LISTED_CLASSES = 8 };

static void add_number(const agr_labels_column *column, int64_t n_rows, agr_text *text)
{
    float low = INFINITY, high = -INFINITY;
    for (int64_t i = 0; i < n_rows; i++) {
        low = fminf(low, column->value[i]); /* passes over NaN */
        high = fmaxf(high, column->value[i]);
    }
    agr_text_add(text, "a number (regression), %g to %g", (double)low, (double)high);
}

static int64_t count_class(const agr_labels_column *column, int64_t n_rows, int class)
{
    int64_t n = 0;
    for (int64_t i = 0; i < n_rows; i++)
        n += column->value[i] == (float)class;
    return n;
}

static void add_classes(const agr_labels_column *column, int64_t n_rows, agr_text *text)
{
    agr_text_add(text, "%d class%s%s (", column->n_classes, column->n_classes != 1 ? "es" : "",
                 column->n_classes == 2 ? ", binary" : "");
    for (int c = 0; c < column->n_classes && c < LISTED_CLASSES; c++)
        agr_text_add(text, "%s%s %lld", c > 0 ? ", " : "", column->class_name[c],
                     (long long)count_class(column, n_rows, c));
    if (column->n_classes > LISTED_CLASSES)
        agr_text_add(text, ", and %d more", column->n_classes - LISTED_CLASSES);
    agr_text_add(text, ")");
}

static void describe_column(const agr_labels_column *column, int64_t n_rows, agr_text *text)
{
    int64_t n_labelled = 0;
    for (int64_t i = 0; i < n_rows; i++)
        n_labelled += !isnan(column->value[i]);
    agr_text_add(text, "%s: ", column->name);
    if (n_labelled == 0) {
        agr_text_add(text, "nothing, no image has one");
        return;
    }
    if (column->n_classes > 0)
        add_classes(column, n_rows, text);
    else
        add_number(column, n_rows, text);
    if (n_labelled < n_rows)
        agr_text_add(text, ", on %lld of %lld images", (long long)n_labelled, (long long)n_rows);
}

/* Takes the text over. */
static agr_status add_line(agr_text *text, agr_prepare_report *report, agr_error *err)
{
    if (text->failed) {
        agr_text_release(text);
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for the report");
    }
    report->column[report->n_columns++] = text->data;
    return AGR_OK;
}

agr_status agr_plan_describe_columns(const agr_plan *plan, agr_prepare_report *report,
                                     agr_error *err)
{
    const agr_prepare_options *options = plan->options;
    for (int c = 0; c < plan->labels.n_columns; c++) {
        agr_text text = {0};
        describe_column(&plan->labels.column[c], plan->labels.n_rows, &text);
        AGR_TRY(add_line(&text, report, err));
    }
    if (options->labels == NULL)
        return AGR_OK;
    agr_text path = {0}, split = {0};
    agr_text_add(&path, "%s: no label, it names the files", options->path_column);
    AGR_TRY(add_line(&path, report, err));
    if (plan->imported_part == NULL || options->split_file != NULL)
        return AGR_OK;
    agr_text_add(&split, "split: no label, it divides the set");
    return add_line(&split, report, err);
}
