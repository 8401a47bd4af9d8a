/* Finds the configurations and networks that are compiled into the program. */
#include "config_impl.h"

#include <agr/base/parse.h>
#include <stdio.h>
#include <string.h>

static const char extension[] = ".yaml";

/* The N of "<folder>N.yaml"; false for a file elsewhere. */
static bool builtin_stem(const agr_builtin *builtin, const char *folder,
                         char stem[AGR_CONFIG_NAME_BYTES])
{
    const size_t folder_length = strlen(folder);
    if (strncmp(builtin->name, folder, folder_length) != 0)
        return false;
    const char *name = builtin->name + folder_length;
    const size_t length = strlen(name) - strlen(extension);
    if (strchr(name, '/') != NULL)
        return false;
    snprintf(stem, AGR_CONFIG_NAME_BYTES, "%.*s", (int)length, name);
    return true;
}

const agr_builtin *agr_builtin_find(const char *folder, const char *name)
{
    char stem[AGR_CONFIG_NAME_BYTES];
    for (const agr_builtin *builtin = agr_builtins; builtin->name != NULL; builtin++)
        if (builtin_stem(builtin, folder, stem) && strcmp(stem, name) == 0)
            return builtin;
    return NULL;
}

void agr_builtin_hint(const char *folder, const char *word, agr_error *err)
{
    char stem[AGR_CONFIG_NAME_BYTES], nearest_stem[AGR_CONFIG_NAME_BYTES], list[512] = "";
    agr_nearest nearest = {.word = word};
    for (const agr_builtin *builtin = agr_builtins; builtin->name != NULL; builtin++) {
        if (!builtin_stem(builtin, folder, stem))
            continue;
        const size_t length = strlen(list);
        snprintf(list + length, sizeof list - length, "%s%s", length > 0 ? ", " : "", stem);
        const int before = nearest.found != NULL ? nearest.distance : -1;
        agr_nearest_offer(&nearest, stem);
        if (nearest.found != NULL && (before < 0 || nearest.distance < before))
            memcpy(nearest_stem, stem, sizeof stem); /* stem is overwritten by the next one */
    }
    if (nearest.found != NULL)
        agr_error_hint(err, "did you mean '%s'?", nearest_stem);
    else
        agr_error_hint(err, "built-in: %s", list);
}
