/* An ONNX graph in memory, as the messages of protobuf-c. */
#include "onnx_impl.h"

#include <agr/base/text.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "raw_data holds little-endian numbers: this machine needs a swap here"
#endif

struct onnx_block {
    onnx_block *next;
    _Alignas(16) unsigned char bytes[];
};

void onnx_begin(onnx_builder *builder)
{
    *builder = (onnx_builder){.graph = ONNX__GRAPH_PROTO__INIT};
}

void onnx_release(onnx_builder *builder)
{
    while (builder->memory != NULL) {
        onnx_block *next = builder->memory->next;
        free(builder->memory);
        builder->memory = next;
    }
}

void *onnx_take(onnx_builder *builder, size_t size_bytes)
{
    onnx_block *block = builder->failed ? NULL : calloc(1, sizeof *block + size_bytes);
    if (block == NULL) {
        builder->failed = true;
        return NULL;
    }
    block->next = builder->memory;
    builder->memory = block;
    return block->bytes;
}

char *onnx_text(onnx_builder *builder, const char *format, ...)
{
    static char none[1];
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = length >= 0 ? onnx_take(builder, (size_t)length + 1) : NULL;
    if (text == NULL)
        return none;
    va_start(arguments, format);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return text;
}

/* Room doubles whenever n is a power of two. */
void *onnx_grow(onnx_builder *builder, void *array, size_t n)
{
    if ((n & (n - 1)) != 0)
        return array;
    void *grown = onnx_take(builder, (n == 0 ? 1 : 2 * n) * sizeof(void *));
    if (grown != NULL && n > 0)
        memcpy(grown, array, n * sizeof(void *));
    return grown;
}

/* ---- nodes ---- */

Onnx__NodeProto *onnx_add_node(onnx_builder *builder, const char *operator_name, const char *output,
                               int n_inputs, const char *const *inputs)
{
    Onnx__GraphProto *graph = &builder->graph;
    Onnx__NodeProto *node = onnx_take(builder, sizeof *node);
    char **names = onnx_take(builder, ((size_t)n_inputs + 1) * sizeof *names);
    graph->node = onnx_grow(builder, graph->node, graph->n_node);
    if (builder->failed)
        return NULL;
    onnx__node_proto__init(node);
    for (int i = 0; i < n_inputs; i++)
        names[i] = onnx_text(builder, "%s", inputs[i]);
    names[n_inputs] = onnx_text(builder, "%s", output);
    node->n_input = (size_t)n_inputs;
    node->input = names;
    node->n_output = 1;
    node->output = &names[n_inputs];
    node->name = names[n_inputs];
    node->op_type = onnx_text(builder, "%s", operator_name);
    graph->node[graph->n_node++] = node;
    return node;
}

static Onnx__AttributeProto *add_attribute(onnx_builder *builder, Onnx__NodeProto *node,
                                           const char *name,
                                           Onnx__AttributeProto__AttributeType type)
{
    Onnx__AttributeProto *attribute = node != NULL ? onnx_take(builder, sizeof *attribute) : NULL;
    if (attribute == NULL)
        return NULL;
    onnx__attribute_proto__init(attribute);
    attribute->name = onnx_text(builder, "%s", name);
    attribute->has_type = true;
    attribute->type = type;
    node->attribute = onnx_grow(builder, node->attribute, node->n_attribute);
    if (builder->failed)
        return NULL;
    node->attribute[node->n_attribute++] = attribute;
    return attribute;
}

void onnx_set_int(onnx_builder *builder, Onnx__NodeProto *node, const char *name, int64_t value)
{
    Onnx__AttributeProto *attribute =
        add_attribute(builder, node, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT);
    if (attribute == NULL)
        return;
    attribute->has_i = true;
    attribute->i = value;
}

void onnx_set_ints(onnx_builder *builder, Onnx__NodeProto *node, const char *name, int n,
                   const int64_t *values)
{
    Onnx__AttributeProto *attribute =
        add_attribute(builder, node, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS);
    int64_t *copy = onnx_take(builder, (size_t)n * sizeof *copy);
    if (attribute == NULL || copy == NULL)
        return;
    memcpy(copy, values, (size_t)n * sizeof *copy);
    attribute->n_ints = (size_t)n;
    attribute->ints = copy;
}

void onnx_set_float(onnx_builder *builder, Onnx__NodeProto *node, const char *name, float value)
{
    Onnx__AttributeProto *attribute =
        add_attribute(builder, node, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT);
    if (attribute == NULL)
        return;
    attribute->has_f = true;
    attribute->f = value;
}

void onnx_set_text(onnx_builder *builder, Onnx__NodeProto *node, const char *name,
                   const char *value)
{
    Onnx__AttributeProto *attribute =
        add_attribute(builder, node, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRING);
    char *copy = onnx_text(builder, "%s", value);
    if (attribute == NULL)
        return;
    attribute->has_s = true;
    attribute->s = (ProtobufCBinaryData){.len = strlen(copy), .data = (uint8_t *)copy};
}

/* ---- constants ---- */

