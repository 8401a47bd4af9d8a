/* The table of formats. */
#include "export_impl.h"

#include <agr/base/file.h>
#include <string.h>

const export_format export_formats[] = {
    {"onnx", ".onnx", true, export_onnx, NULL},
    {"keras", ".h5", false, export_keras, NULL},
    {"safetensors", ".safetensors", false, export_safetensors, NULL},
    {"web", NULL, true, NULL, export_web},
    {NULL, NULL, false, NULL, NULL},
};

static void list_formats(agr_text *text)
{
    for (const export_format *f = export_formats; f->name != NULL; f++)
        agr_text_add(text, "%s%s", f > export_formats ? ", " : "", f->name);
}

static bool ends_with(const char *path, const char *ending)
{
    const size_t length = strlen(path), n = ending != NULL ? strlen(ending) : 0;
    return n > 0 && length > n && strcmp(path + length - n, ending) == 0;
}

agr_status export_format_find(const char *name, const char *path, const export_format **format,
                              agr_error *err)
{
    agr_text list = {0};
    for (const export_format *f = export_formats; f->name != NULL; f++)
        if (name != NULL ? strcmp(f->name, name) == 0 : ends_with(path, f->ending)) {
            *format = f;
            return AGR_OK;
        }
    list_formats(&list);
    if (name != NULL)
        agr_error_set(err, AGR_USAGE, "--format: no format '%s'", name);
    else
        agr_error_set(err, AGR_USAGE, "the ending of '%s' tells no format", agr_path_name(path));
    agr_error_hint(err, "--format knows %s", list.failed ? "" : list.data);
    agr_text_release(&list);
    return AGR_USAGE;
}
