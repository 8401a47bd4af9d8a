/* Tables with a row an image, raw or in words. */
#include "evaluation_impl.h"

#include <agr/base/file.h>
#include <agr/base/text.h>
#include <agr/data/csv.h>
#include <agr/report/answer.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static void add_predictions(const agr_evaluation *e, agr_text *text)
{
    agr_text_add(text, "name");
    for (int i = 0; i < e->n_results; i++)
        for (int64_t c = 0; c < e->result[i].n_columns; c++)
            e->result[i].n_columns == 1
                ? agr_text_add(text, "\t%s", agr_evaluated_name(e, &e->result[i]))
                : agr_text_add(text, "\t%s[%lld]", agr_evaluated_name(e, &e->result[i]),
                               (long long)c);
    agr_text_add(text, "\n");
    for (int64_t s = 0; s < e->n_samples; s++) {
        agr_text_add(text, "%s", agr_dataset_name(e->dataset, e->sample[s]));
        for (int i = 0; i < e->n_results; i++) {
            const agr_evaluated_head *r = &e->result[i];
            for (int64_t c = 0; c < r->n_columns; c++)
                r->was_asked != NULL && !r->was_asked[s]
                    ? agr_text_add(text, "\t")
                    : agr_text_add(text, "\t%.9g", (double)r->output[s * r->n_columns + c]);
        }
        agr_text_add(text, "\n");
    }
}

/* Everything that the dataset knows about a picture, whether a head judges it or not. */
static void add_label(const agr_label_column *column, float value, agr_text *text)
{
    agr_text_add(text, ",");
    if (isnan(value))
        return;
    if (value >= 0 && value < (float)column->n_classes)
        agr_csv_add_field(text, column->classes[(int)value]);
    else
        agr_text_add(text, "%.17g", (double)value);
}

static void add_label_heads(const agr_evaluation *e, agr_text *text)
{
    for (int c = 0; c < agr_dataset_n_labels(e->dataset); c++) {
        agr_text name = {0};
        agr_text_add(&name, "label.%s", agr_dataset_label(e->dataset, c)->name);
        text->failed = text->failed || name.failed;
        agr_text_add(text, ",");
        if (!name.failed)
            agr_csv_add_field(text, name.data);
        agr_text_release(&name);
    }
}

/* ---- answers: of ensembles, then of heads ---- */

static agr_status describe_ensemble(const agr_evaluation *e, const agr_population *p,
                                    agr_answer *answer, agr_error *err)
{
    const agr_evaluated_head *r = &p->ensemble;
    AGR_TRY(agr_answer_describe(answer, &e->models, r->model, r->head, agr_evaluated_labels(e, r),
                                err));
    agr_answer_begin_ensemble(answer, p->name);
    return AGR_OK;
}

static agr_status describe_answers(const agr_evaluation *e, agr_answer *answer, agr_error *err)
{
    for (int p = 0; p < e->populations.n; p++)
        AGR_TRY(describe_ensemble(e, &e->populations.item[p], answer++, err));
    for (int i = 0; i < e->n_results; i++)
        AGR_TRY(agr_answer_describe(answer++, &e->models, e->result[i].model, e->result[i].head,
                                    agr_evaluated_labels(e, &e->result[i]), err));
    return AGR_OK;
}

static int count_answers(const agr_evaluation *e)
{
    return e->populations.n + e->n_results;
}

static void add_answers(const agr_evaluation *e, const agr_answer *answer, int64_t s,
                        agr_text *text)
{
    double said[1 + AGR_AUDIT_MAX_CLASSES];
    for (int p = 0; p < e->populations.n; p++, answer++)
        agr_answer_add_cells(answer, ',',
                             e->populations.item[p].said + s * agr_answer_n_columns(answer), text);
    for (int i = 0; i < e->n_results; i++, answer++)
        agr_answer_add_cells(answer, ',', evaluated_say(&e->result[i], s, said) ? said : NULL,
                             text);
}

static void add_rows(const agr_evaluation *e, const agr_answer *answer, agr_text *text)
{
    agr_text_add(text, "path");
    add_label_heads(e, text);
    for (int k = 0; k < count_answers(e); k++)
        agr_answer_add_head(&answer[k], ',', text);
    agr_text_add(text, "\n");
    for (int64_t s = 0; s < e->n_samples; s++) {
        agr_csv_add_field(text, agr_dataset_name(e->dataset, e->sample[s]));
        for (int c = 0; c < agr_dataset_n_labels(e->dataset); c++) {
            const agr_label_column *column = agr_dataset_label(e->dataset, c);
            add_label(column, column->values[e->sample[s]], text);
        }
        add_answers(e, answer, s, text);
        agr_text_add(text, "\n");
    }
}

static agr_status write_text(const char *path, const agr_text *text, agr_error *err)
{
    return text->failed ? agr_error_set(err, AGR_MEMORY, "out of memory")
                        : agr_file_write(path, text->data, text->length, err);
}

agr_status agr_evaluation_write_predictions(const agr_evaluation *e, const char *path,
                                            agr_error *err)
{
    agr_text text = {0};
    if (path == NULL)
        return AGR_OK;
    add_predictions(e, &text);
    const agr_status status = write_text(path, &text, err);
    agr_text_release(&text);
    return status;
}

agr_status agr_evaluation_write_rows(const agr_evaluation *e, const char *path, agr_error *err)
{
    agr_text text = {0};
    if (path == NULL)
        return AGR_OK;
    agr_answer *answer = calloc((size_t)count_answers(e), sizeof *answer);
    if (answer == NULL)
        return agr_error_set(err, AGR_MEMORY, "out of memory");
    agr_status status = describe_answers(e, answer, err);
    if (status == AGR_OK) {
        add_rows(e, answer, &text);
        status = write_text(path, &text, err);
    }
    agr_text_release(&text);
    for (int k = 0; k < count_answers(e); k++)
        agr_answer_release(&answer[k]);
    free(answer);
    return status;
}
