/* Which kernels this processor gets. */
#include "probe_impl.h"

#include <agr/base/cpu.h>
#include <agr/kernels/isa.h>

void probe_kernels(const agr_doctor_options *options, agr_findings *findings)
{
    agr_isa isa;
    agr_error err = {0};
    (void)options;
    if (agr_isa_choose(&isa, &err) != AGR_OK) {
        agr_finding *finding = agr_findings_add(findings, AGR_HEALTH_PROBLEM, "%.300s", err.text);
        agr_finding_remedy(finding, "unset AGR_ISA");
        return;
    }
    const bool is_best = isa == agr_isa_detect();
    agr_finding *finding =
        agr_findings_add(findings, is_best ? AGR_HEALTH_OK : AGR_HEALTH_WARNING, "%s on %s%s%s",
                         agr_isa_name(isa), agr_cpu_model(), is_best ? "" : ", which has ",
                         is_best ? "" : agr_isa_name(agr_isa_detect()));
    agr_finding_remedy(finding,
                       "unset AGR_ISA: the bits are the same, and the best kernels faster");
}
