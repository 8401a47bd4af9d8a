/* Walks folders and lists every file that may be a picture. */
#include "listing_impl.h"

#include <agr/base/file.h>
#include <agr/base/log.h>
#include <agr/image/decode.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- what is not even looked at ---- */

static bool is_junk(const char *name)
{
    static const char *const junk[] = {"Thumbs.db", "ehthumbs.db", "desktop.ini", "__MACOSX"};
    if (name[0] == '.') /* .DS_Store, ._resource forks, .git */
        return true;
    for (size_t i = 0; i < sizeof junk / sizeof *junk; i++)
        if (strcasecmp(name, junk[i]) == 0)
            return true;
    return false;
}

/* Tables and texts that lie beside pictures; a picture under such a name would be missed, one with
 * any other name or none is looked at. */
static bool is_companion(const char *name)
{
    static const char *const endings[] = {"csv",  "tsv", "txt",  "md",  "json", "jsonl", "xml",
                                          "yaml", "yml", "html", "pdf", "log",  "h5",    "hdf5",
                                          "npy",  "npz", "mat",  "py",  "sh"};
    const char *dot = strrchr(name, '.');
    if (dot == NULL)
        return false;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (strcasecmp(dot + 1, endings[i]) == 0)
            return true;
    return false;
}

/* ---- the walk ---- */

/* A folder found by the walk. Folders are read in the order they were found; the final sort makes
 * that order immaterial. */
typedef struct {
    char *path;         /* owned */
    int64_t parent;     /* its number, or -1 */
    size_t name_offset; /* where names of files below begin in their path */
    const char *argument;
    dev_t device;
    ino_t inode;
} folder_entry;

typedef struct {
    agr_listing *listing;
    agr_rejects *rejects;
    folder_entry *folder; /* owned */
    int64_t n_folders, room;
} walk;

static agr_status no_memory(agr_error *err)
{
    return agr_error_set(err, AGR_MEMORY, "cannot allocate memory to list files");
}

static agr_status add_folder(walk *w, folder_entry entry, agr_error *err)
{
    if (w->n_folders == w->room) {
        const int64_t room = w->room > 0 ? 2 * w->room : 64;
        folder_entry *grown = realloc(w->folder, (size_t)room * sizeof *grown);
        if (grown == NULL)
            return no_memory(err);
        w->folder = grown;
        w->room = room;
    }
    entry.path = strdup(entry.path);
    if (entry.path == NULL)
        return no_memory(err);
    w->folder[w->n_folders++] = entry;
    return AGR_OK;
}

static agr_status add_file(walk *w, int64_t folder, const char *path, agr_error *err)
{
    agr_listing *listing = w->listing;
    if (listing->n_files == listing->room) {
        const int64_t room = listing->room > 0 ? 2 * listing->room : 1024;
        agr_listed_file *grown = realloc(listing->file, (size_t)room * sizeof *grown);
        if (grown == NULL)
            return no_memory(err);
        listing->file = grown;
        listing->room = room;
    }
    agr_listed_file file = {.path = strdup(path), .folder = w->folder[folder].argument};
    if (file.path == NULL)
        return no_memory(err);
    file.name = file.path + w->folder[folder].name_offset;
    listing->file[listing->n_files++] = file;
    return AGR_OK;
}

/* Whether a folder is one of those we are inside of: a link that leads back up. */
static bool leads_back(const walk *w, int64_t inside, const struct stat *info)
{
    for (int64_t f = inside; f >= 0; f = w->folder[f].parent)
        if (w->folder[f].device == info->st_dev && w->folder[f].inode == info->st_ino)
            return true;
    return false;
}

static agr_status add_subfolder(walk *w, int64_t inside, char *path, const struct stat *info,
                                agr_error *err)
{
    if (leads_back(w, inside, info)) {
        agr_log_debug("'%s' leads back to a folder above it: not followed", path);
        return AGR_OK;
    }
    const folder_entry *above = &w->folder[inside];
    return add_folder(w,
                      (folder_entry){.path = path,
                                     .parent = inside,
                                     .name_offset = above->name_offset,
                                     .argument = above->argument,
                                     .device = info->st_dev,
                                     .inode = info->st_ino},
                      err);
}

/* A path that cannot be looked at is a reject; a machine that cannot look ends the work. */
static agr_status refuse_path(walk *w, int64_t inside, const char *path, int reason, agr_error *err)
{
    if (!agr_errno_blames_path(reason))
        return agr_error_set_errno(err, reason == ENOMEM ? AGR_MEMORY : AGR_IO, reason,
                                   "cannot read '%s'", path);
    return agr_rejects_add_reason(w->rejects, path + w->folder[inside].name_offset,
                                  AGR_REJECT_UNREADABLE, strerror(reason), err);
}

static agr_status visit_entry(walk *w, int64_t inside, const struct dirent *entry, agr_error *err)
{
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
        return AGR_OK;
    if (is_junk(entry->d_name)) {
        w->listing->n_ignored++;
        return AGR_OK;
    }
    char path[AGR_PATH_BYTES];
    AGR_TRY(agr_path_join(path, w->folder[inside].path, entry->d_name, err));
    struct stat info = {.st_mode = S_IFREG};
    if (entry->d_type != DT_REG && stat(path, &info) != 0)
        return refuse_path(w, inside, path, errno, err);
    if (S_ISDIR(info.st_mode))
        return add_subfolder(w, inside, path, &info, err);
    if (!S_ISREG(info.st_mode) || is_companion(entry->d_name)) {
        w->listing->n_ignored++;
        return AGR_OK;
    }
    return add_file(w, inside, path, err);
}

