/** Whether all hosts have one and the same file under a path. */
#ifndef AGR_TRAIN_SAME_FILE_H
#define AGR_TRAIN_SAME_FILE_H

#include <agr/comm/world.h>

/**
 * Ranks that are to read a checkpoint find rank 0's under this path, or the run does not begin: the
 * first rank of each host reads it whole and compares. On a single host nothing is read. AGR_INPUT
 * on all ranks, naming the host, when one has none or another.
 *
 * **Collective over the world**, with the same path.
 */
agr_status agr_check_same_file(agr_world *world, const char *path, agr_error *err);

#endif
