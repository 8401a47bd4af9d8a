/* Branches: which network each trains, read from a map, changed from the command line, selected. */
#include "config_impl.h"

#include <agr/base/parse.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void agr_branches_release(agr_config *config)
{
    for (int i = 0; i < config->n_branches; i++)
        agr_branch_release(&config->branch[i]);
    free(config->branch);
    config->branch = NULL;
    config->n_branches = 0;
}

/* ---- where a network comes from ---- */

static agr_status read_network_text(agr_config *config, agr_branch_config *branch, const char *text,
                                    size_t n_bytes, const char *source, agr_error *err)
{
    const agr_place place = {agr_config_intern(config, source), ".", AGR_INPUT};
    if (place.source == NULL)
        return agr_error_set(err, AGR_MEMORY, "out of memory");
    agr_yaml *root;
    AGR_TRY(agr_yaml_read(text, n_bytes, place.source, &root, err));
    const agr_status status = agr_network_read(branch, root, &place, err);
    agr_yaml_destroy(root);
    return status;
}

static agr_status read_network_builtin(agr_config *config, agr_branch_config *branch,
                                       const agr_builtin *builtin, agr_error *err)
{
    char source[AGR_CONFIG_NAME_BYTES];
    snprintf(source, sizeof source, "built-in %s", builtin->name);
    return read_network_text(config, branch, (const char *)builtin->data, builtin->n_bytes, source,
                             err);
}

static agr_status read_network_file(agr_config *config, agr_branch_config *branch,
                                    const char *reference, const agr_place *place, agr_error *err)
{
    char path[AGR_PATH_BYTES];
    if (reference[0] == '/' || strcmp(place->folder, ".") == 0)
        snprintf(path, sizeof path, "%s", reference);
    else
        AGR_TRY(agr_path_join(path, place->folder, reference, err));
    char *text;
    size_t n_bytes;
    AGR_TRY(agr_file_read(path, AGR_YAML_MAX_BYTES, &text, &n_bytes, err));
    const agr_status status = read_network_text(config, branch, text, n_bytes, path, err);
    free(text);
    return status;
}

/* By name of a built-in, or by path. */
static agr_status read_network_reference(agr_config *config, agr_branch_config *branch,
                                         const char *reference, int line, const agr_place *place,
                                         agr_error *err)
{
    const agr_builtin *builtin = agr_builtin_find("nets/", reference);
    if (builtin != NULL)
        return read_network_builtin(config, branch, builtin, err);
    if (strpbrk(reference, "./") != NULL) {
        const agr_status status = read_network_file(config, branch, reference, place, err);
        if (status == AGR_NOT_FOUND || status == AGR_IO) {
            char where[AGR_ERROR_TEXT_BYTES];
            snprintf(where, sizeof where, "%s", err != NULL ? err->text : "");
            return agr_place_fail(place, line, err, "branches.%s: %s", branch->name, where);
        }
        return status;
    }
    agr_place_fail(place, line, err,
                   "branches.%s: expected a built-in network or a file, found '%.100s'",
                   branch->name, reference);
    agr_builtin_hint("nets/", reference, err);
    return place->fault;
}

static agr_status read_branch_map(agr_config *config, agr_branch_config *branch,
                                  const agr_yaml *node, const agr_place *place, agr_error *err)
{
    char found[128];
    if (agr_yaml_member(node, "layers") != NULL)
        return agr_network_read(branch, node, place, err);
    const agr_yaml *network = agr_yaml_member(node, "network");
    const agr_yaml *heads = agr_yaml_member(node, "heads");
    for (const agr_yaml *item = node->first; item != NULL; item = item->next)
        if (item != network && item != heads)
            return agr_place_fail(place, item->line, err,
                                  "branches.%s: expected network and heads, or layers and heads, "
                                  "found '%.100s'",
                                  branch->name, item->key);
    if (network == NULL || network->kind != AGR_YAML_SCALAR)
        return agr_place_fail(place, node->line, err,
                              "branches.%s: expected the name of a network, found %s", branch->name,
                              network == NULL ? "none" : agr_yaml_found(network, found));
    AGR_TRY(read_network_reference(config, branch, network->text, network->line, place, err));
    if (heads == NULL)
        return AGR_OK;
    return agr_heads_change(branch, heads, place, err);
}

