/**
 * Samples in cells: each class of a label column, each bin of a number, each crossing of them, as
 * people write it: "race*gender", "age:0-17,18+*gender".
 */
#ifndef AGR_TRAIN_CELLS_H
#define AGR_TRAIN_CELLS_H

#include <agr/audit/bins.h>
#include <agr/train/training_set.h>

enum { AGR_CELLS_MAX = 1024, AGR_CELLS_MAX_FACTORS = 4, AGR_CELLS_NAME_BYTES = 272 };

/** One of the columns that are crossed. */
typedef struct {
    const agr_label_column *column; /* borrowed from the set */
    bool in_bins;                   /* a number; else a class */
    agr_audit_bins bins;
} agr_cells_factor;

/** Zeroed: no cells. */
typedef struct {
    char name[AGR_CELLS_NAME_BYTES]; /* "race*gender" */
    int n_factors;
    agr_cells_factor factor[AGR_CELLS_MAX_FACTORS];
    int n_cells;      /* those that hold a sample, in the order of classes and bins */
    char **cell;      /* [n_cells] "asian*female"; owned */
    int32_t *cell_of; /* [n_samples] -1: in none, for want of a label or a bin; owned */
} agr_cells;

/**
 * The cells of these samples of a set. Columns are separated by '*'; ':' after one that holds numbers
 * begins its bins (audit/bins.h), without them it has `bins`. A column that does not say what it
 * holds is one of numbers. It is no error that no sample is in any cell.
 *
 * AGR_USAGE: an unknown column (naming those that there are), one that is there twice, bins of
 * classes, too many columns or cells. AGR_MEMORY. Not collective. Caller releases in every case; the
 * set stays until then.
 */
agr_status agr_cells_read(const char *text, const agr_training_set *set, const agr_audit_bins *bins,
                          const int64_t *sample, int64_t n_samples, agr_cells *cells,
                          agr_error *err);

/** Those of one column by itself. */
agr_status agr_cells_of_column(const agr_label_column *column, const agr_audit_bins *bins,
                               const int64_t *sample, int64_t n_samples, agr_cells *cells,
                               agr_error *err);

void agr_cells_release(agr_cells *cells);

#endif
