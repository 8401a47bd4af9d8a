/* agr-mpi config: the effective configuration, each value with its origin. */
#include "cli.h"
#include "options.h"

#include <agr/base/parse.h>
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A setting's text as the JSON value it stands for. */
static cJSON *json_value(const char *text)
{
    bool flag;
    double number;
    if (strcmp(text, "null") == 0)
        return cJSON_CreateNull();
    if (agr_parse_flag(text, &flag))
        return cJSON_CreateBool(flag);
    if (agr_parse_number(text, &number))
        return cJSON_CreateRaw(text);
    return cJSON_CreateString(text);
}

static cJSON *json_config(const agr_config *config)
{
    cJSON *root = cJSON_CreateObject();
    for (int row = 0; row < agr_config_n_rows(); row++) {
        agr_text value = {0}, origin = {0};
        agr_config_row_value(config, row, &value);
        agr_origin_add(config->origin[row], &origin);
        cJSON *setting = cJSON_AddObjectToObject(root, agr_config_row_key(row));
        cJSON_AddItemToObject(setting, "value", value.failed ? NULL : json_value(value.data));
        cJSON_AddStringToObject(setting, "origin", origin.failed ? "" : origin.data);
        agr_text_release(&value);
        agr_text_release(&origin);
    }
    return root;
}

static agr_status print_json(const agr_config *config, agr_error *err)
{
    cJSON *root = json_config(config);
    return cli_print_json(root, err);
}

static agr_status print_text(agr_text *text, agr_error *err)
{
    const bool failed = text->failed;
    if (!failed)
        fputs(text->data, stdout);
    agr_text_release(text);
    return failed ? agr_error_set(err, AGR_MEMORY, "out of memory") : AGR_OK;
}

static agr_status print_yaml(const agr_config *config, agr_error *err)
{
    agr_text text = {0};
    agr_config_yaml(config, AGR_CONFIG_WITH_ORIGINS, &text);
    return print_text(&text, err);
}

/* The table of docs/configuration.md: every key with its default. */
static agr_status print_keys(const agr_config *config, agr_error *err)
{
    agr_text text = {0};
    agr_text_add(&text, "| key | default | unit | values | meaning |\n|---|---|---|---|---|\n");
    for (int row = 0; row < agr_config_n_rows(); row++) {
        agr_text_add(&text, "| `%s` | `", agr_config_row_key(row));
        agr_config_row_value(config, row, &text);
        agr_text_add(&text, "` | %s | ", agr_config_row_unit(row));
        agr_config_row_range(row, &text);
        agr_text_add(&text, " | %s |\n", agr_config_row_help(row));
    }
    return print_text(&text, err);
}

agr_status cmd_config(int argc, char **argv, agr_error *err)
{
    static cli_overrides overrides;
    const char *name = NULL;
    bool json = false, keys = false;
    const cli_option options[] = {
        {"config", 'c', CLI_TEXT, "FILE", &name,
         "a configuration file, or the name of a built-in one (seed, quick, best)"},
        {"set", 0, CLI_SET, "KEY=VALUE", &overrides, "change one setting; may be repeated"},
        {"json", 0, CLI_FLAG, NULL, &json, "settings and origins as JSON, without the networks"},
        {"keys", 0, CLI_FLAG, NULL, &keys,
         "every key with its value, unit and meaning, as a table"},
    };
    const cli_syntax syntax = {
        .verb = "config",
        .positionals = "",
        .summary =
            "Prints the effective configuration as YAML that --config reads back, each value "
            "with its origin.",
        .option = options,
        .n_options = CLI_COUNT(options),
    };
    cli_arguments arguments;
    AGR_TRY(cli_parse(&syntax, argc, argv, &arguments, err));
    if (arguments.help)
        return AGR_OK;
    agr_config config;
    AGR_TRY(agr_config_load(&config, name, overrides.item, overrides.n, err));
    const agr_status status = keys   ? print_keys(&config, err)
                              : json ? print_json(&config, err)
                                     : print_yaml(&config, err);
    agr_config_release(&config);
    return status;
}
