/* From arguments to pictures. */
#include "predict_sources.h"

#include <agr/base/file.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

/* A path that cannot be used gets a row that says why, and the others are judged; a machine that cannot
 * go on ends the work. */
static agr_status pass_over(const predict_sources *s, const char *path, agr_error *err)
{
    const agr_error failure = *err;
    if (failure.status != AGR_NOT_FOUND && failure.status != AGR_INPUT)
        return failure.status;
    return predict_batch_add_failure(s->batch, path, &failure, err);
}

static agr_status add_picture(const predict_sources *s, const char *path, agr_error *err)
{
    const predict_box *box = s->box;
    const int64_t n = s->boxes != NULL ? predict_boxes_find(s->boxes, path, &box) : 1;
    if (n > 0)
        return predict_batch_add(s->batch, path, box, n, err);
    agr_error_set(err, AGR_INPUT, "'%s': the table of boxes has none for it", path);
    return pass_over(s, path, err);
}

/* ---- folders ---- */

static bool looks_like_image(const char *name)
{
    static const char *const ending[] = {".jpg", ".jpeg", ".png"};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot != NULL && name[0] != '.' && i < sizeof ending / sizeof ending[0]; i++)
        if (strcasecmp(dot, ending[i]) == 0)
            return true;
    return false;
}

/* A folder that is being searched, and those it was found in. */
typedef struct folder_chain {
    dev_t device;
    ino_t inode;
    const struct folder_chain *above;
} folder_chain;

/* A link back into a folder above it would lead round for ever. */
static bool leads_round(const folder_chain *here)
{
    for (const folder_chain *above = here->above; above != NULL; above = above->above)
        if (above->device == here->device && above->inode == here->inode)
            return true;
    return false;
}

static agr_status add_folder(const predict_sources *s, const char *folder,
                             const folder_chain *above, agr_error *err);

static agr_status add_entry(const predict_sources *s, const folder_chain *here, const char *folder,
                            const char *name, agr_error *err)
{
    char path[AGR_PATH_BYTES];
    if (name[0] == '.')
        return AGR_OK;
    if (agr_path_join(path, folder, name, err) != AGR_OK)
        return pass_over(s, name, err);
    if (agr_path_is_folder(path))
        return add_folder(s, path, here, err);
    return looks_like_image(name) ? add_picture(s, path, err) : AGR_OK;
}

static agr_status refuse_folder(const predict_sources *s, const char *folder, int reason,
                                agr_error *err)
{
    const agr_status status = agr_errno_blames_path(reason) ? AGR_INPUT : AGR_IO;
    agr_error_set_errno(err, status, reason, "cannot read folder '%s'", folder);
    return pass_over(s, folder, err);
}

static agr_status add_folder(const predict_sources *s, const char *folder,
                             const folder_chain *above, agr_error *err)
{
    struct dirent **entry;
    struct stat info;
    if (stat(folder, &info) != 0)
        return refuse_folder(s, folder, errno, err);
    const folder_chain here = {info.st_dev, info.st_ino, above};
    if (leads_round(&here))
        return AGR_OK;
    const int n = scandir(folder, &entry, NULL, alphasort);
    if (n < 0)
        return refuse_folder(s, folder, errno, err);
    agr_status status = AGR_OK;
    for (int i = 0; i < n; i++) {
        if (status == AGR_OK)
            status = add_entry(s, &here, folder, entry[i]->d_name, err);
        free(entry[i]);
    }
    free(entry);
    return status;
}

static agr_status add_path(const predict_sources *s, const char *path, agr_error *err)
{
    return agr_path_is_folder(path) ? add_folder(s, path, NULL, err) : add_picture(s, path, err);
}

/* ---- standard input ---- */

static agr_status check_stdin(agr_error *err)
{
    if (ferror(stdin))
        return agr_error_set_errno(err, AGR_IO, errno, "cannot read standard input");
    return AGR_OK;
}

static agr_status read_picture(agr_text *bytes, agr_error *err)
{
    char buffer[1 << 16];
    size_t n;
    while (bytes->length <= AGR_IMAGE_MAX_FILE_BYTES && !bytes->failed &&
           (n = fread(buffer, 1, sizeof buffer, stdin)) > 0)
        agr_text_add_bytes(bytes, buffer, n);
    if (bytes->failed)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for standard input");
    return check_stdin(err);
}

static agr_status add_stdin_picture(const predict_sources *s, agr_error *err)
{
    agr_text bytes = {0};
    if (s->boxes != NULL) {
        agr_error_set(err, AGR_INPUT,
                      "standard input: expected a list of pictures of the table of boxes, found a "
                      "picture");
        return pass_over(s, "-", err);
    }
    const agr_status status = read_picture(&bytes, err);
    if (status == AGR_OK)
        return predict_batch_add_bytes(s->batch, &bytes, s->box, err);
    agr_text_release(&bytes);
    return status;
}

/* The next path of the list and its length; -1: there is no more. */
static ssize_t read_path(const predict_sources *s, char **path, size_t *room)
{
    ssize_t length = getdelim(path, room, s->list_end, stdin);
    if (length > 0 && (*path)[length - 1] == s->list_end)
        (*path)[--length] = '\0';
    return length;
}

/* A picture of a kind that is not read is no list either; a path may begin like one. */
static bool begins_other_format(const char *path, ssize_t length, agr_error *err)
{
    const agr_image_fault fault = agr_image_recognise((const uint8_t *)path, (size_t)length);
    if (fault == AGR_IMAGE_UNKNOWN || agr_path_exists(path))
        return false;
    agr_image_refuse(fault, "standard input", err);
    return true;
}

static agr_status add_list(const predict_sources *s, char **path, size_t *room, agr_error *err)
{
    ssize_t length = read_path(s, path, room);
    if (length > 0 && begins_other_format(*path, length, err))
        return pass_over(s, "-", err);
    for (; length >= 0; length = read_path(s, path, room))
        if (length > 0)
            AGR_TRY(add_path(s, *path, err));
    return check_stdin(err);
}

static agr_status add_stdin_list(const predict_sources *s, agr_error *err)
{
    char *path = NULL;
    size_t room = 0;
    const agr_status status = add_list(s, &path, &room, err);
    free(path);
    return status;
}

/* No text in UTF-8 begins with the first byte of a JPEG or PNG, so a list of paths does not. */
static agr_status add_stdin(const predict_sources *s, agr_error *err)
{
    const int first = getc(stdin);
    if (first == EOF)
        return check_stdin(err);
    ungetc(first, stdin);
    return first == 0xFF || first == 0x89 ? add_stdin_picture(s, err) : add_stdin_list(s, err);
}

/* ---- what was asked for ---- */

agr_status predict_add_argument(const predict_sources *sources, const char *argument,
                                agr_error *err)
{
    return strcmp(argument, "-") == 0 ? add_stdin(sources, err) : add_path(sources, argument, err);
}

agr_status predict_add_boxes(const predict_sources *sources, agr_error *err)
{
    const predict_boxes *boxes = sources->boxes;
    for (int64_t i = 0, n; i < boxes->n; i += n) {
        for (n = 1; i + n < boxes->n && strcmp(boxes->path[i + n], boxes->path[i]) == 0;)
            n++;
        AGR_TRY(predict_batch_add(sources->batch, boxes->path[i], &boxes->box[i], n, err));
    }
    return AGR_OK;
}
