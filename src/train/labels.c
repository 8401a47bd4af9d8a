/* Labels that do not fit, found before training and not in the middle of it. */
#include <agr/train/labels.h>

#include <agr/train/balance.h>
#include <agr/train/first_bias.h>
#include <math.h>

static agr_status name_sample(const agr_training_set *set, const char *label, int64_t sample,
                              agr_error *err)
{
    if (set->dataset == NULL)
        return agr_error_context(err, "label '%s'", label);
    return agr_error_context(err, "dataset '%s': picture '%s': label '%s'",
                             agr_dataset_path(set->dataset), agr_dataset_name(set->dataset, sample),
                             label);
}

agr_status agr_check_labels(const agr_training_set *set, const agr_head *head,
                            const int64_t *sample, int64_t n, int64_t *n_labelled, agr_error *err)
{
    const agr_label_column *column;
    AGR_TRY(agr_training_set_require(set, head->target, &column, err));
    *n_labelled = 0;
    for (int64_t i = 0; i < n; i++) {
        const float *value = &column->values[sample[i]];
        if (agr_loss_check_labels(&head->loss, 1, value, err) != AGR_OK)
            return name_sample(set, column->name, sample[i], err);
        *n_labelled += !isnan(*value);
    }
    return AGR_OK;
}

static agr_status check_head(const agr_training_set *set, const agr_head *head, agr_error *err)
{
    int64_t n_labelled, n_ignored;
    AGR_TRY(
        agr_check_labels(set, head, set->validation_sample, set->n_validation, &n_ignored, err));
    AGR_TRY(agr_check_labels(set, head, set->train_sample, set->n_train, &n_labelled, err));
    if (n_labelled > 0)
        return AGR_OK;
    return agr_error_set(err, AGR_INPUT,
                         "dataset '%s': label '%s': expected labels to train on, found none on all "
                         "%lld training pictures",
                         set->dataset != NULL ? agr_dataset_path(set->dataset) : "", head->target,
                         (long long)set->n_train);
}

static agr_status check_branch(const agr_config *config, int b, const agr_training_set *set,
                               agr_error *err)
{
    agr_network *network;
    agr_target target[AGR_MAX_LABELS];
    const agr_network_options options = agr_training_set_network_options(set, config, target);
    AGR_TRY(agr_network_create(&config->branch[b], &options, &network, err));
    agr_status status = agr_first_bias_check(config, network, err);
    for (int h = 0; h < agr_network_n_heads(network) && status == AGR_OK; h++)
        status = check_head(set, agr_network_head(network, h), err);
    agr_network_destroy(network);
    return status;
}

agr_status agr_check_training(const agr_config *config, const agr_training_set *set, agr_error *err)
{
    agr_balance balance;
    for (int b = 0; b < config->n_branches; b++)
        AGR_TRY(check_branch(config, b, set, err));
    AGR_TRY(agr_balance_create(config, set, &balance, err));
    agr_balance_release(&balance);
    return AGR_OK;
}
