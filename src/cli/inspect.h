/** The parts of `inspect`: what is gathered about a dataset once, and the ways to show it. */
#ifndef AGR_CLI_INSPECT_H
#define AGR_CLI_INSPECT_H

#include <agr/base/error.h>
#include <agr/data/statistics.h>
#include <stdbool.h>

enum { INSPECT_MAX_WARNINGS = 48, INSPECT_WARNING_BYTES = 240 };

/** One label column. number and histogram are filled unless it is of classes. */
typedef struct {
    const agr_label_column *column; /* borrowed from the dataset */
    bool has_classes;
    agr_number_statistics number;
    agr_class_statistics classes;
    agr_baseline baseline;
} inspect_label;

typedef struct {
    agr_dataset *dataset; /* owned */
    int n_labels;
    inspect_label *label; /* [n_labels]; owned */
    agr_copies_report copies;
    int64_t n_part[AGR_SPLIT_COUNT];
    int n_warnings;
    char warning[INSPECT_MAX_WARNINGS][INSPECT_WARNING_BYTES];
} inspection;

/** Opens the dataset and gathers everything. Caller releases in every case. */
agr_status inspection_open(inspection *all, const char *path, agr_error *err);
void inspection_release(inspection *all);

/** Prints the report on stdout: `columns` characters wide, bars in block characters or '#'. */
void inspect_print_dataset(const inspection *all, int columns, bool blocks);

/** Prints one JSON object on stdout. */
agr_status inspect_print_dataset_json(const inspection *all, agr_error *err);

/** Writes <label>.svg for every label, and <number>_by_<class>.svg for every such pair, into the
 * folder. */
agr_status inspect_write_plots(const inspection *all, const char *folder, agr_error *err);

/** Writes samples.svg: n_samples pictures spread evenly over the set, with their labels. */
agr_status inspect_write_samples(const inspection *all, const char *folder, int64_t n_samples,
                                 agr_error *err);

/** Writes augmented.svg: n_samples pictures, each beside what the built-in configuration's
 * augmentation makes of it in its first epochs. */
agr_status inspect_write_augmented(const inspection *all, const char *folder, int64_t n_samples,
                                   agr_error *err);

/** Prints one line each: the fingerprint of a dataset's content; the digest of every branch of a
 * checkpoint (store/digest.h). */
void inspect_print_dataset_digest(const inspection *all);
agr_status inspect_print_checkpoint_digest(const char *path, agr_error *err);

/** Prints branches, slots and their values: as text or as one JSON object. */
agr_status inspect_checkpoint(const char *path, bool json, agr_error *err);

#endif
