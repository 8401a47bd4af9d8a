#include "files.h"

#include "test.h"

#include <agr/base/file.h>
#include <dirent.h>
#include <hdf5.h>
#include <signal.h>
#include <sys/resource.h>

unsigned char *file_bytes(const char *path, size_t *size_bytes)
{
    char *data = NULL;
    agr_error err;
    assert_ok(agr_file_read(path, (size_t)1 << 30, &data, size_bytes, &err), err);
    return (unsigned char *)data;
}

void file_put(const char *path, const void *data, size_t size_bytes)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size_bytes, file), size_bytes);
    assert_int_equal(fclose(file), 0);
}

void assert_same_file(const char *path, const char *other)
{
    size_t size_bytes, other_bytes;
    unsigned char *data = file_bytes(path, &size_bytes);
    unsigned char *other_data = file_bytes(other, &other_bytes);
    assert_int_equal(size_bytes, other_bytes);
    for (size_t i = 0; i < size_bytes; i++)
        if (data[i] != other_data[i])
            fail_msg("'%s' and '%s' differ at byte %zu of %zu", path, other, i, size_bytes);
    free(data);
    free(other_data);
}

int count_files(const char *folder, const char *word)
{
    DIR *listing = opendir(folder);
    assert_non_null(listing);
    int count = 0;
    for (const struct dirent *entry; (entry = readdir(listing)) != NULL;)
        count += strstr(entry->d_name, word) != NULL;
    closedir(listing);
    return count;
}

void limit_file_size(size_t limit_bytes)
{
    struct rlimit limit;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = limit_bytes > 0 ? (rlim_t)limit_bytes : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

int64_t count_open_hdf5(void)
{
    H5dont_atexit(); /* may be the first call of all */
    return (int64_t)H5Fget_obj_count(H5F_OBJ_ALL, H5F_OBJ_ALL);
}

/* A damaged file may make HDF5 ask for more memory than there is; it must get NULL, as without the
 * sanitizer. */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}
