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
    case AGR_PREDICTS_NUMBER_BY_THRESHOLD:
        break;
    }
    return 0;
}

/* p [n_classes] */
static void read_probabilities(const agr_loss *loss, const float *output, double *p)
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

void agr_answer_say(const agr_loss *loss, const float *output, double *said)
{
    said[0] = agr_loss_decode(loss, output);
    if (agr_answer_n_classes(loss) > 0)
        read_probabilities(loss, output, said + 1);
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
    *answer = (agr_answer){
        .name = agr_models_head_name(models, model, head), .low = (double)NAN, .high = (double)NAN};
    agr_answer_add_member(answer, model, head);
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

void agr_answer_begin_ensemble(agr_answer *answer, const char *name)
{
    answer->name = name;
    answer->is_ensemble = true;
}

void agr_answer_add_member(agr_answer *answer, const agr_model *member, int head)
{
    if (head >= member->about->n_heads)
        return;
    const agr_checkpoint_head *about = &member->about->heads[head];
    answer->low = fmin(answer->low, about->label_min); /* of a number and a NaN: the number */
    answer->high = fmax(answer->high, about->label_max);
}

void agr_answer_release(agr_answer *answer)
{
    for (int c = 0; c < answer->n_classes; c++)
        free(answer->class_name[c]);
    free(answer->class_name);
    *answer = (agr_answer){0};
}

int agr_answer_n_columns(const agr_answer *answer)
{
    return 1 + answer->n_classes + answer->is_ensemble;
}

void agr_answer_column(const agr_answer *answer, int column, agr_text *name)
{
    agr_text_add(name, "%s", answer->name);
    if (column > answer->n_classes)
        agr_text_add(name, ".sd");
    else if (column > 0)
        agr_text_add(name, ".p.%s", answer->class_name[column - 1]);
}

void agr_answer_add_head(const agr_answer *answer, char separator, agr_text *table)
{
    for (int column = 0; column < agr_answer_n_columns(answer); column++) {
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

void agr_answer_add_cells(const agr_answer *answer, char separator, const double *said,
                          agr_text *table)
{
    for (int column = 0; column < agr_answer_n_columns(answer); column++) {
        if (column > 0 || answer->n_classes == 0 || said == NULL) {
            add_number(table, separator, said != NULL ? said[column] : (double)NAN);
            continue;
        }
        agr_text_add_bytes(table, &separator, 1);
        agr_table_add_field(table, separator, answer->class_name[(int)said[0]]);
    }
}
