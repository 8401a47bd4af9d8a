/** One call of agr_checkpoint_write(), as the files that write it share it. All want the lock of
 * h5_impl.h. */
#ifndef AGR_STORE_CHECKPOINT_WRITER_IMPL_H
#define AGR_STORE_CHECKPOINT_WRITER_IMPL_H

#include "checkpoint_impl.h"

typedef struct {
    const char *path;
    const agr_checkpoint_info *info;
    const agr_checkpoint_branch *branches;
    int n_branches;
    const agr_checkpoint_update *updates;
    int n_updates;

    agr_checkpoint *source; /* what untouched parts are copied from; NULL: none */
    bool is_source_sound;   /* all its checksums agree */
    bool is_source_current; /* it is the file at path, not .prev */
    hid_t target;
} checkpoint_writing;

/** Of the run itself, not one that the source has besides. */
bool checkpoint_is_run_branch(const checkpoint_writing *w, const char *name);

/** The run's branches in their order, then the source's other ones; attribute `order` names them. */
agr_status checkpoint_write_branches(const checkpoint_writing *w, hid_t group, agr_error *err);

/** One slot. Whatever order the state comes in, from a network or from a file, the same content makes
 * the same bytes. */
agr_status checkpoint_write_state(hid_t branch, const char *name, const agr_state *state,
                                  unsigned parts, agr_error *err);

#endif
