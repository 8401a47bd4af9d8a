/* The format of Hugging Face's safetensors: 8 bytes that say how long the header is (little-endian), a
 * header of JSON, then the tensors without gaps. */
#include "export_impl.h"

#include <string.h>

enum { LENGTH_BYTES = 8, ALIGNMENT = 8 };

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the file holds little-endian numbers: this machine needs a swap here"
#endif

static agr_status out_of_memory(agr_error *err)
{
    return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for the header");
}

static agr_status add_tensor(const export_job *job, const agr_model *model, int p, size_t *offset,
                             cJSON *header, agr_error *err)
{
    const agr_parameter *parameter = agr_network_parameter(model->network, p);
    const int layer = agr_network_parameter_layer(model->network, p);
    agr_text name = {0};
    export_add_layer_name(job, model, agr_network_layer(model->network, layer)->name, &name);
    agr_text_add(&name, "/%s", parameter->name);
    cJSON *tensor = name.failed ? NULL : cJSON_AddObjectToObject(header, name.data);
    agr_text_release(&name);
    cJSON_AddStringToObject(tensor, "dtype", "F32");
    cJSON *shape = cJSON_AddArrayToObject(tensor, "shape");
    for (int d = 0; d < parameter->n_dimensions; d++)
        cJSON_AddItemToArray(shape, cJSON_CreateNumber((double)parameter->shape[d]));
    cJSON *place = cJSON_AddArrayToObject(tensor, "data_offsets");
    cJSON_AddItemToArray(place, cJSON_CreateNumber((double)*offset));
    *offset += parameter->count * sizeof(float);
    cJSON_AddItemToArray(place, cJSON_CreateNumber((double)*offset));
    return cJSON_GetArraySize(place) == 2 ? AGR_OK : out_of_memory(err);
}

static agr_status fill_header(const export_job *job, cJSON *header, agr_error *err)
{
    cJSON *facts;
    size_t offset = 0;
    AGR_TRY(export_facts(job, &facts, err));
    cJSON_AddItemToObject(header, "__metadata__", facts);
    for (int m = 0; m < job->models.n_models; m++) {
        const agr_model *model = &job->models.model[m];
        for (int p = 0; p < agr_network_n_parameters(model->network); p++)
            AGR_TRY(add_tensor(job, model, p, &offset, header, err));
    }
    return AGR_OK;
}

/* Blanks behind the header bring the numbers to an address that any reader may map. */
static void add_header(const char *text, agr_text *bytes)
{
    const uint64_t length = strlen(text);
    const uint64_t padded = (length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    agr_text_add_bytes(bytes, &padded, LENGTH_BYTES);
    agr_text_add(bytes, "%s%*s", text, (int)(padded - length), "");
}

static void add_numbers(const agr_network *network, agr_text *bytes)
{
    for (int p = 0; p < agr_network_n_parameters(network); p++) {
        const agr_parameter *parameter = agr_network_parameter(network, p);
        agr_text_add_bytes(bytes, parameter->value, parameter->count * sizeof(float));
    }
}

agr_status export_safetensors(const export_job *job, agr_text *bytes, agr_error *err)
{
    cJSON *header = cJSON_CreateObject();
    agr_status status = fill_header(job, header, err);
    char *text = status == AGR_OK ? cJSON_PrintUnformatted(header) : NULL;
    cJSON_Delete(header);
    if (status == AGR_OK && text == NULL)
        status = out_of_memory(err);
    if (status == AGR_OK) {
        add_header(text, bytes);
        for (int m = 0; m < job->models.n_models; m++)
            add_numbers(job->models.model[m].network, bytes);
    }
    cJSON_free(text);
    return status;
}
