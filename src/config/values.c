/* Scalars between YAML and text. */
#include "config_impl.h"

#include <agr/base/parse.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void agr_value_add_number(agr_text *text, double value)
{
    char digits[40];
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, value);
        if (strtod(digits, NULL) == value)
            break;
    }
    /* YAML 1.1 takes 1e-07 for text: it wants a point before the exponent. */
    const char *exponent = strchr(digits, 'e');
    if (exponent == NULL || strchr(digits, '.') != NULL)
        agr_text_add(text, "%s", digits);
    else
        agr_text_add(text, "%.*s.0%s", (int)(exponent - digits), digits, exponent);
}

static bool is_plain(const char *value)
{
    if (!isalnum((unsigned char)value[0]) && strchr("./_", value[0]) == NULL)
        return false;
    return value[0] != '\0' &&
           value[strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                               "0123456789._/+-")] == '\0';
}

void agr_value_add_text(agr_text *text, const char *value)
{
    if (is_plain(value)) {
        agr_text_add(text, "%s", value);
        return;
    }
    agr_text_add(text, "\"");
    for (; *value != '\0'; value++)
        agr_text_add(text, *value == '"' || *value == '\\' ? "\\%c" : "%c", *value);
    agr_text_add(text, "\"");
}

bool agr_value_is_name(const char *text)
{
    const size_t length = strlen(text);
    if (length == 0 || length >= AGR_CONFIG_NAME_BYTES || text[0] == '-')
        return false;
    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)text[i]) && text[i] != '_' && text[i] != '-')
            return false;
    return true;
}

agr_status agr_value_take(const agr_yaml *node, char *buffer, size_t n_bytes, const char *subject,
                          const agr_place *place, agr_error *err)
{
    if (node->kind == AGR_YAML_MAP)
        return agr_place_fail(place, node->line, err, "%s: expected a value, found a map", subject);
    const agr_yaml *first = node->kind == AGR_YAML_LIST ? node->first : node;
    size_t length = 0;
    buffer[0] = '\0';
    for (const agr_yaml *item = first; item != NULL; item = item->next) {
        if (item->kind != AGR_YAML_SCALAR)
            return agr_place_fail(place, item->line, err,
                                  "%s: expected a list of plain values, found a map or list in it",
                                  subject);
        const int written = snprintf(buffer + length, n_bytes - length, "%s%s",
                                     item != first ? "," : "", item->text);
        if (written < 0 || (size_t)written >= n_bytes - length)
            return agr_place_fail(place, item->line, err,
                                  "%s: expected at most %zu characters, found more", subject,
                                  n_bytes - 1);
        length += (size_t)written;
        if (node->kind != AGR_YAML_LIST)
            break;
    }
    return AGR_OK;
}
