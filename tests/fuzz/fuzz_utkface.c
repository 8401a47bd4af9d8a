/* A file name from anyone: labels in their ranges, or a reason. */
#include "fuzz.h"

#include <agr/data/utkface.h>
#include <stdlib.h>
#include <string.h>

bool fuzz_read(const uint8_t *data, size_t n_bytes)
{
    char *name = malloc(n_bytes + 1);
    if (name == NULL)
        return false;
    memcpy(name, data, n_bytes);
    name[n_bytes] = '\0';
    agr_error err = {0};
    int value[AGR_UTKFACE_LABELS];
    const agr_status status = agr_utkface_parse(name, value, &err);
    if (status == AGR_OK && (value[AGR_UTKFACE_AGE] < 0 || value[AGR_UTKFACE_AGE] > 116 ||
                             value[AGR_UTKFACE_GENDER] < 0 || value[AGR_UTKFACE_GENDER] > 1 ||
                             value[AGR_UTKFACE_RACE] < 0 || value[AGR_UTKFACE_RACE] > 4))
        abort();
    if (status != AGR_OK && err.text[0] == '\0')
        abort();
    free(name);
    return status == AGR_OK;
}
