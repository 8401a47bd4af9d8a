/** What the files of this room share: the job of an export, and the table of formats. */
#ifndef AGR_EXPORT_EXPORT_IMPL_H
#define AGR_EXPORT_EXPORT_IMPL_H

#include <agr/export/export.h>
#include <agr/report/answer.h>
#include <cjson/cJSON.h>

/** What a format writes down. */
typedef struct {
    const agr_export_request *request;
    agr_models models;                       /* weights are read; owned */
    uint64_t weights_digest[AGR_MAX_MODELS]; /* of the slot, without moments and history */
} export_job;

/** A format: appends the whole file to bytes, or fills a folder. */
typedef struct {
    const char *name;   /* "safetensors" */
    const char *ending; /* of file names that mean it, with the dot; NULL: none does */
    bool folds;         /* knows what to do with request->fold */
    agr_status (*make)(const export_job *job, agr_text *bytes, agr_error *err);
    agr_status (*make_folder)(const export_job *job, agr_error *err); /* where make is NULL */
} export_format;

/** All formats, ending with a row whose name is NULL. */
extern const export_format export_formats[];

/** The row of this name; where that is NULL, of the path's ending. AGR_USAGE lists those there are. */
agr_status export_format_find(const char *name, const char *path, const export_format **format,
                              agr_error *err);

agr_status export_onnx(const export_job *job, agr_text *bytes, agr_error *err);
agr_status export_keras(const export_job *job, agr_text *bytes, agr_error *err);
agr_status export_safetensors(const export_job *job, agr_text *bytes, agr_error *err);
agr_status export_web(const export_job *job, agr_error *err);

/** Appends what the file calls a layer: its own name, after that of its branch ("race.conv2d") where
 * two of the branches have a layer of one name. */
void export_add_layer_name(const export_job *job, const agr_model *model, const char *layer,
                           agr_text *name);

/**
 * What every format says besides numbers, as an object of texts:
 *
 *     agr_mpi         version
 *     network         the effective configuration, networks included, YAML
 *     preprocessing   how a picture becomes the input, as in the checkpoint
 *     branches        JSON: [{name, slot, epoch, weights, heads: [{name, target, output,
 *                     n_classes, classes, low, high}]}]
 *
 * Caller deletes. AGR_MEMORY; else as agr_answer_describe().
 */
agr_status export_facts(const export_job *job, cJSON **facts, agr_error *err);

#endif
