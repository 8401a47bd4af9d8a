/** What the files that index a checkpoint share. All want the lock of h5_impl.h. */
#ifndef AGR_STORE_CHECKPOINT_INDEX_IMPL_H
#define AGR_STORE_CHECKPOINT_INDEX_IMPL_H

#include "checkpoint_impl.h"

typedef struct {
    int n;
    char (*names)[AGR_NAME_BYTES];
    bool wants_groups;
} checkpoint_names;

/** Sets AGR_MEMORY. */
agr_status checkpoint_index_lacks_memory(agr_error *err);

/** The checkpoint takes `memory`, which may be NULL; on failure it is freed. */
agr_status checkpoint_keep(agr_checkpoint *checkpoint, void *memory, agr_error *err);

/** Room for n items, and one more. */
agr_status checkpoint_keep_zeroed(agr_checkpoint *checkpoint, size_t n, size_t item_bytes,
                                  void **memory, agr_error *err);

/** A text attribute, "" when there is none. */
agr_status checkpoint_keep_text(agr_checkpoint *checkpoint, hid_t object, const char *name,
                                const char **text, agr_error *err);

/** A list of them, NULL when there is none. */
agr_status checkpoint_keep_texts(agr_checkpoint *checkpoint, hid_t object, const char *name,
                                 const char *const **texts, int *n_texts, agr_error *err);

/** Names of the groups (or datasets) in this group, by name. Kept by the checkpoint. */
agr_status checkpoint_list_names(agr_checkpoint *checkpoint, hid_t group, bool wants_groups,
                                 checkpoint_names *list, agr_error *err);

/** Layers, tensors without their numbers, and values of an open slot. */
agr_status checkpoint_index_state(agr_checkpoint *checkpoint, hid_t slot, agr_state *state,
                                  agr_error *err);

#endif
