/* Branches: which network each trains, read from a map, changed from the command line, selected. */
#include "config_impl.h"

#include <agr/base/parse.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* What the network is called beside others of its branch: "nets/age.yaml" is "age". */
static void name_network(agr_branch_config *branch, const char *reference)
{
    const char *file = agr_path_name(reference);
    const size_t length = strcspn(file, ".");
    snprintf(branch->network, sizeof branch->network, "%.*s", (int)length, file);
}

/* By name of a built-in, or by path. */
static agr_status read_network_reference(agr_config *config, agr_branch_config *branch,
                                         const char *reference, int line, const agr_place *place,
                                         agr_error *err)
{
    const agr_builtin *builtin = agr_builtin_find("nets/", reference);
    name_network(branch, reference);
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
    const agr_yaml *name = agr_yaml_member(node, "name");
    for (const agr_yaml *item = node->first; item != NULL; item = item->next)
        if (item != network && item != heads && item != name)
            return agr_place_fail(place, item->line, err,
                                  "branches.%s: expected network and heads, or layers and heads, "
                                  "found '%.100s'",
                                  branch->name, item->key);
    if (network == NULL || network->kind != AGR_YAML_SCALAR)
        return agr_place_fail(place, node->line, err,
                              "branches.%s: expected the name of a network, found %s", branch->name,
                              network == NULL ? "none" : agr_yaml_found(network, found));
    AGR_TRY(read_network_reference(config, branch, network->text, network->line, place, err));
    if (name != NULL)
        AGR_TRY(agr_network_take_name(branch, name, place, err));
    if (heads == NULL)
        return AGR_OK;
    return agr_heads_change(branch, heads, place, err);
}

