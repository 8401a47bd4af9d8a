/* What a command starts from on all ranks alike: OpenBLAS, the dataset, one team. */
#include <agr/train/start.h>

#include <agr/comm/cores.h>
#include <agr/kernels/isa.h>
#include <agr/kernels/openblas.h>
#include <agr/train/same_dataset.h>

agr_status agr_start_gemm(agr_world *world, const agr_config *config, agr_error *err)
{
    agr_isa isa = agr_kernels_isa();
    if (config->compute.gemm == AGR_GEMM_OWN)
        return AGR_OK;
    if (world == NULL)
        return agr_openblas_load(isa, err);
    AGR_TRY(agr_world_lowest_isa(world, &isa, err));
    return agr_agree(agr_world_group(world), agr_openblas_load(isa, err), err);
}

agr_status agr_start_dataset(agr_world *world, const char *path, agr_dataset **dataset,
                             agr_error *err)
{
    const agr_status opened = agr_dataset_open(path, dataset, err);
    agr_status status = agr_agree(agr_world_group(world), opened, err);
    if (status == AGR_OK)
        status = agr_check_same_dataset(world, *dataset, err);
    if (status != AGR_OK && opened == AGR_OK) {
        agr_dataset_close(*dataset);
        *dataset = NULL;
    }
    return status;
}

agr_status agr_start_team(agr_world *world, const agr_team_limits *limits, int64_t threads,
                          agr_team **team, agr_pool **pool, agr_error *err)
{
    const int n_ranks = agr_world_size(world);
    agr_cores cores;
    int rank[AGR_TEAM_MAX_RANKS];
    if (n_ranks > AGR_TEAM_MAX_RANKS)
        return agr_error_set(err, AGR_UNSUPPORTED, "expected at most %d ranks, found %d",
                             AGR_TEAM_MAX_RANKS, n_ranks);
    for (int i = 0; i < n_ranks; i++)
        rank[i] = i;
    AGR_TRY(agr_cores_gather(world, &cores, err));
    AGR_TRY(agr_team_create(world, rank, n_ranks, 0, limits, team, err));
    const int share = cores.disjoint ? cores.n_own : cores.n_node / agr_world_node_size(world);
    const int n_threads = threads > 0 ? (int)threads : share > 0 ? share : 1;
    return agr_agree(agr_world_group(world), agr_pool_create(n_threads, pool, err), err);
}
