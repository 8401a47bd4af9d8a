/* The thread that writes checkpoints. */
#ifndef AGR_TRAIN_WRITER_IMPL_H
#define AGR_TRAIN_WRITER_IMPL_H

#include <agr/store/checkpoint.h>

typedef struct {
    const char *path;
    const agr_checkpoint_info *info;
    agr_checkpoint_branch *branches; /* owned by the job's maker, as all below */
    int n_branches;
    agr_checkpoint_update *updates;
    int n_updates;
} write_job;

typedef struct writer writer;

agr_status writer_create(writer **out, agr_error *err);
/* Waits for a write on its way. NULL is accepted. */
void writer_destroy(writer *w);
/* The writer must be idle; the job stays untouched until writer_take() says true. */
void writer_start(writer *w, const write_job *job);
bool writer_is_busy(writer *w);
/* True, once, when the job is done; *status and *err tell how, *elapsed_s how long it took. */
bool writer_take(writer *w, agr_status *status, double *elapsed_s, agr_error *err);

#endif
