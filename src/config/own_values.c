/* What single branches have of their own: from "A:30,B:20" to the branches, and back once some of
 * them are let go. */
#include "config_impl.h"

#include <agr/base/parse.h>
#include <stdio.h>
#include <string.h>

static const char none[] = "none";

/* A key that holds such a list. A branch's 0 stands for: it is not in it. */
typedef struct {
    const char *key;
    char *text; /* [AGR_CONFIG_TEXT_BYTES], of the configuration */
    const char *expected;
    bool whole;
    double least, most;
    double *(*value)(agr_branch_config *branch);
} own_list;

static double *own_epochs(agr_branch_config *branch)
{
    return &branch->own.epochs;
}

static double *own_lr_scale(agr_branch_config *branch)
{
    return &branch->own.lr_scale;
}

enum { N_LISTS = 2 };

static void list_all(agr_config *config, own_list list[N_LISTS])
{
    list[0] = (own_list){"train.branch_epochs",
                         config->train.branch_epochs,
                         "A:30,B:20 of epochs from 1 to 1000000",
                         true,
                         1,
                         1000000,
                         own_epochs};
    list[1] = (own_list){"optimizer.lr_scale",
                         config->optimizer.lr_scale,
                         "A:0.5,B:2 of factors from 1e-06 to 1000000",
                         false,
                         1e-6,
                         1e6,
                         own_lr_scale};
}

typedef struct {
    agr_config *config;
    const own_list *list;
    agr_place place;
    int line;
} reading;

static agr_status unknown_branch(const reading *r, const char *name, agr_error *err)
{
    agr_nearest nearest = {.word = name};
    for (int b = 0; b < r->config->n_branches; b++)
        agr_nearest_offer(&nearest, r->config->branch[b].name);
    agr_place_fail(&r->place, r->line, err,
                   "%s: expected branches of this configuration, found '%s'", r->list->key, name);
    if (nearest.found != NULL)
        agr_error_hint(err, "did you mean '%s'?", nearest.found);
    return r->place.fault;
}

static bool parse_value(const own_list *list, const char *text, double *value)
{
    int64_t whole = 0;
    if (list->whole ? !agr_parse_int(text, &whole) : !agr_parse_number(text, value))
        return false;
    if (list->whole)
        *value = (double)whole;
    return *value >= list->least && *value <= list->most;
}

/* item: "A:30"; its colon is overwritten. */
static agr_status read_item(const reading *r, char *item, agr_error *err)
{
    double value;
    char *colon = strchr(item, ':');
    if (colon == NULL || !parse_value(r->list, colon + 1, &value))
        return agr_place_fail(&r->place, r->line, err,
                              "%s: expected none or a list like %s, found '%s'", r->list->key,
                              r->list->expected, item);
    *colon = '\0';
    agr_branch_config *branch = agr_config_branch(r->config, item);
    if (branch == NULL)
        return unknown_branch(r, item, err);
    if (*r->list->value(branch) > 0)
        return agr_place_fail(&r->place, r->line, err,
                              "%s: expected each branch once, found '%s' twice", r->list->key,
                              item);
    for (int b = 0; b < r->config->n_branches; b++)
        if (strcmp(r->config->branch[b].name, item) == 0)
            *r->list->value(&r->config->branch[b]) = value;
    return AGR_OK;
}

static agr_status read_list(agr_config *config, const own_list *list, agr_error *err)
{
    const agr_origin origin = config->origin[agr_config_row_find(list->key)];
    const reading r = {
        config, list, {origin.source, ".", origin.line > 0 ? AGR_INPUT : AGR_USAGE}, origin.line};
    const char *rest = list->text;
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

agr_status agr_own_values_read(agr_config *config, agr_error *err)
{
    own_list list[N_LISTS];
    list_all(config, list);
    for (int i = 0; i < N_LISTS; i++)
        AGR_TRY(read_list(config, &list[i], err));
    return AGR_OK;
}

static void write_list(agr_config *config, const own_list *list)
{
    size_t length = 0;
    snprintf(list->text, AGR_CONFIG_TEXT_BYTES, "%s", none);
    for (int b = 0; b < config->n_branches; b++) {
        agr_branch_config *branch = &config->branch[b];
        const bool is_said = b > 0 && strcmp(branch[-1].name, branch->name) == 0;
        if (*list->value(branch) > 0 && !is_said)
            length +=
                (size_t)snprintf(list->text + length, AGR_CONFIG_TEXT_BYTES - length, "%s%s:%.9g",
                                 length > 0 ? "," : "", branch->name, *list->value(branch));
    }
}

void agr_own_values_write(agr_config *config)
{
    own_list list[N_LISTS];
    list_all(config, list);
    for (int i = 0; i < N_LISTS; i++)
        write_list(config, &list[i]);
}

int agr_config_epochs(const agr_config *config, int branch)
{
    const double own = config->branch[branch].own.epochs;
    return own > 0 ? (int)own : config->train.epochs;
}
