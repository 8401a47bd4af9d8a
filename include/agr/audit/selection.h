/**
 * Rows that are judged: what was true and what was said, image by image, and a choice among them.
 *
 * Letters: N rows, K classes. Nothing here knows of ranks, files or networks; all sums are taken in
 * the order of the selection, in double, so equal rows give equal bits.
 */
#ifndef AGR_AUDIT_SELECTION_H
#define AGR_AUDIT_SELECTION_H

#include <agr/base/error.h>
#include <stdint.h>

enum { AGR_AUDIT_MAX_CLASSES = 255 };

/** Plain data, borrowed. A stride of 0 says the same about every row: a guess that does not look. */
typedef struct {
    int64_t n;                  /* N */
    const double *label;        /* [N]; NaN = no label */
    const double *prediction;   /* [N]; a number, or a class index 0 .. K - 1 */
    int64_t prediction_stride;  /* 1 or 0 */
    int n_classes;              /* K <= AGR_AUDIT_MAX_CLASSES; 0: numbers are predicted */
    const double *probability;  /* [N,K], each row adds up to 1; NULL where numbers are predicted */
    int64_t probability_stride; /* K or 0 */
} agr_audit_rows;

/** A place in a selection with the value that it is sorted by. */
typedef struct {
    double value;
    int64_t place;
} agr_audit_ranked;

/** The labelled ones among some rows. Open: who draws rows anew (a bootstrap) writes `times` in
 * place, and `n`, their sum. A row may stand at more than one place. */
typedef struct {
    const agr_audit_rows *rows; /* borrowed */
    int64_t n_places;
    int64_t n;                 /* images: the sum of times */
    int64_t *index;            /* [n_places] rows; owned */
    int32_t *times;            /* [n_places] how often the row at this place counts; 1; owned */
    agr_audit_ranked *scratch; /* [n_places], owned; metrics that sort do it here */
    agr_audit_ranked *ranked;  /* owned; NULL: not sorted beforehand */
} agr_audit_selection;

/** Selects the labelled rows among index[0..n), in that order; index NULL: among rows 0 .. n - 1.
 * `rows` is borrowed until the release. AGR_MEMORY. Caller releases. */
agr_status agr_audit_select(const agr_audit_rows *rows, const int64_t *index, int64_t n,
                            agr_audit_selection *selection, agr_error *err);

/** Sorts once for all metrics that need an order, for who computes them with many different `times`:
 * each then takes one pass. Numbers by their distance, classes by each probability: K orders.
 * AGR_MEMORY. */
agr_status agr_audit_presort(agr_audit_selection *selection, agr_error *err);

/** A zeroed selection is accepted. */
void agr_audit_selection_release(agr_audit_selection *selection);

#endif
