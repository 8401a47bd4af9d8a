/* The sources of a configuration, one after the other: built-in, file, overrides. */
#include "config_impl.h"

#include <agr/base/parse.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One text being applied; a key may stand in it once, nested or dotted. */
typedef struct {
    agr_config *config;
    agr_place place;
    int first_line[AGR_CONFIG_MAX_ROWS];
} reading;

static agr_status apply_setting(reading *r, int row, const agr_yaml *node, agr_error *err)
{
    const char *key = agr_config_row_key(row);
    if (r->first_line[row] != 0)
        return agr_place_fail(&r->place, node->line, err,
                              "%s: expected once, found again (first on line %d)", key,
                              r->first_line[row]);
    r->first_line[row] = node->line;
    char value[AGR_CONFIG_TEXT_BYTES];
    AGR_TRY(agr_value_take(node, value, sizeof value, key, &r->place, err));
    if (node->kind == AGR_YAML_LIST && agr_config_row_may_vary(row))
        return agr_varied_read(r->config, row, value, &r->place, node->line, err);
    agr_varied_drop(r->config, row);
    return agr_config_row_set(r->config, row, value, &r->place, node->line, err);
}

static agr_status apply_section(reading *r, const agr_yaml *map, const char *prefix,
                                agr_error *err);

static agr_status apply_member(reading *r, const agr_yaml *node, const char *prefix, agr_error *err)
{
    char key[128], found[128];
    snprintf(key, sizeof key, "%s%s%s", prefix, prefix[0] != '\0' ? "." : "", node->key);
    if (strcmp(key, "branches") == 0)
        return agr_branches_read(r->config, node, &r->place, err);
    const int row = agr_config_row_find(key);
    if (row >= 0)
        return apply_setting(r, row, node, err);
    if (!agr_config_section_exists(key))
        return agr_config_unknown_key(key, &r->place, node->line, err);
    if (node->kind == AGR_YAML_SCALAR && node->text[0] == '\0')
        return AGR_OK; /* a section of which everything is commented out */
    if (node->kind != AGR_YAML_MAP)
        return agr_place_fail(&r->place, node->line, err,
                              "%s: expected a map of settings, found %s", key,
                              agr_yaml_found(node, found));
    return apply_section(r, node, key, err);
}

static agr_status apply_section(reading *r, const agr_yaml *map, const char *prefix, agr_error *err)
{
    for (const agr_yaml *node = map->first; node != NULL; node = node->next)
        AGR_TRY(apply_member(r, node, prefix, err));
    return AGR_OK;
}

static agr_status apply_text(agr_config *config, const char *text, size_t n_bytes,
                             const char *source, const char *folder, agr_error *err)
{
    reading r = {config, {agr_config_intern(config, source), folder, AGR_INPUT}, {0}};
    if (r.place.source == NULL)
        return agr_error_set(err, AGR_MEMORY, "out of memory");
    agr_yaml *root;
    AGR_TRY(agr_yaml_read(text, n_bytes, r.place.source, &root, err));
    char found[128];
    const agr_status status =
        root->kind == AGR_YAML_MAP
            ? apply_section(&r, root, "", err)
            : agr_place_fail(&r.place, root->line, err, "expected a map of settings, found %s",
                             agr_yaml_found(root, found));
    agr_yaml_destroy(root);
    return status;
}

static agr_status apply_builtin(agr_config *config, const agr_builtin *builtin, agr_error *err)
{
    char source[AGR_CONFIG_NAME_BYTES];
    snprintf(source, sizeof source, "built-in %s", builtin->name);
    return apply_text(config, (const char *)builtin->data, builtin->n_bytes, source, ".", err);
}

