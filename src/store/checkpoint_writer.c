/* Writes a checkpoint file: from which file it carries things over, the new one in memory, on the disk,
 * sealed and in its place. */
#include "checkpoint_writer_impl.h"
#include "io_impl.h"
#include "vet_impl.h"

#include <agr/base/text.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- where untouched parts come from ---- */

/* Opens this file as the source if it is better than nothing. */
static bool open_source(checkpoint_writing *w, const char *path, agr_error *err)
{
    int n_missing;
    if (checkpoint_open_locked(path, &w->source, err) != AGR_OK)
        return false;
    w->is_source_sound = checkpoint_verify_group(w->source->file, w->source->file_bytes, &n_missing,
                                                 NULL, err) == AGR_OK;
    if (!w->is_source_sound)
        agr_error_context(err, "checkpoint '%s'", path);
    return true;
}

static void close_source(checkpoint_writing *w)
{
    checkpoint_close_locked(w->source);
    w->source = NULL;
    w->is_source_sound = false;
}

/* The current file; when that is damaged a sound .prev; else what can be had of the current one. */
static void choose_source(checkpoint_writing *w)
{
    agr_error err = {0};
    if (!agr_path_exists(w->path))
        return;
    w->is_source_current = true;
    if (open_source(w, w->path, &err) && w->is_source_sound)
        return;
    checkpoint_warn_of_damage(&err, "writing it anew");
    close_source(w);
    char previous[AGR_PATH_BYTES];
    const int length = snprintf(previous, sizeof previous, "%s.prev", w->path);
    if (length < (int)sizeof previous && open_source(w, previous, &err) && w->is_source_sound) {
        w->is_source_current = false;
        return;
    }
    close_source(w);
    open_source(w, w->path, &err);
}

/* ---- the file ---- */

/* One text each: "<fingerprint> <since> <path>". */
static agr_status write_datasets(hid_t file, const agr_checkpoint_info *info, agr_error *err)
{
    if (info->n_datasets == 0)
        return AGR_OK;
    agr_text all = {0};
    const char **texts = calloc((size_t)info->n_datasets, sizeof *texts);
    size_t *begin = calloc((size_t)info->n_datasets, sizeof *begin);
    for (int i = 0; begin != NULL && i < info->n_datasets; i++) {
        begin[i] = all.length;
        agr_text_add(&all, "%016llx %s %s%c", (unsigned long long)info->datasets[i].fingerprint,
                     info->datasets[i].since, info->datasets[i].path, '\0');
    }
    agr_status status = AGR_OK;
    if (texts == NULL || begin == NULL || all.failed)
        status = agr_error_set(err, AGR_MEMORY, "cannot allocate its datasets");
    for (int i = 0; status == AGR_OK && i < info->n_datasets; i++)
        texts[i] = all.data + begin[i];
    if (status == AGR_OK)
        status = h5_write_texts(file, "datasets", texts, info->n_datasets, err);
    free(texts);
    free(begin);
    agr_text_release(&all);
    return status;
}

static agr_status write_root(const checkpoint_writing *w, agr_error *err)
{
    const hid_t file = w->target;
    AGR_TRY(h5_write_text(file, "format", "agr-mpi/checkpoint", err));
    AGR_TRY(h5_write_int64(file, "format_version", AGR_CHECKPOINT_VERSION, err));
    AGR_TRY(h5_write_text(file, "config", w->info->config, err));
    AGR_TRY(h5_write_text(file, "kernel_set", w->info->kernel_set, err));
    AGR_TRY(h5_write_text(file, "versions", w->info->versions, err));
    AGR_TRY(h5_write_uint64(file, "dataset_fingerprint", w->info->dataset_fingerprint, err));
    AGR_TRY(h5_write_uint64(file, "seed", w->info->seed, err));
    AGR_TRY(write_datasets(file, w->info, err));
    hid_t group;
    AGR_TRY(h5_group_create(file, "branches", &group, err));
    const agr_status status = checkpoint_write_branches(w, group, err);
    H5Gclose(group);
    return status;
}

/* HDF5 1.10 falls over an allocation that fails. So what it will want is asked for, and given back,
 * before it begins: the file twice, and some for itself. */
static agr_status check_memory(const checkpoint_writing *w, agr_error *err)
{
    enum { OWN_BYTES = 64 << 20 };
    size_t size_bytes = w->source != NULL ? (size_t)w->source->file_bytes : 0;
    for (int i = 0; i < w->n_updates; i++)
        for (int t = 0; t < w->updates[i].state->n_tensors; t++)
            size_bytes += agr_tensor_count(&w->updates[i].state->tensors[t]) * sizeof(float);
    size_bytes = 2 * size_bytes + OWN_BYTES;
    char *probe = malloc(size_bytes);
    if (probe == NULL)
        return agr_error_set(err, AGR_MEMORY, "expected %zu MiB of memory to build it, found less",
                             size_bytes >> 20);
    *(volatile char *)probe = 0; /* or the compiler does without */
    free(probe);
    return AGR_OK;
}

