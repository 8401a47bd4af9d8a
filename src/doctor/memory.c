/* Memory of this host, against what the ranks on it will take. */
#include "probe_impl.h"

#include <agr/base/size.h>
#include <agr/nn/network.h>
#include <agr/nn/optimiser.h>
#include <agr/store/dataset.h>
#include <stdio.h>
#include <string.h>

enum { SIDE = 96 }; /* of a picture, where there is no dataset */

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

/* What is asked about: the ranks, and pictures as the dataset has them where there is one. */
typedef struct {
    agr_config config;
    agr_extent input;
    int n_here, n_all; /* ranks of this host, and of all */
} question;

static void read_extent(const char *path, agr_extent *input)
{
    agr_dataset *dataset;
    agr_error ignored; /* the dataset's own probe says it */
    *input = (agr_extent){SIDE, SIDE, 3};
    if (agr_dataset_open(path, &dataset, &ignored) != AGR_OK)
        return;
    input->height = agr_dataset_height(dataset);
    input->width = agr_dataset_width(dataset);
    agr_dataset_close(dataset);
}

static agr_status measure_branch(question *q, int b, int n_parts, double *bytes, agr_error *err)
{
    agr_config own;
    agr_network *network;
    agr_network_memory memory = {0};
    agr_config_of_branch(&q->config, b, &own);
    const agr_optimiser optimiser = agr_optimiser_from_config(&own, 1);
    const agr_network_options options = agr_network_options_from(&own, q->input);
    const agr_network_plan_options plan = {
        .max_images = own.data.batch_size,
        .micro_batch = own.data.micro_batch,
        .n_parts = n_parts,
        .training = true,
        .n_slots = optimiser.kind->n_slots,
        .averages = optimiser.ema > 0,
    };
    AGR_TRY(agr_network_create(&q->config.branch[b], &options, &network, err));
    const agr_status status = agr_network_measure(network, &plan, &memory, err);
    agr_network_destroy(network);
    *bytes = (double)memory.total;
    return status;
}

static agr_status measure_branches(question *q, double *all, double *largest, int *at,
                                   agr_error *err)
{
    *all = *largest = 0;
    for (int b = 0; b < q->config.n_branches; b++) {
        double bytes;
        AGR_TRY(measure_branch(q, b, 1, &bytes, err));
        *all += bytes;
        *at = bytes > *largest ? b : *at;
        *largest = bytes > *largest ? bytes : *largest;
    }
    return AGR_OK;
}

/* This host's share of the branches, each whole once, the largest one at least; and a part of that for
 * each rank beyond as many. */
static agr_status needed_bytes(question *q, double *needed, agr_error *err)
{
    double all, largest, part = 0;
    int at = 0;
    AGR_TRY(measure_branches(q, &all, &largest, &at, err));
    const double share = (double)q->n_here / q->n_all;
    const int n_more = q->n_all - q->config.n_branches;
    if (n_more > 0)
        AGR_TRY(measure_branch(q, at, n_more + 1, &part, err));
    *needed = all * share > largest ? all * share : largest;
    *needed += n_more > 0 ? part * n_more * share : 0;
    return AGR_OK;
}

static void judge(const question *q, double needed, agr_findings *findings)
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
        q->n_here, q->n_here > 1 ? "s" : "", q->n_here > 1 ? "" : "s", needed / 0x1p20,
        q->config.n_branches);
    agr_finding_measure(finding, available / 0x1p30, "GiB");
    agr_finding_remedy(finding, "fewer branches at a time, a smaller batch (--set "
                                "data.batch_size=N), more hosts, or more memory for the job; "
                                "'agr-mpi plan' tells what each branch takes");
}

void probe_memory(const agr_doctor_options *options, agr_findings *findings)
{
    static question q;
    agr_error err = {0};
    double needed;
    q.n_here = doctor_local_size();
    q.n_all = doctor_size() > q.n_here ? doctor_size() : q.n_here;
    if (!doctor_config(options, &q.config, &err))
        return;
    read_extent(q.config.data.path, &q.input);
    if (needed_bytes(&q, &needed, &err) == AGR_OK)
        judge(&q, needed, findings);
    else
        agr_finding_remedy(agr_findings_add(findings, AGR_HEALTH_PROBLEM, "%.300s", err.text),
                           "%.300s", err.hint);
    agr_config_release(&q.config);
}
