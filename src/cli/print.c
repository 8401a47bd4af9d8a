/* How every text that is made whole before it is shown gets to stdout. */
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

agr_status cli_print_text(agr_text *text, agr_error *err)
{
    const agr_status status =
        text->failed ? agr_error_set(err, AGR_MEMORY, "out of memory") : AGR_OK;
    if (status == AGR_OK && text->length > 0)
        fputs(text->data, stdout);
    agr_text_release(text);
    return status;
}
