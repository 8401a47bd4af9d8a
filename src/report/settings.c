/* Reads where the values of a run's configuration came from. */
#include "settings_impl.h"

#include <agr/base/file.h>
#include <stdlib.h>
#include <string.h>

enum { LIMIT_BYTES = 1 << 22 };

/* What stands behind the '#' of line `line` (from 1); "" where nothing does. */
static void add_comment(const char *yaml, int line, agr_text *origin)
{
    for (; line > 1 && yaml != NULL; line--) {
        yaml = strchr(yaml, '\n');
        yaml = yaml != NULL ? yaml + 1 : NULL;
    }
    if (yaml == NULL)
        return;
    const size_t length = strcspn(yaml, "\n");
    const char *mark = memmem(yaml, length, " # ", 3);
    if (mark != NULL)
        agr_text_add_bytes(origin, mark + 3, (size_t)(yaml + length - (mark + 3)));
}

/* The place of a value in the file is its origin when the file is read; its own origin stands behind
 * it there. */
static void take_origins(const char *yaml, size_t n_bytes, settings *s)
{
    agr_config written;
    agr_error ignored;
    if (agr_config_parse(&written, yaml, n_bytes, "config.yaml", NULL, 0, &ignored) != AGR_OK)
        return;
    for (int row = 0; row < agr_config_n_rows(); row++)
        add_comment(yaml, written.origin[row].line, &s->origin[row]);
    agr_config_release(&written);
}

agr_status settings_read(const char *run, settings *s, agr_error *err)
{
    char path[AGR_PATH_BYTES], *yaml;
    size_t n_bytes;
    agr_error ignored;
    *s = (settings){0};
    AGR_TRY(agr_config_load(&s->builtin, NULL, NULL, 0, err));
    if (!agr_path_is_folder(run) || agr_path_join(path, run, "config.yaml", &ignored) != AGR_OK ||
        agr_file_read(path, LIMIT_BYTES, &yaml, &n_bytes, &ignored) != AGR_OK)
        return AGR_OK;
    take_origins(yaml, n_bytes, s);
    free(yaml);
    return AGR_OK;
}

void settings_release(settings *s)
{
    for (int row = 0; row < AGR_CONFIG_MAX_ROWS; row++)
        agr_text_release(&s->origin[row]);
    agr_config_release(&s->builtin);
}

bool settings_differ(const agr_config *one, const agr_config *other, int row)
{
    agr_text a = {0}, b = {0};
    agr_config_row_value(one, row, &a);
    agr_config_row_value(other, row, &b);
    const bool differ = a.failed || b.failed || strcmp(a.data, b.data) != 0;
    agr_text_release(&a);
    agr_text_release(&b);
    return differ;
}
