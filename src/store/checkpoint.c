/* Checkpoints: opened, chosen, and asked what is in them. */
#include "checkpoint_impl.h"

#include <agr/base/hash.h>
#include <agr/base/log.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PATH_TEXT_BYTES = 512 };

/* ---- open, close ---- */

void checkpoint_suggest_undoing(agr_status status, agr_error *err)
{
    if (status == AGR_INPUT)
        agr_error_hint(err, "edited by hand? put it right, or take the file from before");
}

agr_status checkpoint_open_locked(const char *path, agr_checkpoint **checkpoint, agr_error *err)
{
    agr_checkpoint *opened = calloc(1, sizeof *opened);
    if (opened == NULL)
        return agr_error_set(err, AGR_MEMORY, "checkpoint '%s': cannot allocate", path);
    snprintf(opened->path, sizeof opened->path, "%s", path);
    struct stat info;
    agr_status status = h5_file_open("checkpoint", path, &opened->file, err);
    if (status != AGR_OK) {
        free(opened);
        return status;
    }
    if (stat(path, &info) != 0) {
        status = agr_error_set_errno(err, AGR_IO, errno, "cannot measure");
    } else {
        opened->file_bytes = (uint64_t)info.st_size;
        status = checkpoint_index(opened, err);
    }
    if (status != AGR_OK) {
        checkpoint_close_locked(opened);
        checkpoint_suggest_undoing(status, err);
        return agr_error_context(err, "checkpoint '%s'", path), status;
    }
    *checkpoint = opened;
    return AGR_OK;
}

void checkpoint_close_locked(agr_checkpoint *checkpoint)
{
    if (checkpoint == NULL)
        return;
    H5Fclose(checkpoint->file);
    for (kept_memory *link = checkpoint->kept, *next; link != NULL; link = next) {
        next = link->next;
        free(link->memory);
        free(link);
    }
    free(checkpoint);
}

agr_status agr_checkpoint_open(const char *path, agr_checkpoint **checkpoint, agr_error *err)
{
    h5_lock();
    const agr_status status = checkpoint_open_locked(path, checkpoint, err);
    h5_unlock();
    return status;
}

void agr_checkpoint_close(agr_checkpoint *checkpoint)
{
    h5_lock();
    checkpoint_close_locked(checkpoint);
    h5_unlock();
}

/* ---- which file ---- */

static agr_status open_and_verify(const char *path, agr_error *err)
{
    agr_checkpoint *checkpoint;
    AGR_TRY(agr_checkpoint_open(path, &checkpoint, err));
    const agr_status status = agr_checkpoint_verify(checkpoint, err);
    agr_checkpoint_close(checkpoint);
    return status;
}

void checkpoint_warn_of_damage(const agr_error *damage, const char *remedy)
{
    static _Atomic uint64_t last_warning;
    const uint64_t warning = agr_hash_text(damage->text);
    if (atomic_exchange(&last_warning, warning) != warning)
        agr_log_warning("%s; %s", damage->text, remedy);
}

/* Neither file will do: the failure of the current one, and that of .prev where there is one. */
static agr_status join_failures(const agr_error *current, const agr_error *previous, agr_error *err)
{
    const bool is_alone = previous->status == AGR_NOT_FOUND;
    const agr_status status =
        current->status == AGR_NOT_FOUND && !is_alone ? previous->status : current->status;
    agr_error_set(err, status, "%s%s%s", current->text, is_alone ? "" : ", and ",
                  is_alone ? "" : previous->text);
    if (current->hint[0] != '\0')
        agr_error_hint(err, "%s", current->hint);
    return status;
}

