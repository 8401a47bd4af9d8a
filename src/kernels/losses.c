/* Losses of heads, with their gradients. */
#include <agr/kernels/layers.h>

#include <agr/base/elementary.h>
#include <math.h>

/* Losses see a few values an image: plain C, in double, the same for every instruction set. Exact
 * exponentials of shifted logits keep saturated rows finite; nothing here takes the log of a
 * probability. */

/* dz[row][k] = gradient * scale, when gradients are wanted. */
static void put_gradient(const agr_loss_rows *rows, int64_t row, int64_t k, double gradient)
{
    if (rows->dz != NULL)
        rows->dz[row * rows->n_columns + k] = (float)(gradient * (double)rows->gradient_scale);
}

/* The whole row of a label without an answer (0) or one that the loss cannot take (NaN). */
static void put_constant(const agr_loss_rows *rows, int64_t row, double value)
{
    rows->loss[row] = value;
    for (int64_t k = 0; rows->dz != NULL && k < rows->n_columns; k++)
        rows->dz[row * rows->n_columns + k] = (float)value;
}

static double weight_of_class(const agr_loss_rows *rows, int64_t k)
{
    return rows->class_weight != NULL ? rows->class_weight[k] : 1;
}

/* ---- one output ---- */

void agr_loss_mse(const agr_loss_rows *rows)
{
    for (int64_t row = 0; row < rows->n_rows; row++) {
        if (isnan(rows->target[row])) {
            put_constant(rows, row, 0);
            continue;
        }
        const double difference = (double)rows->z[row] - (double)rows->target[row];
        rows->loss[row] = difference * difference;
        put_gradient(rows, row, 0, 2 * difference);
    }
}

/* Of a logit whose class 1 has the target t, with its slope along z. NaN for a z that is NaN. */
static double logit_crossentropy(double z, double t, double *slope)
{
    const double small = agr_exp(-fabs(z)); /* at most 1: no overflow */
    *slope = (signbit(z) ? small : 1.0) / (1.0 + small) - t;
    return isnan(z) ? z : (z > 0 ? z : 0) - z * t + agr_ln1p(small);
}

static double smoothed(const agr_loss_rows *rows, double y)
{
    return y * (1 - rows->smoothing) + rows->smoothing / 2;
}

void agr_loss_binary_crossentropy(const agr_loss_rows *rows)
{
    for (int64_t row = 0; row < rows->n_rows; row++) {
        const double y = (double)rows->target[row], z = (double)rows->z[row];
        if (isnan(y) || y < 0 || y > 1) {
            put_constant(rows, row, isnan(y) ? 0 : (double)NAN);
            continue;
        }
        const double weight = weight_of_class(rows, y > 0.5 ? 1 : 0);
        double slope;
        rows->loss[row] = weight * logit_crossentropy(z, smoothed(rows, y), &slope);
        put_gradient(rows, row, 0, weight * slope);
    }
}

/* ---- classes ---- */

/* p_k = exp(z_k - largest) / sum */
typedef struct {
    const float *z;
    int64_t n;
    double largest, sum;
} softmax;

static softmax softmax_of(const agr_loss_rows *rows, int64_t row)
{
    softmax s = {.z = rows->z + row * rows->n_columns, .n = rows->n_columns};
    s.largest = (double)s.z[0];
    for (int64_t k = 1; k < s.n; k++)
        s.largest = fmax(s.largest, (double)s.z[k]);
    for (int64_t k = 0; k < s.n; k++)
        s.sum += agr_exp((double)s.z[k] - s.largest);
    return s;
}

static double probability(const softmax *s, int64_t k)
{
    return agr_exp((double)s->z[k] - s->largest) / s->sum;
}

/* -log p_k without taking the log of a probability that may be 0. */
static double surprise(const softmax *s, int64_t k)
{
    return agr_ln(s->sum) + s->largest - (double)s->z[k];
}

static bool is_class(double index, int64_t n_classes)
{
    return index >= 0 && index < (double)n_classes && index == floor(index);
}

/* Of a label smoothed over all classes. */
static double smoothed_surprise(const softmax *s, int64_t index, double smoothing)
{
    const double of_label = surprise(s, index);
    if (smoothing == 0)
        return of_label;
    double of_all = 0;
    for (int64_t k = 0; k < s->n; k++)
        of_all += surprise(s, k);
    return (1 - smoothing) * of_label + smoothing * of_all / (double)s->n;
}

