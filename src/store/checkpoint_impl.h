/** What reader and writer of the checkpoint file share. All want the lock of h5_impl.h. */
#ifndef AGR_STORE_CHECKPOINT_IMPL_H
#define AGR_STORE_CHECKPOINT_IMPL_H

#include "h5_impl.h"
#include "seal_impl.h"

#include <agr/store/checkpoint.h>

agr_status checkpoint_open_locked(const char *path, agr_checkpoint **checkpoint, agr_error *err);
void checkpoint_close_locked(agr_checkpoint *checkpoint);
hid_t checkpoint_file(const agr_checkpoint *checkpoint);
uint64_t checkpoint_file_bytes(const agr_checkpoint *checkpoint);

/** Compares the checksums of everything in this group. *n_missing counts datasets without one; where
 * those with one lie is added to `checked` (NULL: not wanted). */
agr_status checkpoint_verify_group(hid_t group, uint64_t file_bytes, int *n_missing,
                                   seal_runs *checked, agr_error *err);

/** The order of slots in a branch: latest, best, then by name. As strcmp(). */
int checkpoint_compare_slot_names(const char *left, const char *right);

/** agr_checkpoint_read_snapshot() for who holds the lock. */
agr_status checkpoint_read_snapshot_locked(agr_checkpoint *checkpoint, int branch, int slot,
                                           agr_snapshot **snapshot, agr_error *err);

/** Warns that a file is damaged and what is done about it; of the same damage once, however many
 * look at the file. Wants no lock. */
void checkpoint_warn_of_damage(const agr_error *damage, const char *remedy);

#endif
