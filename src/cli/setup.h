/**
 * What the commands that compute do before and after they compute: one configuration for all ranks,
 * one verdict of all.
 */
#ifndef AGR_CLI_SETUP_H
#define AGR_CLI_SETUP_H

#include "options.h"

#include <agr/comm/world.h>
#include <agr/config/config.h>

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

/** From now on this process ends with a line and exit code 1 when pictures of an open dataset cannot be
 * read any more. */
void cli_end_on_bus_errors(int rank);

/** Ends a command that had a world (NULL: it could not be started): rank 0 says what went wrong,
 * the others stay silent. Stops the world. Returns status. **Collective over the world.** */
agr_status cli_end_world(agr_world *world, agr_status status, agr_error *err);

#endif
