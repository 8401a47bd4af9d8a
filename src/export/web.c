/* A folder with a page that runs the networks in a browser. Opened from a disk a page may load scripts and
 * nothing else: model and runtime are there as scripts, in base64. */
#include "export_impl.h"
#include "web_impl.h"

#include <agr/base/file.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void add_base64(agr_text *text, const void *data, size_t size_bytes)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *byte = data;
    for (size_t i = 0; i < size_bytes; i += 3) {
        const size_t n = size_bytes - i;
        const uint32_t three =
            byte[i] * 0x10000U + (n > 1 ? byte[i + 1] * 0x100U : 0) + (n > 2 ? byte[i + 2] : 0);
        const char four[4] = {digit[three >> 18], digit[three >> 12 & 63],
                              n > 1 ? digit[three >> 6 & 63] : '=',
                              n > 2 ? digit[three & 63] : '='};
        agr_text_add_bytes(text, four, sizeof four);
    }
}

static agr_status make_model_script(const export_job *job, const agr_text *model, agr_text *script,
                                    agr_error *err)
{
    cJSON *facts;
    AGR_TRY(export_facts(job, &facts, err));
    char *text = cJSON_PrintUnformatted(facts);
    cJSON_Delete(facts);
    if (text == NULL)
        return agr_error_set(err, AGR_MEMORY, "out of memory");
    agr_text_add(script, "const agr_facts = %s;\nconst agr_onnx = \"", text);
    add_base64(script, model->data, model->length);
    agr_text_add(script, "\";\n");
    cJSON_free(text);
    return AGR_OK;
}

static void make_runtime_script(const web_runtime *runtime, agr_text *script)
{
    agr_text_add(script, "const agr_runtime = {\n  version: \"%s\",\n  script: \"",
                 runtime->version);
    add_base64(script, runtime->script, runtime->script_bytes);
    agr_text_add(script, "\",\n  wasm: \"");
    add_base64(script, runtime->binary, runtime->binary_bytes);
    agr_text_add(script, "\",\n};\n");
}

/* A file of the folder. */
typedef struct {
    const char *name;
    const void *data;
    size_t size_bytes;
} part;

static agr_status write_parts(const char *folder, const part *parts, int n, agr_error *err)
{
    for (int i = 0; i < n; i++) {
        char path[AGR_PATH_BYTES];
        AGR_TRY(agr_path_join(path, folder, parts[i].name, err));
        AGR_TRY(agr_file_write(path, parts[i].data, parts[i].size_bytes, err));
    }
    return AGR_OK;
}

static void remove_parts(const char *folder, const part *parts, int n)
{
    for (int i = 0; i < n; i++) {
        char path[AGR_PATH_BYTES];
        if (agr_path_join(path, folder, parts[i].name, NULL) == AGR_OK)
            unlink(path);
    }
    rmdir(folder);
}

static agr_status write_folder(const char *folder, const part *parts, int n, agr_error *err)
{
    if (mkdir(folder, 0777) != 0)
        return agr_error_set_errno(err, AGR_IO, errno, "cannot make the folder '%s'", folder);
    const agr_status status = write_parts(folder, parts, n, err);
    if (status != AGR_OK)
        remove_parts(folder, parts, n);
    return status;
}

static agr_status make_page(const export_job *job, const web_runtime *runtime, agr_text text[3],
                            agr_error *err)
{
    agr_text *model = &text[0], *model_script = &text[1], *runtime_script = &text[2];
    AGR_TRY(export_onnx(job, model, err));
    AGR_TRY(make_model_script(job, model, model_script, err));
    make_runtime_script(runtime, runtime_script);
    if (model->failed || model_script->failed || runtime_script->failed)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for the page");
    const part parts[] = {
        {"onnxruntime.js", runtime->program, runtime->program_bytes},
        {"runtime.js", runtime_script->data, runtime_script->length},
        {"model.onnx", model->data, model->length},
        {"model.js", model_script->data, model_script->length},
        {"page.css", web_style, strlen(web_style)},
        {"pixels.js", web_pixels, strlen(web_pixels)},
        {"page.js", web_page, strlen(web_page)},
        {"index.html", web_index, strlen(web_index)},
    };
    return write_folder(job->request->path, parts, (int)(sizeof parts / sizeof *parts), err);
}

agr_status export_web(const export_job *job, agr_error *err)
{
    web_runtime runtime = {0};
    agr_text text[3] = {{0}};
    agr_status status = web_runtime_read(&runtime, job->request->runtime, err);
    if (status == AGR_OK)
        status = make_page(job, &runtime, text, err);
    for (int i = 0; i < 3; i++)
        agr_text_release(&text[i]);
    web_runtime_release(&runtime);
    return status;
}
