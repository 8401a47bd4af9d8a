/**
 * The probes: one file a subject, one row of the table (table.c) each.
 */
#ifndef AGR_DOCTOR_PROBE_IMPL_H
#define AGR_DOCTOR_PROBE_IMPL_H

#include <agr/base/file.h>
#include <agr/doctor/doctor.h>
#include <agr/doctor/finding.h>
#include "child_impl.h"

/** When and how a probe looks. */
typedef enum {
    PROBE_FILES, /* in a child process, beside the others: what may be stuck uses no processor */
    PROBE_PROCESSOR, /* in a child process, one after the other: what measures is not disturbed */
    PROBE_TOGETHER,  /* with all other ranks, in MPI */
} probe_stage;

/** What a probe in a child sees: no MPI. */
typedef void probe_alone(const agr_doctor_options *options, agr_findings *findings);

/** The ranks as they were started. Not changed once made. */
typedef struct {
    const agr_doctor_options *options;
    agr_world *world;
    int n_hosts;
    int *first;      /* [n_hosts] lowest rank of each host, ascending; owned */
    int *host;       /* [size] number of each rank's host, in order of lowest rank; owned */
    bool has_marker; /* rank 0 has left its file in the run folder */
    doctor_child
        *shared;    /* ready to look for it (doctor_look_for_marker); NULL: not on this rank */
    double child_s; /* how long a child may take */
} probe_gathering;

/** **Collective over the world.** */
typedef agr_status probe_together(probe_gathering *gathering, agr_findings *findings,
                                  agr_error *err);

typedef struct {
    const char *subject;
    agr_scope scope;
    probe_stage stage;
    probe_alone *alone;
    probe_together *together;
} probe;

extern const probe doctor_probes[];
extern const int doctor_n_probes;

/** Loads the configuration that is asked about. false when it cannot be: the probe of that name says
 * so. Once a process. */
bool doctor_config(const agr_doctor_options *options, agr_config *config, agr_error *err);

/** This process among those of its host, as the launcher says; 0 and 1 when it says nothing. */
int doctor_local_rank(void);
int doctor_local_size(void);
/** All processes of the run, likewise. */
int doctor_size(void);

/** A whole number of the environment; -1 where there is none. */
int64_t doctor_number(const char *variable);

probe_alone probe_launcher, probe_slurm, probe_settings, probe_folder, probe_dataset,
    probe_shared_memory, probe_memory, probe_hdf5, probe_kernels, probe_matrix, probe_rates,
    probe_pace, probe_digest;
probe_together probe_mpi, probe_cores, probe_network, probe_shared_folder;

/** The child of probe_shared_folder: looks for the file whose name it is told; on rank 0 it removes it. */
doctor_child_work doctor_look_for_marker;

/** The file that rank 0's probe of the run folder leaves there for the others to find. Once a
 * process, before its first child. */
void doctor_marker_choose(const agr_doctor_options *options);

/** Does the launcher's way of starting end inside MPI_Init? */
bool doctor_launcher_is_lost(void);

#endif
