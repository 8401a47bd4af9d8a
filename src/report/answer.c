/* From the outputs of a head to the columns of a table. */
#include <agr/report/answer.h>

#include <agr/data/csv.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int agr_answer_n_classes(const agr_loss *loss)
{
    switch (loss->kind->prediction) {
    case AGR_PREDICTS_BINARY:
        return 2;
    case AGR_PREDICTS_CLASS:
        return (int)loss->n_columns;
    case AGR_PREDICTS_NUMBER:
    case AGR_PREDICTS_NUMBER_AS_CLASS:
        break;
    }
    return 0;
}

void agr_answer_probabilities(const agr_loss *loss, const float *output, double *p)
{
    if (loss->kind->prediction == AGR_PREDICTS_BINARY) {
        p[1] = (double)output[0];
        p[0] = 1 - p[1];
        return;
    }
    double sum = 0;
    for (int64_t c = 0; c < loss->n_columns; c++)
        sum += (double)output[c];
    for (int64_t c = 0; c < loss->n_columns; c++)
        p[c] = (double)output[c] / sum;
}

static char *name_class(const agr_model *model, int head, const agr_label_column *column, int c)
{
    char index[16];
    const char *name = agr_model_class_name(model, head, c);
    snprintf(index, sizeof index, "%d", c);
    if (name == NULL)
        name = column != NULL && c < column->n_classes ? column->classes[c] : index;
    return strdup(name);
}

agr_status agr_answer_describe(agr_answer *answer, const agr_models *models, const agr_model *model,
                               int head, const agr_label_column *column, agr_error *err)
{
    const agr_loss *loss = &agr_network_head(model->network, head)->loss;
    const int n_classes = agr_answer_n_classes(loss);
    *answer = (agr_answer){.name = agr_models_head_name(models, model, head), .loss = loss};
    const agr_checkpoint_head *about =
        head < model->about->n_heads ? &model->about->heads[head] : NULL;
    answer->low = about != NULL ? about->label_min : (double)NAN;
    answer->high = about != NULL ? about->label_max : (double)NAN;
    if (n_classes > AGR_DATASET_MAX_CLASSES)
        return agr_error_set(err, AGR_UNSUPPORTED, "'%s': expected at most %d classes, found %d",
                             answer->name, AGR_DATASET_MAX_CLASSES, n_classes);
    answer->class_name = calloc((size_t)n_classes + 1, sizeof *answer->class_name);
    bool whole = answer->class_name != NULL;
    for (; whole && answer->n_classes < n_classes; answer->n_classes++) {
        char *name = name_class(model, head, column, answer->n_classes);
        whole = name != NULL;
        answer->class_name[answer->n_classes] = name;
    }
    return whole ? AGR_OK : agr_error_set(err, AGR_MEMORY, "out of memory");
}

void agr_answer_release(agr_answer *answer)
{
    for (int c = 0; c < answer->n_classes; c++)
        free(answer->class_name[c]);
    free(answer->class_name);
    *answer = (agr_answer){0};
}

void agr_answer_column(const agr_answer *answer, int column, agr_text *name)
{
    agr_text_add(name, "%s", answer->name);
    if (column > 0)
        agr_text_add(name, ".p.%s", answer->class_name[column - 1]);
}

void agr_answer_add_head(const agr_answer *answer, char separator, agr_text *table)
{
    for (int column = 0; column <= answer->n_classes; column++) {
        agr_text name = {0};
        agr_answer_column(answer, column, &name);
        table->failed = table->failed || name.failed;
        agr_text_add_bytes(table, &separator, 1);
        if (!name.failed)
            agr_table_add_field(table, separator, name.data);
        agr_text_release(&name);
    }
}

static void add_number(agr_text *table, char separator, double value)
{
    agr_text_add_bytes(table, &separator, 1);
    if (!isnan(value))
        agr_text_add(table, "%.17g", value);
}

static void add_said(const agr_answer *answer, char separator, const float *output, agr_text *table)
{
    const double value = agr_loss_decode(answer->loss, output);
    if (answer->n_classes == 0) {
        add_number(table, separator, value);
        return;
    }
    double p[AGR_DATASET_MAX_CLASSES];
    agr_answer_probabilities(answer->loss, output, p);
    agr_text_add_bytes(table, &separator, 1);
    agr_table_add_field(table, separator, answer->class_name[(int)value]);
    for (int c = 0; c < answer->n_classes; c++)
        add_number(table, separator, p[c]);
}

void agr_answer_add_cells(const agr_answer *answer, char separator, const float *output,
                          agr_text *table)
{
    if (output != NULL) {
        add_said(answer, separator, output, table);
        return;
    }
    for (int column = 0; column <= answer->n_classes; column++)
        agr_text_add_bytes(table, &separator, 1);
}
