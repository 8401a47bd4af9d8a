/**
 * balance.by: the cells (train/cells.h) that an epoch shows equally often.
 *
 * What follows from the labels of the training samples (class weights, means) counts each as often as
 * an epoch shows it on average, so that nothing is corrected twice.
 */
#ifndef AGR_TRAIN_BALANCE_H
#define AGR_TRAIN_BALANCE_H

#include <agr/base/text.h>
#include <agr/train/cells.h>

/** Zeroed: no balance, every training sample once an epoch. */
typedef struct {
    agr_cells cells;  /* of the training samples; owned; of 0 cells: no balance */
    int64_t *size;    /* [n_cells] training samples; owned */
    int64_t n_inside; /* training samples in some cell; the others come once an epoch */
} agr_balance;

/** The cells that the configuration asks for. Caller releases. AGR_INPUT, or AGR_USAGE for a value
 * from the command line: what agr_cells_read() refuses, or no training sample in any cell.
 * AGR_MEMORY. Not collective. */
agr_status agr_balance_create(const agr_config *config, const agr_training_set *set,
                              agr_balance *balance, agr_error *err);

void agr_balance_release(agr_balance *balance);

/** How often an epoch shows the i-th training sample, on average over epochs. */
double agr_balance_shown(const agr_balance *balance, int64_t i);

/** Appends "10 cells of 83 to 1034 pictures, each shown 480.1 times an epoch ...". */
void agr_balance_describe(const agr_balance *balance, agr_text *text);

/* ---- what an epoch shows of a label, on average ---- */

/** shown[k] = training samples of class k. */
void agr_balance_show_classes(const agr_balance *balance, const agr_training_set *set,
                              const agr_label_column *column, int64_t n_classes, double *shown);

/** The mean of a column over the training samples that have it: sums in double in their order. NaN
 * without any. */
double agr_balance_mean(const agr_balance *balance, const agr_training_set *set,
                        const agr_label_column *column);

/** *n training samples that have it, *n_above of them above this number. */
void agr_balance_count_above(const agr_balance *balance, const agr_training_set *set,
                             const agr_label_column *column, double number, double *n_above,
                             double *n);

#endif
