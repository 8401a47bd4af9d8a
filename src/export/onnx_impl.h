/** What the files of the ONNX format share: a graph that grows in memory of its own. */
#ifndef AGR_EXPORT_ONNX_IMPL_H
#define AGR_EXPORT_ONNX_IMPL_H

#include "export_impl.h"

#include <onnx.pb-c.h>

typedef struct onnx_block onnx_block;

/** A graph on its way. Starts with onnx_begin(). A failed allocation sets `failed`, and later calls do
 * nothing: check it once at the end. Names and numbers are copied unless said otherwise. */
typedef struct {
    onnx_block *memory;
    bool failed;
    Onnx__GraphProto graph;
} onnx_builder;

void onnx_begin(onnx_builder *builder);
void onnx_release(onnx_builder *builder);

/** Memory, zeroed, that lives as long as the builder. NULL when there is none. */
void *onnx_take(onnx_builder *builder, size_t size_bytes);

/** Text that lives as long; "" when there is no memory. */
char *onnx_text(onnx_builder *builder, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** Adds an item to a repeated field: the array with room for one more than its n items. */
void *onnx_grow(onnx_builder *builder, void *array, size_t n);

/** Adds a node with one output, which the next node names as its input; gives the node for the attributes
 * below, NULL when there is no memory (they accept it). An input "" is one that is left out. */
Onnx__NodeProto *onnx_add_node(onnx_builder *builder, const char *operator_name, const char *output,
                               int n_inputs, const char *const *inputs);
void onnx_set_int(onnx_builder *builder, Onnx__NodeProto *node, const char *name, int64_t value);
void onnx_set_ints(onnx_builder *builder, Onnx__NodeProto *node, const char *name, int n,
                   const int64_t *values);
void onnx_set_float(onnx_builder *builder, Onnx__NodeProto *node, const char *name, float value);
void onnx_set_text(onnx_builder *builder, Onnx__NodeProto *node, const char *name,
                   const char *value);

/** Adds a constant [shape]; values are borrowed until the graph is released. */
void onnx_add_floats(onnx_builder *builder, const char *name, int rank, const int64_t *shape,
                     const float *values);
/** Adds a constant [n], copied. */
void onnx_add_int64s(onnx_builder *builder, const char *name, int n, const int64_t *values);

/** Adds an input or output of the graph: [N, shape...], a number of images and `rank` known sides. */
void onnx_add_input(onnx_builder *builder, const char *name, int32_t type, int rank,
                    const int64_t *shape);
void onnx_add_output(onnx_builder *builder, const char *name, int32_t type, int rank,
                     const int64_t *shape);

/** Adds the nodes of a layer that reads x; gives the name of its output. Images are [N,C,H,W] here.
 * AGR_UNSUPPORTED for a layer that has no words in ONNX. */
agr_status onnx_add_layer(const export_job *job, const agr_model *model, int layer,
                          onnx_builder *builder, const char *x, const char **y, agr_error *err);

/** Adds what makes a head's answers of its raw values z, and the outputs of the graph. */
agr_status onnx_add_head(const export_job *job, const agr_model *model, int head,
                         onnx_builder *builder, const char *z, agr_error *err);

#endif
