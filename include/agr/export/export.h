/**
 * Trained networks in the files of other programs: docs/export.md.
 *
 * A format is a row of the table in src/export/formats.c and a file of its own. Nothing here is
 * collective: one process exports.
 */
#ifndef AGR_EXPORT_EXPORT_H
#define AGR_EXPORT_EXPORT_H

#include <agr/base/error.h>
#include <agr/train/models.h>

typedef struct {
    agr_models_request models; /* which branches of which checkpoint, in which slot */
    const char *path;          /* of the new file, or the new folder */
    const char *format;        /* name of a row; NULL: the ending of path tells */
    bool fold; /* batch norms go into neighbouring kernels where they can; onnx, web */
    const char
        *runtime; /* web: the folder of an installed onnxruntime-web; NULL: it is looked for */
} agr_export_request;

/** Writes the file, whole or not at all; of a folder index.html comes last, and what was written before
 * an error is removed. AGR_USAGE: no such format; AGR_NOT_FOUND: no onnxruntime-web; AGR_UNSUPPORTED: it has no words
 * for a layer or a head, which the message names; else as agr_models_open(), agr_models_plan() and
 * agr_file_write(). */
agr_status agr_export_run(const agr_export_request *request, agr_error *err);

#endif