static void crossentropy_row(const agr_loss_rows *rows, int64_t row, double index)
{
    if (!is_class(index, rows->n_columns)) {
        put_constant(rows, row, isnan(index) ? 0 : (double)NAN);
        return;
    }
    const softmax s = softmax_of(rows, row);
    const double weight = weight_of_class(rows, (int64_t)index);
    const double others = rows->smoothing / (double)s.n; /* the target of every class but that */
    rows->loss[row] = weight * smoothed_surprise(&s, (int64_t)index, rows->smoothing);
    for (int64_t k = 0; rows->dz != NULL && k < s.n; k++) {
        const double target = k == (int64_t)index ? 1 - rows->smoothing + others : others;
        put_gradient(rows, row, k, weight * (probability(&s, k) - target));
    }
}

void agr_loss_softmax_crossentropy(const agr_loss_rows *rows)
{
    for (int64_t row = 0; row < rows->n_rows; row++)
        crossentropy_row(rows, row, (double)rows->target[row]);
}

static double nearest_class(const agr_number_classes *classes, double y)
{
    return floor(y - classes->first_value + 0.5);
}

void agr_loss_number_crossentropy(const agr_loss_rows *rows, const agr_number_classes *classes)
{
    for (int64_t row = 0; row < rows->n_rows; row++)
        crossentropy_row(rows, row, nearest_class(classes, (double)rows->target[row]));
}

/* ---- numbers as classes ---- */

static double number_of(const agr_number_classes *classes, int64_t k)
{
    return classes->first_value + (double)k;
}

static double expectation(const softmax *s, const agr_number_classes *classes)
{
    double sum = 0;
    for (int64_t k = 0; k < s->n; k++)
        sum += number_of(classes, k) * probability(s, k);
    return sum;
}

void agr_loss_expected_mse(const agr_loss_rows *rows, const agr_number_classes *classes)
{
    for (int64_t row = 0; row < rows->n_rows; row++) {
        if (isnan(rows->target[row])) {
            put_constant(rows, row, 0);
            continue;
        }
        const softmax s = softmax_of(rows, row);
        const double mean = expectation(&s, classes);
        const double difference = mean - (double)rows->target[row];
        rows->loss[row] = difference * difference;
        for (int64_t k = 0; rows->dz != NULL && k < s.n; k++)
            put_gradient(rows, row, k,
                         2 * difference * probability(&s, k) * (number_of(classes, k) - mean));
    }
}

/* Sums of p (a_k - p b)^2 with a_k made of the class's number and b of the label: the shape of the
 * tutorial's "variance" and "MSE cross entropy". */
typedef double measure(const agr_number_classes *classes, double number);

static void scaled_deviation_row(const agr_loss_rows *rows, int64_t row,
                                 const agr_number_classes *classes, measure *of)
{
    const softmax s = softmax_of(rows, row);
    const double b = of(classes, (double)rows->target[row]);
    double loss = 0, mean_slope = 0;
    for (int64_t k = 0; k < s.n; k++) {
        const double p = probability(&s, k), rest = of(classes, number_of(classes, k)) - p * b;
        loss += p * rest * rest;
        mean_slope += p * (rest * rest - 2 * p * b * rest);
    }
    rows->loss[row] = loss;
    for (int64_t k = 0; rows->dz != NULL && k < s.n; k++) {
        const double p = probability(&s, k), rest = of(classes, number_of(classes, k)) - p * b;
        put_gradient(rows, row, k, p * (rest * rest - 2 * p * b * rest - mean_slope));
    }
}

static double itself(const agr_number_classes *classes, double number)
{
    (void)classes;
    return number;
}

void agr_loss_variance(const agr_loss_rows *rows, const agr_number_classes *classes)
{
    for (int64_t row = 0; row < rows->n_rows; row++)
        if (isnan(rows->target[row]))
            put_constant(rows, row, 0);
        else
            scaled_deviation_row(rows, row, classes, itself);
}

static double logarithm(const agr_number_classes *classes, double number)
{
    return classes->log1p ? agr_ln1p(number) : agr_ln(number);
}

