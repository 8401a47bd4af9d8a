/** The planner from the inside: a team's pace, the cores of teams, the simulation of a run. */
#ifndef AGR_COMM_PLACEMENT_IMPL_H
#define AGR_COMM_PLACEMENT_IMPL_H

#include <agr/base/size.h>
#include <agr/comm/placement.h>

#include <math.h>

enum { MAX_BRANCHES = AGR_PLACEMENT_MAX_BRANCHES };

/** Times and cores that differ by less are the same. */
#define SAME 1e-9

/* ---- placement_pace.c ---- */

/** Micro-batches of a batch. */
int64_t placement_micro_batches(const agr_placement_branch *branch);

/** Images of a step that the rank with the most of them computes. */
int64_t placement_fullest_rank(const agr_placement_branch *branch, int n_computing);

/** What a run has measured of a branch's steps, over the model; 1: nothing yet. */
double placement_drift(const agr_placement_branch *branch);

/** agr_placement_step_ms() without that. */
double placement_model_step_ms(const agr_placement_input *input, int branch, int n_computing,
                               int threads);

/** Seconds to train all that these branches have left. */
double placement_work_s(const agr_placement_input *input, const int *branch, int n_branches,
                        int n_computing, int threads);

/** The same for a team's branches on one rank with one thread: how much work they are. */
double placement_team_work_s(const agr_placement_input *input, const agr_placement_team *team);

/* ---- placement_cores.c ---- */

/** Cores of a node that the run's ranks on it may use. */
double placement_node_cores(const agr_placement_input *input, int node);

/** Cores that the first n_ranks ranks may use, n_ranks >= 1: all of their nodes. */
double placement_total_cores(const agr_placement_input *input, int n_ranks);

/** Gives the teams their ranks in order and their cores; their sizes are set. */
void placement_settle(const agr_placement_input *input, agr_placement *placement);

/* ---- placement_simulate.c ---- */

/** Fills in the times of a placement whose teams, ranks and cores are set. free_ranks: those that
 * no team has. */
void placement_predict(const agr_placement_input *input, agr_placement *placement, int free_ranks);

/** The same from what the teams' ranks, cores and layouts are; a team of no ranks has finished. */
void placement_run(const agr_placement_input *input, agr_placement *placement, int free_ranks,
                   double free_cores);

/** How much longer a step of this layout takes because its threads outnumber the team's cores; 1: they
 * do not. */
double placement_slowness(const agr_layout *layout, double cores);

#endif