static agr_status apply_file(agr_config *config, const char *path, agr_error *err)
{
    if (!agr_path_exists(path)) {
        agr_error_set(err, AGR_NOT_FOUND, "no configuration '%s'", path);
        agr_builtin_hint("", path, err);
        return AGR_NOT_FOUND;
    }
    char folder[AGR_PATH_BYTES];
    const size_t length = (size_t)(agr_path_name(path) - path);
    if (length >= sizeof folder)
        return agr_error_set(err, AGR_INPUT, "path '%.60s...' is too long", path);
    snprintf(folder, sizeof folder, "%.*s", (int)length, path);
    char *text;
    size_t n_bytes;
    AGR_TRY(agr_file_read(path, AGR_YAML_MAX_BYTES, &text, &n_bytes, err));
    const agr_status status =
        apply_text(config, text, n_bytes, path, length > 0 ? folder : ".", err);
    free(text);
    return status;
}

/* The values of "[a, b]", without the brackets; false for anything else. */
static bool read_list(const char *text, char values[AGR_CONFIG_TEXT_BYTES])
{
    const size_t length = strlen(text);
    if (text[0] != '[' || text[length - 1] != ']' || length - 2 >= AGR_CONFIG_TEXT_BYTES)
        return false;
    snprintf(values, AGR_CONFIG_TEXT_BYTES, "%.*s", (int)length - 2, text + 1);
    return true;
}

static agr_status override_setting(agr_config *config, int row, const char *value,
                                   const agr_place *place, agr_error *err)
{
    char values[AGR_CONFIG_TEXT_BYTES];
    if (agr_config_row_may_vary(row) && read_list(value, values))
        return agr_varied_read(config, row, values, place, 0, err);
    agr_varied_drop(config, row);
    return agr_config_row_set(config, row, value, place, 0, err);
}

static agr_status apply_override(agr_config *config, const agr_config_override *override,
                                 agr_error *err)
{
    const agr_place place = {agr_config_intern(config, override->origin), ".", AGR_USAGE};
    if (place.source == NULL)
        return agr_error_set(err, AGR_MEMORY, "out of memory");
    static const char branches[] = "branches.";
    if (strncmp(override->key, branches, strlen(branches)) == 0)
        return agr_branches_override(config, override->key + strlen(branches), override->value,
                                     &place, err);
    const int row = agr_config_row_find(override->key);
    if (row < 0)
        return agr_config_unknown_key(override->key, &place, 0, err);
    return override_setting(config, row, override->value, &place, err);
}

static agr_status begin(agr_config *config, agr_error *err)
{
    *config = (agr_config){0};
    return apply_builtin(config, agr_builtin_find("", "seed"), err);
}

static agr_status finish(agr_config *config, const agr_config_override *overrides, int n_overrides,
                         agr_error *err)
{
    for (int i = 0; i < n_overrides; i++)
        AGR_TRY(apply_override(config, &overrides[i], err));
    AGR_TRY(agr_branches_select(config, err));
    AGR_TRY(agr_halving_read(config, err));
    return agr_config_check(config, err);
}

agr_status agr_config_load(agr_config *config, const char *name_or_path,
                           const agr_config_override *overrides, int n_overrides, agr_error *err)
{
    const agr_builtin *builtin = name_or_path != NULL ? agr_builtin_find("", name_or_path) : NULL;
    agr_status status = begin(config, err);
    if (status == AGR_OK && builtin != NULL)
        status = apply_builtin(config, builtin, err);
    else if (status == AGR_OK && name_or_path != NULL)
        status = apply_file(config, name_or_path, err);
    if (status == AGR_OK)
        status = finish(config, overrides, n_overrides, err);
    if (status != AGR_OK)
        agr_config_release(config);
    return status;
}

agr_status agr_config_parse(agr_config *config, const char *yaml, size_t n_bytes,
                            const char *source, const agr_config_override *overrides,
                            int n_overrides, agr_error *err)
{
    agr_status status = begin(config, err);
    if (status == AGR_OK)
        status = apply_text(config, yaml, n_bytes, source, ".", err);
    if (status == AGR_OK)
        status = finish(config, overrides, n_overrides, err);
    if (status != AGR_OK)
        agr_config_release(config);
    return status;
}

void agr_config_release(agr_config *config)
{
    agr_branches_release(config);
    for (int i = 0; i < config->n_sources; i++)
        free(config->source[i]);
    free(config->source);
    *config = (agr_config){0};
}
