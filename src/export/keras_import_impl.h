/** A Keras model as it is while it is read back. */
#ifndef AGR_EXPORT_KERAS_IMPORT_IMPL_H
#define AGR_EXPORT_KERAS_IMPORT_IMPL_H

#include <agr/export/import.h>

#include <agr/store/keras_file.h>
#include <cjson/cJSON.h>

struct agr_import {
    agr_keras_reading *reading;
    const agr_keras_file *file;
    cJSON *model, *facts, *branches; /* parsed; facts and branches NULL: not ours */
    const cJSON *layers, *outputs;   /* of model's config */
    const char ***classes;           /* [n_heads] lists that were asked for; owned, they too */
    int n_heads;
};

/** The member of a list of objects whose "name" this is, or NULL. */
const cJSON *import_find_named(const cJSON *list, const char *name);

/** A text of a layer: its "class_name", its "name"; "" where it has none. */
const char *import_text_of(const cJSON *layer, const char *key);

#endif
