/* The configuration, and variables that people set and nobody reads. */
#include "probe_impl.h"

#include <agr/base/cpu.h>
#include <stdio.h>
#include <stdlib.h>

bool doctor_config(const agr_doctor_options *options, agr_config *config, agr_error *err)
{
    return agr_config_load(config, options->config, options->overrides, options->n_overrides,
                           err) == AGR_OK;
}

static void look_at_ignored(const agr_config *config, agr_findings *findings)
{
    const char *threads = getenv("OMP_NUM_THREADS");
    if (threads == NULL || doctor_number("OMP_NUM_THREADS") == config->threads)
        return;
    agr_finding *finding = agr_findings_add(findings, AGR_HEALTH_WARNING,
                                            "OMP_NUM_THREADS=%.20s is not read", threads);
    agr_finding_remedy(finding,
                       "--threads %.20s, or --set threads=%.20s; without, each rank takes "
                       "its share of the cores of its host",
                       threads, threads);
}

/* Told threads, against the cores of this rank's mask and of its host. */
static void look_at_threads(const agr_config *config, agr_findings *findings)
{
    const int own = agr_cpu_available(), n_ranks = doctor_local_size();
    const bool is_bound = config->threads > own;
    if (!is_bound && n_ranks * config->threads <= agr_cpu_online())
        return;
    agr_finding *finding =
        agr_findings_add(findings, AGR_HEALTH_WARNING,
                         "%d rank%s x %d thread%s on a host, each rank on %d of %d cores", n_ranks,
                         n_ranks > 1 ? "s" : "", config->threads, config->threads > 1 ? "s" : "",
                         own, agr_cpu_online());
    agr_finding_remedy(finding, is_bound ? "fewer threads, or mpirun --bind-to none"
                                         : "fewer ranks or threads; without --threads each rank "
                                           "takes its share");
}

static void look_at_slurm(const agr_config *config, agr_findings *findings)
{
    const int64_t granted = doctor_number("SLURM_CPUS_PER_TASK");
    if (granted <= 0 || config->threads <= granted)
        return;
    agr_finding *finding = agr_findings_add(findings, AGR_HEALTH_WARNING,
                                            "%d threads a rank on SLURM_CPUS_PER_TASK=%lld cores",
                                            config->threads, (long long)granted);
    agr_finding_remedy(finding, "--threads %lld, or sbatch --cpus-per-task=%d", (long long)granted,
                       config->threads);
}

void probe_settings(const agr_doctor_options *options, agr_findings *findings)
{
    static agr_config config;
    agr_error err = {0};
    if (!doctor_config(options, &config, &err)) {
        agr_finding *finding = agr_findings_add(findings, AGR_HEALTH_PROBLEM, "%.300s", err.text);
        agr_finding_remedy(finding, "%.300s", err.hint);
        return;
    }
    char threads[32] = "as many threads as it has cores";
    if (config.threads > 0)
        snprintf(threads, sizeof threads, "%d thread%s", config.threads,
                 config.threads > 1 ? "s" : "");
    agr_findings_add(findings, AGR_HEALTH_OK, "configuration %s: %d branches, batch %d, %s a rank",
                     options->config != NULL ? options->config : "seed", config.n_branches,
                     config.data.batch_size, threads);
    look_at_threads(&config, findings);
    look_at_ignored(&config, findings);
    look_at_slurm(&config, findings);
    agr_config_release(&config);
}
