/* Opens a Keras model that is to be read back, and tells what stands in it besides weights. */
#include "keras_import_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- opening ---- */

static cJSON *parse_branches(const cJSON *facts)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(facts, "branches"));
    return text != NULL ? cJSON_Parse(text) : NULL;
}

static agr_status parse(agr_import *import, agr_error *err)
{
    import->model = cJSON_Parse(import->file->model_config);
    if (import->model == NULL)
        return agr_error_set(err, AGR_FORMAT, "model_config: expected JSON, found something else");
    const cJSON *config = cJSON_GetObjectItemCaseSensitive(import->model, "config");
    import->layers = cJSON_GetObjectItemCaseSensitive(config, "layers");
    import->outputs = cJSON_GetObjectItemCaseSensitive(config, "output_layers");
    if (!cJSON_IsArray(import->layers) || !cJSON_IsArray(import->outputs)) {
        agr_error_set(err, AGR_UNSUPPORTED,
                      "expected a model made with tf.keras.Model(inputs, "
                      "outputs), found another kind");
        return AGR_UNSUPPORTED;
    }
    import->facts = import->file->facts != NULL ? cJSON_Parse(import->file->facts) : NULL;
    import->branches = parse_branches(import->facts);
    return AGR_OK;
}

agr_status agr_import_open(const char *path, agr_import **opened, agr_error *err)
{
    agr_import *import = calloc(1, sizeof *import);
    if (import == NULL)
        return agr_error_set(err, AGR_MEMORY, "out of memory");
    agr_status status = agr_keras_file_read(path, &import->reading, err);
    if (status == AGR_OK) {
        import->file = agr_keras_reading_file(import->reading);
        status = parse(import, err);
        if (status != AGR_OK)
            agr_error_context(err, "Keras model '%s'", path);
    }
    if (status == AGR_OK)
        *opened = import;
    else
        agr_import_close(import);
    return status;
}

void agr_import_close(agr_import *import)
{
    if (import == NULL)
        return;
    cJSON_Delete(import->branches);
    cJSON_Delete(import->facts);
    cJSON_Delete(import->model);
    agr_keras_reading_release(import->reading);
    for (int h = 0; h < import->n_heads; h++)
        free(import->classes[h]);
    free(import->classes);
    free(import);
}

/* ---- what stands beside the weights ---- */

const char *agr_import_config(const agr_import *import)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(import->facts, "network"));
}

const cJSON *import_find_named(const cJSON *list, const char *name)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        const char *found = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "name"));
        if (found != NULL && strcmp(found, name) == 0)
            return item;
    }
    return NULL;
}

const char *import_text_of(const cJSON *layer, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(layer, key));
    return text != NULL ? text : "";
}

static int64_t side_of(const cJSON *shape, int axis)
{
    const cJSON *side = cJSON_GetArrayItem(shape, axis);
    return cJSON_IsNumber(side) && side->valuedouble >= 1 && side->valuedouble <= 65536
               ? (int64_t)side->valuedouble
               : 0;
}

static agr_status read_input(const agr_import *import, agr_preprocessing *preprocessing,
                             agr_error *err)
{
    const cJSON *layer;
    *preprocessing = (agr_preprocessing){.resize = AGR_RESIZE_BILINEAR};
    cJSON_ArrayForEach(layer, import->layers)
    {
        const cJSON *config = cJSON_GetObjectItemCaseSensitive(layer, "config");
        const cJSON *shape = cJSON_GetObjectItemCaseSensitive(config, "batch_input_shape");
        if (strcmp(import_text_of(layer, "class_name"), "InputLayer") != 0)
            continue;
        preprocessing->input = (agr_extent){side_of(shape, 1), side_of(shape, 2), 3};
        if (preprocessing->input.height > 0 && preprocessing->input.width > 0 &&
            side_of(shape, 3) == 3)
            return AGR_OK;
    }
    return agr_error_set(err, AGR_FORMAT,
                         "model_config: expected an input of height x width x 3 pixels");
}

agr_status agr_import_preprocessing(const agr_import *import, agr_preprocessing *preprocessing,
                                    agr_error *err)
{
    const char *text =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(import->facts, "preprocessing"));
    return text != NULL ? agr_preprocessing_read(preprocessing, text, err)
                        : read_input(import, preprocessing, err);
}

/* Room for one more list of n classes; NULL: no memory. */
static const char **add_list(agr_import *import, int n)
{
    const char ***grown = realloc(import->classes, (size_t)(import->n_heads + 1) * sizeof *grown);
    if (grown == NULL)
        return NULL;
    import->classes = grown;
    const char **list = calloc((size_t)n + 1, sizeof *list);
    if (list != NULL)
        grown[import->n_heads++] = list;
    return list;
}

static double number_of(const cJSON *object, const char *key, double otherwise)
{
    const cJSON *number = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsNumber(number) ? number->valuedouble : otherwise;
}

agr_status agr_import_head(agr_import *import, const char *branch, agr_checkpoint_head *head,
                           agr_error *err)
{
    const cJSON *about = import_find_named(import->branches, branch);
    about = import_find_named(cJSON_GetObjectItemCaseSensitive(about, "heads"), head->name);
    const cJSON *item, *classes = cJSON_GetObjectItemCaseSensitive(about, "classes");
    const int n = cJSON_GetArraySize(classes);
    if (isnan(head->label_min)) {
        head->label_min = number_of(about, "low", head->label_min);
        head->label_max = number_of(about, "high", head->label_max);
    }
    if (head->n_classes > 0 || n == 0)
        return AGR_OK;
    const char **list = add_list(import, n);
    if (list == NULL)
        return agr_error_set(err, AGR_MEMORY, "out of memory");
    head->n_classes = 0;
    cJSON_ArrayForEach(item, classes)
    {
        const char *name = cJSON_GetStringValue(item);
        list[head->n_classes++] = name != NULL ? name : "";
    }
    head->classes = list;
    return AGR_OK;
}
