/* Names a network's parameters and moments for the store. */
#include <agr/train/network_state.h>

#include <stdlib.h>

static agr_status name_layers(const agr_network *network, agr_network_state *state, agr_error *err)
{
    const int n_layers = agr_network_n_layers(network);
    state->layer_name = calloc((size_t)n_layers, sizeof *state->layer_name);
    if (state->layer_name == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory");
    for (int i = 0; i < n_layers; i++)
        AGR_TRY(agr_state_name(state->layer_name[i], agr_network_layer(network, i)->name, err));
    return AGR_OK;
}

static agr_status name_tensor(const agr_network *network, int parameter, agr_tensor_kind kind,
                              agr_tensor *tensor, agr_error *err)
{
    const agr_parameter *p = agr_network_parameter(network, parameter);
    *tensor = (agr_tensor){.kind = kind, .rank = p->n_dimensions};
    for (int d = 0; d < p->n_dimensions; d++)
        tensor->shape[d] = p->shape[d];
    const int layer = agr_network_parameter_layer(network, parameter);
    AGR_TRY(agr_state_name(tensor->layer, agr_network_layer(network, layer)->name, err));
    return agr_state_name(tensor->parameter, p->name, err);
}

/* One tensor of each parameter, or of each trained one. */
static agr_status add_tensors(const agr_network *network, agr_tensor_kind kind, bool trained_only,
                              agr_state *state, agr_error *err)
{
    for (int i = 0; i < agr_network_n_parameters(network); i++) {
        if (trained_only && agr_network_parameter(network, i)->role != AGR_PARAMETER_TRAINED)
            continue;
        AGR_TRY(name_tensor(network, i, kind, &state->tensors[state->n_tensors++], err));
    }
    return AGR_OK;
}

static agr_status name_tensors(const agr_network *network, const agr_optimiser *optimiser,
                               agr_network_state *state, agr_error *err)
{
    enum { WEIGHTS_AVERAGES_JUDGED = 3 };
    const int n_slots = optimiser != NULL ? optimiser->kind->n_slots : 0;
    const size_t n_each = (size_t)agr_network_n_parameters(network);
    state->tensor =
        calloc((size_t)(WEIGHTS_AVERAGES_JUDGED + n_slots) * n_each, sizeof *state->tensor);
    if (state->tensor == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory");
    state->all.tensors = state->tensor;
    AGR_TRY(add_tensors(network, AGR_TENSOR_WEIGHT, false, &state->all, err));
    for (int s = 0; s < n_slots; s++)
        AGR_TRY(add_tensors(network, agr_tensor_kind_of_slot(optimiser->kind->slot[s]), true,
                            &state->all, err));
    if (optimiser != NULL && optimiser->ema > 0)
        AGR_TRY(add_tensors(network, AGR_TENSOR_EMA, false, &state->all, err));
    state->weights.tensors = state->tensor + state->all.n_tensors;
    return add_tensors(network, AGR_TENSOR_WEIGHT, false, &state->weights, err);
}

agr_status agr_network_state_create(const agr_network *network, const agr_optimiser *optimiser,
                                    agr_network_state *state, agr_error *err)
{
    *state = (agr_network_state){0};
    agr_status status;
    AGR_TRY_GOTO(status, name_layers(network, state, err), failed);
    AGR_TRY_GOTO(status, name_tensors(network, optimiser, state, err), failed);
    state->all.n_layers = state->weights.n_layers = agr_network_n_layers(network);
    state->all.layers = state->weights.layers = state->layer_name;
    return AGR_OK;
failed:
    agr_network_state_release(state);
    return status;
}

/* In the order in which add_tensors() named them. */
void agr_network_state_point(agr_network_state *state, const agr_network *network)
{
    const int n_parameters = agr_network_n_parameters(network);
    agr_tensor *next = state->all.tensors;
    const agr_tensor *const end = next + state->all.n_tensors;
    for (int i = 0; i < n_parameters; i++) {
        const agr_parameter *p = agr_network_parameter(network, i);
        state->weights.tensors[i].data = p->average != NULL ? p->average : p->value;
        (next++)->data = p->value;
    }
    for (int s = 0; next < end && next->kind != AGR_TENSOR_EMA; s++)
        for (int i = 0; i < n_parameters; i++)
            if (agr_network_parameter(network, i)->role == AGR_PARAMETER_TRAINED)
                (next++)->data = agr_network_parameter(network, i)->slot[s];
    for (int i = 0; next < end; i++)
        (next++)->data = agr_network_parameter(network, i)->average;
}

void agr_network_state_release(agr_network_state *state)
{
    free(state->layer_name);
    free(state->tensor);
    *state = (agr_network_state){0};
}
