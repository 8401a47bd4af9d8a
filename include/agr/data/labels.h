/**
 * Labels being gathered: named columns over samples. A column holds numbers or classes; nothing
 * here knows which columns exist. (Once written, a dataset's columns are read through
 * agr/store/dataset.h.)
 */
#ifndef AGR_DATA_LABELS_H
#define AGR_DATA_LABELS_H

#include <agr/base/error.h>
#include <stdbool.h>
#include <stdint.h>

enum { AGR_LABEL_NAME_BYTES = 64, AGR_LABELS_MAX_COLUMNS = 64 };

/** One label of all samples. */
typedef struct {
    char name[AGR_LABEL_NAME_BYTES];
    int n_classes;     /* 0: a number; else the values are indices into class_name */
    char **class_name; /* [n_classes] in order; owned */
    float *value;      /* [n_rows]; NaN = no label; owned */
} agr_labels_column;

/** All labels of all samples. */
typedef struct {
    int64_t n_rows;
    int n_columns;
    agr_labels_column column[AGR_LABELS_MAX_COLUMNS];
} agr_labels;

/** Adds a column of n_rows unlabelled samples. class_name is copied; n_classes 0 makes a number
 * column. AGR_INPUT when the name is empty, too long, taken or holds a '/', or there are too many
 * columns or classes. */
agr_status agr_labels_add(agr_labels *labels, const char *name, int n_classes,
                          const char *const *class_name, agr_error *err);

/** The column of this name, or NULL. Borrowed. */
agr_labels_column *agr_labels_find(agr_labels *labels, const char *name);

/** The class of this name in a column (exact), or -1. */
int agr_labels_class(const agr_labels_column *column, const char *name);

/** Gives the classes of a column, whose indices are known, the order or the names of this list. Its
 * own names in another order: the indices follow. As many names of which none is one of its own:
 * they are the new names of class 0, 1, ... AGR_INPUT naming both lists for anything else, and when
 * the column is unknown or no class column. */
agr_status agr_labels_order_classes(agr_labels *labels, const char *column, int n_classes,
                                    const char *const *class_name, agr_error *err);

/** Keeps the rows row[0..n_kept) in that order; row must ascend. */
void agr_labels_keep_rows(agr_labels *labels, const int64_t *row, int64_t n_kept);

/** Whether two rows carry the same labels (no label equals only no label). */
bool agr_labels_rows_equal(const agr_labels *labels, int64_t a, int64_t b);

void agr_labels_release(agr_labels *labels);

#endif
