/* How fast ranks talk: inside each host, and each host with the next one. */
#include "probe_impl.h"

#include <agr/comm/link.h>

/* Of two measures; all pairs of one kind measure at once. */
#define MEASURE_PART 0.05

#define SLOW_ROUND_TRIP_S 1e-3
#define SLOW_BYTES_PER_S 100e6 /* a gigabit carries 117 */

static void say_link(const agr_link *link, const char *between, bool is_network,
                     agr_findings *findings)
{
    const bool is_far = is_network && link->round_trip_s > SLOW_ROUND_TRIP_S;
    const bool is_thin = is_network && link->bytes_per_s < SLOW_BYTES_PER_S;
    agr_finding *finding = agr_findings_add(findings, is_far ? AGR_HEALTH_WARNING : AGR_HEALTH_OK,
                                            "round trip between %s", between);
    agr_finding_measure(finding, link->round_trip_s * 1e6, "us");
    agr_finding_remedy(finding,
                       "a step exchanges messages many times: choose the faster interface, "
                       "mpirun --mca btl_tcp_if_include NAME; fewer ranks a team: "
                       "--placement");
    finding = agr_findings_add(findings, is_thin ? AGR_HEALTH_WARNING : AGR_HEALTH_OK,
                               "bandwidth between %s", between);
    agr_finding_measure(finding, link->bytes_per_s * 1e-6, "MB/s");
    agr_finding_remedy(finding,
                       "choose the faster interface, mpirun --mca btl_tcp_if_include NAME; "
                       "a larger batch exchanges less often");
}

/* Ranks 0 and 1 of each host. */
static agr_status look_inside_hosts(probe_gathering *g, agr_findings *findings, agr_error *err)
{
    agr_group *node = agr_world_node_group(g->world);
    agr_link link;
    const int me = agr_world_node_rank(g->world);
    if (agr_world_node_size(g->world) < 2 || me > 1)
        return AGR_OK;
    const double limit_s = g->options->deadline_s * MEASURE_PART;
    AGR_TRY(agr_link_measure(g->world, agr_group_world_rank(node, 1 - me), limit_s, &link, err));
    if (me == 0)
        say_link(&link, "ranks of a host", false, findings);
    return AGR_OK;
}

/* First ranks of neighbouring hosts: in one round those of hosts 0-1, 2-3, ..., in the other those of
 * 1-2, 3-4, ...: every link but the one that closes the ring, in a time that does not grow. */
static agr_status look_between_hosts(probe_gathering *g, int round, agr_findings *findings,
                                     agr_error *err)
{
    const int me = agr_world_rank(g->world), host = g->host[me];
    const bool leads = host % 2 == round;
    const int other = leads ? host + 1 : host - 1;
    if (g->first[host] != me || other < 0 || other >= g->n_hosts)
        return AGR_OK;
    agr_link link;
    const double limit_s = g->options->deadline_s * MEASURE_PART;
    AGR_TRY(agr_link_measure(g->world, g->first[other], limit_s, &link, err));
    if (leads)
        say_link(&link, "hosts", true, findings);
    return AGR_OK;
}

agr_status probe_network(probe_gathering *g, agr_findings *findings, agr_error *err)
{
    AGR_TRY(look_inside_hosts(g, findings, err));
    for (int round = 0; round < 2; round++)
        AGR_TRY(look_between_hosts(g, round, findings, err));
    if (agr_world_size(g->world) == 1)
        agr_findings_add(findings, AGR_HEALTH_OK, "one rank: nobody to talk to");
    return AGR_OK;
}
