/* The library behind datasets and checkpoints. */
#include "probe_impl.h"

#include <agr/store/library.h>

void probe_hdf5(const agr_doctor_options *options, agr_findings *findings)
{
    char version[32];
    (void)options;
    const bool is_built_with = agr_hdf5_describe(version, sizeof version);
    agr_finding *finding = agr_findings_add(
        findings, is_built_with ? AGR_HEALTH_OK : AGR_HEALTH_PROBLEM, "HDF5 %s%s", version,
        is_built_with ? "" : ", but the program was built with another version");
    finding->when_differing = AGR_HEALTH_WARNING;
    agr_finding_remedy(finding, "install one version on all hosts, and build with it");
}
