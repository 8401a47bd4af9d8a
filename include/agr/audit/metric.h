/**
 * The metric table: every figure of a judgement is a row, a function of a selection of rows.
 *
 * Formulas and their sources: docs/evaluation.md. A figure that cannot be said (no rows, a class
 * that does not occur, a probability that is no number) is NaN.
 */
#ifndef AGR_AUDIT_METRIC_H
#define AGR_AUDIT_METRIC_H

#include <agr/audit/selection.h>
#include <stdbool.h>

/** What a metric is a figure of. */
typedef enum {
    AGR_AUDIT_OF_NUMBERS,  /* of predicted numbers */
    AGR_AUDIT_OF_BINS,     /* likewise, and of each bin of the label as well */
    AGR_AUDIT_OF_CLASSES,  /* of predicted classes, all together */
    AGR_AUDIT_OF_ONE_CLASS /* of each class against the rest */
} agr_audit_scope;

typedef enum {
    AGR_AUDIT_LOWER,
    AGR_AUDIT_HIGHER,
    AGR_AUDIT_NEAR_ZERO,
    AGR_AUDIT_NEITHER /* a count */
} agr_audit_better;

/** The guess without looking that stands beside a metric. */
typedef enum {
    AGR_AUDIT_GUESS_MEDIAN,
    AGR_AUDIT_GUESS_MEAN,
    AGR_AUDIT_GUESS_CLASS /* the most frequent class, and how frequent each is */
} agr_audit_guess_kind;

/** The images that a metric speaks of. */
typedef enum {
    AGR_AUDIT_ALL,
    AGR_AUDIT_POSITIVES, /* those of the class */
    AGR_AUDIT_NEGATIVES  /* the others */
} agr_audit_images;

/** What a metric has to be told beside the rows. */
typedef struct {
    double within;   /* k of cs, in units of the label */
    int class_index; /* of AGR_AUDIT_OF_ONE_CLASS */
} agr_audit_terms;

typedef double agr_audit_function(const agr_audit_selection *selection,
                                  const agr_audit_terms *terms);

typedef struct {
    const char *name; /* "mae"; of cs without its k */
    const char *unit;
    agr_audit_better better;
    agr_audit_scope scope;
    agr_audit_guess_kind guess;
    agr_audit_function *value;
    double least, most; /* it lies between these */
    bool is_mean;       /* over the images, of something that each image has alone */
    agr_audit_images images;
} agr_audit_metric;

/** All metrics, ending with a row whose name is NULL. */
extern const agr_audit_metric agr_audit_metrics[];

/** "lower", "higher", "near 0", "". */
const char *agr_audit_better_name(agr_audit_better better);

#endif
