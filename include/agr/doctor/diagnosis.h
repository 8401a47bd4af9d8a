/**
 * A diagnosis: the findings of all ranks, each said once with who found it.
 */
#ifndef AGR_DOCTOR_DIAGNOSIS_H
#define AGR_DOCTOR_DIAGNOSIS_H

#include <agr/base/error.h>
#include <agr/doctor/finding.h>

/** What one rank brings. */
typedef struct {
    char host[64];
    agr_findings findings;
} agr_rank_findings;

typedef struct {
    agr_finding finding; /* in the words of the first who found it */
    double least, most;  /* of what they measured */
    int n_ranks, n_hosts;
    char where[160]; /* "" when all who looked found it; else "a, b", "rank 3 on a" */
} agr_diagnosis_row;

typedef struct {
    int n_ranks, n_hosts;
    int count[AGR_HEALTH_COUNT]; /* rows of each kind */
    int n_rows;
    agr_diagnosis_row *row; /* owned; in the order of the table of probes */
} agr_diagnosis;

/** Of the findings of n_ranks ranks. Those that differ where they must not become what they say
 * they are then. Not collective. Caller releases. AGR_MEMORY. */
agr_status agr_diagnosis_make(const agr_rank_findings *rank, int n_ranks, agr_diagnosis *diagnosis,
                              agr_error *err);

/** A zeroed one is accepted. */
void agr_diagnosis_release(agr_diagnosis *diagnosis);

#endif
