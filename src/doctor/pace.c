/* How fast our own kernels train: the measure that a plan is made of. */
#include "probe_impl.h"

#include <agr/kernels/isa.h>
#include <agr/train/costs.h>
#include <agr/train/stand_in.h>

/* The tutorial's first branch, which is most of the work of all three. */
enum { SIDE = 96, BRANCH = 0 };

/* Operations of a training step for one image, as a direct evaluation counts them. */
static agr_status count_operations(agr_config *config, double *flop, agr_error *err)
{
    agr_network *network;
    const agr_network_options options =
        agr_network_options_from(config, (agr_extent){SIDE, SIDE, 3});
    AGR_TRY(agr_network_create(&config->branch[BRANCH], &options, &network, err));
    const agr_layer_cost cost = agr_network_total_cost(network);
    *flop = cost.flop_forward + cost.flop_backward;
    agr_network_destroy(network);
    return AGR_OK;
}

static agr_status measure(agr_config *config, double *rate, agr_error *err)
{
    agr_stand_in s;
    double flop;
    static agr_placement_branch cost[AGR_CONFIG_MAX_BRANCHES];
    for (int b = 0; b < AGR_CONFIG_MAX_BRANCHES; b++)
        cost[b].image_ms = b == BRANCH ? 0 : 1; /* known: not measured */
    AGR_TRY(count_operations(config, &flop, err));
    AGR_TRY(agr_stand_in_create(config, config->data.micro_batch, SIDE, SIDE, &s, err));
    const agr_status status = agr_measure_branches(config, &s.set, cost, err);
    agr_stand_in_release(&s);
    *rate = flop / (cost[BRANCH].image_ms * 1e-3);
    return status;
}

void probe_pace(const agr_doctor_options *options, agr_findings *findings)
{
    static agr_config config;
    agr_isa isa;
    agr_error err = {0};
    double rate = 0;
    (void)options;
    if (agr_isa_choose(&isa, NULL) != AGR_OK)
        return;
    agr_kernels_select(isa);
    agr_status status = agr_config_load(&config, NULL, NULL, 0, &err);
    if (status == AGR_OK) {
        status = measure(&config, &rate, &err);
        agr_config_release(&config);
    }
    if (status == AGR_OK)
        agr_finding_measure(agr_findings_add(findings, AGR_HEALTH_OK,
                                             "our kernels in a training step of the tutorial's "
                                             "largest branch, one thread, as if computed directly"),
                            rate * 1e-9, "GFLOP/s");
    else
        agr_findings_add(findings, AGR_HEALTH_PROBLEM, "%.300s", err.text);
}
