/* The loss table: options, losses, predictions and metrics of heads. */
#include <agr/nn/loss.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The kernels of plain losses know nothing of numbers as classes. */
static void mse(const agr_loss_rows *rows, const agr_number_classes *classes)
{
    (void)classes;
    agr_loss_mse(rows);
}

static void binary_crossentropy(const agr_loss_rows *rows, const agr_number_classes *classes)
{
    (void)classes;
    agr_loss_binary_crossentropy(rows);
}

static void softmax_crossentropy(const agr_loss_rows *rows, const agr_number_classes *classes)
{
    (void)classes;
    agr_loss_softmax_crossentropy(rows);
}

const agr_loss_kind agr_loss_kinds[] = {
    {"mse", AGR_PREDICTS_NUMBER, AGR_ACTIVATION_LINEAR, AGR_LABELS_NUMBER, mse},
    {"binary_crossentropy", AGR_PREDICTS_BINARY, AGR_ACTIVATION_SIGMOID, AGR_LABELS_CLASS,
     binary_crossentropy},
    {"sparse_categorical_crossentropy", AGR_PREDICTS_CLASS, AGR_ACTIVATION_SOFTMAX,
     AGR_LABELS_CLASS, softmax_crossentropy},
    {"cross_entropy", AGR_PREDICTS_NUMBER_AS_CLASS, AGR_ACTIVATION_SOFTMAX,
     AGR_LABELS_NEAREST_CLASS, agr_loss_number_crossentropy},
    {"expected_mse", AGR_PREDICTS_NUMBER_AS_CLASS, AGR_ACTIVATION_SOFTMAX, AGR_LABELS_NUMBER,
     agr_loss_expected_mse},
    {"variance", AGR_PREDICTS_NUMBER_AS_CLASS, AGR_ACTIVATION_SOFTMAX, AGR_LABELS_NUMBER,
     agr_loss_variance},
    {"mse_cross_entropy", AGR_PREDICTS_NUMBER_AS_CLASS, AGR_ACTIVATION_SOFTMAX,
     AGR_LABELS_LOGARITHM, agr_loss_mse_crossentropy},
    {"label_distribution", AGR_PREDICTS_NUMBER_AS_CLASS, AGR_ACTIVATION_SOFTMAX, AGR_LABELS_NUMBER,
     agr_loss_label_distribution},
    {"mean_variance", AGR_PREDICTS_NUMBER_AS_CLASS, AGR_ACTIVATION_SOFTMAX,
     AGR_LABELS_NEAREST_CLASS, agr_loss_mean_variance},
    {"coral", AGR_PREDICTS_NUMBER_BY_THRESHOLD, AGR_ACTIVATION_SIGMOID, AGR_LABELS_NUMBER,
     agr_loss_coral},
    {NULL, 0, 0, 0, NULL},
};

const agr_loss_kind *agr_loss_find(const char *name)
{
    for (const agr_loss_kind *kind = agr_loss_kinds; kind->name != NULL; kind++)
        if (strcmp(kind->name, name) == 0)
            return kind;
    return NULL;
}

/* ---- configuring ---- */

static agr_status find_target(const agr_target **target, agr_head_config *head,
                              const agr_target *targets, int n_targets, agr_error *err)
{
    static const agr_target unknown = {.name = NULL, .n_classes = -1};
    *target = &unknown;
    if (targets == NULL)
        return AGR_OK;
    for (int i = 0; i < n_targets; i++)
        if (strcmp(targets[i].name, head->target) == 0) {
            *target = &targets[i];
            return AGR_OK;
        }
    agr_options_fail(&head->options, err, "target: no label '%s' in the data", head->target);
    char names[AGR_ERROR_HINT_BYTES] = "";
    for (int i = 0; i < n_targets; i++) {
        const size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, "%s%s", i > 0 ? ", " : "", targets[i].name);
    }
    return agr_error_hint(err, "the labels are: %s", names);
}

typedef struct {
    int n_classes; /* 0: not given */
    int jbase;
    int decode; /* -1: not given */
    bool log1p;
    double sigma, mean_weight, variance_weight, crossentropy_weight;
} loss_options;

