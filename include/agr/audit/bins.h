/**
 * Ranges of a number: "0-2,3-9,10-19,70+".
 *
 * Of whole numbers both ends belong to a bin, with their fractions: 2.9 lies in 0-2. As soon as one
 * end is no whole number every bin goes up to its upper end without it: 0-0.5,0.5-1 do not overlap.
 */
#ifndef AGR_AUDIT_BINS_H
#define AGR_AUDIT_BINS_H

#include <agr/base/error.h>

enum { AGR_AUDIT_MAX_BINS = 64, AGR_AUDIT_BIN_NAME_BYTES = 48 };

/** FairFace's age groups. */
#define AGR_AUDIT_DEFAULT_BINS "0-2,3-9,10-19,20-29,30-39,40-49,50-59,60-69,70+"

/** Values v with from <= v < to. */
typedef struct {
    char name[AGR_AUDIT_BIN_NAME_BYTES]; /* as it was written */
    double from, to;                     /* to is infinity in the last bin, written "70+" */
} agr_audit_bin;

typedef struct {
    int n;
    agr_audit_bin bin[AGR_AUDIT_MAX_BINS];
} agr_audit_bins;

/** Reads bins in ascending order. AGR_USAGE for anything else: what is no range, an end below its
 * beginning, bins that overlap, "70+" before the end, too many. */
agr_status agr_audit_bins_parse(const char *text, agr_audit_bins *bins, agr_error *err);

/** The bin that holds this value, or -1 (NaN lies in none). */
int agr_audit_bins_find(const agr_audit_bins *bins, double value);

#endif
