/* From the outputs of a head to its judgement, and what there is to know about it. */
#include "evaluation_impl.h"

#include <agr/data/statistics.h>
#include <agr/report/answer.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const agr_head *head_of(const agr_evaluated_head *r)
{
    return agr_network_head(r->model->network, r->head);
}

const char *agr_evaluated_name(const agr_evaluation *e, const agr_evaluated_head *r)
{
    return agr_models_head_name(&e->models, r->model, r->head);
}

const agr_label_column *agr_evaluated_labels(const agr_evaluation *e, const agr_evaluated_head *r)
{
    return agr_dataset_find_label(e->dataset, head_of(r)->target);
}

bool agr_evaluated_has_classes(const agr_evaluated_head *r)
{
    return agr_answer_n_classes(&head_of(r)->loss) > 0;
}

const char *agr_evaluated_class(const agr_evaluation *e, const agr_evaluated_head *r,
                                int class_index, char room[AGR_EVALUATED_NAME_BYTES])
{
    const char *name = agr_model_class_name(r->model, r->head, class_index);
    const agr_label_column *column = agr_evaluated_labels(e, r);
    if (name != NULL)
        return name;
    if (class_index < column->n_classes)
        return column->classes[class_index];
    snprintf(room, AGR_EVALUATED_NAME_BYTES, "%d", class_index);
    return room;
}

const char *agr_evaluated_part(const agr_evaluation *e, const agr_evaluated_head *r, int of,
                               char room[AGR_EVALUATED_NAME_BYTES])
{
    return agr_evaluated_has_classes(r) ? agr_evaluated_class(e, r, of, room)
                                        : e->request.bins.bin[of].name;
}

double agr_evaluated_loss(const agr_evaluated_head *r)
{
    return agr_metric_value(&agr_metrics[0], &r->sums);
}

bool agr_evaluation_is_trained_on(const agr_evaluation *e)
{
    return agr_checkpoint_about(e->models.checkpoint)->dataset_fingerprint ==
           agr_dataset_fingerprint(e->dataset);
}

const char *agr_evaluation_part(const agr_evaluation *e)
{
    return e->request.out_of_fold ? "out-of-fold" : agr_split_name(e->request.split);
}

agr_evaluated_use agr_evaluated_use_of(const agr_evaluation *e, const agr_evaluated_head *r)
{
    if (!agr_evaluation_is_trained_on(e))
        return AGR_EVALUATED_UNKNOWN;
    const bool is_best = strcmp(r->model->slot, "best") == 0;
    if (e->request.out_of_fold)
        return is_best ? AGR_EVALUATED_CHOSE : AGR_EVALUATED_UNSEEN;
    /* What a fold was not trained on is in both parts, but most of either was trained on. */
    const bool has_fold = r->model->about->member.fold > 0;
    if (e->request.split == AGR_SPLIT_TRAIN ||
        (has_fold && e->request.split == AGR_SPLIT_VALIDATION))
        return AGR_EVALUATED_TRAINED;
    const bool chose = e->request.split == AGR_SPLIT_VALIDATION && is_best;
    return chose ? AGR_EVALUATED_CHOSE : AGR_EVALUATED_UNSEEN;
}

/* ---- the guess without looking ---- */

static void learn_classes(agr_evaluated_head *r, int n_classes, const float *label,
                          const int64_t *sample, int64_t n)
{
    int64_t n_labelled = 0;
    for (int64_t i = 0; i < n; i++) {
        const float y = label[sample[i]];
        if (!(y >= 0 && y < (float)n_classes)) /* nobody has checked those of the training part */
            continue;
        r->share[(int)y] += 1;
        n_labelled++;
    }
    r->guess = (agr_audit_guess){.possible = n_labelled > 0, .share = r->share};
    for (int c = 0; c < n_classes; c++) {
        r->share[c] /= (double)n_labelled;
        if (r->share[c] > r->share[(int)r->guess.class_index])
            r->guess.class_index = c;
    }
}

static agr_status learn_guess(const agr_evaluation *e, agr_evaluated_head *r, int n_classes,
                              agr_error *err)
{
    const float *label = agr_evaluated_labels(e, r)->values;
    int64_t n;
    const int64_t *sample = agr_dataset_split_indices(e->dataset, AGR_SPLIT_TRAIN, &n);
    if (n_classes > 0) {
        learn_classes(r, n_classes, label, sample, n);
        return AGR_OK;
    }
    agr_number_statistics learnt;
    AGR_TRY(agr_number_statistics_of(label, sample, n, &learnt, err));
    r->guess =
        (agr_audit_guess){.possible = learnt.n > 0, .median = learnt.median, .mean = learnt.mean};
    return AGR_OK;
}

