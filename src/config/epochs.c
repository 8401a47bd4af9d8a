/* train.branch_epochs: from "A:30,B:20" to the branches, and back once some of them are let go. */
#include "config_impl.h"

#include <agr/base/parse.h>
#include <stdio.h>
#include <string.h>

static const char key[] = "train.branch_epochs";
static const char none[] = "none";

typedef struct {
    agr_config *config;
    agr_place place;
    int line;
} reading;

static agr_status unknown_branch(const reading *r, const char *name, agr_error *err)
{
    agr_nearest nearest = {.word = name};
    for (int b = 0; b < r->config->n_branches; b++)
        agr_nearest_offer(&nearest, r->config->branch[b].name);
    agr_place_fail(&r->place, r->line, err,
                   "%s: expected branches of this configuration, found '%s'", key, name);
    if (nearest.found != NULL)
        agr_error_hint(err, "did you mean '%s'?", nearest.found);
    return r->place.fault;
}

/* item: "A:30"; its colon is overwritten. */
static agr_status read_item(const reading *r, char *item, agr_error *err)
{
    int64_t epochs;
    char *colon = strchr(item, ':');
    if (colon == NULL || !agr_parse_int(colon + 1, &epochs) || epochs < 1 || epochs > 1000000)
        return agr_place_fail(&r->place, r->line, err,
                              "%s: expected none or a list like A:30,B:20 of epochs from 1 to "
                              "1000000, found '%s'",
                              key, item);
    *colon = '\0';
    agr_branch_config *branch = agr_config_branch(r->config, item);
    if (branch == NULL)
        return unknown_branch(r, item, err);
    if (branch->own_epochs > 0)
        return agr_place_fail(&r->place, r->line, err,
                              "%s: expected each branch once, found '%s' twice", key, item);
    for (int b = 0; b < r->config->n_branches; b++)
        if (strcmp(r->config->branch[b].name, item) == 0)
            r->config->branch[b].own_epochs = (int)epochs;
    return AGR_OK;
}

agr_status agr_branch_epochs_read(agr_config *config, agr_error *err)
{
    const agr_origin origin = config->origin[agr_config_row_find(key)];
    const reading r = {
        config, {origin.source, ".", origin.line > 0 ? AGR_INPUT : AGR_USAGE}, origin.line};
    const char *rest = config->train.branch_epochs;
    for (bool more = strcmp(rest, none) != 0; more;) {
        char item[AGR_CONFIG_TEXT_BYTES];
        const size_t length = strcspn(rest, ",");
        snprintf(item, sizeof item, "%.*s", (int)length, rest);
        more = rest[length] == ',';
        rest += length + (more ? 1 : 0);
        AGR_TRY(read_item(&r, item, err));
    }
    return AGR_OK;
}

void agr_branch_epochs_write(agr_config *config)
{
    char *text = config->train.branch_epochs;
    const size_t n_bytes = sizeof config->train.branch_epochs;
    size_t length = 0;
    snprintf(text, n_bytes, "%s", none);
    for (int b = 0; b < config->n_branches; b++) {
        const agr_branch_config *branch = &config->branch[b];
        const bool is_said = b > 0 && strcmp(branch[-1].name, branch->name) == 0;
        if (branch->own_epochs > 0 && !is_said)
            length += (size_t)snprintf(text + length, n_bytes - length, "%s%s:%d",
                                       length > 0 ? "," : "", branch->name, branch->own_epochs);
    }
}

int agr_config_epochs(const agr_config *config, int branch)
{
    const int own = config->branch[branch].own_epochs;
    return own > 0 ? own : config->train.epochs;
}