static Onnx__TensorProto *add_tensor(onnx_builder *builder, const char *name, int32_t type,
                                     int rank, const int64_t *shape)
{
    Onnx__GraphProto *graph = &builder->graph;
    Onnx__TensorProto *tensor = onnx_take(builder, sizeof *tensor);
    int64_t *sides = onnx_take(builder, (size_t)rank * sizeof *sides);
    graph->initializer = onnx_grow(builder, graph->initializer, graph->n_initializer);
    if (builder->failed)
        return NULL;
    onnx__tensor_proto__init(tensor);
    for (int d = 0; d < rank; d++)
        sides[d] = shape[d];
    tensor->name = onnx_text(builder, "%s", name);
    tensor->has_data_type = true;
    tensor->data_type = type;
    tensor->n_dims = (size_t)rank;
    tensor->dims = sides;
    tensor->has_raw_data = true;
    graph->initializer[graph->n_initializer++] = tensor;
    return tensor;
}

void onnx_add_floats(onnx_builder *builder, const char *name, int rank, const int64_t *shape,
                     const float *values)
{
    size_t count = 1;
    Onnx__TensorProto *tensor =
        add_tensor(builder, name, ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT, rank, shape);
    if (tensor == NULL)
        return;
    for (int d = 0; d < rank; d++)
        count *= (size_t)shape[d];
    /* protobuf-c writes through no pointer that it packs; -Wcast-qual allows no shorter way. */
    tensor->raw_data =
        (ProtobufCBinaryData){.len = count * sizeof *values, .data = (uint8_t *)(uintptr_t)values};
}

void onnx_add_int64s(onnx_builder *builder, const char *name, int n, const int64_t *values)
{
    const int64_t shape[] = {n};
    Onnx__TensorProto *tensor =
        add_tensor(builder, name, ONNX__TENSOR_PROTO__DATA_TYPE__INT64, 1, shape);
    int64_t *copy = onnx_take(builder, (size_t)n * sizeof *copy);
    if (tensor == NULL || copy == NULL)
        return;
    memcpy(copy, values, (size_t)n * sizeof *copy);
    tensor->raw_data =
        (ProtobufCBinaryData){.len = (size_t)n * sizeof *copy, .data = (uint8_t *)copy};
}

/* ---- inputs and outputs ---- */

static Onnx__TensorShapeProto__Dimension *make_side(onnx_builder *builder, int64_t size)
{
    Onnx__TensorShapeProto__Dimension *side = onnx_take(builder, sizeof *side);
    if (side == NULL)
        return NULL;
    onnx__tensor_shape_proto__dimension__init(side);
    side->value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
    side->dim_value = size;
    return side;
}

static Onnx__TensorShapeProto *make_shape(onnx_builder *builder, int rank, const int64_t *shape)
{
    Onnx__TensorShapeProto *made = onnx_take(builder, sizeof *made);
    if (made == NULL)
        return NULL;
    onnx__tensor_shape_proto__init(made);
    made->dim = onnx_take(builder, ((size_t)rank + 1) * sizeof(void *));
    for (int d = 0; made->dim != NULL && d <= rank; d++)
        made->dim[made->n_dim++] = make_side(builder, d > 0 ? shape[d - 1] : 0);
    if (builder->failed)
        return NULL;
    made->dim[0]->value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;
    made->dim[0]->dim_param = onnx_text(builder, "N");
    return made;
}

static Onnx__ValueInfoProto *make_value(onnx_builder *builder, const char *name, int32_t type,
                                        int rank, const int64_t *shape)
{
    Onnx__ValueInfoProto *value = onnx_take(builder, sizeof *value);
    Onnx__TypeProto *of = onnx_take(builder, sizeof *of);
    Onnx__TypeProto__Tensor *tensor = onnx_take(builder, sizeof *tensor);
    if (builder->failed)
        return NULL;
    onnx__value_info_proto__init(value);
    onnx__type_proto__init(of);
    onnx__type_proto__tensor__init(tensor);
    tensor->has_elem_type = true;
    tensor->elem_type = type;
    tensor->shape = make_shape(builder, rank, shape);
    of->value_case = ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
    of->tensor_type = tensor;
    value->name = onnx_text(builder, "%s", name);
    value->type = of;
    return value;
}

void onnx_add_input(onnx_builder *builder, const char *name, int32_t type, int rank,
                    const int64_t *shape)
{
    Onnx__GraphProto *graph = &builder->graph;
    graph->input = onnx_grow(builder, graph->input, graph->n_input);
    Onnx__ValueInfoProto *value = make_value(builder, name, type, rank, shape);
    if (!builder->failed)
        graph->input[graph->n_input++] = value;
}

void onnx_add_output(onnx_builder *builder, const char *name, int32_t type, int rank,
                     const int64_t *shape)
{
    Onnx__GraphProto *graph = &builder->graph;
    graph->output = onnx_grow(builder, graph->output, graph->n_output);
    Onnx__ValueInfoProto *value = make_value(builder, name, type, rank, shape);
    if (!builder->failed)
        graph->output[graph->n_output++] = value;
}
