/* Settings that were given a list of values. */
#include "config_impl.h"

#include <agr/base/parse.h>
#include <stdio.h>
#include <string.h>

static const agr_varied *find_varied(const agr_config *config, int row)
{
    for (int i = 0; i < config->n_varied; i++)
        if (config->varied[i].row == row)
            return &config->varied[i];
    return NULL;
}

void agr_varied_drop(agr_config *config, int row)
{
    for (int i = 0; i < config->n_varied; i++) {
        if (config->varied[i].row != row)
            continue;
        config->n_varied--;
        memmove(&config->varied[i], &config->varied[i + 1],
                (size_t)(config->n_varied - i) * sizeof config->varied[0]);
        return;
    }
}

/* The index-th of a list with commas; false behind its end. */
static bool item_at(const char *list, int index, char item[AGR_CONFIG_TEXT_BYTES])
{
    for (; index > 0; index--) {
        list = strchr(list, ',');
        if (list == NULL)
            return false;
        list++;
    }
    snprintf(item, AGR_CONFIG_TEXT_BYTES, "%.*s", (int)strcspn(list, ","), list);
    return true;
}

void agr_varied_value(const agr_varied *varied, int index, char value[AGR_CONFIG_TEXT_BYTES])
{
    value[0] = '\0';
    item_at(varied->values, index, value);
}

static void add_varied(const agr_varied *varied, agr_text *text)
{
    for (int i = 0; i < varied->n; i++) {
        char value[AGR_CONFIG_TEXT_BYTES];
        agr_varied_value(varied, i, value);
        agr_text_add(text, "%s%s", i > 0 ? ", " : "[", value);
    }
    agr_text_add(text, "]");
}

static bool has_value(const agr_varied *varied, const char *value)
{
    for (int i = 0; i < varied->n; i++) {
        char other[AGR_CONFIG_TEXT_BYTES];
        agr_varied_value(varied, i, other);
        if (strcmp(value, other) == 0)
            return true;
    }
    return false;
}

/* Checks one value and adds it as it would stand in a file. */
static agr_status add_value(agr_config *config, agr_varied *varied, const char *value,
                            const agr_place *place, int line, agr_error *err)
{
    agr_text text = {0};
    const char *key = agr_config_row_key(varied->row);
    AGR_TRY(agr_config_row_set(config, varied->row, value, place, line, err));
    agr_config_row_field(config, varied->row, &text);
    agr_status status = text.failed ? agr_error_set(err, AGR_MEMORY, "out of memory") : AGR_OK;
    if (status == AGR_OK && has_value(varied, text.data))
        status = agr_place_fail(place, line, err, "%s: expected each value once, found %s twice",
                                key, text.data);
    const size_t length = strlen(varied->values);
    if (status == AGR_OK && length + text.length + 2 > sizeof varied->values)
        status = agr_place_fail(place, line, err, "%s: expected fewer values", key);
    if (status == AGR_OK)
        snprintf(varied->values + length, sizeof varied->values - length, "%s%s",
                 varied->n++ > 0 ? "," : "", text.data);
    agr_text_release(&text);
    return status;
}

/* By row, whatever the order in the file: the same variants get the same numbers. */
static void keep(agr_config *config, const agr_varied *varied)
{
    int at = config->n_varied++;
    for (; at > 0 && config->varied[at - 1].row > varied->row; at--)
        config->varied[at] = config->varied[at - 1];
    config->varied[at] = *varied;
}

agr_status agr_varied_read(agr_config *config, int row, const char *values, const agr_place *place,
                           int line, agr_error *err)
{
    char value[AGR_CONFIG_TEXT_BYTES];
    agr_varied varied = {.row = row};
    agr_varied_drop(config, row);
    for (int i = 0; item_at(values, i, value); i++)
        AGR_TRY(add_value(config, &varied, value + strspn(value, " "), place, line, err));
    agr_varied_value(&varied, 0, value);
    AGR_TRY(agr_config_row_set(config, row, value, place, line, err));
    if (varied.n < 2)
        return AGR_OK;
    if (config->n_varied == AGR_CONFIG_MAX_VARIED)
        return agr_place_fail(place, line, err,
                              "%s: expected at most %d settings with a list of values, found more",
                              agr_config_row_key(row), AGR_CONFIG_MAX_VARIED);
    keep(config, &varied);
    return AGR_OK;
}

void agr_config_row_value(const agr_config *config, int row, agr_text *text)
{
    const agr_varied *varied = find_varied(config, row);
    if (varied != NULL)
        add_varied(varied, text);
    else
        agr_config_row_field(config, row, text);
}
