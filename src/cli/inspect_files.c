/* Writes pictures as files of a folder. */
#include "inspect.h"

#include <agr/base/file.h>
#include <agr/base/log.h>
#include <stdio.h>

agr_status inspect_write_svg(const char *folder, const char *name, const agr_text *svg,
                             agr_error *err)
{
    char file[300], path[AGR_PATH_BYTES];
    snprintf(file, sizeof file, "%.250s.svg", name);
    for (char *c = file; *c != '\0'; c++)
        *c = *c == '/' ? '_' : *c;
    if (svg->failed)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for '%s'", file);
    AGR_TRY(agr_folder_create(folder, err));
    AGR_TRY(agr_path_join(path, folder, file, err));
    AGR_TRY(agr_file_write(path, svg->data, svg->length, err));
    agr_log_info("wrote %s", path);
    return AGR_OK;
}
