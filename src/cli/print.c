/* How every text that is made whole before it is shown gets to stdout or a file. */
#include "cli.h"

#include <agr/base/file.h>
#include <agr/base/log.h>
#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

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

agr_status cli_write_text(agr_text *text, const char *path, agr_error *err)
{
    if (strcmp(path, "-") == 0 || text->failed)
        return cli_print_text(text, err);
    const agr_status status = agr_file_write(path, text->data, text->length, err);
    if (status == AGR_OK)
        agr_log_info("wrote %s", path);
    agr_text_release(text);
    return status;
}

agr_status cli_check_new_file(const char *path, const char *example, agr_error *err)
{
    if (path == NULL) {
        agr_error_set(err, AGR_USAGE, "expected -o FILE");
        return agr_error_hint(err, "%s", example);
    }
    if (!agr_path_exists(path))
        return AGR_OK;
    agr_error_set(err, AGR_INPUT, "cannot write '%s': it is there already", path);
    return agr_error_hint(err, "take another name, or remove it");
}
