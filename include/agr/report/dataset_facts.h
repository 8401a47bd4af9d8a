/**
 * What there is to know about a dataset before anything is trained on it: its parts, the
 * distribution of every label, copies of pictures, and what is wrong with it in words.
 */
#ifndef AGR_REPORT_DATASET_FACTS_H
#define AGR_REPORT_DATASET_FACTS_H

#include <agr/base/error.h>
#include <agr/data/statistics.h>
#include <stdbool.h>

enum { AGR_FACTS_MAX_WARNINGS = 48, AGR_FACTS_WARNING_BYTES = 240 };

/** One label column: `classes` where it has classes, else `number`. */
typedef struct {
    const agr_label_column *column; /* borrowed from the dataset */
    bool has_classes;
    agr_number_statistics number;
    agr_class_statistics classes;
    agr_baseline baseline;
} agr_label_facts;

typedef struct {
    const agr_dataset *dataset; /* borrowed */
    int n_labels;
    agr_label_facts *label; /* [n_labels]; owned */
    agr_copies_report copies;
    int64_t n_part[AGR_SPLIT_COUNT];
    int n_warnings;
    char warning[AGR_FACTS_MAX_WARNINGS][AGR_FACTS_WARNING_BYTES];
} agr_dataset_facts;

/** Reads labels, split and content hashes, no pictures. Not collective. The dataset stays open until
 * the release. AGR_MEMORY. Caller releases in every case. */
agr_status agr_dataset_facts_of(const agr_dataset *dataset, agr_dataset_facts *facts,
                                agr_error *err);

/** A zeroed one is accepted. */
void agr_dataset_facts_release(agr_dataset_facts *facts);

#endif
