/* The metric table. */
#include "metrics_impl.h"

#include <stddef.h>

#define LABEL "units of the label"

const agr_audit_metric agr_audit_metrics[] = {
    {"mae", LABEL, AGR_AUDIT_LOWER, AGR_AUDIT_OF_BINS, AGR_AUDIT_GUESS_MEDIAN, audit_mae},
    {"rmse", LABEL, AGR_AUDIT_LOWER, AGR_AUDIT_OF_NUMBERS, AGR_AUDIT_GUESS_MEAN, audit_rmse},
    {"median_error", LABEL, AGR_AUDIT_LOWER, AGR_AUDIT_OF_NUMBERS, AGR_AUDIT_GUESS_MEDIAN,
     audit_median_error},
    {"bias", LABEL, AGR_AUDIT_NEAR_ZERO, AGR_AUDIT_OF_BINS, AGR_AUDIT_GUESS_MEAN, audit_bias},
    {"cs", "share", AGR_AUDIT_HIGHER, AGR_AUDIT_OF_NUMBERS, AGR_AUDIT_GUESS_MEDIAN, audit_within},

    {"accuracy", "share", AGR_AUDIT_HIGHER, AGR_AUDIT_OF_CLASSES, AGR_AUDIT_GUESS_CLASS,
     audit_accuracy},
    {"balanced_accuracy", "share", AGR_AUDIT_HIGHER, AGR_AUDIT_OF_CLASSES, AGR_AUDIT_GUESS_CLASS,
     audit_balanced_accuracy},
    {"macro_precision", "share", AGR_AUDIT_HIGHER, AGR_AUDIT_OF_CLASSES, AGR_AUDIT_GUESS_CLASS,
     audit_macro_precision},
    {"macro_recall", "share", AGR_AUDIT_HIGHER, AGR_AUDIT_OF_CLASSES, AGR_AUDIT_GUESS_CLASS,
     audit_macro_recall},
    {"macro_f1", "share", AGR_AUDIT_HIGHER, AGR_AUDIT_OF_CLASSES, AGR_AUDIT_GUESS_CLASS,
     audit_macro_f1},
    {"weighted_precision", "share", AGR_AUDIT_HIGHER, AGR_AUDIT_OF_CLASSES, AGR_AUDIT_GUESS_CLASS,
     audit_weighted_precision},
    {"weighted_recall", "share", AGR_AUDIT_HIGHER, AGR_AUDIT_OF_CLASSES, AGR_AUDIT_GUESS_CLASS,
     audit_weighted_recall},
    {"weighted_f1", "share", AGR_AUDIT_HIGHER, AGR_AUDIT_OF_CLASSES, AGR_AUDIT_GUESS_CLASS,
     audit_weighted_f1},
    {"log_loss", "nats", AGR_AUDIT_LOWER, AGR_AUDIT_OF_CLASSES, AGR_AUDIT_GUESS_CLASS,
     audit_log_loss},
    {"brier", "0 to 2", AGR_AUDIT_LOWER, AGR_AUDIT_OF_CLASSES, AGR_AUDIT_GUESS_CLASS, audit_brier},
    {"macro_auc", "share of pairs", AGR_AUDIT_HIGHER, AGR_AUDIT_OF_CLASSES, AGR_AUDIT_GUESS_CLASS,
     audit_macro_auc},
    {"weighted_auc", "share of pairs", AGR_AUDIT_HIGHER, AGR_AUDIT_OF_CLASSES,
     AGR_AUDIT_GUESS_CLASS, audit_weighted_auc},
    {"ece", "share", AGR_AUDIT_LOWER, AGR_AUDIT_OF_CLASSES, AGR_AUDIT_GUESS_CLASS,
     audit_calibration_error},

    {"support", "images", AGR_AUDIT_NEITHER, AGR_AUDIT_OF_ONE_CLASS, AGR_AUDIT_GUESS_CLASS,
     audit_support},
    {"precision", "share", AGR_AUDIT_HIGHER, AGR_AUDIT_OF_ONE_CLASS, AGR_AUDIT_GUESS_CLASS,
     audit_precision},
    {"recall", "share", AGR_AUDIT_HIGHER, AGR_AUDIT_OF_ONE_CLASS, AGR_AUDIT_GUESS_CLASS,
     audit_recall},
    {"f1", "share", AGR_AUDIT_HIGHER, AGR_AUDIT_OF_ONE_CLASS, AGR_AUDIT_GUESS_CLASS, audit_f1},
    {"auc", "share of pairs", AGR_AUDIT_HIGHER, AGR_AUDIT_OF_ONE_CLASS, AGR_AUDIT_GUESS_CLASS,
     audit_auc},
    {NULL, NULL, 0, 0, 0, NULL},
};

const char *agr_audit_better_name(agr_audit_better better)
{
    static const char *const name[] = {[AGR_AUDIT_LOWER] = "lower",
                                       [AGR_AUDIT_HIGHER] = "higher",
                                       [AGR_AUDIT_NEAR_ZERO] = "near 0",
                                       [AGR_AUDIT_NEITHER] = ""};
    return name[better];
}
