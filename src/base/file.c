/* Whole files: read and written. */
#include <agr/base/file.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static agr_status read_stream(FILE *file, const char *path, size_t limit_bytes, char **data,
                              size_t *size_bytes, agr_error *err)
{
    size_t capacity = 1 << 16, size = 0;
    char *bytes = malloc(capacity + 1);
    while (bytes != NULL) {
        size += fread(bytes + size, 1, capacity - size, file);
        if (size < capacity || size > limit_bytes)
            break;
        capacity *= 2;
        char *grown = realloc(bytes, capacity + 1);
        if (grown == NULL)
            free(bytes);
        bytes = grown;
    }
    if (bytes == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for '%s'", path);
    if (ferror(file)) {
        free(bytes);
        return agr_error_set_errno(err, AGR_IO, errno, "cannot read '%s'", path);
    }
    if (size > limit_bytes) {
        free(bytes);
        return agr_error_set(err, AGR_INPUT, "'%s' is larger than %zu bytes", path, limit_bytes);
    }
    bytes[size] = '\0';
    *data = bytes;
    *size_bytes = size;
    return AGR_OK;
}

agr_status agr_file_read(const char *path, size_t limit_bytes, char **data, size_t *size_bytes,
                         agr_error *err)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return agr_error_set_errno(err, errno == ENOENT ? AGR_NOT_FOUND : AGR_IO, errno,
                                   "cannot open '%s'", path);
    const agr_status status = read_stream(file, path, limit_bytes, data, size_bytes, err);
    fclose(file);
    return status;
}

agr_status agr_file_write(const char *path, const void *data, size_t size_bytes, agr_error *err)
{
    agr_replacement replacement;
    AGR_TRY(agr_replacement_begin(&replacement, path, err));
    FILE *file = fopen(replacement.temporary_path, "wb");
    if (file == NULL) {
        const int reason = errno;
        agr_replacement_abandon(&replacement);
        return agr_error_set_errno(err, AGR_IO, reason, "cannot write '%s'", path);
    }
    const size_t n_written = fwrite(data, 1, size_bytes, file);
    const int close_failed = fclose(file);
    if (n_written != size_bytes || close_failed != 0) {
        const int reason = errno;
        agr_replacement_abandon(&replacement);
        return agr_error_set_errno(err, AGR_IO, reason, "cannot write '%s'", path);
    }
    return agr_replacement_commit(&replacement, false, err);
}

bool agr_file_append(int fd, const void *data, size_t size_bytes)
{
    const off_t before = lseek(fd, 0, SEEK_END);
    errno = ENOSPC; /* what a short write means, which sets none */
    if (before >= 0 && write(fd, data, size_bytes) == (ssize_t)size_bytes)
        return true;
    const int reason = errno;
    if (before >= 0 && ftruncate(fd, before) != 0)
        return false;
    errno = reason;
    return false;
}

bool agr_file_is_lfs_pointer(const char *path)
{
    static const char begin[] = "version https://git-lfs.";
    char found[sizeof begin - 1];
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return false;
    const size_t n = fread(found, 1, sizeof found, file);
    fclose(file);
    return n == sizeof found && memcmp(found, begin, sizeof found) == 0;
}

agr_status agr_folder_create(const char *path, agr_error *err)
{
    char partial[AGR_PATH_BYTES];
    if (strlen(path) >= sizeof partial)
        return agr_error_set(err, AGR_INPUT, "path '%.60s...' is too long", path);
    snprintf(partial, sizeof partial, "%s", path);
    for (char *end = partial + 1;; end++) {
        if (*end != '/' && *end != '\0')
            continue;
        const char saved = *end;
        *end = '\0';
        if (mkdir(partial, 0777) != 0 && errno != EEXIST)
            return agr_error_set_errno(err, AGR_IO, errno, "cannot make folder '%s'", path);
        *end = saved;
        if (saved == '\0')
            break;
    }
    if (!agr_path_is_folder(path))
        return agr_error_set(err, AGR_INPUT, "'%s' is not a folder", path);
    return AGR_OK;
}
