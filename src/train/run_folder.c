/* Opens, locks and writes the folder of a run. */
#include <agr/train/run_folder.h>

#include <agr/base/clock.h>
#include <agr/base/log.h>
#include <agr/base/text.h>
#include <agr/store/checkpoint.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { LOCK_PATIENCE_S = 3 };

struct agr_run_folder {
    char path[AGR_PATH_BYTES];
    char checkpoint[AGR_PATH_BYTES];
    int lock;        /* descriptor that holds the flock */
    int events, log; /* descriptors; -1 when they cannot be written */
    bool complained;
};

static agr_status take_lock(agr_run_folder *folder, agr_error *err)
{
    char path[AGR_PATH_BYTES];
    AGR_TRY(agr_path_join(path, folder->path, "lock", err));
    folder->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (folder->lock < 0)
        return agr_error_set_errno(err, AGR_IO, errno, "run folder '%s': cannot open its lock",
                                   folder->path);
    /* Ranks outlive a killed launcher by up to two seconds: who resumes at once waits for them. */
    const double give_up_s = agr_clock_s() + LOCK_PATIENCE_S;
    int failed;
    while ((failed = flock(folder->lock, LOCK_EX | LOCK_NB)) != 0 && errno == EWOULDBLOCK &&
           agr_clock_s() < give_up_s)
        agr_clock_sleep_s(0.05);
    if (!failed)
        return AGR_OK;
    /* A file system without locks must not keep anybody from training. */
    if (errno != EWOULDBLOCK) {
        agr_log_warning("run folder '%s' cannot be locked: %s", folder->path, strerror(errno));
        return AGR_OK;
    }
    agr_error_set(err, AGR_INPUT, "run folder '%s' is in use by another process", folder->path);
    return agr_error_hint(err, "wait for it, or choose another folder with --run");
}

static agr_status decide(const agr_run_folder *folder, agr_resume resume, bool *resumes,
                         char checkpoint_path[AGR_PATH_BYTES], agr_error *err)
{
    char previous[AGR_PATH_BYTES + 8];
    snprintf(previous, sizeof previous, "%s.prev", folder->checkpoint);
    const bool is_there = agr_path_exists(folder->checkpoint) || agr_path_exists(previous);
    *resumes = is_there;
    if (is_there && resume == AGR_RESUME_NEVER) {
        agr_error_set(err, AGR_INPUT, "run folder '%s' already holds a checkpoint", folder->path);
        return agr_error_hint(err, "--resume goes on with it; --run DIR starts elsewhere");
    }
    if (!is_there && resume == AGR_RESUME_MUST) {
        agr_error_set(err, AGR_NOT_FOUND, "run folder '%s' holds no checkpoint to resume",
                      folder->path);
        return agr_error_hint(err, "start without --resume, or use --resume=auto");
    }
    return is_there ? agr_checkpoint_choose(folder->checkpoint, checkpoint_path, err) : AGR_OK;
}

static void complain(agr_run_folder *folder, const char *name, int reason)
{
    if (!folder->complained)
        agr_log_warning("cannot write '%s/%s': %s", folder->path, name, strerror(reason));
    folder->complained = true;
}

/* Where the last whole line ends: what follows was torn by a death in the middle of it. */
static off_t end_of_lines(int fd)
{
    char block[4096];
    off_t end = lseek(fd, 0, SEEK_END);
    while (end > 0) {
        const off_t begin = end > (off_t)sizeof block ? end - (off_t)sizeof block : 0;
        const ssize_t n = pread(fd, block, (size_t)(end - begin), begin);
        if (n != end - begin)
            return -1;
        const char *newline = memrchr(block, '\n', (size_t)n);
        if (newline != NULL)
            return begin + (newline - block) + 1;
        end = begin;
    }
    return end;
}

