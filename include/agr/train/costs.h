/** What the planner must know of branches; what they cost, measured. */
#ifndef AGR_TRAIN_COSTS_H
#define AGR_TRAIN_COSTS_H

#include <agr/comm/placement.h>
#include <agr/train/training_set.h>

/** What the planner must know of the branches beforehand: names, kinds, batches. Fills in
 * input->branch[config->n_branches]; costs and what is left are 0 still. */
void agr_list_branches(const agr_config *config, agr_placement_input *input);

/** What a training step of each branch costs: milliseconds of an image on one thread, the best of a few
 * passes over one micro-batch of the set's training images; what a second thread loses, where there is a
 * core for it; and what its network exchanges.
 * branch[config->n_branches]: those that have an image_ms already are left alone. Members of a population
 * that share a network share its measurement. Not collective. */
agr_status agr_measure_branches(const agr_config *config, const agr_training_set *set,
                                agr_placement_branch *branch, agr_error *err);

/** How fast messages are: as comm.network says; AGR_LINKS_ASSUMED with `auto`, what no rank can measure
 * alone. AGR_USAGE. */
agr_status agr_links_from(const agr_config *config, agr_links *links, bool *is_given,
                          agr_error *err);

#endif
