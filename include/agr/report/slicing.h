/**
 * The tables that people ask for: "race,gender,age:0-17,18+,race*gender" becomes columns of labels,
 * their cells with names, and the cell of every sample.
 */
#ifndef AGR_REPORT_SLICING_H
#define AGR_REPORT_SLICING_H

#include <agr/audit/bins.h>
#include <agr/audit/slices.h>
#include <agr/store/dataset.h>

/** Asks for a table by each column that judged samples have labels of. */
#define AGR_SLICING_ALL "all"

enum { AGR_SLICING_MAX_TABLES = 16, AGR_SLICING_MAX_FACTORS = 4, AGR_SLICING_NAME_BYTES = 272 };

/** One label column of a table. */
typedef struct {
    const agr_label_column *column; /* borrowed from the dataset */
    bool in_bins;                   /* a number; else a class */
    agr_audit_bins bins;
} agr_slicing_factor;

/** One table. */
typedef struct {
    char name[AGR_SLICING_NAME_BYTES]; /* "race*gender" */
    int n_factors;
    agr_slicing_factor factor[AGR_SLICING_MAX_FACTORS];
    int n_cells;      /* those that hold a sample, in the order of classes and bins */
    char **cell;      /* [n_cells] "asian*female"; owned */
    int32_t *cell_of; /* [n_samples] -1: in none, for want of a label or a bin; owned */
} agr_slicing_table;

/** {0} are no tables. */
typedef struct {
    int n_tables;
    agr_slicing_table *table; /* [n_tables], owned */
} agr_slicing;

/**
 * Tables are separated by ',', the columns of one by '*'. ':' after a column that holds numbers
 * begins its bins, separated by ',' too: a word that begins with a digit goes on with the bins
 * before it. Without bins such a column has `bins`.
 *
 * AGR_USAGE, naming the columns that there are: an unknown column, one that is there twice, bins of
 * classes, too many tables, columns or cells. AGR_MEMORY. Not collective. Caller releases in every
 * case; the dataset stays open until then.
 */
agr_status agr_slicing_read(const char *text, const agr_dataset *dataset,
                            const agr_audit_bins *bins, const int64_t *sample, int64_t n_samples,
                            agr_slicing *slicing, agr_error *err);

/** A zeroed slicing is accepted. */
void agr_slicing_release(agr_slicing *slicing);

#endif
