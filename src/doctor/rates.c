/* How fast this processor multiplies: at best, and by sgemm. */
#include "probe_impl.h"

#include <agr/kernels/isa.h>
#include <agr/kernels/openblas.h>
#include <agr/kernels/peak.h>

#define LEAST_PART_OF_PEAK 0.6
enum { REPEATS = 5, PEAK_REPEATS = 20 };

static void look_at_sgemm(double peak, agr_findings *findings)
{
    double seconds;
    agr_error err = {0};
    if (agr_sgemm_time(REPEATS, &seconds, &err) != AGR_OK) {
        agr_finding *finding = agr_findings_add(findings, AGR_HEALTH_WARNING, "%.300s", err.text);
        agr_finding_remedy(finding, "%.300s", err.hint);
        return;
    }
    const double rate = AGR_SGEMM_FLOP / seconds;
    const bool is_slow = rate < LEAST_PART_OF_PEAK * peak;
    agr_finding *finding =
        agr_findings_add(findings, is_slow ? AGR_HEALTH_WARNING : AGR_HEALTH_OK,
                         "OpenBLAS sgemm (%s) on one thread", agr_openblas_core());
    agr_finding_measure(finding, rate * 1e-9, "GFLOP/s");
    agr_finding_remedy(finding,
                       "less than %.0f %% of the peak: OPENBLAS_CORETYPE names kernels for "
                       "another processor, or others compute on this one; only "
                       "compute.gemm=openblas uses it",
                       100 * LEAST_PART_OF_PEAK);
}

void probe_rates(const agr_doctor_options *options, agr_findings *findings)
{
    agr_isa isa;
    (void)options;
    if (agr_isa_choose(&isa, NULL) != AGR_OK)
        return;
    agr_kernels_select(isa);
    const double peak = agr_fma_rate(PEAK_REPEATS);
    agr_finding_measure(
        agr_findings_add(findings, AGR_HEALTH_OK, "fused products on one thread, the peak"),
        peak * 1e-9, "GFLOP/s");
    look_at_sgemm(peak, findings);
}
