/* The cores that ranks may use, and who allows no more. */
#include "probe_impl.h"

#include <agr/comm/cores.h>

/* How many cores, and whether it was the launcher that allows no more. */
static void look_at_binding(const agr_cores *cores, int n_ranks, agr_findings *findings)
{
    char text[128];
    agr_cores_describe(cores, text, sizeof text);
    const bool is_held = cores->is_bound && cores->n_node < cores->n_online;
    agr_finding *finding =
        agr_findings_add(findings, is_held ? AGR_HEALTH_WARNING : AGR_HEALTH_OK, "%s%s", text,
                         cores->disjoint && n_ranks > 1 ? ", each of one rank alone" : "");
    agr_finding_remedy(finding, "mpirun --bind-to none, as launch/local does, or give each rank "
                                "its cores: --map-by slot:PE=N");
}

static void look_at_load(const agr_cores *cores, int n_ranks, agr_findings *findings)
{
    if (n_ranks <= cores->n_node)
        return;
    agr_finding *finding =
        agr_findings_add(findings, AGR_HEALTH_WARNING, "%d ranks on %d core%s of a host", n_ranks,
                         cores->n_node, cores->n_node > 1 ? "s" : "");
    agr_finding_remedy(finding, "fewer ranks a host; 'agr-mpi plan' tells which counts are of use");
}

/* Since Slurm 22.05 srun does not take over what sbatch was given. */
static void look_at_step(const agr_cores *cores, agr_findings *findings)
{
    const int64_t granted = doctor_number("SLURM_CPUS_PER_TASK");
    if (granted <= cores->n_own)
        return;
    agr_finding *finding = agr_findings_add(findings, AGR_HEALTH_WARNING,
                                            "SLURM_CPUS_PER_TASK=%lld, but a rank may use %d",
                                            (long long)granted, cores->n_own);
    agr_finding_remedy(finding,
                       "srun --cpus-per-task=$SLURM_CPUS_PER_TASK, or mpirun --bind-to none");
}

agr_status probe_cores(probe_gathering *g, agr_findings *findings, agr_error *err)
{
    agr_cores cores;
    AGR_TRY(agr_cores_gather(g->world, &cores, err));
    look_at_binding(&cores, agr_world_node_size(g->world), findings);
    look_at_load(&cores, agr_world_node_size(g->world), findings);
    look_at_step(&cores, findings);
    return AGR_OK;
}
