/* All networks of an export as one ONNX model: pictures in, answers out. */
#include "onnx_impl.h"

#include <stdlib.h>
#include <string.h>

/* Version 13 of the operators (2020) has all that is needed, and 7 is the version of the file that came with
 * it: what older readers know. */
enum { OPERATOR_SET = 13, FILE_VERSION = 7 };

static agr_status out_of_memory(agr_error *err)
{
    return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for the model");
}

/* uint8 [N,H,W,3] to float [N,3,H,W] in [0,1]; gives its name. */
static const char *add_pictures(onnx_builder *b, agr_extent input)
{
    static const float full = 255;
    static const char image[] = "image", turned[] = "image/nchw", number[] = "image/float",
                      unit[] = "image/unit";
    const char *from = image, *division[] = {number, "image/full"};
    onnx_add_input(b, image, ONNX__TENSOR_PROTO__DATA_TYPE__UINT8, 3,
                   (int64_t[]){input.height, input.width, input.channels});
    onnx_set_ints(b, onnx_add_node(b, "Transpose", turned, 1, &from), "perm", 4,
                  (int64_t[]){0, 3, 1, 2});
    from = turned;
    onnx_set_int(b, onnx_add_node(b, "Cast", number, 1, &from), "to",
                 ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT);
    onnx_add_floats(b, division[1], 1, (int64_t[]){1}, &full);
    onnx_add_node(b, "Div", unit, 2, division);
    return unit;
}

static agr_status add_network(const export_job *job, const agr_model *model, onnx_builder *builder,
                              const char *pictures, agr_error *err)
{
    const agr_network *network = model->network;
    const int n_layers = agr_network_n_layers(network);
    const char **output = onnx_take(builder, (size_t)n_layers * sizeof *output);
    if (output == NULL)
        return out_of_memory(err);
    for (int i = 0; i < n_layers; i++) {
        const int before = agr_network_layer_before(network, i);
        AGR_TRY(onnx_add_layer(job, model, i, builder, before < 0 ? pictures : output[before],
                               &output[i], err));
    }
    for (int h = 0; h < agr_network_n_heads(network); h++)
        AGR_TRY(
            onnx_add_head(job, model, h, builder, output[agr_network_head_layer(network, h)], err));
    return AGR_OK;
}

/* Members of a population may have several heads each, of the same names. */
static agr_status check_outputs(const Onnx__GraphProto *graph, agr_error *err)
{
    for (size_t i = 0; i < graph->n_output; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(graph->output[i]->name, graph->output[k]->name) == 0) {
                agr_error_set(err, AGR_UNSUPPORTED, "format 'onnx': two heads are called '%s'",
                              graph->output[i]->name);
                return agr_error_hint(err, "export their branches one by one: --branches NAME");
            }
    return AGR_OK;
}

static agr_status add_graph(const export_job *job, onnx_builder *builder, agr_error *err)
{
    const char *pictures = add_pictures(builder, job->models.preprocessing.input);
    builder->graph.name = onnx_text(builder, "agr_mpi");
    for (int m = 0; m < job->models.n_models; m++)
        AGR_TRY(add_network(job, &job->models.model[m], builder, pictures, err));
    return check_outputs(&builder->graph, err);
}

static agr_status add_facts(const export_job *job, onnx_builder *builder, Onnx__ModelProto *model,
                            agr_error *err)
{
    cJSON *facts;
    const cJSON *fact;
    AGR_TRY(export_facts(job, &facts, err));
    cJSON_ArrayForEach(fact, facts)
    {
        Onnx__StringStringEntryProto *entry = onnx_take(builder, sizeof *entry);
        model->metadata_props = onnx_grow(builder, model->metadata_props, model->n_metadata_props);
        if (builder->failed)
            break;
        onnx__string_string_entry_proto__init(entry);
        entry->key = onnx_text(builder, "%s", fact->string);
        entry->value = onnx_text(builder, "%s", cJSON_GetStringValue(fact));
        model->metadata_props[model->n_metadata_props++] = entry;
    }
    cJSON_Delete(facts);
    return AGR_OK;
}

/* One message of protobuf holds no more. */
static agr_status pack(const Onnx__ModelProto *model, agr_text *bytes, agr_error *err)
{
    enum { MAX_BYTES = INT32_MAX };
    const size_t size_bytes = onnx__model_proto__get_packed_size(model);
    if (size_bytes > MAX_BYTES)
        return agr_error_set(err, AGR_UNSUPPORTED,
                             "format 'onnx': expected at most %d bytes, found %zu", MAX_BYTES,
                             size_bytes);
    uint8_t *packed = malloc(size_bytes);
    if (packed == NULL)
        return out_of_memory(err);
    onnx__model_proto__pack(model, packed);
    agr_text_add_bytes(bytes, packed, size_bytes);
    free(packed);
    return AGR_OK;
}

static agr_status make(const export_job *job, onnx_builder *builder, agr_text *bytes,
                       agr_error *err)
{
    Onnx__OperatorSetIdProto operators = ONNX__OPERATOR_SET_ID_PROTO__INIT;
    Onnx__OperatorSetIdProto *imports[] = {&operators};
    Onnx__ModelProto model = ONNX__MODEL_PROTO__INIT;
    operators.domain = onnx_text(builder, "%s", "");
    operators.has_version = true;
    operators.version = OPERATOR_SET;
    model.has_ir_version = true;
    model.ir_version = FILE_VERSION;
    model.n_opset_import = 1;
    model.opset_import = imports;
    model.producer_name = onnx_text(builder, "agr-mpi");
    model.producer_version = onnx_text(builder, "%s", AGR_VERSION);
    model.graph = &builder->graph;
    AGR_TRY(add_graph(job, builder, err));
    AGR_TRY(add_facts(job, builder, &model, err));
    return builder->failed ? out_of_memory(err) : pack(&model, bytes, err);
}

agr_status export_onnx(const export_job *job, agr_text *bytes, agr_error *err)
{
    onnx_builder builder;
    onnx_begin(&builder);
    const agr_status status = make(job, &builder, bytes, err);
    onnx_release(&builder);
    return status;
}