static agr_status read_folder(walk *w, int64_t folder, agr_error *err)
{
    const char *path = w->folder[folder].path;
    DIR *stream = opendir(path);
    if (stream == NULL && w->folder[folder].parent < 0)
        return agr_error_set_errno(err, AGR_IO, errno, "cannot read folder '%s'", path);
    if (stream == NULL)
        return refuse_path(w, folder, path, errno, err);
    agr_status status = AGR_OK;
    const struct dirent *entry;
    while (status == AGR_OK && (errno = 0, entry = readdir(stream)) != NULL)
        status = visit_entry(w, folder, entry, err);
    if (status == AGR_OK && errno != 0)
        status = agr_error_set_errno(err, AGR_IO, errno, "cannot read folder '%s'", path);
    closedir(stream);
    return status;
}

/* ---- the folders that were asked for ---- */

static agr_status refuse_file(const char *path, agr_error *err)
{
    uint8_t bytes[512];
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    const ssize_t n = fd >= 0 ? read(fd, bytes, sizeof bytes) : -1;
    if (fd >= 0)
        close(fd);
    if (n <= 0 || agr_image_recognise(bytes, (size_t)n) != AGR_IMAGE_ARCHIVE)
        return agr_error_set(err, AGR_INPUT, "'%s': expected a folder, found a file", path);
    agr_error_set(err, AGR_INPUT, "'%s': expected a folder, found an archive", path);
    if (memcmp(bytes, "PK", 2) == 0)
        return agr_error_hint(err, "unzip %s", path);
    return agr_error_hint(err, "tar -xf %s", path);
}

/* Where the last component of the path begins; path has no '/' at its end. */
static size_t last_component(const char *path)
{
    return (size_t)(agr_path_name(path) - path);
}

static agr_status add_argument(walk *w, char *argument, bool is_only_one, agr_error *err)
{
    char path[AGR_PATH_BYTES];
    struct stat info;
    if (stat(argument, &info) != 0)
        return agr_error_set_errno(err, errno == ENOENT ? AGR_NOT_FOUND : AGR_IO, errno,
                                   "cannot read folder '%s'", argument);
    if (!S_ISDIR(info.st_mode))
        return refuse_file(argument, err);
    if (strlen(argument) >= sizeof path)
        return agr_error_set(err, AGR_INPUT, "path '%.60s...' is too long", argument);
    strcpy(path, argument);
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        path[--length] = '\0';
    const bool is_root = strcmp(path, "/") == 0;
    return add_folder(w,
                      (folder_entry){.path = path,
                                     .parent = -1,
                                     .name_offset = is_only_one ? length + (is_root ? 0 : 1)
                                                                : last_component(path),
                                     .argument = argument,
                                     .device = info.st_dev,
                                     .inode = info.st_ino},
                      err);
}

static agr_status check_arguments_differ(const walk *w, agr_error *err)
{
    for (int64_t a = 0; a < w->n_folders; a++)
        for (int64_t b = 0; b < a; b++)
            if (strcmp(agr_path_name(w->folder[a].path), agr_path_name(w->folder[b].path)) == 0) {
                agr_error_set(err, AGR_INPUT, "folders '%s' and '%s' have the same last name",
                              w->folder[b].path, w->folder[a].path);
                return agr_error_hint(err, "prepare the folder above both");
            }
    return AGR_OK;
}

static agr_status walk_all(walk *w, int n_folders, char *const *folder, agr_error *err)
{
    for (int i = 0; i < n_folders; i++)
        AGR_TRY(add_argument(w, folder[i], n_folders == 1, err));
    AGR_TRY(check_arguments_differ(w, err));
    for (int64_t i = 0; i < w->n_folders; i++)
        AGR_TRY(read_folder(w, i, err));
    return AGR_OK;
}

static int compare_files(const void *left, const void *right)
{
    const agr_listed_file *a = left, *b = right;
    return strcmp(a->name, b->name);
}

static agr_status finish_listing(agr_listing *listing, const agr_rejects *rejects,
                                 const char *first_folder, agr_error *err)
{
    if (listing->n_files == 0 && rejects->n == 0) {
        agr_error_set(err, AGR_INPUT, "no pictures in '%s'", first_folder);
        if (listing->n_ignored > 0)
            agr_error_hint(err, "only hidden files, tables or texts are there (%lld ignored)",
                           (long long)listing->n_ignored);
        return AGR_INPUT;
    }
    if (listing->n_files > 0)
        qsort(listing->file, (size_t)listing->n_files, sizeof *listing->file, compare_files);
    return AGR_OK;
}

agr_status agr_listing_create(int n_folders, char *const *folder, agr_listing *listing,
                              agr_rejects *rejects, agr_error *err)
{
    *listing = (agr_listing){0};
    walk w = {.listing = listing, .rejects = rejects};
    agr_status status = walk_all(&w, n_folders, folder, err);
    if (status == AGR_OK)
        status = finish_listing(listing, rejects, folder[0], err);
    for (int64_t i = 0; i < w.n_folders; i++)
        free(w.folder[i].path);
    free(w.folder);
    if (status != AGR_OK)
        agr_listing_release(listing);
    return status;
}

void agr_listing_release(agr_listing *listing)
{
    for (int64_t i = 0; i < listing->n_files; i++)
        free(listing->file[i].path);
    free(listing->file);
    *listing = (agr_listing){0};
}
