#include "model.h"

#include "test.h"

static void set_tensor(agr_tensor *tensor, agr_tensor_kind kind, const char *layer,
                       const char *parameter, int rank, const int64_t *shape, float *data)
{
    agr_error err;
    *tensor = (agr_tensor){.kind = kind, .rank = rank, .data = data};
    memcpy(tensor->shape, shape, (size_t)rank * sizeof *shape);
    assert_ok(agr_state_name(tensor->layer, layer, &err), err);
    assert_ok(agr_state_name(tensor->parameter, parameter, &err), err);
}

static void set_value(agr_value *value, const char *name, agr_value_type type, int count,
                      void *data)
{
    agr_error err;
    *value = (agr_value){.type = type, .count = count, .data = data};
    assert_ok(agr_state_name(value->name, name, &err), err);
}

void model_fill(small_model *model, int seed)
{
    static const int64_t conv[4] = {3, 3, 3, 4}, four[1] = {4}, dense[2] = {5, 2};
    static const char *const layers[MODEL_LAYERS] = {"conv2d", "max_pooling2d", "a_dense"};
    agr_error err;
    memset(model, 0, sizeof *model);
    for (int i = 0; i < MODEL_LAYERS; i++)
        assert_ok(agr_state_name(model->layers[i], layers[i], &err), err);
    agr_tensor *t = model->tensors;
    set_tensor(t++, AGR_TENSOR_WEIGHT, "conv2d", "kernel", 4, conv, model->kernel);
    set_tensor(t++, AGR_TENSOR_WEIGHT, "conv2d", "bias", 1, four, model->bias);
    set_tensor(t++, AGR_TENSOR_WEIGHT, "conv2d", "moving_mean", 1, four, model->moving_mean);
    set_tensor(t++, AGR_TENSOR_WEIGHT, "a_dense", "kernel", 2, dense, model->dense);
    set_tensor(t++, AGR_TENSOR_ADAM_M, "conv2d", "kernel", 4, conv, model->kernel_m);
    set_tensor(t++, AGR_TENSOR_ADAM_V, "conv2d", "kernel", 4, conv, model->kernel_v);
    set_tensor(t++, AGR_TENSOR_EMA, "conv2d", "kernel", 4, conv, model->kernel_ema);
    set_value(&model->values[0], "epoch", AGR_VALUE_INT64, 1, &model->epoch);
    set_value(&model->values[1], "adam_step", AGR_VALUE_INT64, 1, &model->adam_step);
    set_value(&model->values[2], "running_sums", AGR_VALUE_DOUBLE, MODEL_SUMS, model->sums);
    for (int i = 0; i < MODEL_TENSORS; i++)
        for (size_t k = 0; k < agr_tensor_count(&model->tensors[i]); k++)
            model->tensors[i].data[k] = (float)(seed * 1000 + i * 100 + (int)k) / 7.0f;
    model->epoch = seed;
    model->adam_step = INT64_C(1) << 40;
    for (int i = 0; i < MODEL_SUMS; i++)
        model->sums[i] = seed / 3.0 + i;
    model->state = (agr_state){.n_layers = MODEL_LAYERS,
                               .layers = model->layers,
                               .n_tensors = MODEL_TENSORS,
                               .tensors = model->tensors,
                               .n_values = MODEL_VALUES,
                               .values = model->values};
}

void assert_same_model(const small_model *model, const small_model *expected)
{
    for (int i = 0; i < MODEL_TENSORS; i++)
        assert_memory_equal(model->tensors[i].data, expected->tensors[i].data,
                            agr_tensor_count(&model->tensors[i]) * sizeof(float));
    assert_int_equal(model->epoch, expected->epoch);
    assert_int_equal(model->adam_step, expected->adam_step);
    assert_memory_equal(model->sums, expected->sums, sizeof model->sums);
}
