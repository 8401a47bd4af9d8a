/* The table of probes, in the order in which they are told. */
#include "probe_impl.h"

const probe doctor_probes[] = {
    {"launcher", AGR_SCOPE_RUN, PROBE_FILES, probe_launcher, NULL},
    {"mpi", AGR_SCOPE_RUN, PROBE_TOGETHER, NULL, probe_mpi},
    {"slurm", AGR_SCOPE_RUN, PROBE_FILES, probe_slurm, NULL},
    {"settings", AGR_SCOPE_RUN, PROBE_FILES, probe_settings, NULL},
    {"cores", AGR_SCOPE_RANK, PROBE_TOGETHER, NULL, probe_cores},
    {"kernels", AGR_SCOPE_RANK, PROBE_PROCESSOR, probe_kernels, NULL},
    {"rates", AGR_SCOPE_RANK, PROBE_PROCESSOR, probe_rates, NULL},
    {"pace", AGR_SCOPE_RANK, PROBE_PROCESSOR, probe_pace, NULL},
    {"matrix unit", AGR_SCOPE_HOST, PROBE_PROCESSOR, probe_matrix, NULL},
    {"bits", AGR_SCOPE_RANK, PROBE_PROCESSOR, probe_digest, NULL},
    {"network", AGR_SCOPE_RUN, PROBE_TOGETHER, NULL, probe_network},
    {"memory", AGR_SCOPE_HOST, PROBE_FILES, probe_memory, NULL},
    {"/dev/shm", AGR_SCOPE_HOST, PROBE_FILES, probe_shared_memory, NULL},
    {"hdf5", AGR_SCOPE_HOST, PROBE_FILES, probe_hdf5, NULL},
    {"run folder", AGR_SCOPE_HOST, PROBE_FILES, probe_folder, NULL},
    {"shared folder", AGR_SCOPE_HOST, PROBE_TOGETHER, NULL, probe_shared_folder},
    {"dataset", AGR_SCOPE_HOST, PROBE_FILES, probe_dataset, NULL},
};
const int doctor_n_probes = sizeof doctor_probes / sizeof *doctor_probes;
