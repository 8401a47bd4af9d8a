/* Where a value comes from, for complaints and for listings. */
#include "config_impl.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

agr_status agr_place_fail(const agr_place *place, int line, agr_error *err, const char *format, ...)
{
    char text[AGR_ERROR_TEXT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (line > 0)
        return agr_error_set(err, place->fault, "%s:%d: %s", place->source, line, text);
    return agr_error_set(err, place->fault, "%s: %s", place->source, text);
}

void agr_origin_add(agr_origin origin, agr_text *text)
{
    if (origin.line > 0)
        agr_text_add(text, "%s:%d", origin.source, origin.line);
    else
        agr_text_add(text, "%s", origin.source != NULL ? origin.source : "");
}

const char *agr_config_intern(agr_config *config, const char *text)
{
    for (int i = 0; i < config->n_sources; i++)
        if (strcmp(config->source[i], text) == 0)
            return config->source[i];
    char **source =
        realloc(config->source, (size_t)(config->n_sources + 1) * sizeof *config->source);
    if (source == NULL)
        return NULL;
    config->source = source;
    char *copy = strdup(text);
    if (copy != NULL)
        source[config->n_sources++] = copy;
    return copy;
}
