/**
 * Several models judged on the same rows: what they differ by.
 *
 * Paired: all models are judged in the same draws of a bootstrap, so what is hard for all of them
 * falls out of their differences. The intervals of a figure hold for all pairs of models at once.
 */
#ifndef AGR_AUDIT_PAIRED_H
#define AGR_AUDIT_PAIRED_H

#include <agr/audit/bootstrap.h>
#include <agr/audit/judgement.h>
#include <agr/base/pool.h>

enum { AGR_AUDIT_MAX_PAIRED = 8 };

/** Of two models. */
typedef struct {
    double difference; /* of the second less the first; of a figure that is better near 0, of their
                          distances from it */
    double low, high;  /* NaN: cannot be said */
    bool shown;        /* the interval does not contain 0 */
} agr_audit_difference;

/** One figure, of all rows. */
typedef struct {
    const agr_audit_metric *metric;
    char name[AGR_AUDIT_NAME_BYTES];
    double baseline;
    double value[AGR_AUDIT_MAX_PAIRED];                                    /* of each model */
    agr_audit_difference pair[AGR_AUDIT_MAX_PAIRED][AGR_AUDIT_MAX_PAIRED]; /* [first][second],
                                                                              first < second */
    int winner; /* the model that is shown to be better than every other; -1: none is */
} agr_audit_paired_figure;

typedef struct {
    int n_models, n_figures;
    agr_audit_paired_figure *figure; /* owned */
} agr_audit_paired;

/** Compares n_models (2 .. AGR_AUDIT_MAX_PAIRED) models: rows[m] is what each said about the same
 * rows with the same labels and classes. The same bits with any pool. AGR_MEMORY. Caller releases.
 */
agr_status agr_audit_compare(const agr_audit_rows *rows, int n_models,
                             const agr_audit_options *options, const agr_audit_bootstrap *bootstrap,
                             agr_pool *pool, agr_audit_paired *paired, agr_error *err);

/** A zeroed one is accepted. */
void agr_audit_paired_release(agr_audit_paired *paired);

#endif
