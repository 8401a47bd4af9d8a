/**
 * Digests: one number that stands for all numbers of a branch.
 *
 * Two runs that agree to the last bit have one digest, and two digests that agree mean equal bits,
 * whoever wrote the files and when: names, shapes and numbers count; offsets in the file, dates,
 * hosts, versions and kernel sets do not. The published digests are made of these, so what goes in
 * and in which order is a contract: docs/file-formats.md, "Digests".
 *
 * Nothing here is collective.
 */
#ifndef AGR_STORE_DIGEST_H
#define AGR_STORE_DIGEST_H

#include <agr/store/checkpoint.h>

/** Of the tensors and values of these parts (AGR_PART_...), in the state's own order. A state read
 * from a checkpoint has its tensors kind by kind, in the order of agr_tensor_kind, in each the layers
 * in network order and their parameters by name, and its values by name. */
uint64_t agr_state_digest(const agr_state *state, unsigned parts);

/** Of the names of the columns and the numbers of all rows; every NaN ("not measured") counts as
 * one and the same. */
uint64_t agr_history_digest(const agr_history_table *history);

/** Of a branch: the weights, moments and averages of its slot `latest`, and its history.
 * AGR_NOT_FOUND when it has no such slot, or as agr_checkpoint_read_snapshot(). */
agr_status agr_checkpoint_digest(agr_checkpoint *checkpoint, int branch, uint64_t *digest,
                                 agr_error *err);

#endif
