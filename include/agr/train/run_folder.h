/**
 * The folder of a run: checkpoint.h5, history.csv, events.jsonl, config.yaml, log.txt and a lock.
 *
 * One process owns it at a time (rank 0): the lock is a flock() on the file `lock` and ends with
 * the process, however that ends. Nothing here is collective.
 */
#ifndef AGR_TRAIN_RUN_FOLDER_H
#define AGR_TRAIN_RUN_FOLDER_H

#include <agr/base/error.h>
#include <agr/base/file.h>
#include <stdbool.h>

/** What the caller wants where a checkpoint is, or is not. */
typedef enum {
    AGR_RESUME_NEVER, /* a checkpoint there is refused: nobody loses a run by mistake */
    AGR_RESUME_MUST,  /* go on; an error when there is nothing to go on from */
    AGR_RESUME_AUTO   /* go on or start: for batch scripts */
} agr_resume;

typedef struct agr_run_folder agr_run_folder;

/**
 * Makes the folder if need be, locks it, and decides between starting and resuming.
 * *resumes: whether a checkpoint is to be continued; checkpoint_path: the file to read then
 * (current or, with a warning, .prev). Caller closes. AGR_INPUT when a checkpoint is there and
 * `resume` is NEVER, or another process has the lock; AGR_NOT_FOUND when `resume` is MUST and there
 * is none.
 */
agr_status agr_run_folder_open(const char *path, agr_resume resume, agr_run_folder **folder,
                               bool *resumes, char checkpoint_path[AGR_PATH_BYTES], agr_error *err);

/** Unlocks. NULL is accepted. */
void agr_run_folder_close(agr_run_folder *folder);

/** "<folder>/checkpoint.h5": where checkpoints are written. Borrowed. */
const char *agr_run_folder_checkpoint(const agr_run_folder *folder);

/** Replaces a file of the folder ("history.csv", "config.yaml") atomically. */
agr_status agr_run_folder_write(const agr_run_folder *folder, const char *name, const char *text,
                                agr_error *err);

/** Appends one line to events.jsonl: {"time": seconds since 1970, "event": kind, ...members}.
 * `members` is a list of JSON members ("\"rank\": 3") or NULL. A failure is logged once and the run
 * goes on: events are talk. */
void agr_run_folder_event(agr_run_folder *folder, const char *kind, const char *members, ...)
    __attribute__((format(printf, 3, 4)));

/** Appends a line to log.txt. As forgiving as events. */
void agr_run_folder_log(agr_run_folder *folder, const char *line);

#endif
