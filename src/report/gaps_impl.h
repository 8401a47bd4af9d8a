/* What slices differ by, in words: for pages and cards. */
#ifndef AGR_REPORT_GAPS_IMPL_H
#define AGR_REPORT_GAPS_IMPL_H

#include <agr/base/text.h>
#include <agr/report/evaluation.h>

/** The figure by which a head is judged first: the mean absolute error, or the accuracy. */
const char *gaps_first_metric(const agr_evaluated_head *r);

/** What it differs by between the cells of this table, or NULL where fewer than two can be
 * compared. */
const agr_audit_gap *gaps_first(const agr_evaluated_head *r, int table);

/** Appends "race accuracy by race: largest gap 0.95, between 'white' and 'other' (shown: 0.91 .. 0.97)."
 * or that it is not shown, with the number of images that would show it. gap NULL: that there is
 * none. */
void gaps_say(const agr_evaluation *e, const agr_evaluated_head *r, int table,
              const agr_audit_gap *gap, agr_text *words);

/** Appends "recall of 'white'". */
void gaps_name(const agr_evaluation *e, const agr_evaluated_head *r, const agr_audit_gap *gap,
               agr_text *words);

#endif
