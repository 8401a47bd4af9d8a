/* Writes the synthetic set: pictures, drawn by many threads, and their table. */
#include "synth_impl.h"

#include <agr/base/clock.h>
#include <agr/base/file.h>
#include <agr/base/size.h>
#include <agr/image/encode.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { JPEG_QUALITY = 85 };

/* What the threads share while they write. */
typedef struct {
    const agr_synth_options *options;
    const char *folder;
    atomic_llong n_done;
    atomic_bool failed;
    agr_error *thread_error; /* [threads] */
} writing;

static agr_status write_bytes(const char *path, const agr_text *bytes, agr_error *err)
{
    FILE *file = fopen(path, "wbx");
    if (file == NULL)
        return agr_error_set_errno(err, AGR_IO, errno, "file '%s'", path);
    const size_t written = fwrite(bytes->data, 1, bytes->length, file);
    const int write_errno = errno;
    if (fclose(file) != 0 || written != bytes->length)
        return agr_error_set_errno(err, AGR_IO, written == bytes->length ? errno : write_errno,
                                   "file '%s'", path);
    return AGR_OK;
}

static agr_status write_picture(const writing *w, int64_t index, uint8_t *rgb, agr_text *file,
                                agr_error *err)
{
    char name[AGR_SYNTH_NAME_BYTES], path[AGR_PATH_BYTES];
    agr_synth_name(w->options->seed, index, name);
    AGR_TRY(agr_path_join(path, w->folder, name, err));
    agr_synth_draw(w->options->seed, index, rgb);
    file->length = 0;
    AGR_TRY(agr_image_encode_jpeg(rgb, AGR_SYNTH_SIDE, AGR_SYNTH_SIDE, JPEG_QUALITY, file, err));
    return write_bytes(path, file, err);
}

static void write_pictures(void *context, int thread, int n_threads)
{
    writing *w = context;
    const agr_synth_options *options = w->options;
    agr_error *err = &w->thread_error[thread];
    int64_t begin, end;
    agr_split_range(options->count, n_threads, thread, &begin, &end);
    agr_text file = {0};
    uint8_t *rgb = malloc((size_t)AGR_SYNTH_SIDE * AGR_SYNTH_SIDE * 3);
    if (rgb == NULL)
        agr_error_set(err, AGR_MEMORY, "no memory for a picture");
    for (int64_t i = begin; i < end && err->status == AGR_OK && !atomic_load(&w->failed); i++) {
        write_picture(w, i, rgb, &file, err);
        const int64_t n_done = atomic_fetch_add(&w->n_done, 1) + 1;
        if (thread == 0 && options->progress != NULL && i % 64 == 0)
            options->progress(options->progress_context, n_done, options->count);
    }
    if (err->status != AGR_OK)
        atomic_store(&w->failed, true);
    agr_text_release(&file);
    free(rgb);
}

static agr_status write_all_pictures(const agr_synth_options *options, const char *folder,
                                     agr_error *err)
{
    const int n_threads = agr_pool_size(options->pool);
    writing w = {.options = options, .folder = folder};
    w.thread_error = calloc((size_t)n_threads, sizeof *w.thread_error);
    if (w.thread_error == NULL)
        return agr_error_set(err, AGR_MEMORY, "no memory for %d threads", n_threads);
    agr_pool_run(options->pool, write_pictures, &w);
    agr_status status = AGR_OK;
    for (int i = n_threads - 1; i >= 0; i--)
        if (w.thread_error[i].status != AGR_OK) {
            status = w.thread_error[i].status;
            *err = w.thread_error[i];
        }
    free(w.thread_error);
    return status;
}

static agr_status write_table(const agr_synth_options *options, const char *folder, agr_error *err)
{
    char path[AGR_PATH_BYTES];
    AGR_TRY(agr_path_join(path, folder, "labels.csv", err));
    agr_text table = {0};
    agr_text_add(&table, "path,age,gender,race,eye_color\n");
    for (int64_t i = 0; i < options->count; i++) {
        char name[AGR_SYNTH_NAME_BYTES];
        agr_synth_name(options->seed, i, name);
        const agr_synth_labels labels = agr_synth_labels_of(options->seed, i);
        agr_text_add(&table, "%s,", name);
        synth_add_words(&labels, &table);
        agr_text_add(&table, "\n");
    }
    const agr_status status = table.failed
                                  ? agr_error_set(err, AGR_MEMORY, "no memory for '%s'", path)
                                  : write_bytes(path, &table, err);
    agr_text_release(&table);
    return status;
}

/* Removes a folder of plain files; what cannot be removed stays. */
static void remove_folder(const char *folder)
{
    DIR *entries = opendir(folder);
    if (entries == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;)
        unlinkat(dirfd(entries), entry->d_name, 0);
    closedir(entries);
    rmdir(folder);
}

/* AGR_INPUT unless there is nothing, or an empty folder, at this path. */
static agr_status check_free(const char *folder, agr_error *err)
{
    DIR *entries = opendir(folder);
    if (entries == NULL)
        return errno == ENOENT ? AGR_OK
                               : agr_error_set_errno(err, AGR_INPUT, errno, "folder '%s'", folder);
    int n_entries = 0;
    while (n_entries < 3 && readdir(entries) != NULL)
        n_entries++; /* "." and ".." are two */
    closedir(entries);
    if (n_entries <= 2)
        return AGR_OK;
    agr_error_set(err, AGR_INPUT, "folder '%s' is not empty", folder);
    return agr_error_hint(err, "two sets in one folder would be mixed: remove it or name another");
}

static agr_status begin_partial(const char *folder, char partial[AGR_PATH_BYTES], agr_error *err)
{
    size_t length = strlen(folder);
    while (length > 1 && folder[length - 1] == '/')
        length--;
    if (snprintf(partial, AGR_PATH_BYTES, "%.*s.partial", (int)length, folder) >= AGR_PATH_BYTES)
        return agr_error_set(err, AGR_INPUT, "path '%s' is too long", folder);
    remove_folder(partial); /* of a run that was killed */
    if (mkdir(partial, 0777) != 0)
        return agr_error_set_errno(err, errno == ENOENT ? AGR_NOT_FOUND : AGR_IO, errno,
                                   "folder '%s'", partial);
    return AGR_OK;
}

agr_status agr_synth_write(const agr_synth_options *options, agr_error *err)
{
    if (options->count < 1 || options->count > AGR_SYNTH_MAX_COUNT)
        return agr_error_set(err, AGR_INPUT, "count: expected 1 to %d, found %" PRId64,
                             AGR_SYNTH_MAX_COUNT, options->count);
    AGR_TRY(check_free(options->folder, err));
    char partial[AGR_PATH_BYTES];
    AGR_TRY(begin_partial(options->folder, partial, err));

    agr_status status;
    AGR_TRY_GOTO(status, write_all_pictures(options, partial, err), remove);
    AGR_TRY_GOTO(status, write_table(options, partial, err), remove);
    if (rename(partial, options->folder) != 0)
        status = agr_error_set_errno(err, AGR_IO, errno, "folder '%s'", options->folder);
remove:
    if (status != AGR_OK)
        remove_folder(partial);
    return status;
}
