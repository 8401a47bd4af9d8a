/* Files that are never half written: made beside their place, locked while their writer lives, put in
 * place at once. */
#include <agr/base/file.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { HOST_BYTES = 33, MAX_TRIES = 100, QUIET_S = 24 * 60 * 60 };

static void host_name(char host[HOST_BYTES])
{
    char name[256] = "";
    if (gethostname(name, sizeof name - 1) != 0 || name[0] == '\0')
        snprintf(name, sizeof name, "host");
    snprintf(host, HOST_BYTES, "%.*s", HOST_BYTES - 1, name);
}

/* Whether path still names the open file. */
static bool is_the_file(const char *path, int fd)
{
    struct stat named, opened;
    return stat(path, &named) == 0 && fstat(fd, &opened) == 0 && named.st_dev == opened.st_dev &&
           named.st_ino == opened.st_ino;
}

/* A new locked file; -1 with errno. EEXIST: of that name there is one already, or there was before
 * somebody took it for abandoned in the instant between its making and its locking. A file system
 * without locks keeps nobody from writing. */
static int create_locked(const char *path)
{
    const int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0)
        return -1;
    const bool is_taken = flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    if (!is_taken && is_the_file(path, fd))
        return fd;
    close(fd);
    errno = EEXIST;
    return -1;
}

static agr_status create_temporary(agr_replacement *replacement, const char *folder, agr_error *err)
{
    char host[HOST_BYTES], name[AGR_PATH_BYTES];
    host_name(host);
    for (int i = 0; i < MAX_TRIES; i++) {
        char number[16] = "";
        if (i > 0)
            snprintf(number, sizeof number, ".%d", i);
        const int written =
            snprintf(name, sizeof name, ".%s.tmp.%s.%ld%s", agr_path_name(replacement->path), host,
                     (long)getpid(), number);
        if (written >= (int)sizeof name)
            return agr_error_set(err, AGR_INPUT, "path '%.60s...' is too long", replacement->path);
        AGR_TRY(agr_path_join(replacement->temporary_path, folder, name, err));
        replacement->lock = create_locked(replacement->temporary_path);
        if (replacement->lock >= 0)
            return AGR_OK;
        if (errno != EEXIST)
            break;
    }
    return agr_error_set_errno(err, AGR_IO, errno, "cannot write '%s'", replacement->path);
}

agr_status agr_replacement_begin(agr_replacement *replacement, const char *path, agr_error *err)
{
    char folder[AGR_PATH_BYTES];
    replacement->lock = -1;
    agr_path_folder(folder, path);
    if (!agr_path_exists(folder)) {
        agr_error_set(err, AGR_NOT_FOUND, "cannot write '%s': no folder '%s'", path, folder);
        return agr_error_hint(err, "mkdir -p %s", folder);
    }
    if (!agr_path_is_folder(folder))
        return agr_error_set(err, AGR_INPUT, "cannot write '%s': '%s' is not a folder", path,
                             folder);
    if (agr_path_is_folder(path))
        return agr_error_set(err, AGR_INPUT, "cannot write '%s': it is a folder", path);
    if (strlen(path) >= sizeof replacement->path)
        return agr_error_set(err, AGR_INPUT, "path '%.60s...' is too long", path);
    snprintf(replacement->path, sizeof replacement->path, "%s", path);
    return create_temporary(replacement, folder, err);
}

static agr_status sync_path(const char *path, agr_error *err)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return agr_error_set_errno(err, AGR_IO, errno, "cannot open '%s'", path);
    const int failed = fsync(fd);
    const int reason = errno;
    close(fd);
    /* Some network file systems know no fsync of a folder; there is nothing more to be had from
     * them. */
    if (failed != 0 && reason != EINVAL && reason != ENOTSUP)
        return agr_error_set_errno(err, AGR_IO, reason, "cannot flush '%s'", path);
    return AGR_OK;
}

/* Makes "<path>.prev" another name of the file at path, if there is one. */
static agr_status keep_old_file(const char *path, agr_error *err)
{
    char previous[AGR_PATH_BYTES];
    const int written = snprintf(previous, sizeof previous, "%s.prev", path);
    if (written >= (int)sizeof previous)
        return agr_error_set(err, AGR_INPUT, "path '%.60s...' is too long", path);
    if (!agr_path_exists(path))
        return AGR_OK;
    unlink(previous);
    if (link(path, previous) != 0 && errno != ENOTSUP && errno != EPERM)
        return agr_error_set_errno(err, AGR_IO, errno, "cannot keep '%s' as '%s'", path, previous);
    return AGR_OK;
}

static void unlock(agr_replacement *replacement)
{
    if (replacement->lock >= 0)
        close(replacement->lock);
    replacement->lock = -1;
}

agr_status agr_replacement_commit(agr_replacement *replacement, bool keep_previous, agr_error *err)
{
    char folder[AGR_PATH_BYTES];
    agr_path_folder(folder, replacement->path);
    agr_status status;
    AGR_TRY_GOTO(status, sync_path(replacement->temporary_path, err), failed);
    if (keep_previous)
        AGR_TRY_GOTO(status, keep_old_file(replacement->path, err), failed);
    if (rename(replacement->temporary_path, replacement->path) != 0) {
        status = agr_error_set_errno(err, AGR_IO, errno, "cannot write '%s'", replacement->path);
        goto failed;
    }
    unlock(replacement);
    return sync_path(folder, err);
failed:
    agr_replacement_abandon(replacement);
    return status;
}

void agr_replacement_abandon(agr_replacement *replacement)
{
    unlink(replacement->temporary_path);
    unlock(replacement);
}

/* ---- what killed writers left ---- */

/* Ours to remove: its lock can be had, and either the lock of its writer would be seen from here or
 * nothing has happened to it for long. owner: "<host>.<pid>". */
static bool is_abandoned(const char *path, int fd, const char *owner)
{
    char host[HOST_BYTES];
    struct stat info;
    host_name(host);
    const size_t length = strlen(host);
    const bool is_local = strncmp(owner, host, length) == 0 && owner[length] == '.';
    return flock(fd, LOCK_EX | LOCK_NB) == 0 && is_the_file(path, fd) && fstat(fd, &info) == 0 &&
           (is_local || time(NULL) - info.st_mtime > QUIET_S);
}

static void remove_if_abandoned(const char *path, const char *owner)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return;
    if (is_abandoned(path, fd, owner))
        unlink(path);
    close(fd);
}

void agr_leftovers_remove(const char *path, agr_leftovers which)
{
    char folder[AGR_PATH_BYTES], prefix[AGR_PATH_BYTES], leftover[AGR_PATH_BYTES];
    agr_path_folder(folder, path);
    snprintf(prefix, sizeof prefix, ".%s.tmp.", agr_path_name(path));
    const size_t length = strlen(prefix);
    DIR *listing = opendir(folder);
    if (listing == NULL)
        return;
    for (const struct dirent *entry; (entry = readdir(listing)) != NULL;) {
        if (strncmp(entry->d_name, prefix, length) != 0 ||
            agr_path_join(leftover, folder, entry->d_name, NULL) != AGR_OK)
            continue;
        if (which == AGR_LEFTOVERS_ALL)
            unlink(leftover);
        else
            remove_if_abandoned(leftover, entry->d_name + length);
    }
    closedir(listing);
}