static agr_status read_branch(agr_config *config, agr_branch_config *branch, const agr_yaml *node,
                              const agr_place *place, agr_error *err)
{
    if (!agr_value_is_name(node->key))
        return agr_place_fail(place, node->line, err,
                              "branches: expected names of up to %d letters, digits, '_' and '-', "
                              "found '%.100s'",
                              AGR_CONFIG_NAME_BYTES - 1, node->key);
    strcpy(branch->name, node->key);
    if (node->kind == AGR_YAML_SCALAR)
        return read_network_reference(config, branch, node->text, node->line, place, err);
    if (node->kind == AGR_YAML_MAP)
        return read_branch_map(config, branch, node, place, err);
    return agr_place_fail(place, node->line, err, "branches.%s: expected a network, found a list",
                          branch->name);
}

agr_status agr_branches_read(agr_config *config, const agr_yaml *map, const agr_place *place,
                             agr_error *err)
{
    agr_branches_release(config);
    void *items;
    AGR_TRY(agr_yaml_allocate(map, AGR_YAML_MAP, sizeof *config->branch, AGR_CONFIG_MAX_BRANCHES,
                              "branches", place, &items, err));
    config->branch = items;
    for (const agr_yaml *node = map->first; node != NULL; node = node->next)
        AGR_TRY(read_branch(config, &config->branch[config->n_branches++], node, place, err));
    return AGR_OK;
}

/* ---- overrides and selection ---- */

/* A further branch, still empty. */
static agr_status add_branch(agr_config *config, const char *name, const agr_place *place,
                             agr_branch_config **added, agr_error *err)
{
    if (!agr_value_is_name(name))
        return agr_place_fail(place, 0, err,
                              "branches: expected a name of up to %d letters, digits, '_' and '-', "
                              "found '%.100s'",
                              AGR_CONFIG_NAME_BYTES - 1, name);
    if (config->n_branches == AGR_CONFIG_MAX_BRANCHES)
        return agr_place_fail(place, 0, err, "branches: expected at most %d, found more",
                              AGR_CONFIG_MAX_BRANCHES);
    agr_branch_config *branch =
        realloc(config->branch, (size_t)(config->n_branches + 1) * sizeof *branch);
    if (branch == NULL)
        return agr_error_set(err, AGR_MEMORY, "out of memory");
    config->branch = branch;
    *added = &branch[config->n_branches++];
    **added = (agr_branch_config){0};
    strcpy((*added)->name, name);
    return AGR_OK;
}

static agr_status override_network(agr_config *config, const char *name, const char *reference,
                                   const agr_place *place, agr_error *err)
{
    agr_branch_config *branch = agr_config_branch(config, name);
    if (branch == NULL)
        AGR_TRY(add_branch(config, name, place, &branch, err));
    agr_branch_release(branch);
    snprintf(branch->name, sizeof branch->name, "%s", name);
    return read_network_reference(config, branch, reference, 0, place, err);
}

static agr_status override_head(agr_config *config, const char *name, const char *head_name,
                                char *key, char *value, const agr_place *place, agr_error *err)
{
    const agr_branch_config *branch = agr_config_branch(config, name);
    if (branch == NULL)
        return agr_place_fail(place, 0, err, "branches: expected a branch, found '%s'", name);
    agr_head_config *head;
    AGR_TRY(agr_head_find(branch, head_name, 0, place, &head, err));
    const agr_yaml member = {.kind = AGR_YAML_SCALAR, .key = key, .text = value};
    return agr_head_put(head, &member, place, err);
}

