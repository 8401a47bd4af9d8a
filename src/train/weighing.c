/* From labels to the class weights of a network's heads. */
#include "weighing_impl.h"

#include <agr/nn/class_weights.h>
#include <stdlib.h>

static int64_t classes_of(const agr_head *head)
{
    return head->loss.n_columns > 1 ? head->loss.n_columns : 2;
}

static agr_status weigh_head(const agr_config *config, const agr_training_set *set,
                             const agr_balance *balance, agr_network *network, int h,
                             agr_error *err)
{
    const agr_head *head = agr_network_head(network, h);
    const agr_label_column *column = agr_training_set_column(set, head->target);
    const int64_t n_classes = classes_of(head);
    double *shown = malloc((size_t)n_classes * sizeof *shown);
    double *weight = malloc((size_t)n_classes * sizeof *weight);
    agr_status status = AGR_OK;
    if (shown != NULL && weight != NULL) {
        agr_balance_show_classes(balance, set, column, n_classes, shown);
        agr_class_weights(config->balance.weights, config->balance.beta, n_classes, shown, weight);
        status = agr_network_weigh_classes(network, h, weight, err);
    } else {
        status = agr_error_set(err, AGR_MEMORY, "cannot allocate memory");
    }
    free(shown);
    free(weight);
    return status;
}

agr_status weigh_classes(const agr_config *config, const agr_training_set *set,
                         const agr_balance *balance, agr_network *network, agr_error *err)
{
    for (int h = 0; h < agr_network_n_heads(network); h++)
        if (config->balance.weights != AGR_WEIGHTS_NONE &&
            agr_network_head(network, h)->loss.kind->labels == AGR_LABELS_CLASS)
            AGR_TRY(weigh_head(config, set, balance, network, h, err));
    return AGR_OK;
}

bool weights_describe(const agr_network *network, int h, const agr_training_set *set,
                      agr_text *text)
{
    const agr_head *head = agr_network_head(network, h);
    const agr_label_column *column = agr_training_set_column(set, head->target);
    const double *weight = agr_network_class_weights(network, h);
    for (int64_t k = 0; weight != NULL && k < classes_of(head); k++) {
        agr_text_add(text, "%s", k > 0 ? ", " : "");
        if (k < column->n_classes)
            agr_text_add(text, "%s %.3g", column->classes[k], weight[k]);
        else
            agr_text_add(text, "class %lld %.3g", (long long)k, weight[k]);
    }
    return weight != NULL;
}
