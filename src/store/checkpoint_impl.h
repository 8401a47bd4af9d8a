/** What the files about checkpoints share. All want the lock of h5_impl.h. */
#ifndef AGR_STORE_CHECKPOINT_IMPL_H
#define AGR_STORE_CHECKPOINT_IMPL_H

#include "h5_impl.h"
#include "seal_impl.h"

#include <agr/store/checkpoint.h>

/* Memory that lives as long as the checkpoint. */
typedef struct kept_memory {
    struct kept_memory *next;
    void *memory;
} kept_memory;

typedef struct {
    agr_checkpoint_branch about;
    agr_history_table history;
    int n_slots;
    agr_checkpoint_slot *slots;
} branch_index;

struct agr_checkpoint {
    char path[AGR_PATH_BYTES];
    hid_t file;
    uint64_t file_bytes;
    agr_checkpoint_info info;
    int n_branches;
    branch_index *branches;
    kept_memory *kept;
    bool warned; /* about missing checksums */
};

/** Reads all but the tensors' numbers of the open file; what it finds lives as long as the checkpoint. */
agr_status checkpoint_index(agr_checkpoint *checkpoint, agr_error *err);

/** Gives an AGR_INPUT its remedy: what checksums agree with and what cannot be is no damage, it is
 * somebody's edit. */
void checkpoint_suggest_undoing(agr_status status, agr_error *err);

/** Warns of data without a checksum, once a checkpoint. */
void checkpoint_warn_of_missing(agr_checkpoint *checkpoint, int n_missing);

agr_status checkpoint_open_locked(const char *path, agr_checkpoint **checkpoint, agr_error *err);
void checkpoint_close_locked(agr_checkpoint *checkpoint);

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
