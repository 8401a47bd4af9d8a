/** How fast two ranks can talk. */
#ifndef AGR_COMM_LINK_H
#define AGR_COMM_LINK_H

#include <agr/comm/world.h>

typedef struct {
    double round_trip_s; /* of a message of 8 bytes, median */
    double bytes_per_s;  /* of messages of 1 MiB, one way at a time, median */
} agr_link;

/** Sends messages to and fro between this rank and `partner`, for about limit_s seconds.
 * **Collective over the two**, with each other's rank of the world and the same limit: first all
 * round trips, then the long messages. Both get the lower rank's figures. After agr_cores_gather(),
 * or a waiting rank does not know whether it may spin. AGR_MEMORY, AGR_MPI. */
agr_status agr_link_measure(agr_world *world, int partner, double limit_s, agr_link *link,
                            agr_error *err);

#endif
