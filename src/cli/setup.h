/**
 * What the commands that compute do before they compute: the world, one configuration and one
 * kernel set for all ranks, the dataset opened on each.
 */
#ifndef AGR_CLI_SETUP_H
#define AGR_CLI_SETUP_H

#include "options.h"

#include <agr/base/pool.h>
#include <agr/comm/team.h>
#include <agr/comm/world.h>
#include <agr/config/config.h>
#include <agr/store/dataset.h>

/** Where the configuration comes from. */
typedef struct {
    const char *name;        /* file or built-in; NULL: `yaml`, else the built-in seed */
    const char *yaml;        /* text of a checkpoint's configuration; NULL: none */
    const char *yaml_origin; /* its name in messages */
    const cli_overrides *overrides;
} cli_config_source;

/** Loads the configuration on rank 0 and shares it: the same on every rank. source is read on rank
 * 0 only. **Collective over the world.** Caller releases. */
agr_status cli_share_config(agr_world *world, const cli_config_source *source, agr_config *config,
                            agr_error *err);

/** Loads OpenBLAS where the configuration asks for it, with kernels that all ranks' processors have:
 * its bits depend on them. Our own do not, so each rank uses its best.
(world NULL: a process on its own).
 * **Collective over the world.** */
agr_status cli_load_gemm(agr_world *world, const agr_config *config, agr_error *err);

/** From now on this process ends with a line and exit code 1 when pictures of an open dataset cannot be
 * read any more. */
void cli_end_on_bus_errors(int rank);

/** Opens the dataset on every rank, with one verdict: the same content on each.
 * **Collective over the world.** Caller closes. */
agr_status cli_open_dataset(agr_world *world, const char *path, agr_dataset **dataset,
                            agr_error *err);

/** All ranks as one team, each with the threads asked for (0: its share of its node's cores).
 * **Collective over the world.** Caller destroys both. */
agr_status cli_open_team(agr_world *world, const agr_team_limits *limits, int64_t threads,
                         agr_team **team, agr_pool **pool, agr_error *err);

/** Ends a command that had a world (NULL: it could not be started): rank 0 says what went wrong,
 * the others stay silent. Stops the world. Returns status. **Collective over the world.** */
agr_status cli_end_world(agr_world *world, agr_status status, agr_error *err);

#endif