static agr_status read_options(loss_options *given, agr_options *options, agr_error *err)
{
    static const char *const decodes[] = {
        [AGR_DECODE_EXPECTATION] = "expectation", [AGR_DECODE_ARGMAX] = "argmax", NULL};
    const char *decode;
    AGR_TRY(agr_options_int(options, "n_classes", 0, 0, 65536, &given->n_classes, err));
    AGR_TRY(agr_options_int(options, "jbase", 0, -65536, 65536, &given->jbase, err));
    AGR_TRY(agr_options_text(options, "decode", "", &decode, err));
    given->decode = -1;
    if (decode[0] != '\0')
        AGR_TRY(agr_options_choice(options, "decode", -1, decodes, &given->decode, err));
    AGR_TRY(agr_options_flag(options, "log1p", true, &given->log1p, err));
    AGR_TRY(agr_options_number(options, "sigma", 2, 1e-3, 1e3, &given->sigma, err));
    AGR_TRY(agr_options_number(options, "mean_weight", 0.2, 0, 1e3, &given->mean_weight, err));
    AGR_TRY(
        agr_options_number(options, "variance_weight", 0.05, 0, 1e3, &given->variance_weight, err));
    AGR_TRY(agr_options_number(options, "crossentropy_weight", 1, 0, 1e3,
                               &given->crossentropy_weight, err));
    return agr_options_finish(options, err);
}

/* A classifier over the values of a number: the label column says so, or the head does. */
static const agr_loss_kind *loss_for(const agr_loss_kind *kind, const agr_target *target,
                                     const loss_options *given)
{
    const bool number = target->n_classes == 0 || (target->n_classes < 0 && given->n_classes > 0);
    return kind->prediction == AGR_PREDICTS_CLASS && number ? agr_loss_find("cross_entropy") : kind;
}

static agr_status check_columns(const agr_loss *loss, agr_head_config *head,
                                const agr_target *target, const loss_options *given, agr_error *err)
{
    const bool single = loss->kind->prediction == AGR_PREDICTS_NUMBER ||
                        loss->kind->prediction == AGR_PREDICTS_BINARY;
    const bool thresholds = loss->kind->prediction == AGR_PREDICTS_NUMBER_BY_THRESHOLD;
    const long long columns = (long long)loss->n_columns;
    if (single && columns != 1)
        return agr_options_fail(&head->options, err,
                                "loss '%s': expected a last layer of 1 unit, found %lld",
                                loss->kind->name, columns);
    if (!single && columns < 2)
        return agr_options_fail(&head->options, err,
                                "loss '%s': expected a last layer of one unit a %s, found %lld",
                                loss->kind->name, thresholds ? "threshold" : "class", columns);
    if (given->n_classes > 0 && given->n_classes != columns + thresholds)
        return agr_options_fail(&head->options, err,
                                "n_classes: expected the units of the last layer%s, %lld, found %d",
                                thresholds ? " and one" : "", columns + thresholds,
                                given->n_classes);
    const bool wants_class = loss->kind->prediction == AGR_PREDICTS_BINARY ||
                             loss->kind->prediction == AGR_PREDICTS_CLASS;
    if (target->n_classes > 0 && !wants_class)
        return agr_options_fail(&head->options, err,
                                "loss '%s': expected a number as target, '%s' has %d classes",
                                loss->kind->name, head->target, target->n_classes);
    if (target->n_classes == 0 && wants_class)
        return agr_options_fail(&head->options, err,
                                "loss '%s': expected classes as target, '%s' is a number",
                                loss->kind->name, head->target);
    const long long classes = loss->kind->prediction == AGR_PREDICTS_BINARY ? 2 : columns;
    if (wants_class && target->n_classes > 0 && target->n_classes != classes) {
        agr_options_fail(&head->options, err,
                         "expected the %d classes of '%s', found a last layer for %lld",
                         target->n_classes, head->target, classes);
        if (!single)
            return agr_error_hint(err, "units: auto takes as many as the label has");
        return AGR_INPUT;
    }
    return AGR_OK;
}

agr_status agr_loss_configure(agr_loss *loss, agr_head_config *head, int64_t n_columns,
                              const agr_target *targets, int n_targets, agr_error *err)
{
    const agr_loss_kind *kind = agr_loss_find(head->loss);
    if (kind == NULL) {
        agr_options_fail(&head->options, err, "loss: no loss '%s'", head->loss);
        return agr_error_hint(
            err, "losses: mse, binary_crossentropy, "
                 "sparse_categorical_crossentropy, cross_entropy, expected_mse, "
                 "variance, mse_cross_entropy, label_distribution, mean_variance, coral");
    }
    const agr_target *target;
    loss_options given;
    AGR_TRY(find_target(&target, head, targets, n_targets, err));
    AGR_TRY(read_options(&given, &head->options, err));
    *loss = (agr_loss){
        .kind = loss_for(kind, target, &given),
        .decode = given.decode >= 0 ? (agr_decode)given.decode : AGR_DECODE_EXPECTATION,
        .n_columns = n_columns,
        .classes = {.first_value = given.jbase,
                    .log1p = given.log1p,
                    .sigma = given.sigma,
                    .mean_weight = given.mean_weight,
                    .variance_weight = given.variance_weight,
                    .crossentropy_weight = given.crossentropy_weight},
    };
    if (loss->kind->labels == AGR_LABELS_LOGARITHM && given.jbase + (given.log1p ? 1 : 0) <= 0)
        return agr_options_fail(&head->options, err,
                                "jbase: expected a number whose logarithm exists, found %d",
                                given.jbase);
    return check_columns(loss, head, target, &given, err);
}

