/* HDF5 files: opened after a look at them, made on the disk and in memory. */
#include "h5_impl.h"

#include "seal_impl.h"
#include "vet_impl.h"

#include <agr/base/file.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MEMORY_GROWTH_BYTES = 16 << 20 };

/* HDF5's own words for a file that was cut short, or other words. */
static agr_status refuse_file(const char *what, const char *path, const struct stat *info,
                              const agr_error *reason, agr_error *err)
{
    unsigned long long stored_bytes;
    const char *found = strstr(reason->text, "truncated file: ");
    if (info->st_size == 0)
        return agr_error_set(err, AGR_FORMAT, "%s '%s': empty file", what, path);
    if (agr_file_is_lfs_pointer(path)) {
        agr_error_set(err, AGR_FORMAT, "%s '%s': a Git LFS pointer, not the file itself", what,
                      path);
        return agr_error_hint(err, "git lfs pull");
    }
    if (H5Fis_hdf5(path) <= 0)
        return agr_error_set(err, AGR_FORMAT, "%s '%s': not an HDF5 file", what, path);
    if (found == NULL ||
        sscanf(found, "truncated file: eof = %*u, sblock->base_addr = %*u, stored_eof = %llu",
               &stored_bytes) != 1)
        return agr_error_set(err, AGR_FORMAT, "%s '%s': %s", what, path, reason->text);
    agr_error_set(err, AGR_FORMAT, "%s '%s': truncated: expected %llu bytes, found %lld", what,
                  path, stored_bytes, (long long)info->st_size);
    return agr_error_hint(err, "fetch it again: was the copy interrupted?");
}

agr_status h5_file_open(const char *what, const char *path, hid_t *file, agr_error *err)
{
    struct stat info;
    if (stat(path, &info) != 0)
        return agr_error_set(err, AGR_NOT_FOUND, "no %s at '%s'", what, path);
    if (!S_ISREG(info.st_mode))
        return agr_error_set(err, AGR_FORMAT, "%s '%s': not a file", what, path);
    FILE *probe = fopen(path, "rb");
    if (probe == NULL)
        return agr_error_set_errno(err, AGR_IO, errno, "%s '%s': cannot open", what, path);
    fclose(probe);
    const vet_limits limits = vet_limits_for((uint64_t)info.st_size);
    agr_status status = seal_check(path, err); /* both before HDF5 believes what it finds */
    if (status == AGR_OK)
        status = vet_file(path, &limits, err);
    if (status != AGR_OK)
        return agr_error_context(err, "%s '%s'", what, path), status;

    const hid_t list = h5_access_list();
    *file = H5Fopen(path, H5F_ACC_RDONLY, list);
    agr_error reason;
    if (*file < 0)
        h5_fail(&reason, AGR_FORMAT, "cannot read");
    H5Pclose(list);
    if (*file >= 0)
        return AGR_OK;
    return refuse_file(what, path, &info, &reason, err);
}

agr_status h5_file_reopen(const char *path, hid_t *file, agr_error *err)
{
    const hid_t list = h5_access_list();
    *file = H5Fopen(path, H5F_ACC_RDWR, list);
    const agr_status status = *file >= 0 ? AGR_OK : h5_fail(err, AGR_IO, "cannot open '%s'", path);
    H5Pclose(list);
    return status;
}

agr_status h5_file_create(const char *path, hid_t *file, agr_error *err)
{
    const hid_t list = h5_access_list();
    *file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, list);
    const agr_status status =
        *file >= 0 ? AGR_OK : h5_fail(err, AGR_IO, "cannot create '%s'", path);
    H5Pclose(list);
    return status;
}

agr_status h5_file_create_in_memory(hid_t *file, agr_error *err)
{
    const hid_t list = h5_access_list();
    H5Pset_fapl_core(list, MEMORY_GROWTH_BYTES, false);
    *file = H5Fcreate("memory", H5F_ACC_TRUNC, H5P_DEFAULT, list);
    const agr_status status =
        *file >= 0 ? AGR_OK : h5_fail(err, AGR_MEMORY, "cannot make a file in memory");
    H5Pclose(list);
    return status;
}

agr_status h5_file_image(hid_t file, void **bytes, size_t *size_bytes, agr_error *err)
{
    if (H5Fflush(file, H5F_SCOPE_LOCAL) < 0)
        return h5_fail(err, AGR_MEMORY, "cannot complete the file in memory");
    const ssize_t size = H5Fget_file_image(file, NULL, 0);
    if (size <= 0)
        return h5_fail(err, AGR_MEMORY, "cannot measure the file in memory");
    *bytes = malloc((size_t)size);
    if (*bytes == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate %zd bytes for a file image", size);
    if (H5Fget_file_image(file, *bytes, (size_t)size) != size) {
        free(*bytes);
        return h5_fail(err, AGR_MEMORY, "cannot copy the file in memory");
    }
    *size_bytes = (size_t)size;
    return AGR_OK;
}

agr_status h5_file_close(hid_t file, agr_error *err)
{
    return H5Fclose(file) >= 0 ? AGR_OK : h5_fail(err, AGR_IO, "cannot complete the file");
}
