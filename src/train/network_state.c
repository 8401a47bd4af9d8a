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

static agr_status add_tensor(const agr_network *network, agr_network_state *state,
                             agr_tensor_kind kind, int parameter, agr_error *err)
{
    const agr_parameter *p = agr_network_parameter(network, parameter);
    agr_tensor *tensor = &state->tensor[state->all.n_tensors++];
    *tensor = (agr_tensor){.kind = kind, .rank = p->n_dimensions};
    for (int d = 0; d < p->n_dimensions; d++)
        tensor->shape[d] = p->shape[d];
    const int layer = agr_network_parameter_layer(network, parameter);
    AGR_TRY(agr_state_name(tensor->layer, agr_network_layer(network, layer)->name, err));
    return agr_state_name(tensor->parameter, p->name, err);
}

static agr_status name_tensors(const agr_network *network, const agr_optimiser_kind *optimiser,
                               agr_network_state *state, agr_error *err)
{
    const int n_parameters = agr_network_n_parameters(network);
    const int n_slots = optimiser != NULL ? optimiser->n_slots : 0;
    state->tensor = calloc((size_t)(1 + n_slots) * (size_t)n_parameters, sizeof *state->tensor);
    if (state->tensor == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory");
    for (int i = 0; i < n_parameters; i++)
        AGR_TRY(add_tensor(network, state, AGR_TENSOR_WEIGHT, i, err));
    for (int s = 0; s < n_slots; s++) {
        const agr_tensor_kind kind = agr_tensor_kind_of_slot(optimiser->slot[s]);
        for (int i = 0; i < n_parameters; i++)
            if (agr_network_parameter(network, i)->role == AGR_PARAMETER_TRAINED)
                AGR_TRY(add_tensor(network, state, kind, i, err));
    }
    return AGR_OK;
}

agr_status agr_network_state_create(const agr_network *network, const agr_optimiser_kind *optimiser,
                                    agr_network_state *state, agr_error *err)
{
    *state = (agr_network_state){0};
    agr_status status;
    AGR_TRY_GOTO(status, name_layers(network, state, err), failed);
    AGR_TRY_GOTO(status, name_tensors(network, optimiser, state, err), failed);
    state->all.n_layers = agr_network_n_layers(network);
    state->all.layers = state->layer_name;
    state->all.tensors = state->tensor;
    state->weights = state->all;
    state->weights.n_tensors = agr_network_n_parameters(network);
    return AGR_OK;
failed:
    agr_network_state_release(state);
    return status;
}

void agr_network_state_point(agr_network_state *state, const agr_network *network)
{
    const int n_parameters = agr_network_n_parameters(network);
    int t = 0;
    for (int i = 0; i < n_parameters; i++)
        state->tensor[t++].data = agr_network_parameter(network, i)->value;
    for (int s = 0; t < state->all.n_tensors; s++)
        for (int i = 0; i < n_parameters; i++)
            if (agr_network_parameter(network, i)->role == AGR_PARAMETER_TRAINED)
                state->tensor[t++].data = agr_network_parameter(network, i)->slot[s];
}

void agr_network_state_release(agr_network_state *state)
{
    free(state->layer_name);
    free(state->tensor);
    *state = (agr_network_state){0};
}
