#include <agr/nn/loss.h>

#include <math.h>
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
    {"mse", AGR_PREDICTS_NUMBER, AGR_ACTIVATION_LINEAR, false, mse},
    {"binary_crossentropy", AGR_PREDICTS_BINARY, AGR_ACTIVATION_SIGMOID, true, binary_crossentropy},
    {"sparse_categorical_crossentropy", AGR_PREDICTS_CLASS, AGR_ACTIVATION_SOFTMAX, true,
     softmax_crossentropy},
    {"cross_entropy", AGR_PREDICTS_NUMBER_AS_CLASS, AGR_ACTIVATION_SOFTMAX, true,
     softmax_crossentropy},
    {"expected_mse", AGR_PREDICTS_NUMBER_AS_CLASS, AGR_ACTIVATION_SOFTMAX, false,
     agr_loss_expected_mse},
    {"variance", AGR_PREDICTS_NUMBER_AS_CLASS, AGR_ACTIVATION_SOFTMAX, false, agr_loss_variance},
    {"mse_cross_entropy", AGR_PREDICTS_NUMBER_AS_CLASS, AGR_ACTIVATION_SOFTMAX, false,
     agr_loss_mse_crossentropy},
    {"label_distribution", AGR_PREDICTS_NUMBER_AS_CLASS, AGR_ACTIVATION_SOFTMAX, false,
     agr_loss_label_distribution},
    {"mean_variance", AGR_PREDICTS_NUMBER_AS_CLASS, AGR_ACTIVATION_SOFTMAX, false,
     agr_loss_mean_variance},
    {NULL, 0, 0, false, NULL},
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
    double sigma, mean_weight, variance_weight;
} loss_options;

static agr_status read_options(loss_options *given, agr_options *options, agr_error *err)
{
    static const char *const decodes[] = {
        [AGR_DECODE_EXPECTATION] = "expectation", [AGR_DECODE_ARGMAX] = "argmax", NULL};
    static const char *const known[] = {"n_classes",   "jbase",           "decode", "sigma",
                                        "mean_weight", "variance_weight", NULL};
    const char *decode;
    AGR_TRY(agr_options_int(options, "n_classes", 0, 0, 65536, &given->n_classes, err));
    AGR_TRY(agr_options_int(options, "jbase", 0, -65536, 65536, &given->jbase, err));
    AGR_TRY(agr_options_text(options, "decode", "", &decode, err));
    given->decode = -1;
    if (decode[0] != '\0')
        AGR_TRY(agr_options_choice(options, "decode", -1, decodes, &given->decode, err));
    AGR_TRY(agr_options_number(options, "sigma", 2, 1e-3, 1e3, &given->sigma, err));
    AGR_TRY(agr_options_number(options, "mean_weight", 0.2, 0, 1e3, &given->mean_weight, err));
    AGR_TRY(
        agr_options_number(options, "variance_weight", 0.05, 0, 1e3, &given->variance_weight, err));
    return agr_options_finish(options, known, err);
}

/* A classifier over the values of a number: the label column says so, or the head does. */
static agr_prediction prediction_of(const agr_loss_kind *kind, const agr_target *target,
                                    const loss_options *given)
{
    if (kind->prediction != AGR_PREDICTS_CLASS)
        return kind->prediction;
    const bool number = target->n_classes == 0 || (target->n_classes < 0 && given->n_classes > 0);
    return number ? AGR_PREDICTS_NUMBER_AS_CLASS : AGR_PREDICTS_CLASS;
}

static agr_status check_columns(const agr_loss *loss, agr_head_config *head,
                                const agr_target *target, const loss_options *given, agr_error *err)
{
    const bool single =
        loss->prediction == AGR_PREDICTS_NUMBER || loss->prediction == AGR_PREDICTS_BINARY;
    const long long columns = (long long)loss->n_columns;
    if (single && columns != 1)
        return agr_options_fail(&head->options, err,
                                "loss '%s': expected a last layer of 1 unit, found %lld",
                                loss->kind->name, columns);
    if (!single && columns < 2)
        return agr_options_fail(&head->options, err,
                                "loss '%s': expected a last layer of one unit a class, found %lld",
                                loss->kind->name, columns);
    if (given->n_classes > 0 && given->n_classes != columns)
        return agr_options_fail(&head->options, err,
                                "n_classes: expected the units of the last layer, %lld, found %d",
                                columns, given->n_classes);
    const bool wants_class =
        loss->prediction == AGR_PREDICTS_BINARY || loss->prediction == AGR_PREDICTS_CLASS;
    if (target->n_classes > 0 && !wants_class)
        return agr_options_fail(&head->options, err,
                                "loss '%s': expected a number as target, '%s' has %d classes",
                                loss->kind->name, head->target, target->n_classes);
    if (target->n_classes == 0 && wants_class)
        return agr_options_fail(&head->options, err,
                                "loss '%s': expected classes as target, '%s' is a number",
                                loss->kind->name, head->target);
    const long long classes = loss->prediction == AGR_PREDICTS_BINARY ? 2 : columns;
    if (wants_class && target->n_classes > 0 && target->n_classes != classes)
        return agr_options_fail(&head->options, err,
                                "expected the %d classes of '%s', found a last layer for %lld",
                                target->n_classes, head->target, classes);
    return AGR_OK;
}

