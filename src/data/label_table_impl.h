/** Labels (and parts of the set) for listed files, from a table. */
#ifndef AGR_DATA_LABEL_TABLE_IMPL_H
#define AGR_DATA_LABEL_TABLE_IMPL_H

#include "listing_impl.h"
#include "rejects_impl.h"

#include <agr/data/csv.h>

/** The column of a table that names the part of each file, and is no label. */
#define AGR_PART_COLUMN "split"

/** No part was given to a file. */
enum { AGR_PART_NONE = 255 };

/** Which row of a table speaks of which file. */
typedef struct {
    agr_csv csv;
    const char *path; /* of the table; borrowed */
    int path_column;
    int64_t *row_of_file; /* [n_files] or -1; owned */
} agr_matched_table;

/** Reads the table and finds the row of each file. A row names a file by its name, by
 * "<folder>/<name>" as the folder was given, by "<folder's last component>/<name>", or by its absolute
 * path. Rows that name no file, or one already named, become rejects. AGR_INPUT when the column is missing. */
agr_status agr_matched_table_create(const char *path, const char *path_column,
                                    const agr_listing *listing, agr_matched_table *table,
                                    agr_rejects *rejects, agr_error *err);
void agr_matched_table_release(agr_matched_table *table);

/**
 * Turns the columns of a matched table, except the path's and "split", into labels of n_kept files:
 * row i of *labels is file kept[i], which has a row in the table.
 *
 * A column of numbers is a number, one of words is classes in bytewise order, unless order[] names
 * its classes. usable[i] becomes false for a file that has a value outside its column's classes;
 * it is added to the rejects. AGR_INPUT, saying line and column, for a column that is mostly but
 * not wholly numbers, or has too many different words. Caller releases *labels.
 */
agr_status agr_labels_from_table(const agr_matched_table *table, const agr_listing *listing,
                                 const int64_t *kept, int64_t n_kept, int n_orders,
                                 const agr_class_order *order, agr_labels *labels, bool *usable,
                                 agr_rejects *rejects, agr_error *err);

/** part[f] for every file f from column "split" of a matched table; AGR_PART_NONE where the file
 * has no row or the field names no part: why_not[f], NULL before, then says so in words, to be freed.
 * AGR_INPUT when the column is missing. */
agr_status agr_parts_from_table(const agr_matched_table *table, int64_t n_files, uint8_t *part,
                                char **why_not, agr_error *err);

#endif
