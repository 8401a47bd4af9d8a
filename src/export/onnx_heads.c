/* From a head's raw values to the outputs of an ONNX model. */
#include "onnx_impl.h"

/* [N,1] to [N], under the output's own name. */
static void add_column(onnx_builder *b, const char *output, const char *x)
{
    const char *inputs[] = {x, onnx_text(b, "%s/one_row", output)};
    onnx_add_int64s(b, inputs[1], 1, (int64_t[]){-1});
    onnx_add_node(b, "Reshape", output, 2, inputs);
    onnx_add_output(b, output, ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT, 0, NULL);
}

/* The probability of the second of two classes, and before it what is left for the first. */
static void add_two_classes(onnx_builder *b, const char *output, const char *z)
{
    static const float one = 1;
    const char *second = onnx_text(b, "%s/second", output);
    const char *first = onnx_text(b, "%s/first", output);
    const char *difference[] = {onnx_text(b, "%s/one", output), second};
    const char *both[] = {first, second};
    onnx_add_floats(b, difference[0], 1, (int64_t[]){1}, &one);
    onnx_add_node(b, "Sigmoid", second, 1, &z);
    onnx_add_node(b, "Sub", first, 2, difference);
    onnx_set_int(b, onnx_add_node(b, "Concat", output, 2, both), "axis", 1);
    onnx_add_output(b, output, ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT, 1, (int64_t[]){2});
}

static void add_softmax(onnx_builder *b, const char *p, const char *z)
{
    onnx_set_int(b, onnx_add_node(b, "Softmax", p, 1, &z), "axis", 1);
}

static void add_classes(onnx_builder *b, const char *output, int64_t n_classes, const char *z)
{
    add_softmax(b, output, z);
    onnx_add_output(b, output, ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT, 1, &n_classes);
}

/* The mean of the numbers that the classes stand for. */
static const char *add_mean(onnx_builder *b, const char *output, const agr_loss *loss,
                            const char *p)
{
    const char *inputs[] = {p, onnx_text(b, "%s/numbers", output)};
    const char *mean = onnx_text(b, "%s/mean", output);
    float *numbers = onnx_take(b, (size_t)loss->n_columns * sizeof *numbers);
    for (int64_t k = 0; numbers != NULL && k < loss->n_columns; k++)
        numbers[k] = (float)(loss->classes.first_value + (double)k);
    onnx_add_floats(b, inputs[1], 2, (int64_t[]){loss->n_columns, 1}, numbers);
    onnx_add_node(b, "MatMul", mean, 2, inputs);
    return mean;
}

/* The number that the most probable class stands for. */
static const char *add_likeliest(onnx_builder *b, const char *output, const agr_loss *loss,
                                 const char *p)
{
    float *first_value = onnx_take(b, sizeof *first_value);
    const char *index = onnx_text(b, "%s/index", output);
    const char *number = onnx_text(b, "%s/number", output);
    const char *inputs[] = {number, onnx_text(b, "%s/first_number", output)};
    const char *sum = onnx_text(b, "%s/likeliest", output);
    if (first_value != NULL)
        *first_value = (float)loss->classes.first_value;
    onnx_set_int(b, onnx_add_node(b, "ArgMax", index, 1, &p), "axis", 1);
    onnx_set_int(b, onnx_add_node(b, "Cast", number, 1, &index), "to",
                 ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT);
    onnx_add_floats(b, inputs[1], 1, (int64_t[]){1}, first_value);
    onnx_add_node(b, "Add", sum, 2, inputs);
    return sum;
}

/* The number, and beside it the distribution that it is taken from. */
static void add_number_as_classes(onnx_builder *b, const char *output, const agr_loss *loss,
                                  const char *z)
{
    const char *p = onnx_text(b, "%s.p", output);
    add_softmax(b, p, z);
    add_column(b, output,
               loss->decode == AGR_DECODE_ARGMAX ? add_likeliest(b, output, loss, p)
                                                 : add_mean(b, output, loss, p));
    onnx_add_output(b, p, ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT, 1, &loss->n_columns);
}

/* 1 of every threshold that is passed rather than not. */
static const char *add_passed(onnx_builder *b, const char *output, const char *p)
{
    static const float half = 0.5F;
    const char *compared[] = {p, onnx_text(b, "%s/half", output)};
    const char *greater = onnx_text(b, "%s/greater", output);
    const char *passed = onnx_text(b, "%s/passed", output);
    onnx_add_floats(b, compared[1], 1, (int64_t[]){1}, &half);
    onnx_add_node(b, "Greater", greater, 2, compared);
    onnx_set_int(b, onnx_add_node(b, "Cast", passed, 1, &greater), "to",
                 ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT);
    return passed;
}

/* The number, and beside it the probability that it is above each threshold. */
static void add_number_by_threshold(onnx_builder *b, const char *output, const agr_loss *loss,
                                    const char *z)
{
    const char *p = onnx_text(b, "%s.p", output), *sum = onnx_text(b, "%s/sum", output);
    const char *axes = onnx_text(b, "%s/axis", output), *number = onnx_text(b, "%s/number", output);
    float *first_value = onnx_take(b, sizeof *first_value);
    onnx_add_node(b, "Sigmoid", p, 1, &z);
    const char *added[] = {loss->decode == AGR_DECODE_ARGMAX ? add_passed(b, output, p) : p, axes};
    const char *inputs[] = {sum, onnx_text(b, "%s/first_number", output)};
    if (first_value != NULL)
        *first_value = (float)loss->classes.first_value;
    onnx_add_int64s(b, axes, 1, (int64_t[]){1});
    onnx_add_node(b, "ReduceSum", sum, 2, added);
    onnx_add_floats(b, inputs[1], 1, (int64_t[]){1}, first_value);
    onnx_add_node(b, "Add", number, 2, inputs);
    add_column(b, output, number);
    onnx_add_output(b, p, ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT, 1, &loss->n_columns);
}

static agr_status add_outputs(const agr_loss *loss, onnx_builder *builder, const char *output,
                              const char *z, agr_error *err)
{
    switch (loss->kind->prediction) {
    case AGR_PREDICTS_NUMBER:
        add_column(builder, output, z);
        return AGR_OK;
    case AGR_PREDICTS_BINARY:
        add_two_classes(builder, output, z);
        return AGR_OK;
    case AGR_PREDICTS_CLASS:
        add_classes(builder, output, loss->n_columns, z);
        return AGR_OK;
    case AGR_PREDICTS_NUMBER_AS_CLASS:
        add_number_as_classes(builder, output, loss, z);
        return AGR_OK;
    case AGR_PREDICTS_NUMBER_BY_THRESHOLD:
        add_number_by_threshold(builder, output, loss, z);
        return AGR_OK;
    }
    return agr_error_set(err, AGR_UNSUPPORTED, "head '%s': format 'onnx' has no words for '%s'",
                         output, loss->kind->name);
}

agr_status onnx_add_head(const export_job *job, const agr_model *model, int head,
                         onnx_builder *builder, const char *z, agr_error *err)
{
    const agr_loss *loss = &agr_network_head(model->network, head)->loss;
    const char *output = agr_models_head_name(&job->models, model, head);
    return add_outputs(loss, builder, output, z, err);
}
