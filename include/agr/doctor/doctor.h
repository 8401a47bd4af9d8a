/**
 * The doctor: looks at machines, network, files and settings before a run does, and says of each
 * thing whether it is well and what to do when it is not.
 *
 * It cannot hang. What may be stuck without MPI (a file system, a batch system's command, a library)
 * is looked at by child processes, each with a deadline: one that does not answer is ended and
 * named. MPI itself is watched by a thread that says what it waits for when the time is up.
 */
#ifndef AGR_DOCTOR_DOCTOR_H
#define AGR_DOCTOR_DOCTOR_H

#include <agr/comm/world.h>
#include <agr/config/config.h>
#include <agr/doctor/diagnosis.h>
#include <stdbool.h>

/** The time is up: `so_far` is what this rank knows, its last row says what did not end. Called on a
 * thread of its own while the program is stuck; must end the process. */
typedef void agr_doctor_expired(const agr_diagnosis *so_far);

typedef struct {
    const char *config; /* a file or a built-in name; NULL: seed */
    const agr_config_override *overrides;
    int n_overrides;
    const char *run;   /* run folder; NULL: the current folder, under which runs are made */
    bool data_is_told; /* somebody asked for this dataset: it has to be there */
    bool speaks;       /* this process is rank 0 of the launcher */
    double deadline_s; /* for everything, from the call on */
    agr_doctor_expired *expired;
} agr_doctor_options;

/**
 * Starts the world, after everything that is looked at without it, and looks at all. *diagnosis is
 * filled on rank 0, empty elsewhere; *n_problems is known to all ranks. *world is NULL where MPI
 * could not have been started: then this process alone has a diagnosis, if it speaks.
 *
 * **Collective over all processes of the run.** Once a process, instead of agr_world_start(). Caller
 * stops the world and releases the diagnosis. AGR_MPI, AGR_MEMORY.
 */
agr_status agr_doctor_run(const agr_doctor_options *options, agr_world **world,
                          agr_diagnosis *diagnosis, int *n_problems, agr_error *err);

#endif