agr_status agr_branches_override(agr_config *config, const char *path, const char *value,
                                 const agr_place *place, agr_error *err)
{
    if (strchr(path, '.') == NULL)
        return override_network(config, path, value, place, err);
    char name[AGR_CONFIG_NAME_BYTES], head[AGR_CONFIG_NAME_BYTES], key[AGR_CONFIG_KIND_BYTES];
    int end = 0;
    if (sscanf(path, "%63[^.].heads.%63[^.].%31[^.]%n", name, head, key, &end) != 3 ||
        path[end] != '\0') {
        agr_place_fail(place, 0, err, "unknown key 'branches.%.100s'", path);
        agr_error_hint(err, "branches.NAME=NETWORK or branches.NAME.heads.HEAD.weight=VALUE");
        return place->fault;
    }
    char text[AGR_CONFIG_TEXT_BYTES];
    if (strlen(value) >= sizeof text)
        return agr_place_fail(place, 0, err, "branches.%s: expected a shorter value", path);
    strcpy(text, value);
    return override_head(config, name, head, key, text, place, err);
}

/* The position of a branch to train; a built-in network may be named without being listed. */
static agr_status find_selected(agr_config *config, const char *name, const agr_place *place,
                                int line, int *index, agr_error *err)
{
    const agr_builtin *builtin = agr_builtin_find("nets/", name);
    agr_branch_config *branch = agr_config_branch(config, name);
    if (branch == NULL && builtin != NULL) {
        AGR_TRY(add_branch(config, name, place, &branch, err));
        AGR_TRY(read_network_builtin(config, branch, builtin, err));
    }
    if (branch != NULL) {
        *index = (int)(branch - config->branch);
        return AGR_OK;
    }
    agr_nearest nearest = {.word = name};
    for (int i = 0; i < config->n_branches; i++)
        agr_nearest_offer(&nearest, config->branch[i].name);
    agr_place_fail(place, line, err,
                   "train.branches: expected branches of this configuration, found '%s'", name);
    if (nearest.found != NULL)
        agr_error_hint(err, "did you mean '%s'?", nearest.found);
    else
        agr_builtin_hint("nets/", name, err);
    return place->fault;
}

/* Moves the chosen branches to the front, in order, and releases the others. */
static agr_status keep_selected(agr_config *config, const int *index, int n_selected,
                                agr_error *err)
{
    agr_branch_config *selected = calloc((size_t)n_selected, sizeof *selected);
    if (selected == NULL)
        return agr_error_set(err, AGR_MEMORY, "out of memory");
    for (int i = 0; i < n_selected; i++) {
        selected[i] = config->branch[index[i]];
        config->branch[index[i]] = (agr_branch_config){0};
    }
    agr_branches_release(config);
    config->branch = selected;
    config->n_branches = n_selected;
    return AGR_OK;
}

/* The branches that train.branches names, in its order. */
static agr_status choose(agr_config *config, int index[AGR_CONFIG_MAX_BRANCHES], int *n_selected,
                         agr_error *err)
{
    const agr_origin origin = config->origin[agr_config_row_find("train.branches")];
    const agr_place place = {origin.source, ".", origin.line > 0 ? AGR_INPUT : AGR_USAGE};
    const char *rest = config->train.branches;
    int n = 0;
    for (bool more = true; more;) {
        char name[AGR_CONFIG_TEXT_BYTES];
        const size_t length = strcspn(rest, ",");
        snprintf(name, sizeof name, "%.*s", (int)length, rest);
        more = rest[length] == ',';
        rest += length + (more ? 1 : 0);
        if (n == AGR_CONFIG_MAX_BRANCHES)
            return agr_place_fail(&place, origin.line, err,
                                  "train.branches: expected at most %d branches, found more",
                                  AGR_CONFIG_MAX_BRANCHES);
        AGR_TRY(find_selected(config, name, &place, origin.line, &index[n], err));
        for (int i = 0; i < n; i++)
            if (index[i] == index[n])
                return agr_place_fail(&place, origin.line, err,
                                      "train.branches: expected each branch once, found '%s' twice",
                                      name);
        n++;
    }
    *n_selected = n;
    return AGR_OK;
}

agr_status agr_branches_select(agr_config *config, agr_error *err)
{
    int index[AGR_CONFIG_MAX_BRANCHES], n_selected = 0;
    if (strcmp(config->train.branches, "all") == 0)
        return agr_branch_epochs_read(config, err);
    AGR_TRY(choose(config, index, &n_selected, err));
    AGR_TRY(agr_branch_epochs_read(config, err));
    AGR_TRY(keep_selected(config, index, n_selected, err));
    agr_branch_epochs_write(config);
    return AGR_OK;
}
