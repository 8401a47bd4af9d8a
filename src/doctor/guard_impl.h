/** The watch over the whole: what has been found so far, what is being done, and when it is too late. */
#ifndef AGR_DOCTOR_GUARD_IMPL_H
#define AGR_DOCTOR_GUARD_IMPL_H

#include <agr/doctor/doctor.h>

/** Starts the watch: after its time it makes a diagnosis of what was noted and calls
 * options->expired. `self`: where findings are noted; borrowed until the end of the watch. */
agr_status doctor_guard_start(const agr_doctor_options *options, agr_rank_findings *self,
                              agr_error *err);

/** What is begun now: the object of "waited for ..."; `place`: of its probe. Kept, not copied. */
void doctor_guard_doing(int place, const char *what);

/** Adds what probe `place` found. */
void doctor_guard_note(int place, const agr_findings *findings);

/** Ends the watch, if it was started. */
void doctor_guard_stop(void);

#endif
