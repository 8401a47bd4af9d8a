/* Who hands what to whom: views that the next layer can take, sums for a batch norm, memory that may
 * be written over, gradients that somebody wants. */
#include "network_impl.h"

#include <agr/base/size.h>

static bool can(const agr_stage *stage, unsigned ability)
{
    return (stage->layer.kind->abilities & ability) != 0;
}

static bool is_trained(const agr_layer *layer)
{
    for (int p = 0; p < layer->n_parameters; p++)
        if (layer->parameter[p].role == AGR_PARAMETER_TRAINED)
            return true;
    return false;
}

/* Walks forward: who has to form its input, who may write over it, who hands sums to whom. */
static void connect_forward(agr_network *network, agr_chain chain, bool wants_dx)
{
    bool affine = false; /* the running tensor is */
    bool free = false;   /* its memory may be written over */
    for (int i = chain.begin; i < chain.end; i++) {
        agr_stage *stage = &network->stage[i], *next = i + 1 < chain.end ? stage + 1 : NULL;
        stage->layer.next = next != NULL ? &next->layer : NULL;
        stage->layer.previous = i > chain.begin ? &stage[-1].layer : NULL;
        stage->layer.wants_dx = wants_dx;
        wants_dx = stage->goes_back = wants_dx || is_trained(&stage->layer);
        stage->forms_input = affine && !can(stage, AGR_TAKES_AFFINE_INPUT);
        stage->layer.input_is_free = free || stage->forms_input;
        stage->layer.fills_sums =
            next != NULL && can(stage, AGR_GIVES_SUMS) && can(next, AGR_TAKES_SUMS);
        if (next != NULL)
            next->layer.finds_sums = stage->layer.fills_sums;
        affine = can(stage, AGR_GIVES_AFFINE);
        if (can(stage, AGR_PASSES_MEMORY_ON))
            free = stage->layer.input_is_free && !can(stage, AGR_LOOKS_AT_INPUT);
        else
            free = !can(stage, AGR_LOOKS_AT_OUTPUT);
    }
}

/* Walks backward: who gets a gradient with a window and has to form it. */
static void connect_backward(agr_network *network, agr_chain chain)
{
    bool pooled = false;
    for (int i = chain.end - 1; i >= chain.begin; i--) {
        agr_stage *stage = &network->stage[i];
        stage->forms_gradient = pooled && !can(stage, AGR_TAKES_POOLED_GRADIENT);
        stage->writes_room = stage->layer.wants_dx && !can(stage, AGR_PASSES_MEMORY_ON) &&
                             !can(stage, AGR_GIVES_POOLED);
        pooled = can(stage, AGR_GIVES_POOLED) ||
                 (can(stage, AGR_GIVES_AFFINE) && pooled && !stage->forms_gradient);
    }
}

static int64_t find_reduce_width(const agr_network *network)
{
    int64_t width = (int64_t)network->n_heads * AGR_SUM_COUNT;
    for (int i = 0; i < network->n_stages; i++) {
        const agr_layer *layer = &network->stage[i].layer;
        if ((layer->kind->abilities & (AGR_TAKES_SUMS | AGR_IS_COLLECTIVE)) != 0)
            width = agr_max_i64(width, 2 * layer->in.channels);
    }
    return width;
}

void agr_network_connect(agr_network *network)
{
    connect_forward(network, network->trunk, false);
    connect_backward(network, network->trunk);
    const agr_chain trunk = network->trunk;
    const bool trunk_learns = trunk.end > trunk.begin && network->stage[trunk.end - 1].goes_back;
    for (int h = 0; h < network->n_heads; h++) {
        connect_forward(network, network->head[h].chain, trunk_learns);
        connect_backward(network, network->head[h].chain);
    }
    network->reduce_width = find_reduce_width(network);
}