void agr_loss_mse_crossentropy(const agr_loss_rows *rows, const agr_number_classes *classes)
{
    const double least = classes->log1p ? -1 : 0; /* the logarithm's own bound */
    for (int64_t row = 0; row < rows->n_rows; row++) {
        const double y = (double)rows->target[row];
        if (isnan(y))
            put_constant(rows, row, 0);
        else if (y > least && classes->first_value > least)
            scaled_deviation_row(rows, row, classes, logarithm);
        else
            put_constant(rows, row, (double)NAN);
    }
}

/* Exponent of the target distribution at class k, not yet normalised. */
static double target_exponent(const agr_number_classes *classes, double y, int64_t k)
{
    const double distance = (number_of(classes, k) - y) / classes->sigma;
    return -0.5 * distance * distance;
}

static void label_distribution_row(const agr_loss_rows *rows, int64_t row,
                                   const agr_number_classes *classes)
{
    const softmax s = softmax_of(rows, row);
    const double y = (double)rows->target[row];
    double largest = target_exponent(classes, y, 0), sum = 0, loss = 0;
    for (int64_t k = 1; k < s.n; k++)
        largest = fmax(largest, target_exponent(classes, y, k));
    for (int64_t k = 0; k < s.n; k++)
        sum += agr_exp(target_exponent(classes, y, k) - largest);
    for (int64_t k = 0; k < s.n; k++) {
        const double exponent = target_exponent(classes, y, k) - largest;
        const double t = agr_exp(exponent) / sum;
        loss += t * (exponent - agr_ln(sum) + surprise(&s, k));
        put_gradient(rows, row, k, probability(&s, k) - t);
    }
    rows->loss[row] = loss;
}

void agr_loss_label_distribution(const agr_loss_rows *rows, const agr_number_classes *classes)
{
    for (int64_t row = 0; row < rows->n_rows; row++)
        if (isnan(rows->target[row]))
            put_constant(rows, row, 0);
        else
            label_distribution_row(rows, row, classes);
}

static void mean_variance_row(const agr_loss_rows *rows, int64_t row,
                              const agr_number_classes *classes, double index)
{
    const softmax s = softmax_of(rows, row);
    const double mean = expectation(&s, classes), error = mean - (double)rows->target[row];
    double variance = 0;
    for (int64_t k = 0; k < s.n; k++) {
        const double distance = number_of(classes, k) - mean;
        variance += probability(&s, k) * distance * distance;
    }
    const double weight = classes->crossentropy_weight;
    rows->loss[row] = (weight != 0 ? weight * surprise(&s, (int64_t)index) : 0) +
                      classes->mean_weight * 0.5 * error * error +
                      classes->variance_weight * variance;
    for (int64_t k = 0; rows->dz != NULL && k < s.n; k++) {
        const double p = probability(&s, k), distance = number_of(classes, k) - mean;
        const double certain = weight != 0 && k == (int64_t)index ? 1 : 0;
        put_gradient(rows, row, k,
                     weight * (p - certain) + classes->mean_weight * error * p * distance +
                         classes->variance_weight * p * (distance * distance - variance));
    }
}

void agr_loss_mean_variance(const agr_loss_rows *rows, const agr_number_classes *classes)
{
    for (int64_t row = 0; row < rows->n_rows; row++) {
        const double index = nearest_class(classes, (double)rows->target[row]);
        if (isnan(rows->target[row]))
            put_constant(rows, row, 0);
        else if (classes->crossentropy_weight == 0 || is_class(index, rows->n_columns))
            mean_variance_row(rows, row, classes, index);
        else
            put_constant(rows, row, (double)NAN);
    }
}

/* ---- numbers against thresholds ---- */

static void coral_row(const agr_loss_rows *rows, int64_t row, const agr_number_classes *classes)
{
    const double y = (double)rows->target[row];
    double loss = 0, slope;
    for (int64_t k = 0; k < rows->n_columns; k++) {
        const double z = (double)rows->z[row * rows->n_columns + k];
        const double passed = y > number_of(classes, k) ? 1 : 0;
        loss += logit_crossentropy(z, smoothed(rows, passed), &slope);
        put_gradient(rows, row, k, slope);
    }
    rows->loss[row] = loss;
}

void agr_loss_coral(const agr_loss_rows *rows, const agr_number_classes *classes)
{
    for (int64_t row = 0; row < rows->n_rows; row++)
        if (isnan(rows->target[row]))
            put_constant(rows, row, 0);
        else
            coral_row(rows, row, classes);
}
