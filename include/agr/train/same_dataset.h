/** Whether all ranks look at the same pictures. */
#ifndef AGR_TRAIN_SAME_DATASET_H
#define AGR_TRAIN_SAME_DATASET_H

#include <agr/comm/world.h>
#include <agr/store/dataset.h>

/**
 * Each rank opens the dataset for itself: with another file in its place on one host, a run would
 * train on two sets and tell of neither.
 *
 * Where the ranks of a node have opened one and the same file, one of them stands for all; when that
 * leaves a single file in the world nothing is read. Otherwise every file is read once, and the
 * content hashes must agree. AGR_INPUT on all ranks, naming hosts, ranks and hashes, when not.
 *
 * **Collective over the world.**
 */
agr_status agr_check_same_dataset(agr_world *world, const agr_dataset *dataset, agr_error *err);

#endif
