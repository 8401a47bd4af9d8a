/* What the commands that compute do first and last: one configuration, one verdict. */
#include "setup.h"

#include "cli.h"

#include <agr/base/text.h>
#include <agr/store/dataset.h>
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

static void end_at_once(void)
{
    _exit(1);
}

void cli_end_on_bus_errors(int rank)
{
    agr_dataset_install_bus_handler(rank, end_at_once);
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
