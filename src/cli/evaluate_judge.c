/* From the outputs of a head to its judgement, and what there is to know about it. */
#include "evaluate.h"

#include <agr/data/statistics.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const agr_head *head_of(const evaluate_result *r)
{
    return agr_network_head(r->model->network, r->head);
}

const char *evaluate_name(const evaluation *e, const evaluate_result *r)
{
    return agr_models_head_name(&e->models, r->model, r->head);
}

const agr_label_column *evaluate_labels(const evaluation *e, const evaluate_result *r)
{
    return agr_dataset_find_label(e->dataset, head_of(r)->target);
}

static bool is_binary(const evaluate_result *r)
{
    return head_of(r)->loss.kind->prediction == AGR_PREDICTS_BINARY;
}

bool evaluate_has_classes(const evaluate_result *r)
{
    return is_binary(r) || head_of(r)->loss.kind->prediction == AGR_PREDICTS_CLASS;
}

double evaluate_decode(const evaluate_result *r, int64_t i)
{
    return agr_loss_decode(&head_of(r)->loss, r->output + i * r->n_columns);
}

const char *evaluate_class(const evaluation *e, const evaluate_result *r, int class_index,
                           char room[EVALUATE_NAME_BYTES])
{
    const char *name = agr_model_class_name(r->model, r->head, class_index);
    const agr_label_column *column = evaluate_labels(e, r);
    if (name != NULL)
        return name;
    if (class_index < column->n_classes)
        return column->classes[class_index];
    snprintf(room, EVALUATE_NAME_BYTES, "%d", class_index);
    return room;
}

const char *evaluate_part(const evaluation *e, const evaluate_result *r, int of,
                          char room[EVALUATE_NAME_BYTES])
{
    return evaluate_has_classes(r) ? evaluate_class(e, r, of, room) : e->bins.bin[of].name;
}

double evaluate_loss(const evaluate_result *r)
{
    return agr_metric_value(&agr_metrics[0], &r->sums);
}

bool evaluate_is_trained_on(const evaluation *e)
{
    return agr_checkpoint_about(e->models.checkpoint)->dataset_fingerprint ==
           agr_dataset_fingerprint(e->dataset);
}

evaluate_use evaluate_use_of(const evaluation *e, const evaluate_result *r)
{
    if (!evaluate_is_trained_on(e))
        return EVALUATE_UNKNOWN;
    if (e->split == AGR_SPLIT_TRAIN)
        return EVALUATE_TRAINED;
    const bool chose = e->split == AGR_SPLIT_VALIDATION && strcmp(r->model->slot, "best") == 0;
    return chose ? EVALUATE_CHOSE : EVALUATE_UNSEEN;
}

/* ---- the guess without looking ---- */

static void learn_classes(evaluate_result *r, int n_classes, const float *label,
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

static agr_status learn_guess(const evaluation *e, evaluate_result *r, int n_classes,
                              agr_error *err)
{
    const float *label = evaluate_labels(e, r)->values;
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

/* The outputs as probabilities that add up to 1 in double, not only in float. */
static void fill_probabilities(const evaluate_result *r, int64_t i, int n_classes, double *p)
{
    const float *output = r->output + i * r->n_columns;
    if (is_binary(r)) {
        p[1] = (double)output[0];
        p[0] = 1 - p[1];
        return;
    }
    double sum = 0;
    for (int c = 0; c < n_classes; c++)
        sum += (double)output[c];
    for (int c = 0; c < n_classes; c++)
        p[c] = (double)output[c] / sum;
}

static agr_status judge_rows(const evaluation *e, evaluate_result *r, int n_classes,
                             double *numbers, double within, agr_error *err)
{
    const float *label_of = evaluate_labels(e, r)->values;
    const int64_t n = e->n_samples;
    double *label = numbers, *prediction = label + n, *probability = prediction + n;
    for (int64_t i = 0; i < n; i++) {
        label[i] = (double)label_of[e->sample[i]];
        prediction[i] = evaluate_decode(r, i);
        if (n_classes > 0)
            fill_probabilities(r, i, n_classes, probability + i * n_classes);
    }
    const agr_audit_rows rows = {.n = n,
                                 .label = label,
                                 .prediction = prediction,
                                 .prediction_stride = 1,
                                 .n_classes = n_classes,
                                 .probability = n_classes > 0 ? probability : NULL,
                                 .probability_stride = n_classes};
    const agr_audit_options options = {.within = within, .bins = &e->bins, .guess = &r->guess};
    return agr_audit_judge(&rows, NULL, n, &options, &r->judgement, err);
}

agr_status evaluate_judge(const evaluation *e, evaluate_result *r, double within, agr_error *err)
{
    const int64_t n_classes = !evaluate_has_classes(r) ? 0 : is_binary(r) ? 2 : r->n_columns;
    if (n_classes > AGR_AUDIT_MAX_CLASSES)
        return agr_error_set(err, AGR_UNSUPPORTED, "'%s': expected at most %d classes, found %lld",
                             evaluate_name(e, r), AGR_AUDIT_MAX_CLASSES, (long long)n_classes);
    AGR_TRY(learn_guess(e, r, (int)n_classes, err));
    double *numbers = malloc((size_t)(e->n_samples * (2 + n_classes)) * sizeof *numbers);
    if (numbers == NULL)
        return agr_error_set(err, AGR_MEMORY, "out of memory");
    const agr_status status = judge_rows(e, r, (int)n_classes, numbers, within, err);
    free(numbers);
    return status;
}

void evaluate_release(evaluate_result *r)
{
    free(r->output);
    agr_audit_judgement_release(&r->judgement);
}
