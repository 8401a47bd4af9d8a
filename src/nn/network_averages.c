/* Averages of the weights over the updates: what is judged, while the weights go on learning. */
#include "network_impl.h"

void agr_network_average(agr_network *network, float rate)
{
    const agr_network_slabs *slabs = &network->slabs;
    agr_pool *pool = network->plan.pool;
    agr_average_apply(pool, network->n_floats, rate, slabs->values, slabs->average);
    agr_average_apply(pool, network->n_state_floats, rate, slabs->state, slabs->average_state);
}

static void exchange(float **a, float **b)
{
    float *const kept = *a;
    *a = *b;
    *b = kept;
}

void agr_network_exchange_averages(agr_network *network)
{
    agr_network_slabs *slabs = &network->slabs;
    exchange(&slabs->values, &slabs->average);
    exchange(&slabs->state, &slabs->average_state);
    agr_network_point_parameters(network);
    network->stale = true;
}
