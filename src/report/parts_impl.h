/* The figures of classes and bins among a head's figures: those of one part follow each other. */
#ifndef AGR_REPORT_PARTS_IMPL_H
#define AGR_REPORT_PARTS_IMPL_H

#include <agr/report/evaluation.h>

/** The first figure of the first part; the end of all figures where there is none. */
const agr_audit_figure *parts_begin(const agr_evaluated_head *r);

/** Behind the last figure of the part that begins here. */
const agr_audit_figure *parts_end(const agr_evaluated_head *r, const agr_audit_figure *begin);

/** Whether a figure has a column of its own: counts have theirs already. */
bool parts_shows(const agr_audit_figure *figure);

#endif
