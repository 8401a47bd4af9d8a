/* Where npm keeps onnxruntime-web, and what of it a page needs. */
#include "web_impl.h"

#include <agr/base/file.h>
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST_FILE = 1 << 26 };

static const char package[] = "onnxruntime-web";
static const char *const usual[] = {"/usr/local/lib/node_modules", "/usr/lib/node_modules",
                                    "/usr/share/nodejs"};

/* Whether `folder`/onnxruntime-web is there. */
static bool is_in(const char *folder, char found[AGR_PATH_BYTES])
{
    return agr_path_join(found, folder, package, NULL) == AGR_OK && agr_path_is_folder(found);
}

static bool is_in_node_path(char found[AGR_PATH_BYTES])
{
    const char *list = getenv("NODE_PATH");
    while (list != NULL && *list != '\0') {
        const size_t length = strcspn(list, ":");
        char folder[AGR_PATH_BYTES];
        if (length > 0 && length < sizeof folder) {
            memcpy(folder, list, length);
            folder[length] = '\0';
            if (is_in(folder, found))
                return true;
        }
        list += length + (list[length] == ':');
    }
    return false;
}

static agr_status look_for(char found[AGR_PATH_BYTES], agr_error *err)
{
    if (is_in("node_modules", found) || is_in_node_path(found))
        return AGR_OK;
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        if (is_in(usual[i], found))
            return AGR_OK;
    agr_error_set(err, AGR_NOT_FOUND, "format 'web': no onnxruntime-web is installed here");
    agr_error_hint(err, "'npm install onnxruntime-web' in this folder, or --runtime DIR");
    return AGR_NOT_FOUND;
}

static agr_status read_part(const char *folder, const char *name, char **data, size_t *size_bytes,
                            agr_error *err)
{
    char path[AGR_PATH_BYTES];
    AGR_TRY(agr_path_join(path, folder, name, err));
    return agr_file_read(path, LARGEST_FILE, data, size_bytes, err);
}

static agr_status read_version(const char *folder, char **version, agr_error *err)
{
    char *data = NULL;
    size_t size_bytes;
    AGR_TRY(read_part(folder, "package.json", &data, &size_bytes, err));
    cJSON *about = cJSON_ParseWithLength(data, size_bytes);
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItem(about, "name"));
    const char *said = cJSON_GetStringValue(cJSON_GetObjectItem(about, "version"));
    agr_status status = AGR_OK;
    if (name == NULL || said == NULL || strcmp(name, package) != 0)
        status = agr_error_set(err, AGR_INPUT, "'%s' is no package '%s'", folder, package);
    else if ((*version = strdup(said)) == NULL)
        status = agr_error_set(err, AGR_MEMORY, "out of memory");
    cJSON_Delete(about);
    free(data);
    return status;
}

agr_status web_runtime_read(web_runtime *r, const char *folder, agr_error *err)
{
    char found[AGR_PATH_BYTES];
    if (folder == NULL) {
        AGR_TRY(look_for(found, err));
        folder = found;
    }
    AGR_TRY(read_version(folder, &r->version, err));
    AGR_TRY(read_part(folder, "dist/ort.wasm.min.js", &r->program, &r->program_bytes, err));
    AGR_TRY(
        read_part(folder, "dist/ort-wasm-simd-threaded.mjs", &r->script, &r->script_bytes, err));
    return read_part(folder, "dist/ort-wasm-simd-threaded.wasm", &r->binary, &r->binary_bytes, err);
}

void web_runtime_release(web_runtime *r)
{
    free(r->version);
    free(r->program);
    free(r->script);
    free(r->binary);
    *r = (web_runtime){0};
}
