/**
 * One head judged in every cell of a table (each class of a label, each bin, each crossing of them),
 * and what the cells differ by.
 *
 * Every figure has an interval from a bootstrap, simultaneous over the cells of its table; every gap
 * one that is simultaneous over all pairs of cells, so that the largest of them is no accident of
 * looking for the largest. Figures that speak of few pictures have no interval and take no part in
 * gaps. Formulas and sources: docs/evaluation.md.
 */
#ifndef AGR_AUDIT_SLICES_H
#define AGR_AUDIT_SLICES_H

#include <agr/audit/bootstrap.h>
#include <agr/audit/judgement.h>
#include <agr/base/pool.h>

enum { AGR_AUDIT_MAX_CELLS = 1024 };

/** Which row lies in which cell. Plain data, borrowed. */
typedef struct {
    int n_cells;            /* 1 .. AGR_AUDIT_MAX_CELLS */
    const int32_t *cell_of; /* [N]; -1: in none */
} agr_audit_cells;

typedef struct {
    const agr_audit_options *judge;
    const agr_audit_bootstrap *bootstrap;
    int64_t min_count; /* pictures (groups of copies) that a figure has to speak of */
} agr_audit_slice_options;

/** One figure in one cell. */
typedef struct {
    agr_audit_figure figure; /* of all rows of the cell, or of a class (of >= 0) in it */
    int64_t n_groups;        /* pictures that it speaks of: figure.n without copies */
    bool compared;           /* it can be said, and n_groups >= min_count */
    double error;            /* standard error; NaN unless compared */
    double low, high;        /* simultaneous over the cells; NaN unless compared */
} agr_audit_slice;

typedef struct {
    int64_t n;              /* labelled rows */
    int64_t n_groups;       /* pictures among them that are no copies of each other */
    agr_audit_slice *slice; /* [n_slices], owned by the table */
} agr_audit_cell;

/** Two cells, the one with the larger figure first. */
typedef struct {
    int cell[2];
    int64_t n;         /* images that the figures speak of, of both the fewer */
    double difference; /* of the first and the second, >= 0 */
    double low, high;  /* simultaneous over all pairs; NaN when it cannot be said */
    bool shown;        /* low > 0 */
    double needed_n;   /* images that both figures would have to speak of for this difference to be
                          shown; NaN when it is shown, or cannot be */
} agr_audit_pair;

/** What the cells differ by in one figure: "accuracy"; for classes also "demographic_parity" (as
 * selection_rate) and "equalized_odds" (the larger of what recall and false_positive_rate differ
 * by). */
typedef struct {
    const agr_audit_metric *metric; /* NULL: of more than one */
    char name[AGR_AUDIT_NAME_BYTES];
    int of;                  /* index of a class; -1: of all rows */
    double ratio;            /* smallest figure over largest; NaN where it means nothing */
    agr_audit_pair largest;  /* the largest difference */
    agr_audit_pair clearest; /* the one with the most standard errors; often the same */
    int64_t n_pairs, n_shown;
} agr_audit_gap;

/** Mean over the cells of what is a mean over rows, so that the mix of the set does not count (NIST
 * FATE age estimation). */
typedef struct {
    const agr_audit_metric *metric;
    char name[AGR_AUDIT_NAME_BYTES]; /* of the figure: "mae" */
    int n_cells;                     /* compared ones */
    int64_t n;                       /* images in them */
    double value, low, high;
} agr_audit_equal_cell;

typedef struct {
    int n_cells, n_compared; /* n_compared: of at least min_count pictures */
    int64_t n_outside;       /* labelled rows in no cell */
    int n_slices;            /* figures of each cell: the same in every one, in order */
    agr_audit_cell *cell;    /* [n_cells], owned */
    int n_gaps;              /* of figures that at least two cells can be compared by */
    agr_audit_gap *gap;      /* [n_gaps], owned */
    int n_equal_cells;
    agr_audit_equal_cell *equal_cell; /* [n_equal_cells], owned */
} agr_audit_slices;

/** Judges every cell. The same bits with any pool. AGR_MEMORY. Caller releases. */
agr_status agr_audit_slice_rows(const agr_audit_rows *rows, const agr_audit_cells *cells,
                                const agr_audit_slice_options *options, agr_pool *pool,
                                agr_audit_slices *slices, agr_error *err);

/** A zeroed table is accepted. */
void agr_audit_slices_release(agr_audit_slices *slices);

#endif
