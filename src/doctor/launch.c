/* How this process was started: by which launcher, and beside which others. */
#include "probe_impl.h"

#include <agr/comm/library.h>
#include <stdlib.h>
#include <string.h>

int64_t doctor_number(const char *variable)
{
    const char *value = getenv(variable);
    char *end;
    if (value == NULL || value[0] == '\0')
        return -1;
    const long number = strtol(value, &end, 10);
    return *end == '\0' || *end == '(' || *end == ',' ? number : -1;
}

/* The first of these that is set; Open MPI, MPICH and Intel MPI, Slurm. */
static int first_number(const char *const variable[], int n, int otherwise)
{
    for (int i = 0; i < n; i++) {
        const int64_t number = doctor_number(variable[i]);
        if (number >= 0)
            return (int)number;
    }
    return otherwise;
}

int doctor_local_rank(void)
{
    static const char *const variable[] = {"OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID",
                                           "SLURM_LOCALID"};
    return first_number(variable, 3, 0);
}

int doctor_local_size(void)
{
    static const char *const variable[] = {"OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS",
                                           "SLURM_TASKS_PER_NODE"};
    return first_number(variable, 3, 1);
}

int doctor_size(void)
{
    static const char *const variable[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_NTASKS"};
    return first_number(variable, 3, 1);
}

/* A step of several tasks, and nobody who tells them of each other in a way that this MPI hears. */
bool doctor_launcher_is_lost(void)
{
    char library[64];
    agr_mpi_describe(library, sizeof library);
    const bool is_told = getenv("OMPI_COMM_WORLD_SIZE") != NULL || getenv("PMIX_RANK") != NULL;
    const bool may_use_pmi = strncmp(library, "Open MPI", strlen("Open MPI")) != 0 &&
                             (getenv("PMI_RANK") != NULL || getenv("PMI_FD") != NULL);
    return doctor_number("SLURM_STEP_NUM_TASKS") > 1 && !is_told && !may_use_pmi;
}

void probe_launcher(const agr_doctor_options *options, agr_findings *findings)
{
    (void)options;
    if (doctor_launcher_is_lost()) {
        agr_finding *finding = agr_findings_add(
            findings, AGR_HEALTH_PROBLEM,
            "srun started %lld processes that MPI cannot join: %s, and this MPI wants PMIx; it "
            "would end inside MPI_Init",
            (long long)doctor_number("SLURM_STEP_NUM_TASKS"),
            getenv("PMI_RANK") != NULL ? "it speaks PMI-2" : "it tells them nothing of each other");
        agr_finding_remedy(finding, "srun --mpi=pmix (srun --mpi=list shows whether Slurm has it), "
                                    "or mpirun inside sbatch or salloc");
    } else if (getenv("OMPI_COMM_WORLD_SIZE") != NULL && getenv("PMIX_RANK") != NULL &&
               doctor_number("SLURM_STEP_NUM_TASKS") < 0) {
        agr_findings_add(findings, AGR_HEALTH_OK, "mpirun");
    } else if (doctor_number("SLURM_STEP_NUM_TASKS") > 1) {
        agr_findings_add(findings, AGR_HEALTH_OK, "Slurm, %lld tasks",
                         (long long)doctor_number("SLURM_STEP_NUM_TASKS"));
    } else {
        agr_findings_add(findings, AGR_HEALTH_OK, "none: one process on its own");
    }
}
