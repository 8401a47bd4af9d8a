/**
 * The tables that people ask for: "race,gender,age:0-17,18+,race*gender" becomes columns of labels,
 * their cells with names, and the cell of every sample.
 */
#ifndef AGR_REPORT_SLICING_H
#define AGR_REPORT_SLICING_H

#include <agr/store/dataset.h>
#include <agr/train/cells.h>

/** Asks for a table by each column that judged samples have labels of. */
#define AGR_SLICING_ALL "all"

enum { AGR_SLICING_MAX_TABLES = 16 };

/** One table: the cells of the samples that are judged. */
typedef agr_cells agr_slicing_table;

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
