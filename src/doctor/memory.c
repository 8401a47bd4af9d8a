/* Memory of this host, against what the ranks on it will take. */
#include "probe_impl.h"

#include <agr/base/size.h>
#include <agr/nn/network.h>
#include <agr/nn/optimiser.h>
#include <stdio.h>
#include <string.h>

enum { SIDE = 96 }; /* of a picture, where no dataset says it */

/* A number of kB from /proc/meminfo, in bytes; -1: not there. */
static double read_meminfo(const char *name)
{
    char line[128];
    long long kib;
    double bytes = -1;
    FILE *file = fopen("/proc/meminfo", "r");
    if (file == NULL)
        return -1;
    while (bytes < 0 && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, name, strlen(name)) == 0 &&
            sscanf(line + strlen(name), ": %lld", &kib) == 1)
            bytes = (double)kib * 1024;
    fclose(file);
    return bytes;
}

static double read_bytes(const char *path)
{
    double bytes = -1;
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return -1;
    if (fscanf(file, "%lf", &bytes) != 1)
        bytes = -1;
    fclose(file);
    return bytes;
}

/* What processes of this host may still take; -1: unknown. */
static double available_bytes(void)
{
    const double of_host = read_meminfo("MemAvailable");
    const double limit = read_bytes("/sys/fs/cgroup/memory.max");
    const double used = read_bytes("/sys/fs/cgroup/memory.current");
    if (limit >= 0 && used >= 0 && (of_host < 0 || limit - used < of_host))
        return limit - used;
    return of_host;
}

static agr_status measure_branch(agr_config *config, int b, int n_parts, double *bytes,
                                 agr_error *err)
{
    agr_config own;
    agr_network *network;
    agr_network_memory memory = {0};
    agr_config_of_branch(config, b, &own);
    const agr_network_options options = agr_network_options_from(&own, (agr_extent){SIDE, SIDE, 3});
    const agr_network_plan_options plan = {
        .max_images = own.data.batch_size,
        .micro_batch = own.data.micro_batch,
        .n_parts = n_parts,
        .training = true,
        .n_slots = agr_optimiser_from_config(&own, 1).kind->n_slots,
    };
    AGR_TRY(agr_network_create(&config->branch[b], &options, &network, err));
    const agr_status status = agr_network_measure(network, &plan, &memory, err);
    agr_network_destroy(network);
    *bytes = (double)memory.total;
    return status;
}

/* Every branch whole once on this host, and each rank beyond as many takes a part of the largest. */
static agr_status needed_bytes(agr_config *config, int n_ranks, double *needed, agr_error *err)
{
    double largest = 0, part = 0;
    int at = 0;
    *needed = 0;
    for (int b = 0; b < config->n_branches; b++) {
        double bytes;
        AGR_TRY(measure_branch(config, b, 1, &bytes, err));
        *needed += bytes;
        at = bytes > largest ? b : at;
        largest = bytes > largest ? bytes : largest;
    }
    if (n_ranks > config->n_branches) {
        AGR_TRY(measure_branch(config, at, n_ranks - config->n_branches + 1, &part, err));
        *needed += part * (n_ranks - config->n_branches);
    }
    return AGR_OK;
}

static void judge(const agr_config *config, double needed, int n_ranks, agr_findings *findings)
{
    const double available = available_bytes();
    if (available < 0) {
        agr_findings_add(findings, AGR_HEALTH_OK, "about %.0f MiB are needed", needed / 0x1p20);
        return;
    }
    const agr_health health = needed > available         ? AGR_HEALTH_PROBLEM
                              : needed > 0.8 * available ? AGR_HEALTH_WARNING
                                                         : AGR_HEALTH_OK;
    agr_finding *finding = agr_findings_add(
        findings, health, "%d rank%s on this host take%s about %.0f MiB for %d branches; free",
        n_ranks, n_ranks > 1 ? "s" : "", n_ranks > 1 ? "" : "s", needed / 0x1p20,
        config->n_branches);
    agr_finding_measure(finding, available / 0x1p30, "GiB");
    agr_finding_remedy(finding, "fewer branches at a time, a smaller batch (--set "
                                "data.batch_size=N), more hosts, or more memory for the job; "
                                "'agr-mpi plan' tells what each branch takes");
}

void probe_memory(const agr_doctor_options *options, agr_findings *findings)
{
    static agr_config config;
    agr_error err = {0};
    double needed;
    const int n_ranks = doctor_local_size();
    if (!doctor_config(options, &config, &err))
        return;
    if (needed_bytes(&config, n_ranks, &needed, &err) == AGR_OK)
        judge(&config, needed, n_ranks, findings);
    else
        agr_finding_remedy(agr_findings_add(findings, AGR_HEALTH_PROBLEM, "%.300s", err.text),
                           "%.300s", err.hint);
    agr_config_release(&config);
}
