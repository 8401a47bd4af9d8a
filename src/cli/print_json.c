/* How every --json ends: the object as text on stdout. */
#include "cli.h"

#include <cjson/cJSON.h>
#include <stdio.h>

agr_status cli_print_json(cJSON *root, agr_error *err)
{
    char *text = cJSON_Print(root);
    cJSON_Delete(root);
    if (text == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for the JSON text");
    puts(text);
    cJSON_free(text);
    return AGR_OK;
}
