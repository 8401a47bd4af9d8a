/**
 * The loss table: how the raw values of a head become a loss, a prediction and metrics.
 *
 * Letters: N images, K columns of the head's output, z [N,K] raw values (logits), y [N] labels. A
 * label that is NaN is missing: its image counts in no loss, no metric and no gradient of that
 * head. Formulas, their sources and their false minima: docs/layers.md.
 */
#ifndef AGR_NN_LOSS_H
#define AGR_NN_LOSS_H

#include <agr/config/config.h>
#include <agr/kernels/layers.h>
#include <stdbool.h>

enum { AGR_MAX_HEADS = 16 /* of a network */ };

/** What a head predicts. */
typedef enum {
    AGR_PREDICTS_NUMBER,             /* K = 1, the value itself */
    AGR_PREDICTS_BINARY,             /* K = 1, the logit of class 1 of two */
    AGR_PREDICTS_CLASS,              /* K classes */
    AGR_PREDICTS_NUMBER_AS_CLASS,    /* K classes that stand for jbase, jbase + 1, ... */
    AGR_PREDICTS_NUMBER_BY_THRESHOLD /* K thresholds jbase, jbase + 1, ... that it passes or not */
} agr_prediction;

/** How classes that stand for numbers become one number again: their mean, or the likeliest. Of
 * thresholds: jbase + the sum of all p, or + the number of those above 1/2. */
typedef enum { AGR_DECODE_EXPECTATION, AGR_DECODE_ARGMAX } agr_decode;

/** Which labels a loss can take. */
typedef enum {
    AGR_LABELS_NUMBER,        /* any finite number */
    AGR_LABELS_CLASS,         /* whole numbers 0 .. K - 1 (0 and 1 where K is 1) */
    AGR_LABELS_NEAREST_CLASS, /* numbers whose nearest class, counted from jbase, is one of the K */
    AGR_LABELS_LOGARITHM      /* numbers whose logarithm exists */
} agr_loss_labels;

/** A row of the table. */
typedef struct {
    const char *name;
    agr_prediction prediction;
    agr_activation activation; /* from z to what is predicted */
    agr_loss_labels labels;
    void (*evaluate)(const agr_loss_rows *rows, const agr_number_classes *classes);
} agr_loss_kind;

/** All losses, ending with a row whose name is NULL. */
extern const agr_loss_kind agr_loss_kinds[];

/** The row of this name, or NULL. */
const agr_loss_kind *agr_loss_find(const char *name);

/** What is known about a label column; from a dataset or a checkpoint. */
typedef struct {
    const char *name;
    int n_classes; /* of a class; 0: a number; -1: the file does not say */
} agr_target;

/** A configured head's judge. Plain data. */
typedef struct {
    const agr_loss_kind *kind;
    agr_decode decode;
    int64_t n_columns; /* K */
    agr_number_classes classes;
} agr_loss;

/**
 * Finds the row for head->loss, reads the head's options and checks K against the target.
 *
 * Options: `jbase` (the number that class 0 stands for, or threshold 0 is, default 0), `decode` (expectation, argmax),
 * `n_classes` (must equal K, of thresholds K + 1), `log1p` (mse_cross_entropy: log(1 + number), default true), `sigma`
 * (label_distribution, default 2), `crossentropy_weight` 1, `mean_weight` 0.2 and `variance_weight`
 * 0.05 (mean_variance). sparse_categorical_crossentropy becomes cross_entropy when the target is a
 * number, or is unknown and n_classes is given.
 *
 * targets may be NULL (nothing is known). AGR_INPUT: no such loss, no such target, K does not fit.
 */
agr_status agr_loss_configure(agr_loss *loss, agr_head_config *head, int64_t n_columns,
                              const agr_target *targets, int n_targets, agr_error *err);

/** Fails with AGR_INPUT when one of n labels cannot be one of this head's (agr_loss_labels). NaN
 * passes. */
agr_status agr_loss_check_labels(const agr_loss *loss, int64_t n, const float *y, agr_error *err);

/** Whether it predicts a number, by whatever means. */
bool agr_loss_predicts_number(const agr_loss *loss);

/** loss[n] of every row, and dz unless NULL: see agr_loss_rows. */
void agr_loss_evaluate(const agr_loss *loss, const agr_loss_rows *rows);

/** p [N,K] = activation(z): a number, probabilities (of thresholds: that it passes each).
 * p may be z. */
void agr_loss_activate(const agr_loss *loss, agr_pool *pool, int64_t n_rows, const float *z,
                       float *p);

/** One predicted row p [K] as one number: the number itself, the class index, or the number that a
 * distribution over numbers stands for. */
double agr_loss_decode(const agr_loss *loss, const float *p);

#endif
