/* /dev/shm, through which ranks of a host talk. */
#include "probe_impl.h"

#include <sys/statvfs.h>

/* Open MPI maps a few MiB a rank; Docker gives 64 MiB to all. */
enum { MIB_OF_A_RANK = 8 };

void probe_shared_memory(const agr_doctor_options *options, agr_findings *findings)
{
    struct statvfs info;
    const int n_ranks = doctor_local_size();
    (void)options;
    if (statvfs("/dev/shm", &info) != 0) {
        agr_finding *finding = agr_findings_add(
            findings, n_ranks > 1 ? AGR_HEALTH_WARNING : AGR_HEALTH_OK, "there is none");
        agr_finding_remedy(finding,
                           "mount it: ranks of a host talk through it; without it they use "
                           "slower ways");
        return;
    }
    const double free_mib = (double)info.f_bavail * (double)info.f_frsize / 0x1p20;
    const bool is_small = free_mib < (double)MIB_OF_A_RANK * n_ranks;
    agr_finding *finding =
        agr_findings_add(findings, is_small ? AGR_HEALTH_WARNING : AGR_HEALTH_OK,
                         "room for %d rank%s to talk, free", n_ranks, n_ranks > 1 ? "s" : "");
    agr_finding_measure(finding, free_mib, "MiB");
    agr_finding_remedy(finding, "docker run --shm-size=1g; or remove what others left in /dev/shm");
}
