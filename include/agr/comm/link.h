/** How fast two ranks can talk. */
#ifndef AGR_COMM_LINK_H
#define AGR_COMM_LINK_H

#include <agr/base/text.h>
#include <agr/comm/world.h>

typedef struct {
    double round_trip_s; /* of a message of 8 bytes, median */
    double bytes_per_s;  /* of messages of 1 MiB, one way at a time, median */
} agr_link;

/** What a run's messages go over. */
typedef struct {
    agr_link inside;  /* two ranks of a node */
    agr_link between; /* ranks of two nodes */
} agr_links;

/** Where nothing was measured or said: shared memory, and Ethernet of 10 Gb/s. */
#define AGR_LINKS_ASSUMED                                                                          \
    ((agr_links){.inside = {.round_trip_s = 5e-6, .bytes_per_s = 5e9},                             \
                 .between = {.round_trip_s = 50e-6, .bytes_per_s = 1.25e9}})

/** Sends messages to and fro between this rank and `partner`, for about limit_s seconds.
 * **Collective over the two**, with each other's rank of the world and the same limit: first all
 * round trips, then the long messages. Both get the lower rank's figures. After agr_cores_gather(),
 * or a waiting rank does not know whether it may spin. AGR_MEMORY, AGR_MPI. */
agr_status agr_link_measure(agr_world *world, int partner, double limit_s, agr_link *link,
                            agr_error *err);

/** The slowest of what the first two ranks of each node, and the first ranks of nodes 0 and 1, 2 and 3, ...
 * measure, all pairs at once, in a few hundredths of a second; ranks fill nodes in order. Of what there is
 * no pair, links keeps what it has. Collective over the world, as agr_link_measure(). AGR_MEMORY, AGR_MPI. */
agr_status agr_links_measure(agr_world *world, agr_links *links, agr_error *err);

/* ---- in words: link_words.c ---- */

/** "25Gb,20us": what a link carries (agr_parse_rate()), and the round trip of a small message, as `ping` and
 * `doctor` show it. AGR_USAGE. */
agr_status agr_link_parse(const char *text, agr_link *link, agr_error *err);

/** Appends "3.12 GB/s, round trip 20 us". */
void agr_link_add(const agr_link *link, agr_text *text);

#endif
