/**
 * What a command that computes starts from, on all ranks alike: OpenBLAS where it is asked for, one
 * dataset, one team.
 */
#ifndef AGR_TRAIN_START_H
#define AGR_TRAIN_START_H

#include <agr/base/pool.h>
#include <agr/comm/team.h>
#include <agr/comm/world.h>
#include <agr/config/config.h>
#include <agr/store/dataset.h>

/** Loads OpenBLAS where the configuration asks for it, with kernels that all ranks' processors have:
 * its bits depend on them. Our own do not, so each rank uses its best.
 * **Collective over the world** (NULL: a process on its own). */
agr_status agr_start_gemm(agr_world *world, const agr_config *config, agr_error *err);

/** Opens the dataset on every rank, with one verdict: the same content on each.
 * **Collective over the world.** Caller closes. */
agr_status agr_start_dataset(agr_world *world, const char *path, agr_dataset **dataset,
                             agr_error *err);

/** All ranks as one team, each with the threads asked for (0: its share of its node's cores).
 * **Collective over the world.** Caller destroys both. */
agr_status agr_start_team(agr_world *world, const agr_team_limits *limits, int64_t threads,
                          agr_team **team, agr_pool **pool, agr_error *err);

#endif