/* ---- evaluating ---- */

bool agr_loss_predicts_number(const agr_loss *loss)
{
    return loss->kind->prediction != AGR_PREDICTS_BINARY &&
           loss->kind->prediction != AGR_PREDICTS_CLASS;
}

/* Labels that fit are `first` to `last`, whole numbers where asked. */
static void label_range(const agr_loss *loss, double *first, double *last, bool *whole)
{
    const double first_value = loss->classes.first_value;
    const double n_columns = (double)loss->n_columns;
    *first = -HUGE_VAL;
    *last = HUGE_VAL;
    *whole = false;
    switch (loss->kind->labels) {
    case AGR_LABELS_CLASS:
        *first = 0;
        *last = n_columns > 1 ? n_columns - 1 : 1;
        *whole = true;
        break;
    case AGR_LABELS_NEAREST_CLASS:
        *first = first_value - 0.5;
        *last = nextafter(first_value + n_columns - 0.5, first_value);
        break;
    case AGR_LABELS_LOGARITHM:
        *first = nextafter(loss->classes.log1p ? -1 : 0, HUGE_VAL);
        break;
    case AGR_LABELS_NUMBER:
        break;
    }
}

agr_status agr_loss_check_labels(const agr_loss *loss, int64_t n, const float *y, agr_error *err)
{
    double first, last;
    bool whole;
    label_range(loss, &first, &last, &whole);
    for (int64_t i = 0; i < n; i++) {
        const double label = (double)y[i];
        if (isnan(label) || (isfinite(label) && label >= first && label <= last &&
                             (!whole || label == floor(label))))
            continue;
        return agr_error_set(
            err, AGR_INPUT, "loss '%s': label: expected a %s from %g to %g, found %g",
            loss->kind->name, whole ? "whole number" : "number", first, last, label);
    }
    return AGR_OK;
}

void agr_loss_evaluate(const agr_loss *loss, const agr_loss_rows *rows)
{
    loss->kind->evaluate(rows, &loss->classes);
}

void agr_loss_activate(const agr_loss *loss, agr_pool *pool, int64_t n_rows, const float *z,
                       float *p)
{
    const int64_t n_elements = n_rows * loss->n_columns;
    switch (loss->kind->activation) {
    case AGR_ACTIVATION_SIGMOID:
        agr_sigmoid_forward(pool, n_elements, z, p);
        return;
    case AGR_ACTIVATION_SOFTMAX:
        agr_softmax_forward(pool, n_rows, loss->n_columns, z, p);
        return;
    case AGR_ACTIVATION_RELU:
    case AGR_ACTIVATION_LINEAR:
        break;
    }
    if (p != z)
        memcpy(p, z, (size_t)n_elements * sizeof *p);
}

static int64_t largest(const float *p, int64_t n)
{
    int64_t best = 0;
    for (int64_t k = 1; k < n; k++)
        if (p[k] > p[best])
            best = k;
    return best;
}

static double expectation(const float *p, int64_t n)
{
    double sum = 0;
    for (int64_t k = 0; k < n; k++)
        sum += (double)k * (double)p[k];
    return sum;
}

/* jbase and as many more as thresholds are passed. */
static double passed(const agr_loss *loss, const float *p)
{
    double n = 0;
    for (int64_t k = 0; k < loss->n_columns; k++)
        n += loss->decode == AGR_DECODE_ARGMAX ? (p[k] > 0.5f ? 1 : 0) : (double)p[k];
    return loss->classes.first_value + n;
}

double agr_loss_decode(const agr_loss *loss, const float *p)
{
    switch (loss->kind->prediction) {
    case AGR_PREDICTS_BINARY:
        return p[0] > 0.5f ? 1 : 0;
    case AGR_PREDICTS_CLASS:
        return (double)largest(p, loss->n_columns);
    case AGR_PREDICTS_NUMBER_AS_CLASS:
        return loss->classes.first_value + (loss->decode == AGR_DECODE_ARGMAX
                                                ? (double)largest(p, loss->n_columns)
                                                : expectation(p, loss->n_columns));
    case AGR_PREDICTS_NUMBER_BY_THRESHOLD:
        return passed(loss, p);
    case AGR_PREDICTS_NUMBER:
        break;
    }
    return (double)p[0];
}
