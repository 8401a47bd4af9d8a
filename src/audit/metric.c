/* The metric table. */
#include "metrics_impl.h"

#include <math.h>

#define LABEL "units of the label"

const agr_audit_metric agr_audit_metrics[] = {
    {"mae", LABEL, AGR_AUDIT_LOWER, AGR_AUDIT_OF_BINS, AGR_AUDIT_GUESS_MEDIAN, audit_mae, 0,
     HUGE_VAL, .is_mean = true},
    {"rmse", LABEL, AGR_AUDIT_LOWER, AGR_AUDIT_OF_NUMBERS, AGR_AUDIT_GUESS_MEAN, audit_rmse, 0,
     HUGE_VAL},
    {"median_error", LABEL, AGR_AUDIT_LOWER, AGR_AUDIT_OF_NUMBERS, AGR_AUDIT_GUESS_MEDIAN,
     audit_median_error, 0, HUGE_VAL},
    {"bias", LABEL, AGR_AUDIT_NEAR_ZERO, AGR_AUDIT_OF_BINS, AGR_AUDIT_GUESS_MEAN, audit_bias,
     -HUGE_VAL, HUGE_VAL, .is_mean = true},
    {"cs", "share", AGR_AUDIT_HIGHER, AGR_AUDIT_OF_NUMBERS, AGR_AUDIT_GUESS_MEDIAN, audit_within, 0,
     1, .is_mean = true},

    {"accuracy", "share", AGR_AUDIT_HIGHER, AGR_AUDIT_OF_CLASSES, AGR_AUDIT_GUESS_CLASS,
     audit_accuracy, 0, 1, .is_mean = true},
    {"balanced_accuracy", "share", AGR_AUDIT_HIGHER, AGR_AUDIT_OF_CLASSES, AGR_AUDIT_GUESS_CLASS,
     audit_balanced_accuracy, 0, 1},
    {"macro_precision", "share", AGR_AUDIT_HIGHER, AGR_AUDIT_OF_CLASSES, AGR_AUDIT_GUESS_CLASS,
     audit_macro_precision, 0, 1},
    {"macro_recall", "share", AGR_AUDIT_HIGHER, AGR_AUDIT_OF_CLASSES, AGR_AUDIT_GUESS_CLASS,
     audit_macro_recall, 0, 1},
    {"macro_f1", "share", AGR_AUDIT_HIGHER, AGR_AUDIT_OF_CLASSES, AGR_AUDIT_GUESS_CLASS,
     audit_macro_f1, 0, 1},
    {"weighted_precision", "share", AGR_AUDIT_HIGHER, AGR_AUDIT_OF_CLASSES, AGR_AUDIT_GUESS_CLASS,
     audit_weighted_precision, 0, 1},
    {"weighted_recall", "share", AGR_AUDIT_HIGHER, AGR_AUDIT_OF_CLASSES, AGR_AUDIT_GUESS_CLASS,
     audit_weighted_recall, 0, 1},
    {"weighted_f1", "share", AGR_AUDIT_HIGHER, AGR_AUDIT_OF_CLASSES, AGR_AUDIT_GUESS_CLASS,
     audit_weighted_f1, 0, 1},
    {"log_loss", "nats", AGR_AUDIT_LOWER, AGR_AUDIT_OF_CLASSES, AGR_AUDIT_GUESS_CLASS,
     audit_log_loss, 0, HUGE_VAL, .is_mean = true},
    {"brier", "0 to 2", AGR_AUDIT_LOWER, AGR_AUDIT_OF_CLASSES, AGR_AUDIT_GUESS_CLASS, audit_brier,
     0, 2, .is_mean = true},
    {"macro_auc", "share of pairs", AGR_AUDIT_HIGHER, AGR_AUDIT_OF_CLASSES, AGR_AUDIT_GUESS_CLASS,
     audit_macro_auc, 0, 1},
    {"weighted_auc", "share of pairs", AGR_AUDIT_HIGHER, AGR_AUDIT_OF_CLASSES,
     AGR_AUDIT_GUESS_CLASS, audit_weighted_auc, 0, 1},
    {"ece", "share", AGR_AUDIT_LOWER, AGR_AUDIT_OF_CLASSES, AGR_AUDIT_GUESS_CLASS,
     audit_calibration_error, 0, 1},

    {"support", "images", AGR_AUDIT_NEITHER, AGR_AUDIT_OF_ONE_CLASS, AGR_AUDIT_GUESS_CLASS,
     audit_support, 0, HUGE_VAL, .images = AGR_AUDIT_POSITIVES},
    {"precision", "share", AGR_AUDIT_HIGHER, AGR_AUDIT_OF_ONE_CLASS, AGR_AUDIT_GUESS_CLASS,
     audit_precision, 0, 1, .images = AGR_AUDIT_POSITIVES},
    {"recall", "share", AGR_AUDIT_HIGHER, AGR_AUDIT_OF_ONE_CLASS, AGR_AUDIT_GUESS_CLASS,
     audit_recall, 0, 1, .images = AGR_AUDIT_POSITIVES},
    {"f1", "share", AGR_AUDIT_HIGHER, AGR_AUDIT_OF_ONE_CLASS, AGR_AUDIT_GUESS_CLASS, audit_f1, 0, 1,
     .images = AGR_AUDIT_POSITIVES},
    {"auc", "share of pairs", AGR_AUDIT_HIGHER, AGR_AUDIT_OF_ONE_CLASS, AGR_AUDIT_GUESS_CLASS,
     audit_auc, 0, 1, .images = AGR_AUDIT_POSITIVES},
    {"selection_rate", "share", AGR_AUDIT_NEITHER, AGR_AUDIT_OF_ONE_CLASS, AGR_AUDIT_GUESS_CLASS,
     audit_selection_rate, 0, 1, .is_mean = true},
    {"false_positive_rate", "share", AGR_AUDIT_LOWER, AGR_AUDIT_OF_ONE_CLASS, AGR_AUDIT_GUESS_CLASS,
     audit_false_positive_rate, 0, 1, .images = AGR_AUDIT_NEGATIVES},
    {0},
};

const char *agr_audit_better_name(agr_audit_better better)
{
    static const char *const name[] = {[AGR_AUDIT_LOWER] = "lower",
                                       [AGR_AUDIT_HIGHER] = "higher",
                                       [AGR_AUDIT_NEAR_ZERO] = "near 0",
                                       [AGR_AUDIT_NEITHER] = ""};
    return name[better];
}
