/* Paths: their parts, what lies there, and which failures are their fault. */
#include <agr/base/file.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

const char *agr_path_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

void agr_path_folder(char folder[AGR_PATH_BYTES], const char *path)
{
    const size_t length = (size_t)(agr_path_name(path) - path);
    if (length == 0)
        snprintf(folder, AGR_PATH_BYTES, ".");
    else
        snprintf(folder, AGR_PATH_BYTES, "%.*s", (int)(length > 1 ? length - 1 : 1), path);
}

bool agr_errno_blames_path(int errno_value)
{
    switch (errno_value) {
    case ENOENT:
    case ENOTDIR:
    case EISDIR:
    case EACCES:
    case EPERM:
    case ELOOP:
    case ENAMETOOLONG:
    case EINVAL:
    case ENXIO:
    case ENODEV:
    case EFBIG:
    case EOVERFLOW:
        return true;
    default:
        return false;
    }
}

bool agr_path_exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0;
}

bool agr_path_is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

agr_status agr_path_join(char joined[AGR_PATH_BYTES], const char *folder, const char *name,
                         agr_error *err)
{
    const size_t length = strlen(folder);
    const char *separator = length > 0 && folder[length - 1] == '/' ? "" : "/";
    const int written = snprintf(joined, AGR_PATH_BYTES, "%s%s%s", folder, separator, name);
    if (written < 0 || written >= AGR_PATH_BYTES)
        return agr_error_set(err, AGR_INPUT, "path '%.60s...' is longer than %d bytes", folder,
                             AGR_PATH_BYTES - 1);
    return AGR_OK;
}
