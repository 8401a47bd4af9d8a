/**
 * Memory that networks take turns in: as much as the largest of them asks for, however many there are.
 *
 *     agr_workspace_reserve(&workspace, most, err);    most: agr_network_measure() of each
 *     plan.workspace = &workspace;                     agr_network_plan() of each
 *
 * Whoever goes forward moves in, and what the one before had there, its predictions and gradients too,
 * is gone.
 */
#ifndef AGR_NN_WORKSPACE_H
#define AGR_NN_WORKSPACE_H

#include <agr/base/arena.h>

struct agr_network;

/** Starts as zeroes. */
typedef struct {
    agr_arena arena;                  /* owned */
    const struct agr_network *tenant; /* whose forward was the last; NULL: nobody's */
} agr_workspace;

/** Takes the memory. AGR_MEMORY. Caller releases, after the networks. */
agr_status agr_workspace_reserve(agr_workspace *workspace, size_t n_bytes, agr_error *err);

void agr_workspace_release(agr_workspace *workspace);

#endif