agr_status agr_loss_configure(agr_loss *loss, agr_head_config *head, int64_t n_columns,
                              const agr_target *targets, int n_targets, agr_error *err)
{
    const agr_loss_kind *kind = agr_loss_find(head->loss);
    if (kind == NULL) {
        agr_options_fail(&head->options, err, "loss: no loss '%s'", head->loss);
        return agr_error_hint(err,
                              "losses: mse, binary_crossentropy, "
                              "sparse_categorical_crossentropy, cross_entropy, expected_mse, "
                              "variance, mse_cross_entropy, label_distribution, mean_variance");
    }
    const agr_target *target;
    loss_options given;
    AGR_TRY(find_target(&target, head, targets, n_targets, err));
    AGR_TRY(read_options(&given, &head->options, err));
    *loss = (agr_loss){
        .kind = kind,
        .prediction = prediction_of(kind, target, &given),
        .decode = given.decode >= 0 ? (agr_decode)given.decode : AGR_DECODE_EXPECTATION,
        .n_columns = n_columns,
        .classes = {.first_value = given.jbase,
                    .sigma = given.sigma,
                    .mean_weight = given.mean_weight,
                    .variance_weight = given.variance_weight},
    };
    return check_columns(loss, head, target, &given, err);
}

/* ---- evaluating ---- */

/* What a label is counted from where it is a class index. */
static double first_class(const agr_loss *loss)
{
    return loss->prediction == AGR_PREDICTS_NUMBER_AS_CLASS ? loss->classes.first_value : 0;
}

agr_status agr_loss_check_labels(const agr_loss *loss, int64_t n, const float *y, agr_error *err)
{
    const double first = first_class(loss);
    const int64_t n_classes = loss->prediction == AGR_PREDICTS_BINARY ? 2 : loss->n_columns;
    for (int64_t i = 0; i < n; i++) {
        if (isnan(y[i]))
            continue;
        const double index = (double)y[i] - first;
        const bool fits = loss->kind->label_is_class
                              ? index >= 0 && index < (double)n_classes && index == floor(index)
                              : isfinite(y[i]);
        if (!fits && loss->kind->label_is_class)
            return agr_error_set(err, AGR_INPUT,
                                 "label: expected a whole number from %g to %g, found %g", first,
                                 first + (double)(n_classes - 1), (double)y[i]);
        if (!fits)
            return agr_error_set(err, AGR_INPUT, "label: expected a finite number, found %g",
                                 (double)y[i]);
    }
    return AGR_OK;
}

void agr_loss_evaluate(const agr_loss *loss, const agr_loss_rows *rows, float *scratch)
{
    agr_loss_rows shifted = *rows;
    const float first = (float)first_class(loss);
    if (loss->kind->label_is_class && first != 0) {
        for (int64_t i = 0; i < rows->n_rows; i++)
            scratch[i] = rows->target[i] - first;
        shifted.target = scratch;
    }
    loss->kind->evaluate(&shifted, &loss->classes);
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

double agr_loss_decode(const agr_loss *loss, const float *p)
{
    switch (loss->prediction) {
    case AGR_PREDICTS_BINARY:
        return p[0] > 0.5f ? 1 : 0;
    case AGR_PREDICTS_CLASS:
        return (double)largest(p, loss->n_columns);
    case AGR_PREDICTS_NUMBER_AS_CLASS:
        return loss->classes.first_value + (loss->decode == AGR_DECODE_ARGMAX
                                                ? (double)largest(p, loss->n_columns)
                                                : expectation(p, loss->n_columns));
    case AGR_PREDICTS_NUMBER:
        break;
    }
    return (double)p[0];
}

/* ---- metrics ---- */

const agr_metric agr_metrics[] = {
    {"loss", AGR_SUM_LOSS, false, true, true, false},
    {"mae", AGR_SUM_ABSOLUTE_ERROR, false, true, false, false},
    {"rmse", AGR_SUM_SQUARED_ERROR, true, true, false, false},
    {"cs5", AGR_SUM_WITHIN_5, false, true, false, true},
    {"accuracy", AGR_SUM_CORRECT, false, false, true, true},
    {NULL, 0, false, false, false, false},
};

static bool predicts_number(const agr_loss *loss)
{
    return loss->prediction == AGR_PREDICTS_NUMBER ||
           loss->prediction == AGR_PREDICTS_NUMBER_AS_CLASS;
}

bool agr_metric_applies(const agr_metric *metric, const agr_loss *loss)
{
    return predicts_number(loss) ? metric->of_number : metric->of_class;
}

const agr_metric *agr_metric_main(const agr_loss *loss)
{
    const agr_metric *metric = agr_metrics + 1;
    while (!agr_metric_applies(metric, loss))
        metric++;
    return metric;
}

double agr_metric_value(const agr_metric *metric, const agr_head_sums *sums)
{
    const double labelled = sums->sum[AGR_SUM_LABELLED];
    if (!(labelled > 0))
        return (double)NAN;
    const double mean = sums->sum[metric->sum] / labelled;
    return metric->root ? sqrt(mean) : mean;
}

void agr_head_sums_add(agr_head_sums *total, const agr_head_sums *sums)
{
    for (int i = 0; i < AGR_SUM_COUNT; i++)
        total->sum[i] += sums->sum[i];
}

void agr_head_sums_add_image(agr_head_sums *sums, const agr_loss *loss, double image_loss,
                             const float *p, float y)
{
    if (isnan(y))
        return;
    sums->sum[AGR_SUM_LABELLED] += 1;
    sums->sum[AGR_SUM_LOSS] += image_loss;
    const double error = agr_loss_decode(loss, p) - (double)y;
    if (predicts_number(loss)) {
        sums->sum[AGR_SUM_ABSOLUTE_ERROR] += fabs(error);
        sums->sum[AGR_SUM_SQUARED_ERROR] += error * error;
        sums->sum[AGR_SUM_WITHIN_5] += fabs(error) <= 5 ? 1 : 0;
    } else {
        sums->sum[AGR_SUM_CORRECT] += error == 0 ? 1 : 0;
    }
}
