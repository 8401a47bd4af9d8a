/* What a dataset offers to learn from. */
#include <agr/train/training_set.h>

#include <agr/base/text.h>
#include <string.h>

agr_status agr_training_set_of_columns(const agr_dataset *dataset, agr_training_set *set,
                                       agr_error *err)
{
    *set = (agr_training_set){
        .dataset = dataset,
        .images = {.pixel = agr_dataset_image(dataset, 0),
                   .n_images = agr_dataset_count(dataset),
                   .height = agr_dataset_height(dataset),
                   .width = agr_dataset_width(dataset)},
        .n_labels = agr_dataset_n_labels(dataset),
    };
    if (set->n_labels > AGR_MAX_LABELS)
        return agr_error_set(err, AGR_UNSUPPORTED,
                             "dataset '%s': expected at most %d label columns, found %d",
                             agr_dataset_path(dataset), AGR_MAX_LABELS, set->n_labels);
    for (int i = 0; i < set->n_labels; i++)
        set->label[i] = *agr_dataset_label(dataset, i);
    return AGR_OK;
}

agr_status agr_training_set_from(const agr_dataset *dataset, agr_training_set *set, agr_error *err)
{
    AGR_TRY(agr_training_set_of_columns(dataset, set, err));
    set->train_sample = agr_dataset_split_indices(dataset, AGR_SPLIT_TRAIN, &set->n_train);
    set->validation_sample =
        agr_dataset_split_indices(dataset, AGR_SPLIT_VALIDATION, &set->n_validation);
    if (set->n_train == 0)
        return agr_error_set(err, AGR_INPUT, "dataset '%s' has no training samples",
                             agr_dataset_path(dataset));
    return AGR_OK;
}

/* Both parts are ascending. */
void agr_training_set_merge(const agr_training_set *set, int64_t *all)
{
    const int64_t n = set->n_train + set->n_validation;
    for (int64_t i = 0, t = 0, v = 0; i < n; i++) {
        const bool is_train =
            v == set->n_validation ||
            (t < set->n_train && set->train_sample[t] < set->validation_sample[v]);
        all[i] = is_train ? set->train_sample[t++] : set->validation_sample[v++];
    }
}

const agr_label_column *agr_training_set_column(const agr_training_set *set, const char *name)
{
    for (int i = 0; i < set->n_labels; i++)
        if (strcmp(set->label[i].name, name) == 0)
            return &set->label[i];
    return NULL;
}

agr_status agr_training_set_require(const agr_training_set *set, const char *name,
                                    const agr_label_column **column, agr_error *err)
{
    *column = agr_training_set_column(set, name);
    if (*column != NULL)
        return AGR_OK;
    agr_text names = {0};
    for (int i = 0; i < set->n_labels; i++)
        agr_text_add(&names, "%s%s", i > 0 ? ", " : "", set->label[i].name);
    agr_error_set(err, AGR_INPUT, "the dataset has no label column '%s'", name);
    if (set->n_labels > 0 && !names.failed)
        agr_error_hint(err, "its label columns are %s", names.data);
    agr_text_release(&names);
    return AGR_INPUT;
}

agr_network_options agr_training_set_network_options(const agr_training_set *set,
                                                     const agr_config *config,
                                                     agr_target target[AGR_MAX_LABELS])
{
    const agr_extent input = {set->images.height, set->images.width, 3};
    agr_network_options options = agr_network_options_from(config, input);
    for (int i = 0; i < set->n_labels; i++) {
        const agr_label_column *label = &set->label[i];
        const int n_classes = label->kind == AGR_LABEL_CLASS    ? label->n_classes
                              : label->kind == AGR_LABEL_NUMBER ? 0
                                                                : -1;
        target[i] = (agr_target){.name = label->name, .n_classes = n_classes};
    }
    options.targets = target;
    options.n_targets = set->n_labels;
    return options;
}