/* Builds the file in memory and hands out its bytes. */
static agr_status build_image(checkpoint_writing *w, void **bytes, size_t *size_bytes,
                              agr_error *err)
{
    AGR_TRY(check_memory(w, err));
    AGR_TRY(h5_file_create_in_memory(&w->target, err));
    agr_status status = write_root(w, err);
    if (status == AGR_OK)
        status = h5_file_image(w->target, bytes, size_bytes, err);
    H5Fclose(w->target);
    return status;
}

static agr_status write_bytes(const char *path, const void *bytes, size_t size_bytes,
                              agr_error *err)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        return agr_error_set_errno(err, AGR_IO, errno, "cannot create a temporary file");
    agr_status status = io_write_at(fd, bytes, size_bytes, 0, "it", err);
    if (close(fd) != 0 && status == AGR_OK)
        status = agr_error_set_errno(err, AGR_IO, errno, "cannot write it");
    return status;
}

/* What lies on the disk is what was meant: opened and compared like any other checkpoint. Tells where
 * the numbers lie that have checksums of their own. */
static agr_status read_back(const char *path, seal_runs *checked, agr_error *err)
{
    agr_checkpoint *checkpoint;
    AGR_TRY(checkpoint_open_locked(path, &checkpoint, err));
    int n_missing;
    const agr_status status =
        checkpoint_verify_group(checkpoint->file, checkpoint->file_bytes, &n_missing, checked, err);
    checkpoint_close_locked(checkpoint);
    return status;
}

static agr_status seal(const char *path, agr_error *err)
{
    seal_runs checked = {0};
    vet_trust(path);
    agr_status status = read_back(path, &checked, err);
    if (status == AGR_OK)
        status = seal_append(path, &checked, err);
    if (status == AGR_OK)
        status = seal_check(path, err);
    if (status == AGR_OK)
        vet_trust(path); /* as it is read again when the next one is written */
    free(checked.run);
    return status;
}

static agr_status write_locked(checkpoint_writing *w, const char *temporary_path, agr_error *err)
{
    void *bytes;
    size_t size_bytes;
    choose_source(w);
    agr_status status = build_image(w, &bytes, &size_bytes, err);
    if (status == AGR_OK) {
        status = write_bytes(temporary_path, bytes, size_bytes, err);
        free(bytes);
    }
    checkpoint_close_locked(w->source);
    w->source = NULL;
    return status == AGR_OK ? seal(temporary_path, err) : status;
}

static agr_status check_updates(const checkpoint_writing *w, agr_error *err)
{
    char field[AGR_NAME_BYTES];
    for (int i = 0; i < w->n_branches; i++)
        AGR_TRY(agr_state_name(field, w->branches[i].name, err));
    for (int i = 0; i < w->n_updates; i++) {
        AGR_TRY(agr_state_name(field, w->updates[i].slot, err));
        if (!checkpoint_is_run_branch(w, w->updates[i].branch))
            return agr_error_set(err, AGR_INPUT, "slot '%s': no branch '%s' in the run",
                                 w->updates[i].slot, w->updates[i].branch);
    }
    return AGR_OK;
}

static agr_status replace(checkpoint_writing *w, agr_error *err)
{
    agr_replacement replacement;
    AGR_TRY(check_updates(w, err));
    AGR_TRY(agr_replacement_begin(&replacement, w->path, err));
    h5_lock();
    const agr_status status = write_locked(w, replacement.temporary_path, err);
    h5_unlock();
    if (status != AGR_OK) {
        agr_replacement_abandon(&replacement);
        return status;
    }
    /* A damaged file must not push a sound .prev away. */
    const bool keep_previous = w->is_source_current && w->is_source_sound;
    return agr_replacement_commit(&replacement, keep_previous, err);
}

agr_status agr_checkpoint_write(const char *path, const agr_checkpoint_info *info,
                                const agr_checkpoint_branch *branches, int n_branches,
                                const agr_checkpoint_update *updates, int n_updates, agr_error *err)
{
    checkpoint_writing w = {.path = path,
                            .info = info,
                            .branches = branches,
                            .n_branches = n_branches,
                            .updates = updates,
                            .n_updates = n_updates,
                            .target = -1};
    const agr_status status = replace(&w, err);
    if (status != AGR_OK)
        agr_error_context(err, "cannot write checkpoint '%s'", path);
    return status;
}