/* A further branch, still empty. Those of one name are the networks of one branch. */
static agr_status add_branch(agr_config *config, const char *name, const agr_place *place, int line,
                             agr_branch_config **added, agr_error *err)
{
    if (!agr_value_is_name(name))
        return agr_place_fail(place, line, err,
                              "branches: expected names of up to %d letters, digits, '_' and '-', "
                              "found '%.100s'",
                              AGR_CONFIG_NAME_BYTES - 1, name);
    if (config->n_branches == AGR_CONFIG_MAX_BRANCHES)
        return agr_place_fail(place, line, err, "branches: expected at most %d, found more",
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

static agr_status read_network(agr_config *config, const char *name, const agr_yaml *node,
                               const agr_place *place, agr_error *err)
{
    agr_branch_config *branch = NULL;
    AGR_TRY(add_branch(config, name, place, node->line, &branch, err));
    if (node->kind == AGR_YAML_SCALAR)
        return read_network_reference(config, branch, node->text, node->line, place, err);
    if (node->kind == AGR_YAML_MAP)
        return read_branch_map(config, branch, node, place, err);
    return agr_place_fail(place, node->line, err,
                          "branches.%s: expected a network, or a list of networks, found a list in "
                          "a list",
                          name);
}

static agr_status read_branch(agr_config *config, const agr_yaml *node, const agr_place *place,
                              agr_error *err)
{
    if (node->kind != AGR_YAML_LIST)
        return read_network(config, node->key, node, place, err);
    if (node->first == NULL)
        return agr_place_fail(place, node->line, err,
                              "branches.%s: expected a network, found an empty list", node->key);
    int n = 0;
    for (const agr_yaml *item = node->first; item != NULL; item = item->next) {
        AGR_TRY(read_network(config, node->key, item, place, err));
        agr_branch_config *last = &config->branch[config->n_branches - 1];
        n++;
        if (last->network[0] == '\0')
            snprintf(last->network, sizeof last->network, "network_%d", n);
    }
    return AGR_OK;
}

agr_status agr_branches_read(agr_config *config, const agr_yaml *map, const agr_place *place,
                             agr_error *err)
{
    char found[128];
    agr_branches_release(config);
    if (map->kind != AGR_YAML_MAP)
        return agr_place_fail(place, map->line, err, "branches: expected a map, found %s",
                              agr_yaml_found(map, found));
    if (map->first == NULL)
        return agr_place_fail(place, map->line, err, "branches: expected at least one, found none");
    for (const agr_yaml *node = map->first; node != NULL; node = node->next)
        AGR_TRY(read_branch(config, node, place, err));
    return AGR_OK;
}

/* ---- overrides and selection ---- */

/* Releases the networks of this name; where the first of them was, or the end. */
static int remove_branch(agr_config *config, const char *name)
{
    int first = config->n_branches, n = 0;
    for (int i = 0; i < config->n_branches; i++) {
        if (strcmp(config->branch[i].name, name) != 0) {
            config->branch[n++] = config->branch[i];
            continue;
        }
        first = n < first ? n : first;
        agr_branch_release(&config->branch[i]);
    }
    config->n_branches = n;
    return first < n ? first : n;
}

/* Brings the last n entries to position `at`. */
static void move_last(agr_config *config, int n, int at)
{
    for (int moved = 0; moved < n; moved++) {
        const agr_branch_config last = config->branch[config->n_branches - 1];
        memmove(&config->branch[at + 1], &config->branch[at],
                (size_t)(config->n_branches - 1 - at) * sizeof last);
        config->branch[at] = last;
    }
}

/* "race", or "[race, wide.yaml]". */
static agr_status override_network(agr_config *config, const char *name, const char *value,
                                   const agr_place *place, agr_error *err)
{
    const int at = remove_branch(config, name);
    const bool is_list = value[0] == '[' && value[strlen(value) - 1] == ']';
    const char *rest = is_list ? value + 1 : value;
    int n = 0;
    for (bool more = true; more; n++) {
        char reference[AGR_CONFIG_TEXT_BYTES];
        const size_t length = is_list ? strcspn(rest, ",]") : strlen(rest);
        const size_t blanks = is_list ? strspn(rest, " ") : 0;
        snprintf(reference, sizeof reference, "%.*s", (int)(length - blanks), rest + blanks);
        more = is_list && rest[length] == ',';
        rest += length + (more ? 1 : 0);
        agr_branch_config *branch;
        AGR_TRY(add_branch(config, name, place, 0, &branch, err));
        AGR_TRY(read_network_reference(config, branch, reference, 0, place, err));
    }
    move_last(config, n, at);
    return AGR_OK;
}

/* Where a branch has several networks: of each that has this head. */
static agr_status override_head(agr_config *config, const char *name, const char *head_name,
                                char *key, char *value, const agr_place *place, agr_error *err)
{
    const agr_yaml member = {.kind = AGR_YAML_SCALAR, .key = key, .text = value};
    if (agr_config_branch(config, name) == NULL)
        return agr_place_fail(place, 0, err, "branches: expected a branch, found '%s'", name);
    agr_status status = AGR_OK;
    bool found = false;
    for (int i = 0; i < config->n_branches; i++) {
        agr_head_config *head;
        agr_error missing;
        if (strcmp(config->branch[i].name, name) != 0)
            continue;
        if (agr_head_find(&config->branch[i], head_name, 0, place, &head, &missing) == AGR_OK) {
            found = true;
            AGR_TRY(agr_head_put(head, &member, place, err));
        } else {
            status = missing.status;
            if (err != NULL && !found)
                *err = missing;
        }
    }
    return found ? AGR_OK : status;
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

/* The branch of this name, or that has a member of this name; a built-in network may be named
 * without being listed. `base` is its name. */
static agr_status find_selected(agr_config *config, const char *name, const agr_place *place,
                                int line, char base[AGR_CONFIG_NAME_BYTES], agr_error *err)
{
    const agr_builtin *builtin = agr_builtin_find("nets/", name);
    agr_branch_config *branch = agr_config_branch(config, name);
    if (branch == NULL && builtin != NULL) {
        AGR_TRY(add_branch(config, name, place, line, &branch, err));
        name_network(branch, name);
        AGR_TRY(read_network_builtin(config, branch, builtin, err));
    }
    for (int i = 0; branch == NULL && i < config->n_branches; i++)
        if (agr_member_is_of(name, config->branch[i].name))
            branch = &config->branch[i];
    if (branch != NULL) {
        memcpy(base, branch->name, AGR_CONFIG_NAME_BYTES);
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

/* What train.branches names. */
typedef struct {
    agr_place place;
    int line;
    int n;
    char name[AGR_CONFIG_MAX_BRANCHES][AGR_CONFIG_NAME_BYTES];
    char base[AGR_CONFIG_MAX_BRANCHES][AGR_CONFIG_NAME_BYTES];
} selection;

static agr_status add_selected(agr_config *config, const char *name, selection *s, agr_error *err)
{
    if (s->n == AGR_CONFIG_MAX_BRANCHES)
        return agr_place_fail(&s->place, s->line, err,
                              "train.branches: expected at most %d branches, found more",
                              AGR_CONFIG_MAX_BRANCHES);
    AGR_TRY(find_selected(config, name, &s->place, s->line, s->base[s->n], err));
    for (int i = 0; i < s->n; i++)
        if (strcmp(s->name[i], name) == 0)
            return agr_place_fail(&s->place, s->line, err,
                                  "train.branches: expected each branch once, found '%s' twice",
                                  name);
    snprintf(s->name[s->n++], AGR_CONFIG_NAME_BYTES, "%s", name);
    return AGR_OK;
}

static agr_status read_selection(agr_config *config, selection *s, agr_error *err)
{
    const agr_origin origin = config->origin[agr_config_row_find("train.branches")];
    const char *rest = config->train.branches;
    s->place = (agr_place){origin.source, ".", origin.line > 0 ? AGR_INPUT : AGR_USAGE};
    s->line = origin.line;
    for (bool more = true; more;) {
        char name[AGR_CONFIG_TEXT_BYTES];
        const size_t length = strcspn(rest, ",");
        snprintf(name, sizeof name, "%.*s", (int)length, rest);
        more = rest[length] == ',';
        rest += length + (more ? 1 : 0);
        AGR_TRY(add_selected(config, name, s, err));
    }
    return AGR_OK;
}

/* Is `base` at i the first time that the selection speaks of it? */
static bool is_first_of_base(const selection *s, int i)
{
    for (int before = 0; before < i; before++)
        if (strcmp(s->base[before], s->base[i]) == 0)
            return false;
    return true;
}

/* The networks of the selection, in its order; the others are released. */
static agr_status keep_networks(agr_config *config, const selection *s, agr_error *err)
{
    agr_branch_config *kept = calloc((size_t)config->n_branches + 1, sizeof *kept);
    int n = 0;
    if (kept == NULL)
        return agr_error_set(err, AGR_MEMORY, "out of memory");
    for (int i = 0; i < s->n; i++) {
        for (int b = 0; b < config->n_branches && is_first_of_base(s, i); b++) {
            if (strcmp(config->branch[b].name, s->base[i]) != 0)
                continue;
            kept[n++] = config->branch[b];
            config->branch[b] = (agr_branch_config){0};
        }
    }
    agr_branches_release(config);
    config->branch = kept;
    config->n_branches = n;
    return AGR_OK;
}

static bool selects(const selection *s, const agr_branch_config *member)
{
    for (int i = 0; i < s->n; i++)
        if (strcmp(s->name[i], member->name) == 0 || strcmp(s->name[i], member->member.base) == 0)
            return true;
    return false;
}

/* Every name stands for somebody, once all members are there. */
static agr_status keep_members(agr_config *config, const selection *s, agr_error *err)
{
    for (int i = 0; i < s->n; i++)
        if (strcmp(s->name[i], s->base[i]) != 0 && agr_config_branch(config, s->name[i]) == NULL)
            return agr_place_fail(&s->place, s->line, err,
                                  "train.branches: expected branches of this configuration or "
                                  "members of one, like %s, found '%s'",
                                  config->branch[0].name, s->name[i]);
    int n = 0;
    for (int b = 0; b < config->n_branches; b++) {
        if (selects(s, &config->branch[b]))
            config->branch[n++] = config->branch[b];
        else
            agr_branch_release(&config->branch[b]);
    }
    config->n_branches = n;
    return AGR_OK;
}

static agr_status select_branches(agr_config *config, selection *s, agr_error *err)
{
    AGR_TRY(read_selection(config, s, err));
    AGR_TRY(agr_own_values_read(config, err));
    AGR_TRY(keep_networks(config, s, err));
    agr_own_values_write(config);
    AGR_TRY(agr_population_expand(config, err));
    return keep_members(config, s, err);
}

agr_status agr_branches_select(agr_config *config, agr_error *err)
{
    if (strcmp(config->train.branches, "all") == 0) {
        AGR_TRY(agr_own_values_read(config, err));
        return agr_population_expand(config, err);
    }
    selection *s = calloc(1, sizeof *s);
    if (s == NULL)
        return agr_error_set(err, AGR_MEMORY, "out of memory");
    const agr_status status = select_branches(config, s, err);
    free(s);
    return status;
}
