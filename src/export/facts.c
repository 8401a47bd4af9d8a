/* What a file says about its networks besides their numbers. */
#include "export_impl.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

static agr_status out_of_memory(agr_error *err)
{
    return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for what the file says");
}

/* None where the checkpoint has no names for them. */
static void add_classes(const agr_model *model, int h, int n_classes, cJSON *object)
{
    cJSON *classes = cJSON_AddArrayToObject(object, "classes");
    for (int c = 0; c < n_classes && agr_model_class_name(model, h, c) != NULL; c++)
        cJSON_AddItemToArray(classes, cJSON_CreateString(agr_model_class_name(model, h, c)));
}

static agr_status add_head(const export_job *job, const agr_model *model, int h, cJSON *heads,
                           agr_error *err)
{
    agr_answer answer;
    const agr_head *head = agr_network_head(model->network, h);
    agr_status status = agr_answer_describe(&answer, &job->models, model, h, NULL, err);
    if (status == AGR_OK) {
        cJSON *object = cJSON_CreateObject();
        cJSON_AddItemToArray(heads, object);
        cJSON_AddStringToObject(object, "name", head->name);
        cJSON_AddStringToObject(object, "target", head->target);
        cJSON_AddStringToObject(object, "output", answer.name);
        cJSON_AddNumberToObject(object, "n_classes", answer.n_classes);
        add_classes(model, h, answer.n_classes, object);
        if (isfinite(answer.low) && isfinite(answer.high)) {
            cJSON_AddNumberToObject(object, "low", answer.low);
            cJSON_AddNumberToObject(object, "high", answer.high);
        }
    }
    agr_answer_release(&answer);
    return status;
}

static agr_status add_branch(const export_job *job, int m, cJSON *branches, agr_error *err)
{
    const agr_model *model = &job->models.model[m];
    char digest[20];
    cJSON *object = cJSON_CreateObject();
    cJSON_AddItemToArray(branches, object);
    cJSON_AddStringToObject(object, "name", model->name);
    cJSON_AddStringToObject(object, "slot", model->slot);
    cJSON_AddNumberToObject(object, "epoch", (double)model->epoch);
    snprintf(digest, sizeof digest, "%016" PRIx64, job->weights_digest[m]);
    cJSON_AddStringToObject(object, "weights", digest);
    cJSON *heads = cJSON_AddArrayToObject(object, "heads");
    for (int h = 0; h < agr_network_n_heads(model->network); h++)
        AGR_TRY(add_head(job, model, h, heads, err));
    return AGR_OK;
}

static agr_status add_branches(const export_job *job, cJSON *facts, agr_error *err)
{
    cJSON *branches = cJSON_CreateArray();
    agr_status status = AGR_OK;
    for (int m = 0; m < job->models.n_models && status == AGR_OK; m++)
        status = add_branch(job, m, branches, err);
    char *text = cJSON_PrintUnformatted(branches);
    cJSON_Delete(branches);
    if (status == AGR_OK &&
        (text == NULL || cJSON_AddStringToObject(facts, "branches", text) == NULL))
        status = out_of_memory(err);
    cJSON_free(text);
    return status;
}

agr_status export_facts(const export_job *job, cJSON **facts, agr_error *err)
{
    agr_text network = {0}, preprocessing = {0};
    agr_config_yaml(&job->models.config, AGR_CONFIG_PLAIN, &network);
    agr_preprocessing_write(&job->models.preprocessing, &preprocessing);
    *facts = cJSON_CreateObject();
    agr_status status = network.failed || preprocessing.failed ? out_of_memory(err) : AGR_OK;
    if (status == AGR_OK) {
        cJSON_AddStringToObject(*facts, "agr_mpi", AGR_VERSION);
        cJSON_AddStringToObject(*facts, "network", network.data);
        cJSON_AddStringToObject(*facts, "preprocessing", preprocessing.data);
        status = add_branches(job, *facts, err);
    }
    agr_text_release(&network);
    agr_text_release(&preprocessing);
    if (status != AGR_OK)
        cJSON_Delete(*facts);
    return status;
}
