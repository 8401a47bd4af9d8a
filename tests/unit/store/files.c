#include "files.h"

#include "test.h"

#include <agr/base/file.h>
#include <agr/base/log.h>
#include <dirent.h>
#include <fcntl.h>
#include <hdf5.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

char folder[256], last_warning[1024];
static int64_t n_open;

static void keep_warning(void *context, agr_log_level level, const char *message)
{
    (void)context;
    (void)level;
    snprintf(last_warning, sizeof last_warning, "%s", message);
}

/* Files, groups, datasets and attributes that HDF5 holds open in this process. */
static int64_t count_open_hdf5(void)
{
    H5dont_atexit(); /* may be the first call of all */
    return (int64_t)H5Fget_obj_count(H5F_OBJ_ALL, H5F_OBJ_ALL);
}

int begin_case(void **state)
{
    (void)state;
    test_folder_make(folder);
    last_warning[0] = '\0';
    n_open = count_open_hdf5();
    agr_log_set_sink(keep_warning, NULL, AGR_LOG_WARNING);
    return 0;
}

int end_case(void **state)
{
    (void)state;
    agr_log_set_sink(NULL, NULL, AGR_LOG_INFO);
    test_folder_remove(folder);
    assert_int_equal(count_open_hdf5(), n_open);
    return 0;
}

void forgive_open_hdf5(void)
{
    n_open = count_open_hdf5();
}

static int saved_stderr = -1;

void begin_stderr(void)
{
    char path[320];
    path_in_folder(path, "stderr");
    fflush(stderr);
    saved_stderr = dup(STDERR_FILENO);
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    assert_true(saved_stderr >= 0 && fd >= 0 && dup2(fd, STDERR_FILENO) >= 0);
    close(fd);
}

void end_stderr(char text[1024])
{
    char path[320];
    size_t size_bytes;
    path_in_folder(path, "stderr");
    fflush(stderr);
    assert_true(dup2(saved_stderr, STDERR_FILENO) >= 0);
    close(saved_stderr);
    unsigned char *data = file_bytes(path, &size_bytes);
    snprintf(text, 1024, "%s", (const char *)data);
    free(data);
}

void path_in_folder(char path[320], const char *name)
{
    snprintf(path, 320, "%s/%s", folder, name);
}

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

void file_flip(const char *path, size_t at, unsigned char bits)
{
    unsigned char byte = 0;
    const int fd = open(path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0 && pread(fd, &byte, 1, (off_t)at) == 1);
    byte ^= bits;
    assert_true(pwrite(fd, &byte, 1, (off_t)at) == 1 && close(fd) == 0);
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

int count_files(const char *word)
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

/* A damaged file may make HDF5 ask for more memory than there is; it must get NULL, as without the
 * sanitizer. */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}
