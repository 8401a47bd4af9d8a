/**
 * What there is to know about labels before training on them: distributions, imbalance, copies, and
 * what a guess without looking at the picture is worth.
 *
 * Values are label columns as the dataset has them: float, NaN = no label (and infinite values
 * count as none). `sample` lists the pictures that count; NULL means 0..n-1.
 */
#ifndef AGR_DATA_STATISTICS_H
#define AGR_DATA_STATISTICS_H

#include <agr/base/error.h>
#include <agr/store/dataset.h>
#include <stdbool.h>
#include <stdint.h>

/** Of the labelled samples; all 0 when there are none. Quantiles interpolate between order
 * statistics. */
typedef struct {
    int64_t n, n_missing;
    double min, max, mean;
    double deviation;           /* standard deviation, divisor n */
    double low_tail, high_tail; /* 5 % are below the one, 5 % above the other */
    double lower_quartile, median, upper_quartile;
    bool whole; /* every value is a whole number */
} agr_number_statistics;

/** AGR_MEMORY. */
agr_status agr_number_statistics_of(const float *value, const int64_t *sample, int64_t n,
                                    agr_number_statistics *statistics, agr_error *err);

enum { AGR_HISTOGRAM_MAX_BINS = 256 };

/** Bin b covers [low + b*width, low + (b+1)*width). */
typedef struct {
    double low, width; /* width is 1, 2 or 5 times a power of ten; low a multiple of it */
    int n_bins;
    int64_t count[AGR_HISTOGRAM_MAX_BINS];
} agr_histogram;

/** Counts the labelled samples in at most max_bins (1..AGR_HISTOGRAM_MAX_BINS) bins, of whole width
 * where the values are whole. statistics: of the same samples. Without labels: no bins. */
void agr_histogram_of(const float *value, const int64_t *sample, int64_t n,
                      const agr_number_statistics *statistics, int max_bins,
                      agr_histogram *histogram);

typedef struct {
    int64_t n, n_missing;
    int n_classes;
    int largest, smallest; /* classes with the most and the fewest samples, lowest index first */
    int64_t count[AGR_DATASET_MAX_CLASSES];
} agr_class_statistics;

void agr_class_statistics_of(const float *value, const int64_t *sample, int64_t n, int n_classes,
                             agr_class_statistics *statistics);

/** The numbers of one class: value[i] where class_value[i] == class_index. As
 * agr_number_statistics_of(). */
agr_status agr_number_statistics_within(const float *value, const float *class_value,
                                        int class_index, int64_t n,
                                        agr_number_statistics *statistics, agr_error *err);

/** The best guess that does not look at the picture: learned from the training part, judged on the
 * validation part (on the training part when there is no other). */
typedef struct {
    bool possible;  /* there are labels to learn from and to judge by */
    double guess;   /* median, or class index */
    double score;   /* mean absolute error, or accuracy */
    int64_t n;      /* labelled samples it was judged on */
    agr_split part; /* where it was judged */
} agr_baseline;

/** A column of kind AGR_LABEL_CLASS guesses its largest class, any other the median. AGR_MEMORY. */
agr_status agr_baseline_of(const agr_dataset *dataset, const agr_label_column *column,
                           agr_baseline *baseline, agr_error *err);

enum { AGR_COPIES_LISTED = 10 };

/** Pictures whose files had the same bytes. */
typedef struct {
    bool known;          /* the dataset has content hashes */
    int64_t n_groups;    /* of two or more */
    int64_t n_copies;    /* pictures beyond the first of each group */
    int64_t n_conflicts; /* groups whose members differ in a label */
    int64_t n_across;    /* groups with members in more than one part of the set: they leak */
    int n_listed;        /* conflicts listed: first and second picture */
    int64_t listed[AGR_COPIES_LISTED][2];
} agr_copies_report;

/** AGR_MEMORY. */
agr_status agr_copies_report_of(const agr_dataset *dataset, agr_copies_report *report,
                                agr_error *err);

#endif