agr_status agr_checkpoint_choose(const char *path, char chosen[AGR_PATH_BYTES], agr_error *err)
{
    agr_error current, previous;
    snprintf(chosen, AGR_PATH_BYTES, "%s", path);
    const agr_status status = open_and_verify(path, &current);
    if (status == AGR_OK)
        return AGR_OK;
    if (status == AGR_INPUT) { /* an edit is not undone behind its author's back */
        *err = current;
        return status;
    }
    const int length = snprintf(chosen, AGR_PATH_BYTES, "%s.prev", path);
    if (length >= AGR_PATH_BYTES)
        return agr_error_set(err, AGR_INPUT, "path '%.60s...' is too long", path);
    if (open_and_verify(chosen, &previous) != AGR_OK)
        return join_failures(&current, &previous, err);
    char remedy[AGR_PATH_BYTES + 32];
    snprintf(remedy, sizeof remedy, "taking '%s' instead", chosen);
    checkpoint_warn_of_damage(&current, remedy);
    return AGR_OK;
}

agr_status agr_checkpoint_locate(const char *file_or_run, char path[AGR_PATH_BYTES], agr_error *err)
{
    if (agr_path_is_folder(file_or_run))
        return agr_path_join(path, file_or_run, "checkpoint.h5", err);
    if (strlen(file_or_run) >= AGR_PATH_BYTES)
        return agr_error_set(err, AGR_INPUT, "path '%.60s...' is too long", file_or_run);
    snprintf(path, AGR_PATH_BYTES, "%s", file_or_run);
    return AGR_OK;
}

/* ---- accessors ---- */

const char *agr_checkpoint_path(const agr_checkpoint *checkpoint)
{
    return checkpoint->path;
}

const agr_checkpoint_info *agr_checkpoint_about(const agr_checkpoint *checkpoint)
{
    return &checkpoint->info;
}

int agr_checkpoint_n_branches(const agr_checkpoint *checkpoint)
{
    return checkpoint->n_branches;
}

const agr_checkpoint_branch *agr_checkpoint_branch_at(const agr_checkpoint *checkpoint, int branch)
{
    AGR_ASSERT(branch >= 0 && branch < checkpoint->n_branches);
    return &checkpoint->branches[branch].about;
}

int agr_checkpoint_n_slots(const agr_checkpoint *checkpoint, int branch)
{
    AGR_ASSERT(branch >= 0 && branch < checkpoint->n_branches);
    return checkpoint->branches[branch].n_slots;
}

const agr_checkpoint_slot *agr_checkpoint_slot_at(const agr_checkpoint *checkpoint, int branch,
                                                  int slot)
{
    AGR_ASSERT(slot >= 0 && slot < agr_checkpoint_n_slots(checkpoint, branch));
    return &checkpoint->branches[branch].slots[slot];
}

/* "age, gender, race" */
static void add_to_list(char *list, size_t list_bytes, const char *name)
{
    const size_t length = strlen(list);
    snprintf(list + length, list_bytes - length, "%s%s", length > 0 ? ", " : "", name);
}

agr_status agr_checkpoint_find_branch(const agr_checkpoint *checkpoint, const char *name,
                                      int *branch, agr_error *err)
{
    char found[PATH_TEXT_BYTES] = "";
    for (int i = 0; i < checkpoint->n_branches; i++) {
        if (strcmp(checkpoint->branches[i].about.name, name) == 0) {
            *branch = i;
            return AGR_OK;
        }
        add_to_list(found, sizeof found, checkpoint->branches[i].about.name);
    }
    return agr_error_set(err, AGR_NOT_FOUND, "checkpoint '%s': no branch '%s', found %s",
                         checkpoint->path, name, found[0] != '\0' ? found : "none");
}

agr_status agr_checkpoint_find_slot(const agr_checkpoint *checkpoint, int branch, const char *name,
                                    int *slot, agr_error *err)
{
    char found[PATH_TEXT_BYTES] = "";
    for (int i = 0; i < agr_checkpoint_n_slots(checkpoint, branch); i++) {
        const char *slot_name = agr_checkpoint_slot_at(checkpoint, branch, i)->name;
        if (strcmp(slot_name, name) == 0) {
            *slot = i;
            return AGR_OK;
        }
        add_to_list(found, sizeof found, slot_name);
    }
    return agr_error_set(err, AGR_NOT_FOUND, "checkpoint '%s': branch '%s': no slot '%s', found %s",
                         checkpoint->path, checkpoint->branches[branch].about.name, name,
                         found[0] != '\0' ? found : "none");
}
