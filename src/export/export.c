/* From a checkpoint to a file of another format. */
#include "export_impl.h"

#include <agr/base/file.h>
#include <agr/base/log.h>
#include <agr/store/digest.h>
#include <agr/train/start.h>
#include <stdlib.h>

static agr_status digest_weights(export_job *job, int m, agr_error *err)
{
    agr_checkpoint *checkpoint = job->models.checkpoint;
    const agr_model *model = &job->models.model[m];
    int branch, slot;
    agr_snapshot *snapshot;
    AGR_TRY(agr_checkpoint_find_branch(checkpoint, model->name, &branch, err));
    AGR_TRY(agr_checkpoint_find_slot(checkpoint, branch, model->slot, &slot, err));
    AGR_TRY(agr_checkpoint_read_snapshot(checkpoint, branch, slot, &snapshot, err));
    job->weights_digest[m] = agr_state_digest(agr_snapshot_state(snapshot), AGR_PART_WEIGHTS);
    agr_snapshot_destroy(snapshot);
    return AGR_OK;
}

/* One image is room enough: nothing is computed here. */
static agr_status read_models(export_job *job, agr_error *err)
{
    AGR_TRY(agr_start_gemm(NULL, &job->models.config, err));
    AGR_TRY(agr_models_plan(&job->models, 1, 0, 1, NULL, err));
    for (int m = 0; m < job->models.n_models; m++)
        AGR_TRY(digest_weights(job, m, err));
    return AGR_OK;
}

static agr_status write_file(const export_job *job, const export_format *format, agr_error *err)
{
    agr_text bytes = {0};
    if (format->make == NULL)
        return format->make_folder(job, err);
    agr_status status = format->make(job, &bytes, err);
    if (status == AGR_OK && bytes.failed)
        status = agr_error_set(err, AGR_MEMORY, "cannot allocate memory for the file");
    if (status == AGR_OK)
        status = agr_file_write(job->request->path, bytes.data, bytes.length, err);
    agr_text_release(&bytes);
    return status;
}

agr_status agr_export_run(const agr_export_request *request, agr_error *err)
{
    const export_format *format;
    AGR_TRY(export_format_find(request->format, request->path, &format, err));
    if (request->fold && !format->folds)
        return agr_error_set(err, AGR_USAGE, "--fold: format '%s' cannot do so", format->name);
    export_job *job = calloc(1, sizeof *job);
    if (job == NULL)
        return agr_error_set(err, AGR_MEMORY, "out of memory");
    job->request = request;
    agr_status status = agr_models_open(&job->models, &request->models, err);
    if (status == AGR_OK)
        status = read_models(job, err);
    if (status == AGR_OK)
        status = write_file(job, format, err);
    agr_models_release(&job->models);
    free(job);
    return status;
}
