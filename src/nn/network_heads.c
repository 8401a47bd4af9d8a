/* What a head is told before it trains: the weights of its classes, where its last bias starts. */
#include "network_impl.h"

#include <stdlib.h>
#include <string.h>

agr_status agr_network_weigh_classes(agr_network *network, int h, const double *weight,
                                     agr_error *err)
{
    agr_output *head = &network->head[h];
    const int64_t n_columns = head->head.loss.n_columns;
    const size_t n_bytes = (size_t)(n_columns > 1 ? n_columns : 2) * sizeof *weight;
    double *copy = malloc(n_bytes);
    if (copy == NULL)
        return agr_error_set(err, AGR_MEMORY, "network '%s'", network->name);
    memcpy(copy, weight, n_bytes);
    free(head->class_weight);
    head->class_weight = copy;
    return AGR_OK;
}

const double *agr_network_class_weights(const agr_network *network, int head)
{
    return network->head[head].class_weight;
}

int agr_network_head_layer(const agr_network *network, int head)
{
    const agr_chain own = network->head[head].chain;
    return (own.begin < own.end ? own.end : network->trunk.end) - 1;
}

const agr_parameter *agr_network_last_bias(const agr_network *network, int head)
{
    const agr_layer *last = &network->stage[agr_network_head_layer(network, head)].layer;
    for (int p = 0; p < last->n_parameters; p++)
        if (strcmp(last->parameter[p].name, "bias") == 0)
            return &last->parameter[p];
    return NULL;
}