/* -1 after a complaint. */
static int open_lines(agr_run_folder *folder, const char *name)
{
    char path[AGR_PATH_BYTES];
    agr_error err;
    if (agr_path_join(path, folder->path, name, &err) != AGR_OK) {
        complain(folder, name, ENAMETOOLONG);
        return -1;
    }
    const int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    const off_t end = fd >= 0 ? end_of_lines(fd) : -1;
    if (end < 0 || ftruncate(fd, end) != 0) {
        complain(folder, name, errno);
        if (fd >= 0)
            close(fd);
        return -1;
    }
    return fd;
}

/* Of earlier owners, who were killed: the lock is ours. */
static void remove_leftovers(const agr_run_folder *folder)
{
    static const char *const replaced[] = {"checkpoint.h5", "history.csv", "config.yaml"};
    char path[AGR_PATH_BYTES];
    for (size_t i = 0; i < sizeof replaced / sizeof replaced[0]; i++)
        if (agr_path_join(path, folder->path, replaced[i], NULL) == AGR_OK)
            agr_leftovers_remove(path, AGR_LEFTOVERS_ALL);
}

agr_status agr_run_folder_open(const char *path, agr_resume resume, agr_run_folder **folder_out,
                               bool *resumes, char checkpoint_path[AGR_PATH_BYTES], agr_error *err)
{
    agr_run_folder *folder = calloc(1, sizeof *folder);
    if (folder == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory");
    folder->lock = folder->events = folder->log = -1;
    agr_status status;
    snprintf(folder->path, sizeof folder->path, "%s", path);
    AGR_TRY_GOTO(status, agr_folder_create(path, err), failed);
    AGR_TRY_GOTO(status, agr_path_join(folder->checkpoint, path, "checkpoint.h5", err), failed);
    AGR_TRY_GOTO(status, take_lock(folder, err), failed);
    remove_leftovers(folder);
    AGR_TRY_GOTO(status, decide(folder, resume, resumes, checkpoint_path, err), failed);
    folder->events = open_lines(folder, "events.jsonl");
    folder->log = open_lines(folder, "log.txt");
    *folder_out = folder;
    return AGR_OK;
failed:
    agr_run_folder_close(folder);
    return status;
}

void agr_run_folder_close(agr_run_folder *folder)
{
    if (folder == NULL)
        return;
    if (folder->events >= 0)
        close(folder->events);
    if (folder->log >= 0)
        close(folder->log);
    if (folder->lock >= 0)
        close(folder->lock);
    free(folder);
}

const char *agr_run_folder_checkpoint(const agr_run_folder *folder)
{
    return folder->checkpoint;
}

agr_status agr_run_folder_write(const agr_run_folder *folder, const char *name, const char *text,
                                agr_error *err)
{
    char path[AGR_PATH_BYTES];
    AGR_TRY(agr_path_join(path, folder->path, name, err));
    return agr_file_write(path, text, strlen(text), err);
}

static void append_line(agr_run_folder *folder, int fd, const char *name, const char *line)
{
    agr_text text = {0};
    if (fd < 0)
        return;
    agr_text_add(&text, "%s\n", line);
    if (text.failed || !agr_file_append(fd, text.data, text.length))
        complain(folder, name, text.failed ? ENOMEM : errno);
    agr_text_release(&text);
}

void agr_run_folder_event(agr_run_folder *folder, const char *kind, const char *members, ...)
{
    agr_text line = {0};
    agr_text_add(&line, "{\"time\": %.3f, \"event\": \"%s\"", agr_clock_wall_s(), kind);
    if (members != NULL) {
        char *text = NULL;
        va_list arguments;
        va_start(arguments, members);
        line.failed = vasprintf(&text, members, arguments) < 0;
        va_end(arguments);
        if (!line.failed) {
            agr_text_add(&line, ", %s", text);
            free(text);
        }
    }
    agr_text_add(&line, "}");
    if (!line.failed)
        append_line(folder, folder->events, "events.jsonl", line.data);
    agr_text_release(&line);
}

void agr_run_folder_log(agr_run_folder *folder, const char *line)
{
    append_line(folder, folder->log, "log.txt", line);
}
