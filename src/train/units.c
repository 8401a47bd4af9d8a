/* The size of a head's last layer where its label is to tell it. */
#include <agr/train/units.h>

#include <stdio.h>
#include <string.h>

/* The option `units: auto` of the layer whose output is the head's; NULL when it has another. */
static agr_option *find_auto(const agr_branch_config *branch, const agr_head_config *head)
{
    agr_layer_config *last = head->n_layers > 0 ? &head->layer[head->n_layers - 1]
                                                : &branch->layer[branch->n_layers - 1];
    for (int i = 0; i < last->options.n_options; i++) {
        agr_option *option = &last->options.option[i];
        if (strcmp(option->key, "units") == 0 && strcmp(option->value, "auto") == 0)
            return option;
    }
    return NULL;
}

static agr_status count_units(const agr_head_config *head, const agr_loss_kind *kind,
                              const agr_label_column *column, int *units, agr_error *err)
{
    const bool is_class = column->kind == AGR_LABEL_CLASS;
    *units = 1;
    if (kind->prediction == AGR_PREDICTS_NUMBER || kind->prediction == AGR_PREDICTS_BINARY)
        return AGR_OK;
    *units = column->n_classes;
    if (kind->prediction == AGR_PREDICTS_CLASS && is_class)
        return AGR_OK;
    agr_options_fail(&head->options, err,
                     "units: auto: expected a label with classes for loss '%s', '%s' is a number",
                     kind->name, head->target);
    return agr_error_hint(err, "say how many: units: N");
}

static agr_status settle_head(const agr_branch_config *branch, const agr_head_config *head,
                              const agr_training_set *set, agr_error *err)
{
    int units;
    agr_option *option = find_auto(branch, head);
    const agr_loss_kind *kind = agr_loss_find(head->loss);
    const agr_label_column *column = agr_training_set_column(set, head->target);
    if (option == NULL || kind == NULL) /* the network will say that there is no such loss */
        return AGR_OK;
    if (column == NULL)
        return agr_options_fail(&head->options, err, "target: no label '%s' in the data",
                                head->target);
    AGR_TRY(count_units(head, kind, column, &units, err));
    snprintf(option->value, sizeof option->value, "%d", units);
    return AGR_OK;
}

agr_status agr_settle_units(agr_config *config, const agr_training_set *set, agr_error *err)
{
    for (int b = 0; b < config->n_branches; b++)
        for (int h = 0; h < config->branch[b].n_heads; h++)
            AGR_TRY(settle_head(&config->branch[b], &config->branch[b].head[h], set, err));
    return AGR_OK;
}
