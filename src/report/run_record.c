/* Reads a run folder: configuration, history, events, and whether somebody is at work in it. */
#include "run_record_impl.h"

#include <agr/config/config.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static bool holds(const char *folder, const char *name)
{
    char path[AGR_PATH_BYTES];
    return agr_path_join(path, folder, name, NULL) == AGR_OK && agr_path_exists(path);
}

bool agr_run_record_exists(const char *folder)
{
    return holds(folder, "checkpoint.h5") || holds(folder, "checkpoint.h5.prev") ||
           holds(folder, "events.jsonl");
}

/* Asked without waiting, and given back at once: a start that comes just now tries again. */
static bool is_locked(const char *folder)
{
    char path[AGR_PATH_BYTES];
    if (agr_path_join(path, folder, "lock", NULL) != AGR_OK)
        return false;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    const bool locked = flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    close(fd);
    return locked;
}

static agr_status read_config(agr_run_record *record, agr_error *err)
{
    char path[AGR_PATH_BYTES];
    agr_config config;
    AGR_TRY(agr_path_join(path, record->path, "config.yaml", err));
    if (!agr_path_exists(path))
        return AGR_OK;
    AGR_TRY(agr_config_load(&config, path, NULL, 0, err));
    snprintf(record->data, sizeof record->data, "%s", config.data.path);
    for (int b = 0; b < config.n_branches; b++) {
        const int i = run_record_branch(record, config.branch[b].name);
        if (i >= 0)
            record->branch[i].planned = agr_config_epochs(&config, b);
    }
    agr_config_release(&config);
    return AGR_OK;
}

static agr_status no_run(const char *folder, agr_error *err)
{
    agr_error_set(err, AGR_NOT_FOUND,
                  "folder '%s' is no run: it holds neither checkpoint.h5 nor events.jsonl", folder);
    return agr_error_hint(err, "pictures become a dataset first: agr-mpi prepare %s", folder);
}

agr_status agr_run_record_read(const char *folder, agr_run_record *record, agr_error *err)
{
    bool ended, stopped;
    *record = (agr_run_record){0};
    if (!agr_run_record_exists(folder))
        return no_run(folder, err);
    snprintf(record->path, sizeof record->path, "%s", folder);
    /* First: what a run that ends meanwhile writes is then seen. */
    const bool locked = is_locked(folder);
    AGR_TRY(read_config(record, err));
    AGR_TRY(run_record_read_history(record, err));
    AGR_TRY(run_record_read_events(record, &ended, &stopped, err));
    record->has_checkpoint = holds(folder, "checkpoint.h5");
    record->state = ended     ? AGR_RUN_ENDED
                    : stopped ? AGR_RUN_STOPPED
                    : locked  ? AGR_RUN_RUNNING
                              : AGR_RUN_BROKEN;
    return AGR_OK;
}

void agr_run_record_release(agr_run_record *record)
{
    for (int b = 0; b < record->n_branches; b++)
        for (int h = 0; h < record->branch[b].n_heads; h++)
            free(record->branch[b].head[h].loss);
    free(record->total);
    free(record->span);
    *record = (agr_run_record){0};
}

const char *agr_run_state_name(agr_run_state state)
{
    static const char *const name[] = {[AGR_RUN_RUNNING] = "running",
                                       [AGR_RUN_ENDED] = "ended",
                                       [AGR_RUN_STOPPED] = "stopped",
                                       [AGR_RUN_BROKEN] = "broken off"};
    return name[state];
}
