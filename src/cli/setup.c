/* What the commands that compute do first: world, configuration, kernels, dataset, team. */
#include "setup.h"

#include "cli.h"

#include <agr/base/text.h>
#include <agr/comm/cores.h>
#include <agr/kernels/isa.h>
#include <agr/kernels/openblas.h>
#include <agr/train/same_dataset.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static agr_status load_config(const cli_config_source *source, agr_config *config, agr_error *err)
{
    const agr_config_override *overrides = source->overrides->item;
    const int n_overrides = source->overrides->n;
    if (source->name == NULL && source->yaml != NULL)
        return agr_config_parse(config, source->yaml, strlen(source->yaml), source->yaml_origin,
                                overrides, n_overrides, err);
    return agr_config_load(config, source->name, overrides, n_overrides, err);
}

/* The effective configuration of rank 0, and as text for the others. */
static agr_status load_as_text(const cli_config_source *source, agr_config *config, agr_text *text,
                               agr_error *err)
{
    AGR_TRY(load_config(source, config, err));
    agr_config_yaml(config, AGR_CONFIG_PLAIN, text);
    if (!text->failed)
        return AGR_OK;
    agr_config_release(config);
    return agr_error_set(err, AGR_MEMORY, "out of memory");
}

/* Rank 0's text at every other rank. Caller frees *bytes. Collective. */
static agr_status share_text(agr_group *group, const agr_text *text, char **bytes, int64_t *n_bytes,
                             agr_error *err)
{
    *n_bytes = (int64_t)text->length;
    AGR_TRY(agr_group_max(group, n_bytes, 1, err));
    *bytes = malloc((size_t)*n_bytes + 1);
    AGR_ASSERT(*bytes != NULL);
    if (text->length > 0)
        memcpy(*bytes, text->data, text->length);
    return agr_group_broadcast(group, 0, *bytes, (size_t)*n_bytes, err);
}

agr_status cli_share_config(agr_world *world, const cli_config_source *source, agr_config *config,
                            agr_error *err)
{
    agr_group *group = agr_world_group(world);
    const bool is_first = agr_world_rank(world) == 0;
    agr_text text = {0};
    char *bytes = NULL;
    int64_t n_bytes;
    *config = (agr_config){0};
    const agr_status loaded = is_first ? load_as_text(source, config, &text, err) : AGR_OK;
    agr_status status = agr_agree(group, loaded, err);
    if (status == AGR_OK)
        status = share_text(group, &text, &bytes, &n_bytes, err);
    if (status == AGR_OK) {
        /* Rank 0 keeps what it read: its complaints name the user's files and lines. */
        const agr_status parsed = is_first
                                      ? AGR_OK
                                      : agr_config_parse(config, bytes, (size_t)n_bytes,
                                                         "the run's configuration", NULL, 0, err);
        status = agr_agree(group, parsed, err);
    }
    if (status != AGR_OK)
        agr_config_release(config);
    free(bytes);
    agr_text_release(&text);
    return status;
}

agr_status cli_load_gemm(agr_world *world, const agr_config *config, agr_error *err)
{
    agr_isa isa = agr_kernels_isa();
    if (config->compute.gemm == AGR_GEMM_OWN)
        return AGR_OK;
    if (world == NULL)
        return agr_openblas_load(isa, err);
    AGR_TRY(agr_world_lowest_isa(world, &isa, err));
    return agr_agree(agr_world_group(world), agr_openblas_load(isa, err), err);
}

static void end_at_once(void)
{
    _exit(1);
}

void cli_end_on_bus_errors(int rank)
{
    agr_dataset_install_bus_handler(rank, end_at_once);
}

agr_status cli_open_dataset(agr_world *world, const char *path, agr_dataset **dataset,
                            agr_error *err)
{
    cli_end_on_bus_errors(agr_world_rank(world));
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

agr_status cli_open_team(agr_world *world, const agr_team_limits *limits, int64_t threads,
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

agr_status cli_end_world(agr_world *world, agr_status status, agr_error *err)
{
    if (world == NULL)
        return status;
    if (agr_world_rank(world) != 0)
        err->text[0] = err->hint[0] = '\0';
    /* Before the others may leave: the launcher kills this rank as soon as one of them ends with
     * an exit code. */
    if (status != AGR_OK)
        cli_say_error(err);
    agr_world_stop(world);
    return status;
}
