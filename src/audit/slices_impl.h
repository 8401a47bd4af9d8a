/* What the files behind a table of slices share. */
#ifndef AGR_AUDIT_SLICES_IMPL_H
#define AGR_AUDIT_SLICES_IMPL_H

#include <agr/audit/simultaneous.h>
#include <agr/audit/slices.h>

/** One figure in one cell, and what it was in every draw. */
typedef struct {
    int kind; /* only figures of one kind are compared */
    int cell;
    double value, error;
    int64_t n, n_groups; /* images that it speaks of, pictures among them */
    const double *drawn; /* [n_draws] */
} audit_drawn;

/** What is computed anew in every draw. */
typedef struct {
    const agr_audit_bootstrap *bootstrap;
    double within;                        /* k of cs */
    int n_cells;                          /* C */
    const agr_audit_selection *selection; /* [C], presorted */
    int n_figures;                        /* F */
    const agr_audit_slice *figure;        /* [F] which figures */
    double *drawn;                        /* [F,C,n_draws] */
} audit_redraw;

/** A table while it is made. */
typedef struct {
    const agr_audit_rows *rows;
    const agr_audit_cells *cells;
    const agr_audit_slice_options *options;
    agr_pool *pool;
    agr_audit_slices *slices;
    int64_t *row, *begin; /* rows of cell c: row[begin[c]] .. row[begin[c + 1]) */
    int64_t *seen;        /* [n_groups] the count that saw a group last */
    int64_t n_counts;
    int *compared;                  /* [n_compared] cells */
    agr_audit_selection *selection; /* [n_compared] */
    audit_drawn *item;              /* [2 * n_compared] room to compare in */
    double *mean;                   /* [n_draws] likewise */
    double *drawn;                  /* [figures at once, n_compared, n_draws] */
} audit_slicing;

/** Draws the figures of the compared cells; adds intervals, gaps and means over equal cells.
 * AGR_MEMORY. */
agr_status audit_compare_cells(audit_slicing *w, agr_error *err);

/** Fills drawn. AGR_MEMORY. */
agr_status audit_redraw_all(const audit_redraw *redraw, agr_pool *pool, agr_error *err);

/** Where no draw ever differs from a share of 0 or 1 the draws say that nothing else can be, which
 * is not so. Gives them the spread of the share with two hits and two misses more (Agresti and
 * Coull 1998). `address` tells one figure of one cell from all others. */
void audit_loosen(const agr_audit_bootstrap *bootstrap, const agr_audit_slice *slice,
                  uint64_t address, double *drawn);

/** The gap between the cells of item [n], n >= 2; metric, name and class of it are the caller's.
 * AGR_MEMORY. */
agr_status audit_gap_between(const audit_drawn *item, int n, int64_t n_draws, double range,
                             agr_audit_gap *gap, agr_error *err);

#endif