/* ---- rows ---- */

/* Labels are in place, what was said is not. */
agr_status evaluated_rows_allocate(const agr_evaluation *e, const agr_evaluated_head *r,
                                   evaluated_rows *rows, agr_error *err)
{
    const float *label_of = agr_evaluated_labels(e, r)->values;
    const int n_classes = agr_answer_n_classes(&head_of(r)->loss);
    const int64_t n = e->n_samples;
    double *label = malloc((size_t)(n * (2 + n_classes)) * sizeof *label);
    *rows = (evaluated_rows){.label = label};
    if (label == NULL)
        return agr_error_set(err, AGR_MEMORY, "out of memory");
    for (int64_t i = 0; i < n; i++)
        label[i] = (double)label_of[e->sample[i]];
    rows->prediction = label + n;
    rows->probability = rows->prediction + n;
    rows->rows = (agr_audit_rows){.n = n,
                                  .label = label,
                                  .prediction = rows->prediction,
                                  .prediction_stride = 1,
                                  .n_classes = n_classes,
                                  .probability = n_classes > 0 ? rows->probability : NULL,
                                  .probability_stride = n_classes};
    return AGR_OK;
}

void evaluated_rows_set(evaluated_rows *rows, int64_t i, const double *said)
{
    const int n_classes = rows->rows.n_classes;
    rows->prediction[i] = said[0];
    memcpy(rows->probability + i * n_classes, said + 1, (size_t)n_classes * sizeof *said);
}

bool evaluated_say(const agr_evaluated_head *r, int64_t i, double *said)
{
    if (r->was_asked != NULL && !r->was_asked[i])
        return false;
    agr_answer_say(&head_of(r)->loss, r->output + i * r->n_columns, said);
    return true;
}

agr_status evaluated_rows_make(const agr_evaluation *e, const agr_evaluated_head *r,
                               evaluated_rows *rows, agr_error *err)
{
    static const double nothing[1 + AGR_AUDIT_MAX_CLASSES];
    double said[1 + AGR_AUDIT_MAX_CLASSES];
    AGR_TRY(evaluated_rows_allocate(e, r, rows, err));
    for (int64_t i = 0; i < e->n_samples; i++) {
        const bool spoke = evaluated_say(r, i, said);
        evaluated_rows_set(rows, i, spoke ? said : nothing);
        if (!spoke)
            rows->label[i] = (double)NAN;
    }
    return AGR_OK;
}

void evaluated_rows_release(evaluated_rows *rows)
{
    free(rows->label);
    *rows = (evaluated_rows){0};
}

agr_status evaluated_judge_rows(const agr_evaluation *e, agr_evaluated_head *r,
                                const agr_audit_rows *rows, agr_error *err)
{
    const agr_audit_options options = {
        .within = e->request.within, .bins = &e->request.bins, .guess = &r->guess};
    AGR_TRY(agr_audit_judge(rows, NULL, rows->n, &options, &r->judgement, err));
    return agr_evaluated_slice(e, r, rows, &options, err);
}

agr_status agr_evaluated_judge(const agr_evaluation *e, agr_evaluated_head *r, agr_error *err)
{
    const int n_classes = agr_answer_n_classes(&head_of(r)->loss);
    if (n_classes > AGR_AUDIT_MAX_CLASSES)
        return agr_error_set(err, AGR_UNSUPPORTED, "'%s': expected at most %d classes, found %d",
                             agr_evaluated_name(e, r), AGR_AUDIT_MAX_CLASSES, n_classes);
    AGR_TRY(learn_guess(e, r, n_classes, err));
    evaluated_rows rows;
    AGR_TRY(evaluated_rows_make(e, r, &rows, err));
    const agr_status status = evaluated_judge_rows(e, r, &rows.rows, err);
    evaluated_rows_release(&rows);
    return status;
}

void evaluated_release(const agr_evaluation *e, agr_evaluated_head *r)
{
    free(r->output);
    free(r->was_asked);
    agr_audit_judgement_release(&r->judgement);
    for (int t = 0; r->slices != NULL && t < e->slicing.n_tables; t++)
        agr_audit_slices_release(&r->slices[t]);
    free(r->slices);
}
