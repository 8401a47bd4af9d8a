/* From a path to the bytes of a picture's file: never waits for what is no file, and tells a bad
 * path from a bad machine. */
#include <agr/image/decode.h>

#include <agr/base/file.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Reads what is there, at most *n_bytes; 0 or an errno value. */
static int read_bytes(int fd, uint8_t *bytes, size_t *n_bytes)
{
    size_t n = 0;
    while (n < *n_bytes) {
        const ssize_t got = read(fd, bytes + n, *n_bytes - n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return errno;
        if (got == 0)
            break;
        n += (size_t)got;
    }
    *n_bytes = n;
    return 0;
}

static int load_open_file(agr_image_file *file, int fd)
{
    struct stat info;
    if (fstat(fd, &info) != 0)
        return errno;
    if (S_ISDIR(info.st_mode))
        return EISDIR;
    if (!S_ISREG(info.st_mode))
        return EINVAL;
    if (info.st_size > AGR_IMAGE_MAX_FILE_BYTES)
        return EFBIG;
    file->n_bytes = (size_t)info.st_size;
    if (file->n_bytes > file->room_bytes) {
        uint8_t *grown = realloc(file->bytes, file->n_bytes);
        if (grown == NULL)
            return ENOMEM;
        file->bytes = grown;
        file->room_bytes = file->n_bytes;
    }
    return read_bytes(fd, file->bytes, &file->n_bytes);
}

int agr_image_file_load(agr_image_file *file, const char *path)
{
    file->n_bytes = 0;
    /* O_NONBLOCK: opening a pipe would wait for somebody to write into it. */
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return errno;
    const int reason = load_open_file(file, fd);
    close(fd);
    return reason;
}

void agr_image_file_release(agr_image_file *file)
{
    free(file->bytes);
    *file = (agr_image_file){0};
}

const char *agr_image_file_reason(int errno_value)
{
    switch (errno_value) {
    case EINVAL: /* what load_open_file() says of them */
    case ENXIO:  /* what open() says of a socket */
        return "a pipe, socket or device, no file";
    case EFBIG:
        return "larger than 256 MiB";
    default:
        return strerror(errno_value);
    }
}

agr_status agr_image_read(const char *path, agr_image *image, agr_error *err)
{
    char name[AGR_PATH_BYTES + 2];
    agr_image_file file = {0};
    *image = (agr_image){0};
    snprintf(name, sizeof name, "'%s'", path);
    const int reason = agr_image_file_load(&file, path);
    agr_status status;
    if (reason != 0)
        status = agr_error_set(err,
                               reason == ENOENT                ? AGR_NOT_FOUND
                               : reason == ENOMEM              ? AGR_MEMORY
                               : agr_errno_blames_path(reason) ? AGR_INPUT
                                                               : AGR_IO,
                               "cannot read %s: %s", name, agr_image_file_reason(reason));
    else
        status = agr_image_refuse(agr_image_decode(file.bytes, file.n_bytes, image), name, err);
    agr_image_file_release(&file);
    return status;
}
