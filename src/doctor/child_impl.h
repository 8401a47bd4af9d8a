/** Work in a child process that answers by a deadline, or is ended. */
#ifndef AGR_DOCTOR_CHILD_IMPL_H
#define AGR_DOCTOR_CHILD_IMPL_H

#include <agr/doctor/finding.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/** What the child does. `question`: a descriptor from which it may read what doctor_child_tell()
 * gives it, and the end of which tells it to clean up. */
typedef void doctor_child_work(const void *context, int question, agr_findings *findings);

typedef enum {
    CHILD_ANSWERED,
    CHILD_LATE, /* stuck: it was killed, and may yet be there if even that did not end it */
    CHILD_DIED, /* of itself: `signal` says of which, 0: no answer */
} doctor_child_end;

typedef struct {
    pid_t pid;
    int question, answer; /* our ends */
    int signal;
    double begin_s; /* of agr_clock_s() */
    size_t n_read;
    agr_findings findings; /* what it found, once it has answered */
} doctor_child;

/** Starts the work. Before MPI is: a child of a process with MPI may not be safe. -1 with errno when
 * the system has no room for it. */
int doctor_child_start(doctor_child *child, doctor_child_work *work, const void *context);

/** Tells the child what it waits for. Nothing happens when it is gone. */
void doctor_child_tell(doctor_child *child, const void *bytes, size_t n_bytes);

/** Waits for its answer until `deadline_s` of agr_clock_s() and ends it. Once; later calls answer
 * CHILD_DIED. */
doctor_child_end doctor_child_finish(doctor_child *child, double deadline_s);

#endif
