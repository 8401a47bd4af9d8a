/** What the page for browsers is made of. */
#ifndef AGR_EXPORT_WEB_IMPL_H
#define AGR_EXPORT_WEB_IMPL_H

#include <agr/base/error.h>
#include <agr/base/text.h>

/* Files of src/export/web. */
extern const char web_index[], web_style[], web_page[], web_pixels[];

/** npm's onnxruntime-web: what runs a model in a browser. */
typedef struct {
    char *version;         /* "1.20.1" */
    char *program;         /* dist/ort.wasm.min.js, as it is */
    char *script, *binary; /* what that loads: the module's script, and WebAssembly */
    size_t program_bytes, script_bytes, binary_bytes;
} web_runtime;

/** Reads it from this folder; NULL: from the first of ./node_modules, NODE_PATH and npm's usual places
 * that has it. AGR_NOT_FOUND says how to get it. Caller releases. */
agr_status web_runtime_read(web_runtime *runtime, const char *folder, agr_error *err);
void web_runtime_release(web_runtime *runtime);

#endif
