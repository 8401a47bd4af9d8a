/* The batch job: who it is, and how long it may still run. */
#include "probe_impl.h"

#include <agr/base/clock.h>
#include <agr/base/duration.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHORT_S 600.0

/* "1-02:03:04", "02:03:04", "03:04": as squeue writes what is left; -1: none of them. */
static double read_time(const char *text)
{
    int day = 0, part[3] = {0}, n_parts = 0;
    const char *dash = strchr(text, '-');
    if (dash != NULL && sscanf(text, "%d", &day) != 1)
        return -1;
    for (const char *p = dash != NULL ? dash + 1 : text; n_parts < 3; p++) {
        if (sscanf(p, "%d", &part[n_parts]) != 1)
            return -1;
        n_parts++;
        p = strchr(p, ':');
        if (p == NULL)
            break;
    }
    double seconds = 0;
    for (int i = 0; i < n_parts; i++)
        seconds = seconds * 60 + part[i];
    return seconds + day * 86400.0;
}

/* What squeue says of this job; "" where it says nothing. */
static void ask_squeue(int64_t job, char *answer, int size)
{
    char command[64];
    snprintf(command, sizeof command, "squeue -h -j %lld -o %%L", (long long)job);
    answer[0] = '\0';
    FILE *said = popen(command, "r");
    if (said == NULL)
        return;
    if (fgets(answer, size, said) == NULL)
        answer[0] = '\0';
    pclose(said);
    answer[strcspn(answer, "\n")] = '\0';
}

static void judge_time(double left_s, agr_findings *findings)
{
    char text[AGR_DURATION_BYTES];
    agr_finding *finding =
        agr_findings_add(findings, left_s < SHORT_S ? AGR_HEALTH_WARNING : AGR_HEALTH_OK,
                         "%s left for this job", agr_duration_text(left_s, text));
    agr_finding_remedy(finding, "ask for more (sbatch --time); train stops with a checkpoint at "
                                "--max-time");
}

static void look_at_time(int64_t job, agr_findings *findings)
{
    char answer[64];
    const int64_t end = doctor_number("SLURM_JOB_END_TIME");
    if (end > 0) {
        judge_time((double)end - agr_clock_wall_s(), findings);
        return;
    }
    ask_squeue(job, answer, sizeof answer);
    const double left_s = read_time(answer);
    if (strcmp(answer, "UNLIMITED") == 0) {
        agr_findings_add(findings, AGR_HEALTH_OK, "this job has no time limit");
    } else if (left_s >= 0) {
        judge_time(left_s, findings);
    } else {
        agr_finding *finding =
            agr_findings_add(findings, AGR_HEALTH_WARNING,
                             "nothing says when this job ends: no SLURM_JOB_END_TIME, and squeue "
                             "does not answer here");
        agr_finding_remedy(finding, "in the batch script: --max-time with what is left by "
                                    "squeue -h -j $SLURM_JOB_ID -o %%e; or the signal of "
                                    "launch/slurm.sbatch");
    }
}

void probe_slurm(const agr_doctor_options *options, agr_findings *findings)
{
    (void)options;
    const int64_t job = doctor_number("SLURM_JOB_ID");
    if (job < 0) {
        agr_findings_add(findings, AGR_HEALTH_OK, "not in a job of Slurm");
        return;
    }
    const int64_t cores = doctor_number("SLURM_CPUS_PER_TASK");
    const int64_t nodes = doctor_number("SLURM_JOB_NUM_NODES");
    char each[48] = "";
    if (cores > 0)
        snprintf(each, sizeof each, ", %lld cores a task", (long long)cores);
    agr_findings_add(findings, AGR_HEALTH_OK, "job %lld on %lld node%s%s", (long long)job,
                     (long long)(nodes > 0 ? nodes : 1), nodes > 1 ? "s" : "", each);
    look_at_time(job, findings);
}
