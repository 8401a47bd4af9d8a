#include <agr/data/synth.h>

#include <agr/base/clock.h>
#include <agr/base/file.h>
#include <agr/base/size.h>
#include <agr/base/text.h>
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

#include "synth_impl.h"

enum { JPEG_QUALITY = 85, MAX_AGE = 116 };

/* How many of 6,001 faces of UTKFace have age 1, 2, ...: ages ending in 0 and 5 stand out, and so
 * do 1 and 26. Single counts above 90 are evened out. */
static const uint16_t age_weight[MAX_AGE] = {
    273, 117, 67,  77,  43,  25,  34,  67,  45,  44,  17, 37,  19, 38, 47,  48,  49, 69, 29, 81,
    98,  79,  100, 227, 171, 556, 153, 220, 158, 191, 96, 162, 36, 95, 241, 117, 76, 90, 55, 116,
    27,  71,  42,  21,  112, 35,  37,  40,  31,  107, 36, 66,  81, 89, 67,  64,  27, 60, 23, 86,
    30,  37,  22,  12,  67,  16,  20,  38,  17,  36,  10, 25,  21, 6,  32,  16,  5,  16, 4,  39,
    7,   8,   4,   4,   38,  11,  2,   11,  14,  24,  2,  3,   3,  1,  2,   4,   1,  1,  1,  2,
    1,   1,   1,   1,   2,   1,   1,   1,   1,   1,   1,  1,   1,  1,  1,   2};
/* The counts of the whole set. */
static const uint16_t gender_weight[2] = {12391, 11314};
static const uint16_t race_weight[5] = {10078, 4526, 3434, 3975, 1692};
static const uint16_t eye_color_weight[AGR_SYNTH_EYE_COLORS] = {40, 20, 15, 13, 12};

static const char *const gender_name[2] = {"male", "female"};
static const char *const race_name[5] = {"white", "black", "asian", "indian", "other"};
static const char *const eye_color_name[AGR_SYNTH_EYE_COLORS] = {"brown", "blue", "hazel", "green",
                                                                 "grey"};

/* An index drawn in proportion to its weight. */
static int draw_weighted(synth_stream *random, const uint16_t *weight, int n)
{
    uint64_t total = 0;
    for (int i = 0; i < n; i++)
        total += weight[i];
    const uint32_t high = synth_word(random), low = synth_word(random);
    uint64_t left = agr_random_below(high, low, total);
    int i = 0;
    while (left >= weight[i])
        left -= weight[i++];
    return i;
}

agr_synth_labels agr_synth_labels_of(uint64_t seed, int64_t index)
{
    synth_stream random = synth_stream_at(seed, index, SYNTH_LABELS);
    agr_synth_labels labels;
    labels.age = 1 + draw_weighted(&random, age_weight, MAX_AGE);
    labels.gender = draw_weighted(&random, gender_weight, 2);
    labels.race = draw_weighted(&random, race_weight, 5);
    labels.eye_color = draw_weighted(&random, eye_color_weight, AGR_SYNTH_EYE_COLORS);
    return labels;
}

const char *agr_synth_eye_color_name(int eye_color)
{
    return eye_color_name[eye_color];
}

void agr_synth_name(uint64_t seed, int64_t index, char name[AGR_SYNTH_NAME_BYTES])
{
    const agr_synth_labels labels = agr_synth_labels_of(seed, index);
    const int64_t ms = index; /* of one day: the time stamps count on from midnight */
    const int64_t stamp = ms / 3600000 * 10000000 + ms / 60000 % 60 * 100000 + ms % 60000;
    snprintf(name, AGR_SYNTH_NAME_BYTES, "%d_%d_%d_20170101%09" PRId64 ".jpg", labels.age,
             labels.gender, labels.race, stamp);
}

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
        agr_text_add(&table, "%s,%d,%s,%s,%s\n", name, labels.age, gender_name[labels.gender],
                     race_name[labels.race], eye_color_name[labels.eye_color]);
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
