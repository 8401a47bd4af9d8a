/* The parts of a run record. */
#ifndef AGR_REPORT_RUN_RECORD_IMPL_H
#define AGR_REPORT_RUN_RECORD_IMPL_H

#include <agr/report/run_record.h>

/* Index of the branch, which is added when it is not known yet; -1: too many, or no name. */
int run_record_branch(agr_run_record *record, const char *name);

/* history.csv: figures by epoch. No file: no epoch yet. */
agr_status run_record_read_history(agr_run_record *record, agr_error *err);

/* events.jsonl: times, spans, marks. No file: nothing is known. `ended` becomes true, or `stopped`, as
 * the last word of it is. */
agr_status run_record_read_events(agr_run_record *record, bool *ended, bool *stopped,
                                  agr_error *err);

#endif
